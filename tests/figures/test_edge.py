"""Where the last windows end: bars and columns as the arithmetic has them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.figures.edge import Edge, edge
from cnnlab.message import Message
from cnnlab.theme import LIGHT, Theme

NAME = Message("a row")


def parts(figure, theme: Theme):
    """The bars (left, right, whether it fits) by number, and the columns (padded, unread)."""
    bars, columns = {}, {}
    numbers = [note["text"] for note in figure["layout"]["annotations"][1:]]
    for shape in figure["layout"]["shapes"]:
        left, right = shape["x0"] + 0.5, shape["x1"] - 0.5
        if shape["line"]["width"] == 1.5:
            fits = shape["line"]["dash"] == "solid"
            assert shape["line"]["color"] == (theme.accent if fits else theme.negative)
            bars[int(numbers[len(bars)])] = (left, right, fits)
        else:
            padded, unread = shape["line"]["dash"] == "dot", shape["fillcolor"].endswith("0.75)")
            assert left == right
            columns[left] = (padded, unread)
    return bars, columns


def test_alexnet_on_224_leaves_a_column(theme, sound) -> None:
    figure = edge([Edge(NAME, 224)], 11, 4, theme)
    sound(figure)
    bars, columns = parts(figure, theme)
    # Window 54 begins at 1 + 53·4 = 213.
    assert bars == {53: (209, 219, True), 54: (213, 223, True), 55: (217, 227, False)}
    assert columns[223] == (False, False)
    assert columns[224] == (False, True)
    assert max(columns) == 224


def test_alexnet_on_227_leaves_none(theme) -> None:
    bars, columns = parts(edge([Edge(NAME, 227)], 11, 4, theme), theme)
    assert bars[55] == (217, 227, True)
    assert bars[56] == (221, 231, False)
    assert not any(unread for _, unread in columns.values())


def test_torchvisions_padding_is_read_in_part(theme) -> None:
    bars, columns = parts(edge([Edge(NAME, 224, 2, 2)], 11, 4, theme), theme)
    assert bars[55] == (215, 225, True)
    assert columns[225] == (True, False)
    assert columns[226] == (True, True)


@given(
    side=st.integers(1, 30),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_any_axis(side: int, kernel: int, stride: int, before: int, after: int) -> None:
    if side + before + after < kernel:
        return
    figure = edge([Edge(NAME, side, before, after)], kernel, stride, LIGHT)
    bars, columns = parts(figure, LIGHT)
    places = range(1 - before, side + after - kernel + 2, stride)  # where windows begin
    read = {column for start in places for column in range(start, start + kernel)}
    for number, (left, right, fits) in bars.items():
        assert left == 1 - before + (number - 1) * stride
        assert right - left + 1 == kernel
        assert fits == (left in places)
    assert max(number for number, (*_, fits) in bars.items() if fits) == len(places)
    for column, (padded, unread) in columns.items():
        assert padded == (not 1 <= column <= side)
        if column > max(read):
            assert unread
        elif stride <= kernel:
            assert not unread
            assert column in read


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_stand_below_each_other(rows: int, theme) -> None:
    figure = edge([Edge(NAME, 20 + n) for n in range(rows)], 5, 2, theme)
    low, high = figure["layout"]["yaxis"]["range"]
    assert (low, high) == (rows, 0)
    for shape in figure["layout"]["shapes"]:
        assert 0 <= shape["y1"] < shape["y0"] <= rows
        assert int(shape["y0"]) == int(shape["y1"]), "nothing reaches into the next row"
