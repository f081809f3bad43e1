"""What the engine counts of a network, beside the PyTorch module of the same description."""

from math import prod
from typing import Any

import numpy as np

from cnnlab.check.comparison import Check, exact
from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.forward import layer_name


def shapes_and_parameters(network: Architecture) -> list[Check]:
    """Parameters of every layer that learns, and the size of every layer's output, by both.

    Both arrays follow the order of `architecture.trace`: "parameters" (layers that learn,), "output
    sizes" (layers, axes), a row of numbers as (N, 0, 0), "multiply_adds" (layers that learn,).
    PyTorch's are measured on the module that `nets.build` makes: its arrays are counted, and one
    input runs through it on the meta device, where shapes are worked out but no number is. The
    work is counted from the shapes that PyTorch's own layers report there. Raises InvalidInput for
    an input that does not fit.

    >>> from cnnlab.engine.networks import LENET5
    >>> [(check.name, check.agrees) for check in shapes_and_parameters(LENET5)]
    [('parameters', True), ('output sizes', True), ('multiply_adds', True)]
    """
    rows = trace(network)
    counted, sizes, work = _by_torch(network)
    names = [layer_name(row.path) for row in rows]
    learns = [row for row in rows if row.parameters]
    ours = np.array([row.parameters for row in learns], np.float64)
    theirs = np.array([counted[layer_name(row.path)] for row in learns], np.float64)
    mine = np.array([_padded(row.output) for row in rows], np.float64)
    other = np.array([_padded(sizes[name]) for name in names], np.float64)
    done = np.array([row.multiply_adds for row in learns], np.float64)
    found = np.array([work.get(layer_name(row.path), 0) for row in learns], np.float64)
    return [
        exact("parameters", ours, theirs, 1.0, 0.0),
        exact("output sizes", mine, other, 1.0, 0.0),
        exact("multiply_adds", done, found, 1.0, 0.0),
    ]


def _padded(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape, 0, 0)[:3]


def _by_torch(
    network: Architecture,
) -> tuple[dict[str, int], dict[str, tuple[int, ...]], dict[str, int]]:
    """By layer: arrays' numbers, output shapes without the batch, and products of one input."""
    import torch
    from torch import nn

    from cnnlab.nets.build import on_meta

    model = on_meta(network)
    sizes: dict[str, tuple[int, ...]] = {}
    work: dict[str, int] = {}

    def note(name: str) -> Any:
        def hook(module: nn.Module, _given: tuple[Any, ...], made: Any) -> None:
            sizes[name] = tuple(made.shape[1:])
            if isinstance(module, nn.Conv2d | nn.Linear):
                # each number of the output is a sum over one filter, or one row of weights
                work[name] = prod(made.shape[1:]) * module.weight[0].numel()

        return hook

    for name, module in model.named_modules():
        module.register_forward_hook(note(name))
    with torch.no_grad():
        model(torch.empty((1, *network.input), device="meta"))
    counted = {
        name: sum(array.numel() for array in module.parameters(recurse=False))
        for name, module in model.named_modules()
    }
    return counted, sizes, work
