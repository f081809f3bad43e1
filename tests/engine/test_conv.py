"""Convolution against PyTorch, against nudging, against SciPy and against a pencil."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.signal
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import conv2d, conv2d_backward, conv3d, flip, numerical_gradient, unfold

SIZES = (2, 3, 5, 7, 11, 13)  # primes, and never square: no swap of two axes can go unseen
DTYPES = (np.float32, np.float64)
LAYOUTS = (  # the same numbers, lying differently in memory
    np.ascontiguousarray,
    np.asfortranarray,
    lambda array: np.repeat(array, 2, axis=-1)[..., ::2],
    lambda array: array[::-1].copy()[::-1],
)


@dataclass
class Case:
    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    settings: dict = field(default_factory=dict)

    @property
    def arrays(self):
        return [self.x, self.weight] + ([] if self.bias is None else [self.bias])


@st.composite
def cases(draw, axes=2):
    """Any convolution that has an output."""
    groups, per_group, filters = (draw(st.integers(1, 3)) for _ in range(3))
    size = draw(st.permutations(SIZES))[:axes]
    padding, stride = (draw(st.tuples(*[st.integers(low, 3)] * axes)) for low in (0, 1))
    kernel, dilation = [], []
    for n, p in zip(size, padding, strict=True):
        kernel.append(draw(st.integers(1, min(5, n + 2 * p))))
        widest = (n + 2 * p - 1) // (kernel[-1] - 1) if kernel[-1] > 1 else 3
        dilation.append(draw(st.integers(1, min(3, widest))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    dtype, layout = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(LAYOUTS))

    def whole_numbers(*shape):
        return layout(rng.integers(-4, 5, shape).astype(dtype))

    return Case(
        whole_numbers(draw(st.sampled_from((1, 2, 5))), groups * per_group, *size),
        whole_numbers(groups * filters, per_group, *kernel),
        whole_numbers(groups * filters) if draw(st.booleans()) else None,
        {"stride": stride, "padding": padding, "dilation": tuple(dilation), "groups": groups},
    )


@settings(deadline=None, max_examples=200)
@given(cases())
def test_conv2d_is_pytorchs_forward_and_backward(against_torch, case):
    def backward(dy, x, weight, *_):
        return conv2d_backward(dy, x, weight, **case.settings)[: len(case.arrays)]

    against_torch(
        lambda *arrays: conv2d(*arrays, **case.settings),
        backward,
        lambda *tensors: F.conv2d(*tensors, **case.settings),
        case.arrays,
    )


@settings(deadline=None, max_examples=100)
@given(cases(axes=3))
def test_conv3d_is_pytorchs(against_torch, case):
    against_torch(
        lambda *arrays: conv3d(*arrays, **case.settings),
        None,
        lambda *tensors: F.conv3d(*tensors, **case.settings),
        case.arrays,
    )


@settings(deadline=None, max_examples=50)
@given(cases())
def test_columns_are_those_of_unfold_and_backward_takes_them(case):
    y, columns = conv2d(case.x, case.weight, case.bias, **case.settings, return_columns=True)
    geometry = {key: case.settings[key] for key in ("stride", "padding", "dilation")}
    np.testing.assert_array_equal(columns, unfold(case.x, case.weight.shape[2:], **geometry))
    handed_on = conv2d_backward(y, case.x, case.weight, **case.settings, columns=columns)
    made_again = conv2d_backward(y, case.x, case.weight, **case.settings)
    for one, other in zip(handed_on, made_again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_dbias_is_there_without_a_bias():
    x, weight, dy = np.ones((2, 1, 3, 5)), np.ones((3, 1, 2, 2)), np.ones((2, 3, 2, 4))
    np.testing.assert_array_equal(conv2d_backward(dy, x, weight)[2], [16, 16, 16])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": (2, 1), "padding": (1, 2)},
        {"dilation": (2, 1), "padding": 1},
        {"stride": 2, "groups": 2, "padding": (0, 1)},
    ],
)
def test_backward_agrees_with_nudging(options):
    rng = np.random.default_rng(1)
    groups = options.get("groups", 1)
    x = rng.standard_normal((2, 4, 5, 7))
    weight = rng.standard_normal((6, 4 // groups, 3, 2))
    bias = rng.standard_normal(6)
    dy = rng.standard_normal(conv2d(x, weight, bias, **options).shape)
    gradients = conv2d_backward(dy, x, weight, **options)
    nudged = (
        numerical_gradient(lambda x: np.vdot(dy, conv2d(x, weight, bias, **options)), x),
        numerical_gradient(lambda w: np.vdot(dy, conv2d(x, w, bias, **options)), weight),
        numerical_gradient(lambda b: np.vdot(dy, conv2d(x, weight, b, **options)), bias),
    )
    for gradient, nudge in zip(gradients, nudged, strict=True):
        np.testing.assert_allclose(gradient, nudge, rtol=1e-7, atol=1e-8)


def test_random_floats_are_pytorchs_to_rounding():
    import torch

    rng = np.random.default_rng(2)
    for dtype, within in ((np.float32, 1e-5), (np.float64, 1e-13)):
        x = rng.standard_normal((3, 5, 11, 7)).astype(dtype)
        weight = rng.standard_normal((2, 5, 3, 5)).astype(dtype)
        theirs = F.conv2d(*map(torch.from_numpy, (x, weight)), padding=(1, 2)).numpy()
        np.testing.assert_allclose(conv2d(x, weight, padding=(1, 2)), theirs, rtol=0, atol=within)


def test_pencil_two_channels_two_filters_stride_two():
    """Six products a channel, written out."""
    x = np.array([[[[1.0, 2, 3, 4], [5, 6, 7, 8]], [[1, 0, 1, 0], [0, 2, 0, 2]]]])
    weight = np.array(
        [[[[1.0, 0], [0, 1]], [[1, 1], [1, 1]]], [[[0, 1], [1, 0]], [[0, 0], [0, -1]]]]
    )
    bias = np.array([0.5, 10.0])
    # filter 0: 1·1+6·1 + (1+0+0+2) + 0.5 = 10.5, then 3·1+8·1 + (1+0+0+2) + 0.5 = 14.5
    # filter 1: 2·1+5·1 − 2 + 10 = 15, then 4·1+7·1 − 2 + 10 = 19
    expected = [[[[10.5, 14.5]], [[15.0, 19.0]]]]
    np.testing.assert_array_equal(conv2d(x, weight, bias, stride=2), expected)


def test_pencil_backward():
    x = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    weight = np.array([[[[1.0, 10]]]])
    dy = np.array([[[[1.0, 2], [3, 4]]]])
    dx, dweight, dbias = conv2d_backward(dy, x, weight)
    # dx: each dy times (1, 10) into its window; the middle column receives from two windows
    np.testing.assert_array_equal(dx, [[[[1, 10 + 2, 20], [3, 30 + 4, 40]]]])
    # dw: 1·1+2·2+3·4+4·5 = 37 and 1·2+2·3+3·5+4·6 = 47
    np.testing.assert_array_equal(dweight, [[[[37, 47]]]])
    np.testing.assert_array_equal(dbias, [10])


def test_pencil_3d():
    """Two frames of 1×3, a kernel that subtracts a frame from the next."""
    clip = np.array([[[[[1.0, 2, 3]], [[4.0, 4, 9]]]]])
    weight = np.array([[[[[-1.0]], [[1.0]]]]])
    np.testing.assert_array_equal(conv3d(clip, weight), [[[[[3, 2, 6]]]]])


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_scipy_says_what_is_correlation_and_what_is_convolution(height, width, seed):
    rng = np.random.default_rng(seed)
    x, weight = rng.integers(-4, 5, (7, 11)) * 1.0, rng.integers(-4, 5, (height, width)) * 1.0
    one = x[None, None], weight[None, None]
    correlated = scipy.signal.correlate2d(x, weight, mode="valid")
    convolved = scipy.signal.convolve2d(x, weight, mode="valid")
    np.testing.assert_array_equal(conv2d(*one)[0, 0], correlated)
    np.testing.assert_array_equal(conv2d(one[0], flip(one[1]))[0, 0], convolved)


def test_nothing_is_written_to_and_nothing_shared():
    x, weight, bias = np.ones((1, 2, 3, 5)), np.ones((3, 2, 1, 1)), np.ones(3)
    for array in (x, weight, bias):
        array.setflags(write=False)
    y = conv2d(x, weight, bias)
    gradients = conv2d_backward(y, x, weight)
    assert all(not np.shares_memory(x, array) for array in (y, *gradients))
    assert not np.shares_memory(flip(weight), weight)


def test_columns_of_a_1x1_kernel_may_be_the_input_itself_but_not_written_to():
    x = np.ones((1, 2, 3, 5))
    columns = conv2d(x, np.ones((3, 2, 1, 1)), return_columns=True)[1]
    assert not (columns.flags.writeable and np.shares_memory(columns, x))
