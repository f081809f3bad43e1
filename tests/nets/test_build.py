"""PyTorch's module and the project's own engine say the same of the same weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import forward, weight_shapes
from cnnlab.engine.initial import initial_weights
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
from cnnlab.engine.networks import DENSE, NETWORKS
from cnnlab.message import InvalidInput
from cnnlab.nets.build import build, load

EVERY = Architecture(  # every layer, and sizes that cannot hide an axis swap
    "every",
    (3, 14, 17),  # neither pool divides it evenly
    (
        Conv(4, (3, 2), (1, 2), (2, 1), (2, 1), bias=False),
        BatchNorm(),
        Sigmoid(),
        MaxPool((3, 2), (2, 1), (1, 0), ceil_mode=True),
        Residual(
            (Conv(6, 3, padding=1, groups=2), Tanh(), Residual((ReLU(),))),
            (Conv(6, 1, bias=False), BatchNorm()),
        ),
        Dropout(0.4),
        AvgPool(3, 2, 1, ceil_mode=True),
        Residual((GlobalAvgPool(),), (Conv(6, (4, 5)),)),
        Flatten(),
        Dense(7, bias=False),
        Tanh(),
        Dense(10),
    ),
)


def any_weights(network: Architecture, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of which none is 0 or 1, running averages included."""
    rng = np.random.default_rng(seed)
    shapes = weight_shapes(network)
    return {
        n: rng.uniform(0.2, 0.9, s).astype(np.float32) - 0.4 * ("var" not in n)
        for n, s in shapes.items()
    }


def sized() -> Architecture:
    """`EVERY`, with its second block's sizes made to add."""
    from cnnlab.engine.architecture import trace

    block = next(row for row in trace(replace(EVERY, layers=EVERY.layers[:7])) if row.path == (6,))
    height, width = block.output[1:]
    shortcut = (Conv(6, (height, width)),)
    layers = list(EVERY.layers)
    layers[7] = Residual((GlobalAvgPool(),), shortcut)
    return replace(EVERY, layers=tuple(layers))


@pytest.mark.parametrize("network", [*NETWORKS.values(), sized()], ids=lambda network: network.name)
def test_says_what_the_engine_says(network: Architecture) -> None:
    weights = any_weights(network)
    x = np.random.default_rng(1).standard_normal((3, *network.input)).astype(np.float32)
    model = build(network, weights).eval().double()
    with torch.no_grad():
        theirs = model(torch.from_numpy(x).double()).numpy()
    double = {name: values.astype(np.float64) for name, values in weights.items()}
    ours = forward(network, double, x.astype(np.float64))
    assert np.abs(ours).max() > 0.01
    np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("network", [*NETWORKS.values(), sized()], ids=lambda network: network.name)
def test_names_and_shapes_are_the_modules(network: Architecture) -> None:
    model = build(network, any_weights(network))
    state = {n: v for n, v in model.state_dict().items() if "num_batches" not in n}
    assert {n: tuple(v.shape) for n, v in state.items()} == weight_shapes(network)
    assert list(state) == list(weight_shapes(network))
    assert model.training


def test_weights_are_copied_and_nothing_is_drawn() -> None:
    weights = any_weights(DENSE)
    generator = torch.get_rng_state()
    model = build(DENSE, weights)
    assert torch.equal(torch.get_rng_state(), generator)
    weights["1.bias"][:] = 7
    assert model[1].bias.max().item() < 1
    load(model, weights)
    assert model[1].bias.min().item() == 7
    weights["1.bias"][:] = 8
    assert model[1].bias.min().item() == 7


def test_read_only_weights_will_do() -> None:
    weights = initial_weights(DENSE, seed=0)
    for values in weights.values():
        values.flags.writeable = False
    assert build(DENSE, weights)[1].weight.shape == (100, 784)


def test_another_networks_weights_are_refused() -> None:
    with pytest.raises(InvalidInput):
        build(DENSE, initial_weights(NETWORKS["booknet"], seed=0))


def test_dropout_is_made_by_whom_one_chooses() -> None:
    asked: list[float] = []

    def make(p: float) -> nn.Module:
        asked.append(p)
        return nn.Identity()

    network = replace(DENSE, layers=(Dropout(0.1), Residual((Dropout(0.2),)), *DENSE.layers))
    build(network, initial_weights(network, seed=0), make)
    assert asked == [0.1, 0.2]
    assert build(network, initial_weights(network, seed=0))[0].p == 0.1
