"""Numbers as text and back: every table survives the way, and what is none gets its sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpies

from cnnlab.data import table
from cnnlab.message import InvalidInput

numbers = st.floats(-table.LARGEST, table.LARGEST, width=32)
tables = st.integers(1, 4).flatmap(
    lambda axes: numpies.arrays(
        np.float32, numpies.array_shapes(min_dims=axes, max_dims=axes, max_side=5), elements=numbers
    )
)
indices = st.tuples(*[st.integers(0, 9998)] * 3)


# ---- a table


@settings(deadline=None)
@given(tables)
def test_what_is_written_is_read_again_to_the_last_bit(written) -> None:
    read = table.parse(table.write(written))
    assert read.dtype == np.float32
    assert read.shape == (1,) * (4 - written.ndim) + written.shape
    np.testing.assert_array_equal(read.reshape(written.shape), written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", [[[[7]]]]),
        ("1 2 3", [[[[1, 2, 3]]]]),
        ("1,2, 3", [[[[1, 2, 3]]]]),
        ("1 2/3 4", [[[[1, 2], [3, 4]]]]),
        (" 1 2 \n 3 4 \n", [[[[1, 2], [3, 4]]]]),
        ("1 2\r\n3 4", [[[[1, 2], [3, 4]]]]),
        ("1 | 2 | 3", [[[[1]], [[2]], [[3]]]]),
        ("1 ; 2", [[[[1]]], [[[2]]]]),
        ("1 2 / 3 4 | 5 6 / 7 8 ; 9 8 / 7 6 | 5 4 / 3 2", None),
        ("1 2 / 3 4 /", [[[[1, 2], [3, 4]]]]),
        ("1 | 2 |", [[[[1]], [[2]]]]),
        ("1 ; 2 ;", [[[[1]]], [[[2]]]]),
        ("−1 +2 -.5 1e2", [[[[-1, 2, -0.5, 100]]]]),
        ("１，２／－３　４", [[[[1, 2], [-3, 4]]]]),  # from a Chinese keyboard
        ("１｜２；３｜４", [[[[1]], [[2]]], [[[3]], [[4]]]]),
    ],
)
def test_a_table_is_read(text: str, expected: list | None) -> None:
    if expected is None:
        expected = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[9, 8], [7, 6]], [[5, 4], [3, 2]]]]
    np.testing.assert_array_equal(table.parse(text), np.array(expected, np.float32))


@pytest.mark.parametrize(
    ("array", "text"),
    [
        ([0.1, -2, 3], "0.1 -2 3"),
        ([[1, 2], [3, 4.5]], "1 2 / 3 4.5"),
        ([[[1]], [[2]]], "1 | 2"),
        ([[[[1, 2]]], [[[3, 4]]]], "1 2 ; 3 4"),
        ([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], "1 2 / 3 4 | 5 6 / 7 8"),
    ],
)
def test_a_table_is_written_as_people_would(array: list, text: str) -> None:
    assert table.write(np.array(array, np.float32)) == text


NO_NUMBERS = "there are no numbers: write them separated by spaces, rows by /"
NO_NUMBER = "“{word}” is not a number: write digits, such as −1 or 0.5"
TOO_LARGE = "{word} is too large to be shown: keep numbers between −1,000,000 and 1,000,000"
ROWS = "the rows have {lengths} numbers: every row needs as many as the others"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((text, NO_NUMBERS) for text in ("", "  \n ", "/", ";", "|", " , ", "| ;")),
        ("1 2 / 3", ROWS.format(lengths="1, 2")),
        ("1 / 2 3 / 4 | 5 6 7", ROWS.format(lengths="1, 2, 3")),
        ("/ 1 2", ROWS.format(lengths="0, 2")),
        ("1 2 // 3 4", ROWS.format(lengths="0, 2")),
        ("1 2 //", ROWS.format(lengths="0, 2")),
        ("1 / 2 | 3", "the planes have different numbers of rows: make them equal"),
        ("1 | 2 ; 3", "the filters have different numbers of planes: make them equal"),
        ("1 " * 4097, "at most 4096 numbers can be given"),
        ("1 x 2", NO_NUMBER.format(word="x")),
        ("1 2 * 3", NO_NUMBER.format(word="*")),
        ("a" * 50, NO_NUMBER.format(word="a" * 20)),
        *((word, NO_NUMBER.format(word=word)) for word in ("nan", "-NaN", "1_000", "--1", "1e")),
        *((word, TOO_LARGE.format(word=word)) for word in ("inf", "-1e9", "1e400", "1000001")),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        table.parse(text)
    assert str(caught.value) == sentence


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("0123456789.-−e/|;, \n"))
def test_any_text_is_a_full_table_or_a_sentence(text: str) -> None:
    try:
        read = table.parse(text)
    except InvalidInput:
        return
    assert read.ndim == 4
    assert read.size
    assert np.abs(read).max() <= table.LARGEST  # and so it is a number


def test_the_largest_table_and_number_are_read() -> None:
    assert table.parse("1 " * table.MOST).shape == (1, 1, 1, table.MOST)
    assert table.parse_number("1e6") == -table.parse_number("−1000000") == table.LARGEST


# ---- another shape


@settings(deadline=None)
@given(tables, st.data())
def test_fitting_cuts_or_adds_zeros_at_the_ends(old, data) -> None:
    sides = st.tuples(*[st.integers(1, 7)] * old.ndim)
    shape = data.draw(sides)
    fitted = table.fit(old, shape)
    grown = np.pad(old, [(0, 7)] * old.ndim)
    np.testing.assert_array_equal(fitted, grown[tuple(slice(n) for n in shape)])
    assert fitted.dtype == np.float32


# ---- changed cells


@settings(deadline=None)
@given(st.dictionaries(indices, numbers, max_size=20))
def test_changes_are_read_again_as_they_were_written(changed) -> None:
    assert table.changes(table.write_changes(changed)).keys() == changed.keys()
    for index, value in table.changes(table.write_changes(changed)).items():
        assert np.float32(value) == np.float32(changed[index])


@settings(deadline=None)
@given(st.dictionaries(st.tuples(*[st.integers(0, 5)] * 3), numbers))
def test_a_change_reaches_its_own_cell_and_no_other(changed) -> None:
    before = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)
    kept = before.copy()
    after = table.change(before, table.write_changes(changed))
    np.testing.assert_array_equal(before, kept)
    for index, value in np.ndenumerate(after):
        assert value == np.float32(changed.get(index, kept[index]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" ; ;; ", {}),
        ("1,2,3=5", {(0, 1, 2): 5}),
        (" 1 , 2,3 = −0.5 ;", {(0, 1, 2): -0.5}),
        ("１，２，３＝－５；", {(0, 1, 2): -5}),
        ("1,1,1=2; 1,1,1=3", {(0, 0, 0): 3}),
        ("3,1,2=1;1,2,3=4", {(2, 0, 1): 1, (0, 1, 2): 4}),
    ],
)
def test_changes_are_read(text: str, expected: dict) -> None:
    assert table.changes(text) == expected


def test_cells_count_from_one() -> None:
    zeros = np.zeros((1, 2, 2), np.float32)
    assert not table.change(zeros, "0,1,1=5; 1,0,1=5; 1,1,0=5; 1,1,3=5; 2,1,1=5").any()
    assert table.change(zeros, "1,1,1=5")[0, 0, 0] == 5
    assert table.write_changes({(0, 1, 2): 5.0, (3, 0, 0): -0.5}) == "1,2,3=5; 4,1,1=-0.5"


CHANGE = "“{entry}” is not a change: write plane,row,column=number, such as 1,2,3=5"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *(
            (text, CHANGE.format(entry=text))
            for text in ("x", "1,2=3", "1,2,3", "1,2,3=", "-1,2,3=4", "1,2,3=4 5", "1,2,99999=1")
        ),
        ("1,1,1=1; oops; 1,1,2=2", CHANGE.format(entry="oops")),
        ("9" * 80, CHANGE.format(entry="9" * 40)),
        ("1,2,3=four", NO_NUMBER.format(word="four")),
        ("1,2,3=1e7", TOO_LARGE.format(word="1e7")),
    ],
)
def test_what_is_no_change_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        table.change(np.zeros((1, 1, 1), np.float32), text)
    assert str(caught.value) == sentence
