"""The optimisers' rules against torch.optim, step by step."""

import numpy as np
import pytest
import torch

from cnnlab.engine.optimizers import adam, adamw, sgd

RATES = [0.1, 0.1, 0.03, 0.2, 0.0, 0.1, 0.1, 0.05, 0.5, 0.01, 0.01, 0.3]


def walked(optimizer, rule, memory, dtype=np.float64, **settings):
    """A dozen steps with changing rates: PyTorch's weights, and ours, after each."""
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((3, 5)).astype(dtype)
    theirs = torch.tensor(weight.copy(), requires_grad=True)
    stepper = optimizer([theirs], lr=1.0, **settings)
    kept = [np.zeros_like(weight) for _ in range(memory)]
    for step, rate in enumerate(RATES, 1):
        gradient = (rng.standard_normal(weight.shape) * 10.0 ** rng.integers(-4, 3)).astype(dtype)
        theirs.grad = torch.tensor(gradient)
        stepper.param_groups[0]["lr"] = rate
        stepper.step()
        weight, *kept = rule(weight, gradient, *kept, step, rate)
        yield theirs.detach().numpy(), weight


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd(momentum, weight_decay):
    def rule(weight, gradient, velocity, _, rate):
        return sgd(weight, gradient, velocity, rate, momentum, weight_decay)

    settings = {"momentum": momentum, "weight_decay": weight_decay}
    for expected, ours in walked(torch.optim.SGD, rule, 1, **settings):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.0), (0.5, 0.99)])
@pytest.mark.parametrize(
    ("optimizer", "ours"), [(torch.optim.Adam, adam), (torch.optim.AdamW, adamw)]
)
def test_adam_and_adamw(optimizer, ours, betas, weight_decay):
    def rule(weight, gradient, mean, square, step, rate):
        return ours(weight, gradient, mean, square, step, rate, *betas, weight_decay)

    settings = {"betas": betas, "weight_decay": weight_decay}
    for expected, weight in walked(optimizer, rule, 2, **settings):
        np.testing.assert_allclose(weight, expected, rtol=1e-11)


def test_float32_stays_float32_and_is_pytorchs_to_its_last_digits():
    for optimizer, ours in ((torch.optim.Adam, adam), (torch.optim.AdamW, adamw)):
        for expected, weight in walked(optimizer, ours, 2, np.float32, weight_decay=0.0):
            assert weight.dtype == np.float32
            np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)


def test_nothing_given_is_changed():
    arrays = [np.full(3, n) for n in (1.0, 2.0, 3.0, 4.0)]
    before = [array.copy() for array in arrays]
    sgd(*arrays[:3], 0.1, 0.9, 0.1)
    adam(*arrays, 1, 0.1, weight_decay=0.1)
    adamw(*arrays, 1, 0.1, weight_decay=0.1)
    for array, same in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, same)
