"""What the engine's tests share: the oracles."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.networks import NETWORKS


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


# Every kind of layer, and sizes that cannot hide an axis swap.
ODD = Architecture(
    "odd",
    (2, 11, 13),
    (
        Conv(6, (3, 2), (1, 2), (1, 2), (2, 1), groups=2),
        BatchNorm(),
        Tanh(),
        MaxPool((2, 3), (1, 2), (1, 0), ceil_mode=True),  # both hang over the end
        AvgPool(3, 2, 1, ceil_mode=True),
        Sigmoid(),
        Residual(
            (Conv(4, 3, 2, 1, bias=False), BatchNorm(), ReLU(), Residual((ReLU(),)), Dropout(0.3)),
            (Conv(4, 1, 2, bias=False), BatchNorm()),
        ),
        ReLU(),
        GlobalAvgPool(),
        Flatten(),
        Dense(7, bias=False),
        Dense(10),
    ),
)
ALL = {**NETWORKS, "odd": ODD}


@pytest.fixture(scope="session")
def nets():
    """Whole networks: as data, as PyTorch modules, their weights, and images."""
    return SimpleNamespace(all=ALL, module=torch_module, drawn=drawn, loaded=loaded, images=images)


class Block(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def torch_module(layers, shape):
    """The PyTorch module of the same layers, written without the project's own."""
    network = Architecture("", shape, tuple(layers))
    rows = [row for row in trace(network) if len(row.path) == 1]
    return nn.Sequential(*[torch_layer(row.layer, row.input) for row in rows])


def torch_layer(layer, shape):
    match layer:
        case Conv():
            return nn.Conv2d(shape[0], *vars(layer).values())
        case BatchNorm():
            return nn.BatchNorm2d(shape[0])
        case MaxPool(kernel, stride, padding, ceil_mode):
            return nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil_mode)
        case AvgPool(kernel, stride, padding, ceil_mode):
            return nn.AvgPool2d(kernel, stride, padding, ceil_mode)
        case Dense(outputs, bias):
            return nn.Linear(shape[0], outputs, bias)
        case Residual(body, shortcut):
            return Block(torch_module(body, shape), torch_module(shortcut, shape))
    kinds = {
        GlobalAvgPool: lambda: nn.AdaptiveAvgPool2d(1),
        ReLU: nn.ReLU,
        Sigmoid: nn.Sigmoid,
        Tanh: nn.Tanh,
        Flatten: nn.Flatten,
        Dropout: lambda: nn.Dropout(layer.p),
    }
    return kinds[type(layer)]()


def drawn(network, dtype, seed=0):
    """Weights without a 0 or a 1 that could hide what is left out; variances are positive."""
    rng = np.random.default_rng(seed)
    return {
        name: (rng.random(shape) + 0.5 if "var" in name else rng.standard_normal(shape) / 4).astype(
            dtype
        )
        for name, shape in weight_shapes(network).items()
    }


def loaded(network, weights):
    model = torch_module(network.layers, network.input).to(
        torch.from_numpy(next(iter(weights.values()))).dtype
    )
    state = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
    missing = model.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys
    assert all("num_batches" in name for name in missing.missing_keys)
    return model


def images(network, n, dtype, seed=1):
    return np.random.default_rng(seed).standard_normal((n, *network.input)).astype(dtype)
