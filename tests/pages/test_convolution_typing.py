"""Typing into the stage of the convolution lesson: one cell changes, or nothing does."""

import numpy as np
import pytest


def values(scene, grid: str) -> np.ndarray:
    return scene.grid(grid).values


def test_a_typed_number_changes_its_cell_and_the_link_says_it(
    lesson, same, said, on_stage, type_into
) -> None:
    visitor = lesson(input="three_channels")
    for grid, cell, at in (
        ("input", [1, 0, 4], (1, 1, 5)),  # on the stage the padding stands around it
        ("weight", [1, 2, 0, 1], (1, 2, 0, 1)),
        ("bias", [1, 0, 0], (1, 0, 0)),
        ("weight", [0, 0, 2, 2], (0, 0, 2, 2)),
        ("input", [0, 4, 0], (0, 5, 1)),
    ):
        before = on_stage(visitor)
        after = on_stage(type_into(visitor, grid, cell, "−7.5"))
        assert said(visitor) == []
        for one in ("input", "weight", "bias"):
            changed = np.argwhere(values(before, one) != values(after, one)).tolist()
            assert changed == ([list(at)] if one == grid else [])
        assert values(after, grid)[at] == -7.5
    assert same(on_stage(lesson(**visitor.query_params)), on_stage(visitor))


def test_a_flipped_kernel_is_edited_where_it_is_seen(lesson, on_stage, type_into) -> None:
    visitor = lesson(flip="true")
    before = values(on_stage(visitor), "weight")
    after = values(on_stage(type_into(visitor, "weight", [0, 0, 0, 2], "8")), "weight")
    assert np.argwhere(before != after).tolist() == [[0, 0, 0, 2]]
    assert visitor.toggle(key="flip").value


def test_letters_in_a_cell_are_told_once_and_change_nothing(
    lesson, same, said, on_stage, type_into
) -> None:
    visitor = lesson()
    before = on_stage(visitor)
    for grid, cell in (("input", [0, 1, 1]), ("weight", [0, 0, 1, 1])):
        type_into(visitor, grid, cell, "abc")
        assert said(visitor) == ["“abc” is not a number: write digits, such as −1 or 0.5."]
        assert same(on_stage(visitor), before)
        assert said(visitor.run()) == []
    assert visitor.selectbox(key="preset").value == "example"


@pytest.mark.parametrize(
    ("grid", "cell"),
    [
        ("weight", [0, 0, 4, 4]),
        ("weight", [3, 0, 0, 0]),
        ("weight", [0, 0, 0]),
        ("input", [0, -1, 0]),
        ("input", [0, 9, 0]),
        ("bias", [0, 0, 0]),
        ("output", [0, 0, 0]),
        ("input", []),
    ],
)
def test_a_cell_that_is_no_longer_there_is_passed_over(
    lesson, same, said, on_stage, type_into, grid, cell
) -> None:
    visitor = lesson()
    before = on_stage(visitor)
    type_into(visitor, grid, cell, "5")
    assert said(visitor) == []
    assert same(on_stage(visitor), before)
    assert not visitor.query_params


def test_another_input_forgets_the_changed_cells(lesson, type_into) -> None:
    visitor = lesson()
    type_into(visitor, "input", [0, 0, 0], "5")
    assert visitor.text_input(key="edits").value == "1,1,1=5"
    visitor.selectbox(key="input").set_value("random").run()
    assert visitor.text_input(key="edits").value == ""
