"""Padding against PyTorch in every mode, at its limits, and against a pencil."""

import numpy as np
import pytest
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import pad2d

TORCH_MODES = {"zeros": "constant"}
WIDEST = {"reflect": -1, "circular": 0}  # cells beyond the size of the map


@st.composite
def paddings(draw):
    """A mode, a size, and four sides up to the widest that the mode allows."""
    mode = draw(st.sampled_from(("zeros", "constant", "reflect", "replicate", "circular")))
    size = draw(st.permutations((1, 2, 3, 5, 7)))[:2]
    widest = [n + WIDEST.get(mode, 3) for n in size]
    return mode, size, [draw(st.integers(0, widest[i // 2])) for i in range(4)]


@settings(deadline=None, max_examples=200)
@given(paddings(), st.sampled_from((np.float32, np.float64)))
def test_pad2d_is_pytorchs(against_torch, padding, dtype):
    mode, size, (top, bottom, left, right) = padding
    value = 2.5 if mode == "constant" else 0.0
    x = np.random.default_rng(0).integers(-9, 10, (2, 3, *size)).astype(dtype)
    against_torch(
        lambda x: pad2d(x, (top, bottom, left, right), mode, value),
        None,
        lambda x: F.pad(x, (left, right, top, bottom), TORCH_MODES.get(mode, mode), value),
        [x],
    )


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        ("zeros", [0, 0, 1, 2, 3, 0, 0]),
        ("constant", [9, 9, 1, 2, 3, 9, 9]),
        ("reflect", [3, 2, 1, 2, 3, 2, 1]),
        ("replicate", [1, 1, 1, 2, 3, 3, 3]),
        ("circular", [2, 3, 1, 2, 3, 1, 2]),
    ],
)
def test_pencil(mode, row):
    padded = pad2d(np.array([[[[1.0, 2, 3]]]]), (0, 2), mode, 9.0 if mode == "constant" else 0.0)
    np.testing.assert_array_equal(padded, [[[row]]])


def test_an_int_is_four_sides_and_a_pair_is_rows_then_columns():
    x = np.ones((1, 1, 3, 5))
    assert pad2d(x, 1).shape == (1, 1, 5, 7)
    assert pad2d(x, (0, 2)).shape == (1, 1, 3, 9)
    assert pad2d(x, [1, 0, 2, 0])[0, 0].tolist()[:2] == [[0] * 7, [0, 0, 1, 1, 1, 1, 1]]


def test_padding_nothing_still_makes_a_new_array():
    x = np.ones((1, 1, 3, 5))
    assert not np.shares_memory(pad2d(x, 0), x)
    assert not np.shares_memory(pad2d(x, 0, "circular"), x)
