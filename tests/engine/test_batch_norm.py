"""batch_norm against PyTorch, in training and outside it, nudging and a pencil."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import batch_norm, batch_norm_backward, numerical_gradient
from cnnlab.message import InvalidInput

primes = st.sampled_from((1, 2, 3, 5))


@settings(deadline=None, max_examples=100)
@given(
    shape=st.tuples(primes, primes, primes, primes).filter(lambda s: s[0] * s[2] * s[3] > 1),
    affine=st.booleans(),
    training=st.booleans(),
    momentum=st.sampled_from((0.0, 0.1, 1.0)),
    seed=st.integers(0, 99),
)
def test_values_gradients_and_running_averages_are_pytorchs(
    shape, affine, training, momentum, seed
):
    rng = np.random.default_rng(seed)
    x, dy = rng.standard_normal(shape) * 3 + 5, rng.standard_normal(shape)
    mean, var = rng.standard_normal(shape[1]), rng.random(shape[1]) + 0.5
    weight, bias = (rng.standard_normal(shape[1]) if affine else None for _ in range(2))
    leaves = [torch.tensor(a).requires_grad_() for a in (x, weight, bias) if a is not None]
    running = [torch.tensor(a.copy()) for a in (mean, var)]
    expected = F.batch_norm(leaves[0], *running, *leaves[1:], training=training, momentum=momentum)
    y, statistics = batch_norm(x, mean, var, weight, bias, training, momentum)
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(statistics.running_mean, running[0].numpy(), rtol=1e-12)
    np.testing.assert_allclose(statistics.running_var, running[1].numpy(), rtol=1e-12)
    if training:
        gradients = torch.autograd.grad(expected, leaves, torch.tensor(dy))
        ours = batch_norm_backward(dy, x, statistics, weight)
        for gradient, theirs in zip(ours, gradients, strict=False):
            np.testing.assert_allclose(gradient, theirs.numpy(), rtol=1e-6, atol=1e-8)


def test_float32_stays_float32():
    x = np.random.default_rng(0).standard_normal((4, 3, 5, 2)).astype(np.float32)
    ones = np.ones(3, np.float32)
    y, statistics = batch_norm(x, ones, ones, ones, ones, training=True)
    arrays = (y, *vars(statistics).values(), *batch_norm_backward(y, x, statistics, ones))
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


def test_nothing_that_is_given_is_changed():
    x = np.random.default_rng(0).standard_normal((4, 3, 2, 2))
    mean, var = np.zeros(3), np.ones(3)
    batch_norm(x, mean, var, training=True)
    assert mean.tolist() == [0, 0, 0]
    assert var.tolist() == [1, 1, 1]


def test_a_bias_before_it_is_cancelled():
    x = np.random.default_rng(0).standard_normal((4, 3, 2, 2))
    np.testing.assert_allclose(
        batch_norm(x + 7, training=True)[0], batch_norm(x, training=True)[0], atol=1e-12
    )


def test_the_gradients_agree_with_nudging():
    rng = np.random.default_rng(2)
    x, dy = rng.standard_normal((2, 3, 2, 2)), rng.standard_normal((2, 3, 2, 2))
    weight, bias = rng.standard_normal(3), rng.standard_normal(3)

    def loss(x, weight, bias):
        return np.vdot(dy, batch_norm(x, None, None, weight, bias, training=True)[0])

    _, statistics = batch_norm(x, weight=weight, bias=bias, training=True)
    nudged = (
        numerical_gradient(lambda a: loss(a, weight, bias), x),
        numerical_gradient(lambda a: loss(x, a, bias), weight),
        numerical_gradient(lambda a: loss(x, weight, a), bias),
    )
    for ours, nudge in zip(batch_norm_backward(dy, x, statistics, weight), nudged, strict=True):
        np.testing.assert_allclose(ours, nudge, rtol=1e-5, atol=1e-7)


def test_a_large_mean_with_a_small_spread_is_not_lost():
    """Where E[x²] − E[x]² is taken for the variance, it is."""
    x = 100 + 1e-3 * np.random.default_rng(0).standard_normal((50, 1, 4, 4))
    y, _ = batch_norm(x, training=True, eps=0.0)
    assert abs(y.std() - 1) < 1e-9


def test_one_value_a_channel_and_missing_averages_are_refused():
    with pytest.raises(InvalidInput, match="no variance"):
        batch_norm(np.ones((1, 3, 1, 1)), training=True)
    with pytest.raises(InvalidInput, match="running mean and variance"):
        batch_norm(np.ones((2, 3, 1, 1)), np.ones(3))
