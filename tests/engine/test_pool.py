"""Pooling against PyTorch in every option, against a pencil, and against nudging."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import (
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool_counts,
    max_pool2d,
    max_pool2d_backward,
    numerical_gradient,
    output_size,
    relu,
)

INF, NAN = np.inf, np.nan


@st.composite
def shapes(draw):
    """A rectangular batch, and settings that PyTorch takes for any pooling of it."""
    size = draw(st.permutations((1, 2, 3, 4, 5, 7, 8)))[:2]
    kernel = draw(st.tuples(*[st.integers(1, 5)] * 2))
    options = {
        "kernel_size": kernel,
        "stride": draw(st.none() | st.tuples(*[st.integers(1, 4)] * 2)),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    return (draw(st.sampled_from((1, 2))), draw(st.sampled_from((1, 3))), *size), options


def arrays(draw, shape, values):
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.choice(values, shape).astype(draw(st.sampled_from((np.float32, np.float64))))


def fits(shape, options, dilation=(1, 1)):
    pairs = zip(
        shape[2:],
        options["kernel_size"],
        options["stride"] or options["kernel_size"],
        options["padding"],
        dilation,
        strict=True,
    )
    return all(
        -(-room // s) + 1 > 0 if options["ceil_mode"] else room >= 0
        for room, s in ((n + 2 * p - d * (k - 1) - 1, s) for n, k, s, p, d in pairs)
    )


@st.composite
def max_cases(draw):
    shape, options = draw(shapes())
    dilation = draw(st.just((1, 1)) | st.tuples(*[st.integers(1, 3)] * 2))
    assume(fits(shape, options, dilation))
    # few different numbers, so that most windows are tied
    values = draw(st.sampled_from(([-1, 0, 1], [-3, -2, -1], [-INF, 0, 1], [NAN, -INF, 0, 1])))
    return arrays(draw, shape, values), {**options, "dilation": dilation}


@st.composite
def average_cases(draw):
    shape, options = draw(shapes())
    assume(fits(shape, options))
    x = arrays(draw, shape, np.arange(-4, 5))
    return x, {**options, "count_include_pad": draw(st.booleans())}


@settings(deadline=None, max_examples=300)
@given(max_cases())
def test_max_pool2d_is_pytorchs_forward_and_backward(against_torch, case):
    x, options = case
    # between dilated taps a whole axis may be jumped over: then PyTorch points to other cells
    axes = zip(x.shape[2:], options["padding"], options["dilation"], strict=True)
    assume(all(p == 0 or n >= d for n, p, d in axes))
    y, indices = max_pool2d(x, **options, return_indices=True)
    expected = F.max_pool2d(torch.tensor(x), **options, return_indices=True)[1]
    np.testing.assert_array_equal(indices, expected)
    assert indices.dtype == np.int64
    np.testing.assert_array_equal(y, max_pool2d(x, **options))
    against_torch(
        lambda x: max_pool2d(x, **options),
        lambda dy, x: [max_pool2d_backward(dy, indices, x.shape[2:])],
        lambda x: F.max_pool2d(x, **options),
        [x],
    )


@settings(deadline=None, max_examples=300)
@given(average_cases())
def test_avg_pool2d_is_pytorchs_forward_and_backward(against_torch, case):
    x, options = case
    counts = avg_pool_counts(x.shape[2:], **options)

    def backward(dy, x):  # times the counts, so that no share is rounded
        return [avg_pool2d_backward(dy * counts.astype(dy.dtype), x.shape[2:], **options)]

    def theirs(x):
        y = F.avg_pool2d(x, **options)
        if x.requires_grad:
            y.register_hook(lambda dy: dy * torch.tensor(counts))
        return y

    against_torch(lambda x: avg_pool2d(x, **options), backward, theirs, [x])


@settings(deadline=None, max_examples=100)
@given(max_cases(), st.booleans())
def test_max_pool2d_is_what_the_definition_says(case, padded_first):
    """Window by window, with −∞ around, in the slowest way there is."""
    x, options = case
    assume(not np.isnan(x).any())
    (kh, kw), (ph, pw), (dh, dw) = (options[k] for k in ("kernel_size", "padding", "dilation"))
    sh, sw = options["stride"] or (kh, kw)
    around = ((0, 0), (0, 0), (ph, ph + sh + kh * dh), (pw, pw + sw + kw * dw))
    padded = np.pad(x, around, constant_values=-INF)
    y = max_pool2d(x, **options, return_indices=padded_first)
    y = y[0] if padded_first else y
    for place in np.ndindex(y.shape[2:]):
        top, left = place[0] * sh, place[1] * sw
        window = padded[:, :, top : top + kh * dh : dh, left : left + kw * dw : dw]
        np.testing.assert_array_equal(y[:, :, *place], window.max(axis=(2, 3)))


def test_pencil_maximum():
    x = np.array([[[[1.0, 3, 2, 1], [4, 6, 5, 0], [0, 2, 9, 8], [1, 3, 7, 4]]]])
    y, indices = max_pool2d(x, 2, return_indices=True)
    np.testing.assert_array_equal(y, [[[[6, 5], [3, 9]]]])
    np.testing.assert_array_equal(indices, [[[[5, 6], [13, 10]]]])
    y = max_pool2d(x, 3, stride=1)
    np.testing.assert_array_equal(y, [[[[9, 9], [9, 9]]]])
    dx = max_pool2d_backward(np.array([[[[1.0, 2], [3, 4]]]]), np.full((1, 1, 2, 2), 10), (4, 4))
    expected = np.zeros((4, 4))
    expected[2, 2] = 1 + 2 + 3 + 4  # four windows, one winner
    np.testing.assert_array_equal(dx[0, 0], expected)


def test_of_equals_the_first_in_reading_order_takes_the_whole_gradient():
    x = np.zeros((1, 1, 4, 4))
    y, indices = max_pool2d(x, 2, return_indices=True)
    np.testing.assert_array_equal(indices, [[[[0, 2], [8, 10]]]])
    dx = max_pool2d_backward(np.ones_like(y), indices, (4, 4))
    assert dx.sum() == 4
    np.testing.assert_array_equal(np.flatnonzero(dx), [0, 2, 8, 10])


def test_the_padding_of_a_maximum_never_wins():
    x = -np.ones((1, 1, 3, 3))
    np.testing.assert_array_equal(max_pool2d(x, 3, stride=1, padding=1), x)


def test_a_window_over_no_cell_is_minus_infinity_from_nowhere():
    x = np.array([[[[5.0]], [[6.0]]]])
    y, indices = max_pool2d(x, 2, 1, padding=1, dilation=2, return_indices=True)
    assert (y.tolist(), indices.tolist()) == ([[[[-INF]], [[-INF]]]], [[[[-1]], [[-1]]]])
    assert max_pool2d_backward(np.ones_like(y), indices, (1, 1)).tolist() == [[[[0.0]], [[0.0]]]]
    mixed = max_pool2d_backward(np.array([[[[2.0, 3.0]]]]), np.array([[[[-1, 0]]]]), (1, 2))
    assert mixed.tolist() == [[[[3.0, 0.0]]]]


def test_pencil_mean_and_what_it_divides_by():
    ones = np.ones((1, 1, 3, 3))
    options = {"kernel_size": 3, "stride": 2, "padding": 1}
    np.testing.assert_array_equal(avg_pool2d(ones, **options), np.full((1, 1, 2, 2), 4 / 9))
    without = avg_pool2d(ones, **options, count_include_pad=False)
    np.testing.assert_array_equal(without, np.ones((1, 1, 2, 2)))
    np.testing.assert_array_equal(avg_pool_counts(3, **options), np.full((2, 2), 9))


def test_what_hangs_over_the_end_never_counts():
    row = np.array([[[[1.0, 2, 3, 4, 5]]]])
    for counted in (True, False):
        options = {"kernel_size": (1, 2), "ceil_mode": True, "count_include_pad": counted}
        assert avg_pool2d(row, **options).tolist() == [[[[1.5, 3.5, 5.0]]]]  # not 2.5
        assert avg_pool_counts((1, 5), **options).tolist() == [[2, 2, 1]]
    assert max_pool2d(-row, (1, 2), ceil_mode=True).tolist() == [[[[-1.0, -3.0, -5.0]]]]


def test_padding_counts_up_to_its_end_and_overhang_does_not():
    # 4 cells and 1 on each side under windows of 3 at 0, 2, 4: the last has one cell beyond
    options = {"kernel_size": (1, 3), "stride": (1, 2), "padding": (0, 1), "ceil_mode": True}
    assert avg_pool_counts((1, 4), **options).tolist() == [[3, 3, 2]]
    assert avg_pool_counts((1, 4), **options, count_include_pad=False).tolist() == [[2, 3, 1]]


def test_ceil_mode_changes_the_size_but_no_window_starts_in_the_padding():
    x = np.ones((1, 1, 6, 5))
    assert max_pool2d(x, 3, 2).shape == (1, 1, 2, 2)
    assert max_pool2d(x, 3, 2, ceil_mode=True).shape == (1, 1, 3, 2)
    assert avg_pool2d(x, 2, 4, padding=1, ceil_mode=True).shape == (1, 1, 2, 2)
    assert output_size(6, 2, 4, 1, ceil_mode=True) == 2


def test_maximum_and_relu_change_places_and_average_and_relu_do_not():
    x = np.array([[[[3.0, -1.0]]]])
    np.testing.assert_array_equal(relu(max_pool2d(x, (1, 2))), max_pool2d(relu(x), (1, 2)))
    assert (relu(avg_pool2d(x, (1, 2))).item(), avg_pool2d(relu(x), (1, 2)).item()) == (1.0, 1.5)


MAX_OPTIONS = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
AVERAGE_OPTIONS = [
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1), "count_include_pad": False},
    {"kernel_size": (3, 2), "stride": 2, "padding": 1, "ceil_mode": True},
]


def test_backward_of_the_maximum_agrees_with_nudging():
    x = np.random.default_rng(0).permutation(2 * 3 * 5 * 7).reshape(2, 3, 5, 7).astype(float)
    y, indices = max_pool2d(x, **MAX_OPTIONS, ceil_mode=True, return_indices=True)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    dx = max_pool2d_backward(dy, indices, (5, 7))
    nudged = numerical_gradient(
        lambda a: np.vdot(dy, max_pool2d(a, **MAX_OPTIONS, ceil_mode=True)), x
    )
    np.testing.assert_allclose(dx, nudged, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("options", AVERAGE_OPTIONS)
def test_backward_of_the_mean_agrees_with_nudging(options):
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 7))
    dy = np.random.default_rng(1).standard_normal(avg_pool2d(x, **options).shape)
    dx = avg_pool2d_backward(dy, (5, 7), **options)
    nudged = numerical_gradient(lambda a: np.vdot(dy, avg_pool2d(a, **options)), x)
    np.testing.assert_allclose(dx, nudged, rtol=1e-7, atol=1e-8)


def test_views_are_read_and_left_as_they_are():
    x = np.random.default_rng(2).standard_normal((2, 5, 7, 3)).transpose(0, 3, 2, 1)[..., ::-1]
    x.setflags(write=False)
    whole = x.copy()
    for ours, theirs in zip(
        max_pool2d(x, 2, return_indices=True),
        max_pool2d(whole, 2, return_indices=True),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(max_pool2d(x, 3, 1), max_pool2d(whole, 3, 1))
    np.testing.assert_array_equal(avg_pool2d(x, 3, 1), avg_pool2d(whole, 3, 1))


def test_a_window_of_more_taps_than_a_byte_counts():
    x = np.arange(400.0).reshape(1, 1, 20, 20)
    assert max_pool2d(x, 17, return_indices=True)[1].item() == 16 * 20 + 16
