""" "Same" padding against PyTorch and SciPy themselves, and TensorFlow's rule with a pencil."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d, correlate, correlate2d

from cnnlab.engine import SAME_RULES, conv2d, flip, output_size, pad2d, same_padding
from cnnlab.message import InvalidInput

PAIR = st.tuples(*[st.integers(1, 6)] * 2)
SIZE = st.permutations((1, 2, 3, 5, 7)).map(lambda sizes: tuple(sizes[:2]))


def whole_numbers(*shape):
    return np.random.default_rng(0).integers(-4, 5, (1, 1, *shape)).astype(float)


def padded(x, kernel, stride, dilation, rule):
    top_bottom, left_right = (
        same_padding(*axis, rule)
        for axis in zip(x.shape[2:], kernel, (stride, stride), dilation, strict=True)
    )
    return pad2d(x, (*top_bottom, *left_right))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(deadline=None, max_examples=100)
@given(SIZE, PAIR, st.tuples(*[st.integers(1, 3)] * 2))
def test_pytorch(size, kernel, dilation):
    x, weight = whole_numbers(*size), whole_numbers(*kernel)
    ours = conv2d(padded(x, kernel, 1, dilation, "pytorch"), weight, dilation=dilation)
    theirs = F.conv2d(torch.tensor(x), torch.tensor(weight), padding="same", dilation=dilation)
    np.testing.assert_array_equal(ours, theirs)


@settings(deadline=None, max_examples=100)
@given(SIZE, PAIR, st.integers(1, 3), st.integers(1, 3))
def test_scipy(size, kernel, stride, dilation):
    """At a stride: every s-th cell of SciPy's map. A dilated kernel: zeros between its weights."""
    x, weight = whole_numbers(*size), whole_numbers(*kernel)
    spread = np.zeros([dilation * (k - 1) + 1 for k in kernel])
    spread[::dilation, ::dilation] = weight
    image = padded(x, kernel, stride, (dilation, dilation), "scipy")
    ours = conv2d(image, weight, stride=stride, dilation=dilation)
    theirs = correlate(x[0, 0], spread, mode="same", method="direct")
    np.testing.assert_array_equal(ours[0, 0], theirs[::stride, ::stride])
    theirs = convolve2d(x[0, 0], flip(spread), mode="same")
    np.testing.assert_array_equal(ours[0, 0], theirs[::stride, ::stride])


@settings(deadline=None, max_examples=50)
@given(SIZE, PAIR)
def test_scipys_correlate2d_alone_does_as_pytorch(size, kernel):
    x, weight = whole_numbers(*size), whole_numbers(*kernel)
    ours = conv2d(padded(x, kernel, 1, (1, 1), "pytorch"), weight)
    np.testing.assert_array_equal(ours[0, 0], correlate2d(x[0, 0], weight[0, 0], mode="same"))


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "expected"),
    [
        (6, 3, 2, (0, 1)),
        (7, 3, 2, (1, 1)),
        (224, 7, 2, (2, 3)),
        (6, 4, 1, (1, 2)),
        (5, 1, 3, (0, 0)),
        (5, 2, 5, (0, 0)),
        (2, 9, 2, (3, 4)),
    ],
)
def test_tensorflow_with_a_pencil(n, kernel, stride, expected):
    assert same_padding(n, kernel, stride, rule="tensorflow") == expected


@settings(max_examples=200)
@given(*[st.integers(1, 30)] * 2, *[st.integers(1, 4)] * 2)
def test_tensorflow_adds_no_more_than_the_outputs_need(n, kernel, stride, dilation):
    before, after = same_padding(n, kernel, stride, dilation, "tensorflow")
    assert after - before in (0, 1)
    assume(after)
    fewer = n + before + after - 1 - dilation * (kernel - 1) - 1
    assert fewer // stride + 1 < -(-n // stride)


@given(*[st.integers(1, 30)] * 2, *[st.integers(1, 4)] * 2, st.sampled_from(SAME_RULES))
def test_one_output_for_each_step_that_starts_on_the_map(n, kernel, stride, dilation, rule):
    assume(rule != "pytorch" or stride == 1)
    padding = same_padding(n, kernel, stride, dilation, rule)
    assert output_size(n, kernel, stride, padding, dilation) == -(-n // stride)


def test_the_three_with_an_even_kernel():
    assert [same_padding(6, 4, rule=rule) for rule in SAME_RULES] == [(1, 2), (1, 2), (2, 1)]
    row = np.arange(6.0)
    assert np.correlate(row, [0, 1, 0, 0], mode="same").tolist() == [0, 0, 1, 2, 3, 4]


def test_tensorflow_and_padding_1_have_one_size_but_read_other_cells():
    row, middle = np.arange(6.0).reshape(1, 1, 1, 6), np.array([[[[0.0, 1.0, 0.0]]]])
    same = pad2d(row, (0, 0, *same_padding(6, 3, 2, rule="tensorflow")))
    assert conv2d(same, middle, stride=2).tolist() == [[[[1.0, 3.0, 5.0]]]]
    assert conv2d(row, middle, stride=2, padding=(0, 1)).tolist() == [[[[0.0, 2.0, 4.0]]]]


def test_pytorch_refuses_a_stride_and_so_do_we():
    with pytest.raises(InvalidInput, match="the stride is 2"):
        same_padding(6, 3, 2)
    with pytest.raises(RuntimeError, match="padding='same' is not supported for strided"):
        F.conv2d(torch.ones(1, 1, 6, 6), torch.ones(1, 1, 3, 3), padding="same", stride=2)
