"""Every preset on every input: which weights slide, and what an edit of one of them changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.data import table
from cnnlab.engine import KERNEL_NAMES, kernel
from cnnlab.message import InvalidInput
from cnnlab.ui import filters, source
from cnnlab.ui.controls import LONGEST

PLAIN = filters.Choice(
    preset="sobel_x",
    kernel=(3, 3),
    filters=1,
    groups=1,
    seed=0,
    flip=False,
    bias=False,
    weights="1 2 / 3 4",
    biases="",
)
RGB = source.EXAMPLES["three_channels"]


@st.composite
def choices(draw) -> tuple[filters.Choice, str, int]:
    """Whatever the controls may say, on an input with that many channels."""
    slug = draw(st.sampled_from([*source.EXAMPLES, "random", "digit"]))
    groups, planes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    choice = filters.Choice(
        preset=draw(st.sampled_from(list(filters.presets(slug)))),
        kernel=draw(st.tuples(st.integers(1, 7), st.integers(1, 7))),
        filters=draw(st.integers(1, 4)),
        groups=groups,
        seed=draw(st.integers(0, 9999)),
        flip=draw(st.booleans()),
        bias=draw(st.booleans()),
        weights=draw(st.sampled_from(["5", "1 2 / 3 4", "1 2 | 3 4 ; 5 6 | 7 8", "1;2;3;4;5"])),
        biases=draw(st.sampled_from(["", "0.5", "1 2 3", "-1 / 2"])),
    )
    return choice, slug, groups * planes


@settings(deadline=None)
@given(choices())
def test_weights_and_biases_have_the_shapes_that_the_controls_ask_for(drawn) -> None:
    choice, slug, channels = drawn
    weight, bias = filters.load(choice, slug, channels)
    assert weight.shape == (choice.filters, channels // choice.groups, *choice.kernel)
    assert weight.dtype == np.float32
    assert (bias is None) == (not choice.bias)
    if bias is not None:
        assert bias.shape == (choice.filters,)
        assert bias.dtype == np.float32


def test_only_an_example_has_weights_as_given() -> None:
    assert set(filters.presets("one_channel")) == set(filters.PRESETS)
    assert set(filters.PRESETS) - set(filters.presets("random")) == {"example"}
    assert set(KERNEL_NAMES) < set(filters.PRESETS)


@pytest.mark.parametrize("example", source.EXAMPLES.values(), ids=lambda example: example.name)
def test_an_examples_own_weights_and_bias(example) -> None:
    choice = replace(PLAIN, preset="example", filters=len(example.weight), bias=True)
    weight, bias = filters.load(choice, example.name, example.x.shape[1])
    np.testing.assert_array_equal(weight, example.weight)
    if example.bias.any():
        np.testing.assert_array_equal(bias, example.bias)


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (2, 3), (7, 1)])
@pytest.mark.parametrize("preset", KERNEL_NAMES)
def test_classical_kernels_one_a_filter_the_same_in_all_planes(preset, size) -> None:
    choice = replace(PLAIN, preset=preset, kernel=size, filters=4)
    weight, _ = filters.load(choice, "random", 3)
    first = KERNEL_NAMES.index(preset)
    for number, planes in enumerate(weight):
        expected = kernel(KERNEL_NAMES[(first + number) % len(KERNEL_NAMES)], *size)
        assert len(planes) == 3
        for plane in planes:
            np.testing.assert_array_equal(plane, expected)


def test_random_weights_belong_to_the_seed_and_grow_at_the_end() -> None:
    choice = replace(PLAIN, preset="random", filters=4, kernel=(7, 7), seed=3)
    largest, _ = filters.load(choice, "digit", 4)
    assert set(np.unique(largest)) == {-2, -1, 0, 1, 2}
    smaller, _ = filters.load(replace(choice, filters=2, kernel=(2, 5)), "digit", 3)
    np.testing.assert_array_equal(smaller, largest[:2, :3, :2, :5])
    assert (filters.load(replace(choice, seed=4), "digit", 4)[0] != largest).any()


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("1 2 / 3 4", (1, 1, 2, 2), [[[[1, 2], [3, 4]]]]),
        ("1 2 / 3 4", (1, 1, 1, 3), [[[[1, 2, 0]]]]),
        ("1 2 / 3 4", (1, 1, 3, 1), [[[[1], [3], [0]]]]),
        ("1 | 2", (1, 3, 1, 1), [[[[1]], [[2]], [[1]]]]),
        ("1 ; 2 ; 3", (2, 1, 1, 1), [[[[1]]], [[[2]]]]),
        ("1 ; 2", (3, 2, 1, 1), [[[[1]], [[1]]], [[[2]], [[2]]], [[[1]], [[1]]]]),
    ],
)
def test_own_weights_are_repeated_cut_and_extended(text, shape, expected) -> None:
    choice = replace(PLAIN, preset="custom", weights=text, filters=shape[0], kernel=shape[2:])
    np.testing.assert_array_equal(filters.load(choice, "random", shape[1])[0], expected)


@pytest.mark.parametrize("preset", ["custom", "random", "sobel_x", "example"])
def test_flipping_turns_every_plane_by_half_a_turn(preset: str) -> None:
    choice = replace(PLAIN, preset=preset, filters=2, kernel=(3, 2), weights="1 2 / 3 4 / 5 6")
    straight, _ = filters.load(choice, "three_channels", 3)
    flipped, _ = filters.load(replace(choice, flip=True), "three_channels", 3)
    np.testing.assert_array_equal(flipped, np.rot90(straight, 2, axes=(2, 3)))
    assert (flipped != straight).any()


# ---- groups and biases


def test_each_group_has_its_share_of_the_planes() -> None:
    assert filters.load(replace(PLAIN, groups=2), "random", 4)[0].shape == (1, 2, 3, 3)
    choice = replace(PLAIN, preset="example", groups=3, filters=2)
    np.testing.assert_array_equal(filters.load(choice, RGB.name, 3)[0], RGB.weight[:, :1])


def test_groups_that_do_not_divide_the_channels_are_told() -> None:
    with pytest.raises(InvalidInput, match="3 input channels cannot be divided into 2"):
        filters.load(replace(PLAIN, groups=2), "random", 3)


@pytest.mark.parametrize(
    ("slug", "preset", "text", "expected"),
    [
        ("random", "sobel_x", "", [1, 1, 1]),
        ("one_channel", "example", "", [1, 1, 1]),
        ("three_channels", "example", "", [1, 0, 1]),
        ("three_channels", "custom", "", [1, 0, 1]),
        ("three_channels", "sobel_x", " ", [1, 0, 1]),
        ("three_channels", "example", "5", [5, 5, 5]),
        ("random", "identity", "0.5 -2", [0.5, -2, 0.5]),
        ("random", "identity", "1 / 2 / 3 / 4", [1, 2, 3]),
    ],
)
def test_biases_are_ones_own_else_the_examples_else_one(slug, preset, text, expected) -> None:
    choice = replace(PLAIN, preset=preset, bias=True, biases=text, filters=3)
    np.testing.assert_array_equal(filters.load(choice, slug, 3)[1], expected)
    assert filters.load(replace(choice, bias=False), slug, 3)[1] is None


@pytest.mark.parametrize("control", ["weights", "biases"])
def test_letters_are_told_in_a_sentence_where_they_count(control: str) -> None:
    choice = replace(PLAIN, preset="custom", bias=True, **{control: "1 b"})
    with pytest.raises(InvalidInput, match="“b” is not a number"):
        filters.load(choice, "random", 1)
    unused = replace(choice, preset="identity", bias=False)
    assert filters.load(unused, "random", 1)[1] is None


# ---- edits


def after_edit(choice: filters.Choice, slug: str, channels: int, cell, text: str):
    """The weights that slide after a number was typed into one of them, as the page does it."""
    shown, _ = filters.load(choice, slug, channels)
    typed = filters.edited(choice, shown, cell, text)
    assert len(typed) < LONGEST, "else the text control would cut it off"
    return shown, filters.load(replace(choice, preset="custom", weights=typed), slug, channels)[0]


@settings(deadline=None)
@given(choices(), st.data())
def test_an_edit_changes_its_own_weight_and_nothing_else(drawn, data) -> None:
    choice, slug, channels = drawn
    shape = (choice.filters, channels // choice.groups, *choice.kernel)
    cell = data.draw(st.tuples(*(st.integers(0, n - 1) for n in shape)))
    shown, after = after_edit(choice, slug, channels, cell, "−77.125")
    expected = shown.copy()
    expected[cell] = -77.125
    np.testing.assert_array_equal(after, expected)
    biases = [
        filters.load(replace(choice, preset=preset), slug, channels)[1]
        for preset in (choice.preset, "custom")
    ]
    np.testing.assert_array_equal(*biases)


def test_the_longest_edit_still_fits() -> None:
    digits = np.random.default_rng(0).normal(scale=1e-8, size=(4, 4, 7, 7)).astype(np.float32)
    assert len(table.write(digits)) <= LONGEST
    choice = replace(PLAIN, preset="gaussian_blur", filters=4, kernel=(7, 7))
    shown, after = after_edit(choice, "random", 4, (3, 3, 6, 6), "5")
    assert np.count_nonzero(shown != after) == 1


def test_a_flipped_weight_is_edited_where_it_is_seen() -> None:
    choice = replace(PLAIN, preset="custom", weights="1 2 / 3 4", kernel=(2, 2), flip=True)
    shown, after = after_edit(choice, "random", 1, (0, 0, 0, 0), "9")
    assert shown[0, 0].tolist() == [[4, 3], [2, 1]]
    assert after[0, 0].tolist() == [[9, 3], [2, 1]]
    assert filters.edited(choice, shown, (0, 0, 0, 0), "9") == "1 2 / 3 9"


def test_a_bias_is_edited_alone() -> None:
    choice = replace(PLAIN, preset="example", bias=True, filters=2)
    shown = filters.load(choice, RGB.name, 3)[1]
    text = filters.edited_biases(shown, (1, 0, 0), "0.5")
    np.testing.assert_array_equal(
        filters.load(replace(choice, biases=text), RGB.name, 3)[1], [1, 0.5]
    )
    np.testing.assert_array_equal(RGB.bias, [1, 0])


@pytest.mark.parametrize("text", ["", "x", "1 2", "1e7", "nan"])
def test_what_is_no_number_changes_nothing(text: str) -> None:
    shown, _ = filters.load(PLAIN, "random", 1)
    kept = shown.copy()
    with pytest.raises(InvalidInput):
        filters.edited(PLAIN, shown, (0, 0, 0, 0), text)
    with pytest.raises(InvalidInput):
        filters.edited_biases(np.ones(1, np.float32), (0, 0, 0), text)
    np.testing.assert_array_equal(shown, kept)
