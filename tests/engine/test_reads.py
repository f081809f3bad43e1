"""How often cells are read: counted by PyTorch's autograd, and with a pencil."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import layer_sizes, output_size, read_counts


def by_autograd(size, kernel, stride, padding, dilation, mode):
    """Under weights of 1, the sum of all outputs changes with a cell as often as it is read."""
    top, bottom, left, right = padding
    x = torch.zeros(1, 1, *size, dtype=torch.float64, requires_grad=True)
    mode = "constant" if mode == "zeros" else mode
    around = F.pad(x, (left, right, top, bottom), mode=mode)
    weight = torch.ones(1, 1, *kernel, dtype=torch.float64)
    F.conv2d(around, weight, stride=stride, dilation=dilation).sum().backward()
    return x.grad[0, 0].numpy()


PAIR = st.tuples(*[st.integers(1, 4)] * 2)


@settings(deadline=None, max_examples=200)
@given(
    st.permutations((1, 2, 3, 5, 7)).map(lambda sizes: tuple(sizes[:2])),
    PAIR,
    PAIR,
    st.tuples(*[st.integers(0, 4)] * 4),
    PAIR,
    st.sampled_from(("zeros", "constant", "reflect", "replicate", "circular")),
)
def test_read_counts(size, kernel, stride, padding, dilation, mode):
    (height, width), (top, bottom, left, right) = size, padding
    most = {"reflect": -1, "circular": 0}.get(mode, 99)
    assume(max(top, bottom) <= height + most and max(left, right) <= width + most)
    for n, added, k, d in zip(size, (top + bottom, left + right), kernel, dilation, strict=True):
        assume(n + added > d * (k - 1))
    counts = read_counts(size, kernel, stride, padding, dilation, mode)
    expected = by_autograd(size, kernel, stride, padding, dilation, mode)
    np.testing.assert_array_equal(counts, expected)
    assert counts.dtype == np.intp


@pytest.mark.parametrize(("padding", "corner", "edge"), [(0, 1, 3), (1, 4, 6), (2, 9, 9)])
def test_pencil(padding, corner, edge):
    counts = read_counts(5, 3, padding=padding)
    assert (counts[0, 0], counts[0, 2], counts[2, 2]) == (corner, edge, 9)
    np.testing.assert_array_equal(counts, counts[::-1, ::-1])


def test_only_k_minus_1_makes_them_all_equal():
    for kernel in range(1, 6):
        equal = [
            len(set(read_counts(7, kernel, padding=p).ravel())) == 1 for p in range(kernel + 2)
        ]
        assert equal == [p >= kernel - 1 for p in range(kernel + 2)]


def test_a_stride_that_does_not_divide_leaves_the_last_cells_unread():
    assert read_counts((1, 6), (1, 3), (1, 2))[0].tolist() == [1, 1, 2, 1, 1, 0]


def test_padding_as_a_number_a_pair_and_four_sides():
    np.testing.assert_array_equal(
        read_counts((5, 7), 3, padding=(1, 2)), read_counts((5, 7), 3, padding=(1, 1, 2, 2))
    )
    assert read_counts((3, 3), 3, padding=(2, 0, 0, 0))[:, 1].tolist() == [3, 2, 1]


def test_layer_sizes():
    assert layer_sizes(28, 13, 3) == tuple(range(28, 1, -2))
    assert layer_sizes(28, 14, 3) == tuple(range(28, 1, -2))  # nothing fits into 2
    assert layer_sizes(28, 0, 3) == (28,)
    assert layer_sizes(28, 3, 3, padding=1) == (28,) * 4
    assert layer_sizes(28, 3, 3, padding=(0, 1)) == (28, 27, 26, 25)
    assert layer_sizes(2, 2, 3, padding=1) == (2, 2, 2)  # fits with its padding only
    assert layer_sizes(9, 5, 3, dilation=2) == (9, 5, 1)


@given(*[st.integers(1, 40)] * 2, *[st.integers(1, 4)] * 3)
def test_layer_sizes_are_output_sizes_until_none_fits(n, layers, kernel, stride, dilation):
    sizes = layer_sizes(n, layers, kernel, stride, dilation=dilation)
    assert sizes[0] == n
    for before, after in pairwise(sizes):
        assert after == output_size(before, kernel, stride, dilation=dilation)
    fits = sizes[-1] > dilation * (kernel - 1)
    assert (len(sizes) == layers + 1) or not fits
