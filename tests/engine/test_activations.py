"""sigmoid and tanh against PyTorch, nudging and a pencil."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import (
    numerical_gradient,
    sigmoid,
    sigmoid_backward,
    tanh,
    tanh_backward,
)

PAIRS = {"sigmoid": (sigmoid, sigmoid_backward), "tanh": (tanh, tanh_backward)}
both = pytest.mark.parametrize("name", PAIRS)


@both
@settings(deadline=None, max_examples=50)
@given(
    shape=st.lists(st.sampled_from((1, 2, 3, 5)), min_size=1, max_size=4),
    scale=st.sampled_from((0.1, 3.0, 40.0, 1e4)),
    dtype=st.sampled_from((np.float32, np.float64)),
    seed=st.integers(0, 99),
)
def test_they_are_pytorchs_forward_and_backward(name, shape, scale, dtype, seed):
    rng = np.random.default_rng(seed)
    x, dy = ((rng.standard_normal(shape) * n).astype(dtype) for n in (scale, 1))
    leaf = torch.tensor(x).requires_grad_()
    expected = getattr(torch, name)(leaf)
    (gradient,) = torch.autograd.grad(expected, leaf, torch.tensor(dy))
    forward, backward = PAIRS[name]
    y = forward(x)
    dx = backward(dy, y)
    assert (y.dtype, dx.dtype) == (dtype, dtype)
    rounding = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=rounding, atol=rounding)
    np.testing.assert_allclose(dx, gradient.numpy(), rtol=1e-3, atol=4 * rounding)


@both
def test_backward_agrees_with_nudging(name):
    forward, backward = PAIRS[name]
    x, dy = np.array([-2.0, -0.3, 0.0, 0.4, 3.0]), np.array([1.0, 2.0, 3.0, -4.0, 5.0])
    nudged = numerical_gradient(lambda x: np.vdot(dy, forward(x)), x)
    np.testing.assert_allclose(backward(dy, forward(x)), nudged, rtol=1e-7)


@both
def test_far_out_they_are_flat_and_nothing_overflows(name):
    forward, backward = PAIRS[name]
    y = forward(np.array([-1e30, 1e30], np.float32))
    assert y.tolist() == [{"sigmoid": 0.0, "tanh": -1.0}[name], 1.0]
    assert backward(np.ones(2, np.float32), y).tolist() == [0.0, 0.0]
    assert np.isnan(forward(np.array([np.nan])))
