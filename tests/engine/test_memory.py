"""What activations take in training, against the tensors that PyTorch really keeps."""

from math import prod

import numpy as np
import pytest
import torch

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.famous import FAMOUS, resized, variant
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
from cnnlab.engine.memory import memory
from cnnlab.message import InvalidInput
from cnnlab.nets.build import build

MIXED = Architecture(
    "mixed",
    (2, 12, 11),
    (
        *(AvgPool(2), Sigmoid(), Dropout(0.5)),  # before anything is learned: nothing is kept
        *(Conv(4, 3, padding=1), Dropout(0.3), Tanh()),
        Residual((Conv(4, 1), BatchNorm()), (ReLU(), Conv(4, 1, bias=False))),
        Residual((ReLU(), MaxPool(3, 1, padding=1))),
        *(ReLU(), GlobalAvgPool(), Flatten(), Dense(3), Sigmoid(), Dense(2)),
    ),
)


def begun(network: Architecture, input: tuple[int, int, int]) -> Architecture:
    """The first five blocks of a ResNet, one of which strides, and its end for seven classes."""
    layers = (*network.layers[:14], *network.layers[-3:])
    return resized(Architecture(network.name, input, layers), classes=7)


# Nothing but the average pooling needs what the block, learned on one way alone, writes.
ONE_WAY = Architecture(
    "one way",
    (2, 8, 6),
    (Residual((Conv(2, 3, padding=1),)), AvgPool(2), Conv(3, 1), AvgPool(2), Flatten(), Dense(2)),
)
NETWORKS = {
    "lenet5": FAMOUS["lenet5"].network,
    "tanhnet": FAMOUS["tanhnet"].network,
    "booknet": FAMOUS["booknet"].network,
    "resnet18": begun(FAMOUS["resnet18"].network, (3, 40, 33)),
    "resnet50": begun(variant("resnet50", "v1").network, (1, 32, 32)),
    "mixed": MIXED,
    "one way": ONE_WAY,
}


def saved_bytes(network: Architecture, batch: int) -> int:
    """Bytes of all activations that autograd holds after a forward pass, each tensor once."""
    weights = {name: np.zeros(size, np.float32) for name, size in weight_shapes(network).items()}
    model = build(network, weights).train()
    own = {array.data_ptr() for array in (*model.parameters(), *model.buffers())}
    held = []  # keeps them alive, so that no address is used twice

    def keep(tensor):
        held.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(torch.zeros((batch, *network.input)))
    sizes = {
        tensor.data_ptr(): tensor.numel() * tensor.element_size()
        for tensor in held
        if tensor.data_ptr() not in own and tensor.ndim > 1  # batch norm's statistics have one axis
    }
    return sum(sizes.values())


@pytest.mark.parametrize("slug", NETWORKS)
@pytest.mark.parametrize("batch", [2, 3])
def test_what_is_kept_is_what_pytorch_keeps(slug, batch):
    network = NETWORKS[slug]
    assert memory(network, batch).total_kept == saved_bytes(network, batch)


def test_every_layer_writes_its_output():
    network = NETWORKS["resnet18"]
    found = memory(network, 5)
    rows = {row.path: row for row in trace(network)}
    assert set(found.outputs) == set(found.kept) == set(rows)
    for path, row in rows.items():
        flat = isinstance(row.layer, Flatten)
        assert found.outputs[path] == (0 if flat else 5 * 4 * prod(row.output))
    assert found.total_outputs == 5 * 4 * 3 * 40 * 33 + sum(found.outputs.values())


def test_by_hand():
    """Conv's output is batch norm's input; its output nobody needs: ReLU keeps its own."""
    layers = (Conv(2, 3), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Dropout(), Dense(10))
    found = memory(Architecture("by hand", (1, 6, 6), layers), 1)
    maps, pooled = 4 * 2 * 16, 4 * 2 * 4
    assert found.input == found.input_kept == 4 * 36
    assert list(found.kept.values()) == [maps, 0, maps, 2 * pooled, 0, 2 * pooled, 0]
    assert found.total_kept == 144 + 2 * maps + 4 * pooled


def test_it_grows_with_the_batch_alone():
    one, many = memory(FAMOUS["vgg16"].network), memory(FAMOUS["vgg16"].network, 32)
    assert many.total_kept == 32 * one.total_kept
    assert many.total_outputs == 32 * one.total_outputs


def test_what_learns_nothing_keeps_nothing():
    pooled = Architecture("pooled", (1, 8, 8), (MaxPool(2), ReLU(), Dropout(), Flatten()))
    assert memory(pooled, 4).total_kept == 0
    assert memory(pooled, 4).total_outputs > 0


@pytest.mark.parametrize("batch", [0, -1, 1.5])
def test_a_batch_of_nothing_is_refused(batch):
    with pytest.raises(InvalidInput, match="batch"):
        memory(FAMOUS["lenet5"].network, batch)
