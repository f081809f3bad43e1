"""What the engine's tests share: the oracle."""

import numpy as np
import pytest
import torch


@pytest.fixture(scope="session")
def against_torch():
    return _against_torch


def _against_torch(ours, backward, theirs, arrays, seed=0):
    """Hold ``ours(*arrays)`` and its ``backward(dy, *arrays)`` to PyTorch's ``theirs(*tensors)``.

    The arrays hold small whole numbers, so that no sum is rounded, in whichever order it is taken:
    shape, dtype and every value must be the same, not nearly so. ``backward`` may be None.
    """
    leaves = [torch.tensor(array.copy()).requires_grad_() for array in arrays]
    y, expected = ours(*arrays), theirs(*leaves)
    _same(y, expected)
    if backward is not None:
        dy = np.random.default_rng(seed).integers(-4, 5, y.shape).astype(y.dtype)
        gradients = torch.autograd.grad(expected, leaves, torch.tensor(dy))
        for gradient, expected_gradient in zip(backward(dy, *arrays), gradients, strict=True):
            _same(gradient, expected_gradient)


def _same(array, tensor):
    assert array.shape == tuple(tensor.shape)
    assert f"torch.{array.dtype}" == str(tensor.dtype)
    np.testing.assert_array_equal(array, tensor.detach().numpy())
