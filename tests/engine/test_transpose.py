"""Transposed convolution against PyTorch, as the adjoint of convolution, and against a pencil."""

import numpy as np
import pytest
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import conv2d, conv_transpose2d, conv_transpose2d_backward, numerical_gradient


@st.composite
def cases(draw):
    """Arrays and settings of any transposed convolution that has an output."""
    groups, channels, filters = (draw(st.integers(1, 3)) for _ in range(3))
    size = draw(st.permutations((1, 2, 3, 5, 7)))[:2]
    kernel, stride, dilation = (draw(st.tuples(*[st.integers(1, 4)] * 2)) for _ in range(3))
    padding = draw(st.tuples(*[st.integers(0, 3)] * 2))
    extra = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    for n, k, s, p, d, e in zip(size, kernel, stride, padding, dilation, extra, strict=True):
        assume((n - 1) * s - 2 * p + d * (k - 1) + e + 1 >= 1)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    dtype = draw(st.sampled_from((np.float32, np.float64)))
    shapes = [
        (draw(st.sampled_from((1, 2, 5))), groups * channels, *size),
        (groups * channels, filters, *kernel),
        (groups * filters,),
    ][: draw(st.integers(2, 3))]
    options = {
        "stride": stride,
        "padding": padding,
        "output_padding": tuple(extra),
        "groups": groups,
        "dilation": dilation,
    }
    return [rng.integers(-4, 5, shape).astype(dtype) for shape in shapes], options


@settings(deadline=None, max_examples=100)
@given(cases())
def test_conv_transpose2d_is_pytorchs_forward_and_backward(against_torch, case):
    arrays, options = case

    def backward(dy, x, weight, *_):
        return conv_transpose2d_backward(dy, x, weight, **options)[: len(arrays)]

    against_torch(
        lambda *arrays: conv_transpose2d(*arrays, **options),
        backward,
        lambda *tensors: F.conv_transpose2d(*tensors, **options),
        arrays,
    )


def test_it_is_the_adjoint_of_convolution():
    """⟨conv(x), y⟩ = ⟨x, transposed conv(y)⟩, with the same weights and settings."""
    rng = np.random.default_rng(0)
    options = {"stride": (2, 3), "padding": (1, 0), "dilation": (1, 2)}
    x, weight = rng.standard_normal((2, 3, 11, 13)), rng.standard_normal((5, 3, 3, 2))
    y = rng.standard_normal(conv2d(x, weight, **options).shape)
    back = conv_transpose2d(y, weight, **options, output_padding=(0, 1))
    assert back.shape == x.shape
    assert np.vdot(conv2d(x, weight, **options), y) == pytest.approx(np.vdot(x, back), rel=1e-12)


def test_backward_agrees_with_nudging():
    rng = np.random.default_rng(3)
    options = {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0), "groups": 2}
    x, weight, bias = (rng.standard_normal(s) for s in ((2, 4, 3, 5), (4, 3, 2, 3), (6,)))
    dy = rng.standard_normal(conv_transpose2d(x, weight, bias, **options).shape)
    gradients = conv_transpose2d_backward(dy, x, weight, **options)
    nudged = (
        numerical_gradient(lambda a: np.vdot(dy, conv_transpose2d(a, weight, bias, **options)), x),
        numerical_gradient(lambda w: np.vdot(dy, conv_transpose2d(x, w, bias, **options)), weight),
        numerical_gradient(lambda b: np.vdot(dy, conv_transpose2d(x, weight, b, **options)), bias),
    )
    for gradient, nudge in zip(gradients, nudged, strict=True):
        np.testing.assert_allclose(gradient, nudge, rtol=1e-7, atol=1e-8)


def test_pencil_two_stamps_that_overlap():
    x = np.array([[[[1.0, 2]]]])
    weight = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    # 1 × kernel at column 0, 2 × kernel at column 2; they overlap in column 2: 3 + 2, 6 + 8
    expected = [[[[1, 2, 3 + 2, 4, 6], [4, 5, 6 + 8, 10, 12]]]]
    np.testing.assert_array_equal(conv_transpose2d(x, weight, stride=2), expected)


def test_output_padding_shows_values_that_were_cut_off():
    """correctness of "it pads zeros": the extra row and column hold real sums."""
    x, weight = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3))
    smaller = conv_transpose2d(x, weight, stride=2, padding=1)
    larger = conv_transpose2d(x, weight, stride=2, padding=1, output_padding=1)
    assert (smaller.shape, larger.shape) == ((1, 1, 5, 5), (1, 1, 6, 6))
    np.testing.assert_array_equal(larger[:, :, :5, :5], smaller)
    np.testing.assert_array_equal(larger[0, 0, 5], [1, 2, 1, 2, 1, 1])
