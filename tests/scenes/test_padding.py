"""Convolution scenes with four sides of padding, filled in every way, and the read counts."""

from typing import get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import PadMode
from cnnlab.message import InvalidInput
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.geometry import geometry
from cnnlab.scenes.hover import readers, sources
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.replay import before
from cnnlab.scenes.sentence import sentence

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
MODES = get_args(PadMode)
TORCHS = {"zeros": "constant"}  # the same name otherwise


@st.composite
def cases(draw):
    """An input, filters and settings that leave an output; four different sides, rectangles."""
    mode = draw(st.sampled_from(MODES))
    height, width = draw(st.permutations([3, 4, 5, 6]))[:2]
    room = {"reflect": -1, "circular": 0}.get(mode, 9)
    most = [min(3, n + room) for n in (height, width)]
    padding = tuple(draw(st.integers(0, most[side // 2])) for side in range(4))
    kernel, stride = (draw(st.tuples(st.integers(1, 4), st.integers(1, 4))) for _ in range(2))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    sizes = (height + sum(padding[:2]), width + sum(padding[2:]))
    assume(all(n > d * (k - 1) for n, k, d in zip(sizes, kernel, dilation, strict=True)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels = draw(st.integers(1, 2))
    x, weight = rng.normal(size=(channels, height, width)), rng.normal(size=(2, channels, *kernel))
    value = -1.5 if mode == "constant" else 0.0
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    return x, weight, options | {"mode": mode, "value": value}


def padded(x, padding, mode, value):
    """PyTorch's padding, which takes the last axis first."""
    top, bottom, left, right = padding
    extra = {"value": value} if mode in ("zeros", "constant") else {}
    return F.pad(x, (left, right, top, bottom), TORCHS.get(mode, mode), **extra)


def torchs(x, weight, options):
    x = padded(x, *(options[name] for name in ("padding", "mode", "value")))
    return F.conv2d(x, weight, None, options["stride"], 0, options["dilation"])


@settings(**PATIENT, max_examples=80)
@given(case=cases())
def test_the_replay_is_pytorchs_for_every_mode(agree, case):
    x, weight, options = case
    y = torchs(torch.tensor(x[None]), torch.tensor(weight), options)[0].numpy()
    scene = convolution(x, weight, reads=True, **options)
    agree(scene, {"output": y})
    top, bottom, left, right = options["padding"]
    grid = scene.grid("input")
    assert grid.padding == (top, right, bottom, left)
    around = padded(
        torch.tensor(x[None]), *(options[name] for name in ("padding", "mode", "value"))
    )
    np.testing.assert_array_equal(grid.values, around[0].numpy())


@settings(**PATIENT, max_examples=80)
@given(case=cases())
def test_reads_are_the_gradient_of_a_sum_under_ones(case):
    """All outputs of a filter of ones added up: each input has entered it once a read."""
    x, weight, options = case
    scene = convolution(x, weight, reads=True, **options)
    leaf = torch.tensor(x[None, :1], requires_grad=True)
    kernel = torch.ones(1, 1, *weight.shape[2:], dtype=torch.float64)
    torchs(leaf, kernel, options).sum().backward()
    grid = scene.grid("reads")
    assert grid.shape == (1, *x.shape[1:])
    np.testing.assert_array_equal(grid.values, leaf.grad[0].numpy())


@settings(**PATIENT, max_examples=40)
@given(case=cases())
def test_unread_rows_and_columns_are_those_that_no_gradient_reaches(case):
    x, weight, options = case
    grid = convolution(x, weight, **options).grid("input")
    leaf = torch.zeros(1, *grid.shape, dtype=torch.float64, requires_grad=True)
    ones = torch.ones(weight.shape, dtype=torch.float64)
    F.conv2d(leaf, ones, None, options["stride"], 0, options["dilation"]).sum().backward()
    read = leaf.grad.numpy()[0, 0]
    assert grid.unread_rows == tuple(np.flatnonzero(read.sum(1) == 0))
    assert grid.unread_columns == tuple(np.flatnonzero(read.sum(0) == 0))


@settings(**PATIENT, max_examples=30)
@given(case=cases())
def test_hovering_any_cell_finds_the_outputs_that_a_nan_reaches(case):
    """Also from the padding: it is data like any other."""
    x, weight, options = case
    scene = convolution(x, weight, **options)
    grid = scene.grid("input")
    for cell in range(0, grid.values.size, 7):
        poisoned = grid.values.copy()
        poisoned.flat[cell] = np.nan
        y = F.conv2d(
            torch.tensor(poisoned[None]),
            torch.tensor(weight),
            None,
            options["stride"],
            0,
            options["dilation"],
        )[0].numpy()
        outputs = np.flatnonzero(np.isnan(y)).tolist()
        assert readers(scene, "input", cell).get("output", []) == outputs
        for output in outputs[:3]:
            assert cell in sources(scene, "output", output)["input"]


ROW = np.array([[[1.0, 2, 3]]])


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("zeros", 0, [0, 0, 1, 2, 3, 0]),
        ("constant", 9, [9, 9, 1, 2, 3, 9]),
        ("reflect", 0, [3, 2, 1, 2, 3, 2]),
        ("replicate", 0, [1, 1, 1, 2, 3, 3]),
        ("circular", 0, [2, 3, 1, 2, 3, 1]),
    ],
)
def test_what_stands_around_a_row(mode, value, expected):
    pick = np.array([[[[1.0, 0, 0]]]])
    scene = convolution(ROW, pick, padding=(0, 0, 2, 1), mode=mode, value=value)
    assert scene.grid("input").values.tolist() == [[expected]]
    assert scene.grid("output").values.tolist() == [[expected[:4]]]


def test_reads_of_five_by_five_under_three_by_three():
    x, weight = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3))

    def rows(**options):
        grid = convolution(x, weight, reads=True, **options).grid("reads")
        return grid.values[0, 0].tolist(), grid.values[0, 2].tolist(), str(grid.note)

    assert rows() == ([1, 2, 3, 2, 1], [3, 6, 9, 6, 3], "1 to 9")
    assert rows(padding=1) == ([4, 6, 6, 6, 4], [6, 9, 9, 9, 6], "4 to 9")
    assert rows(padding=2) == ([9] * 5, [9] * 5, "all 9")
    assert rows(padding=1, mode="circular") == ([9] * 5, [9] * 5, "all 9")
    assert rows(stride=3) == ([1, 1, 1, 0, 0], [1, 1, 1, 0, 0], "0 to 1")


def test_reads_stand_under_the_output_and_are_there_from_the_start():
    x, weight = np.ones((3, 5, 5), np.float32), np.ones((2, 3, 3, 3), np.float32)
    scene = convolution(x, weight, np.zeros(2, np.float32), reads=True)
    grid = scene.grid("reads")
    assert (grid.place, grid.quantity, str(grid.label)) == ((2, 1), "count", "Times read")
    assert grid.values.dtype == np.float32
    np.testing.assert_array_equal(before(scene, 0)["reads"], grid.values)
    plain = convolution(x, weight, np.zeros(2, np.float32))
    assert {g.id for g in scene.grids} - {g.id for g in plain.grids} == {"reads"}
    assert (plain.steps, plain.start, plain.phases) == (scene.steps, scene.start, scene.phases)


def test_uneven_sides_are_counted_in_words():
    """Row 1 is the first that is no padding; the note counts both sides."""
    scene = convolution(ROW, np.ones((1, 1, 2, 2)), padding=(1, 0, 0, 2))
    assert str(scene.grid("input").note) == "1×3×1, with padding 2×5"
    assert sentence(scene, 0, 0)[1] == "0·1 + 0·1 + 1·1 + 2·1 = ?"
    assert sentence(scene, 3, 4)[1] == "0·1 + 0·1 + 0·1 + 0·1 = 0"


def test_what_is_refused():
    x, weight = np.ones((1, 3, 3)), np.ones((1, 1, 3, 3))
    for problem, options in {
        "reflecting 3 cells": {"padding": 3, "mode": "reflect"},
        "go round more than once": {"padding": (0, 0, 0, 4), "mode": "circular"},
        "is none of": {"mode": "mirror"},
        "writes no value of its own": {"padding": 1, "value": 2.0},
        "larger than the input of 3×3": {"dilation": 2},
        "3 cells with padding 1 before and 0 after": {"padding": (1, 0, 1, 0), "dilation": 2},
        "one number, .h, w. or .top": {"padding": (1, 2, 3)},
    }.items():
        with pytest.raises(InvalidInput, match=problem):
            convolution(x, weight, **options)


def test_off_the_grid_a_window_starts_by_what_stands_before():
    """On a grid without the padding, windows hang over by the top and the left of it."""
    x, weight, y = np.ones((1, 3, 4)), np.ones((1, 1, 2, 2)), np.ones((1, 4, 6))
    g = geometry(x, weight, y, 1, (2, 0, 3, 0), 1, 1)
    assert [axis.base for axis in g.window(padded=False)] == [-2, -3]
    assert [axis.base for axis in g.window()] == [0, 0]
    assert g.padded == (5, 7)


def test_the_other_views_take_no_uneven_sides():
    """Their sums are written for zeros on both sides alike."""
    x, weight, dy = np.ones((1, 3, 3)), np.ones((1, 1, 2, 2)), np.ones((1, 3, 3))
    uneven = {"padding": (0, 1, 0, 1)}
    with pytest.raises(InvalidInput, match="padding"):
        im2col(x, weight, **uneven)
    for view in (backward_scatter, backward_gather):
        with pytest.raises(InvalidInput, match="padding"):
            view(x, weight, dy, **uneven)
