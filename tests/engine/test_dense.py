"""linear and relu against PyTorch, nudging and a pencil."""

import numpy as np
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import linear, linear_backward, numerical_gradient, relu, relu_backward

primes = st.sampled_from((1, 2, 3, 5, 7, 11))
dtypes = st.sampled_from((np.float32, np.float64))


@settings(deadline=None, max_examples=100)
@given(primes, primes, primes, st.booleans(), dtypes, st.integers(0, 99))
def test_linear_is_pytorchs_forward_and_backward(
    against_torch, n, inputs, outputs, bias, dtype, seed
):
    rng = np.random.default_rng(seed)
    shapes = [(n, inputs), (outputs, inputs), (outputs,)][: 2 + bias]
    arrays = [rng.integers(-4, 5, shape).astype(dtype) for shape in shapes]
    against_torch(
        linear,
        lambda dy, x, weight, *_: linear_backward(dy, x, weight)[: len(arrays)],
        F.linear,
        arrays,
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(primes, min_size=1, max_size=4), dtypes, st.integers(0, 99))
def test_relu_is_pytorchs_forward_and_backward(against_torch, shape, dtype, seed):
    """Whole numbers from −4 to 4: zero, where the derivative is a convention, is among them."""
    x = np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)
    against_torch(relu, lambda dy, x: (relu_backward(dy, x),), F.relu, [x])


def test_trouble_stays_visible(against_torch):
    x = np.array([np.nan, np.inf, -np.inf])
    against_torch(relu, lambda dy, x: (relu_backward(dy, x),), F.relu, [x])


def test_linear_backward_agrees_with_nudging():
    rng = np.random.default_rng(4)
    x, weight, bias = (rng.standard_normal(s) for s in ((3, 5), (2, 5), (2,)))
    dy = rng.standard_normal((3, 2))
    nudged = (
        numerical_gradient(lambda a: np.vdot(dy, linear(a, weight, bias)), x),
        numerical_gradient(lambda w: np.vdot(dy, linear(x, w, bias)), weight),
        numerical_gradient(lambda b: np.vdot(dy, linear(x, weight, b)), bias),
    )
    for gradient, nudge in zip(linear_backward(dy, x, weight), nudged, strict=True):
        np.testing.assert_allclose(gradient, nudge, rtol=1e-7, atol=1e-8)


def test_relu_backward_agrees_with_nudging():
    x, dy = np.array([-2.0, -0.1, 0.1, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])
    nudged = numerical_gradient(lambda x: np.vdot(dy, relu(x)), x)
    np.testing.assert_allclose(relu_backward(dy, x), nudged, rtol=1e-9)


def test_pencil_linear():
    x, weight = np.array([[1.0, 2, 3]]), np.array([[1.0, 0, -1], [2, 2, 2]])
    # 1 − 3 + 10 = 8 and 2 + 4 + 6 + 20 = 32
    np.testing.assert_array_equal(linear(x, weight, np.array([10.0, 20])), [[8, 32]])
    dx, dweight, dbias = linear_backward(np.array([[1.0, 10]]), x, weight)
    np.testing.assert_array_equal(dx, [[1 + 20, 20, -1 + 20]])
    np.testing.assert_array_equal(dweight, [[1, 2, 3], [10, 20, 30]])
    np.testing.assert_array_equal(dbias, [1, 10])


def test_pencil_relu():
    x = np.array([-3.0, 0, 2])
    np.testing.assert_array_equal(relu(x), [0, 0, 2])
    np.testing.assert_array_equal(relu_backward(np.array([5.0, 6, 7]), x), [0, 0, 7])
