"""The ways to a unit, and the cells that it reads, beside what PyTorch's autograd finds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnlab.check.comparison import Check, exact
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.engine.field_paths import paths, support
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import Conv, Dense, GlobalAvgPool, Layer, Residual
from cnnlab.engine.units import Pair, UnitMap, cut, unit_maps, window

ROUNDING = 1e-12  # relative to the largest number: whole numbers are exact up to 2⁵³, then rounded


def field_paths(network: Architecture, path: Path, unit: Pair) -> list[Check]:
    """`paths` and `support` of a unit against the gradient of the unit in PyTorch, both (H, W).

    PyTorch runs the same layers in float64 with one channel, all weights 1, no bias and nothing
    that bends; max and average pooling add up their windows instead, since of a maximum only one
    cell has a gradient. The support is where that gradient is not 0. Errors are the engine's.

    >>> from cnnlab.engine.stacks import STACKS
    >>> ways, read = field_paths(STACKS["two3"].network, (1,), (7, 7))
    >>> ways.agrees, read.agrees, float(ways.torch.max())
    (True, True, 9.0)
    """
    ours = paths(network, path, unit)
    read = support(network, path, unit).astype(np.float64)
    gradient = _by_torch(network, path, unit)
    return [
        exact("paths", ours, gradient, float(gradient.max()), ROUNDING),
        exact("support", read, (gradient != 0).astype(np.float64), 1.0, 0.0),
    ]


def _by_torch(network: Architecture, path: Path, unit: Pair) -> Array:
    import torch

    upper, _ = cut(network, path)
    maps = unit_maps(upper)
    leaf = torch.zeros((1, 1, *upper.input[1:]), dtype=torch.float64, requires_grad=True)
    y = _chain(upper.layers, leaf * 1, (), maps)
    found: Array = torch.autograd.grad(y[0, 0, unit[0], unit[1]], leaf)[0][0, 0].numpy()
    return found


def _chain(layers: tuple[Layer, ...], x: Any, path: Path, maps: Mapping[Path, UnitMap]) -> Any:
    for place, layer in enumerate(layers):
        here = (*path, place)
        if isinstance(layer, Residual):
            ways = (layer.body, layer.shortcut)
            body, around = (_chain(inner, x, (*here, n), maps) for n, inner in enumerate(ways))
            rows, columns = maps[here].after  # fewer only where one way is dense: the first number
            x = body[..., :rows, :columns] + around[..., :rows, :columns]
        else:
            x = _summed(layer, x)
    return x


def _summed(layer: Layer, x: Any) -> Any:
    """The layer with all weights 1, on (1, 1, H, W); what works number by number is left out."""
    import torch
    from torch.nn import functional

    if isinstance(layer, Dense | GlobalAvgPool):
        return x.sum(dim=(2, 3), keepdim=True)
    slides = window(layer)
    if slides is None:
        return x
    kernel, stride, padding, dilation = slides
    if isinstance(layer, Conv):
        ones = torch.ones((1, 1, *kernel), dtype=x.dtype)
        return functional.conv2d(x, ones, None, stride, padding, dilation)
    ceil_mode = getattr(layer, "ceil_mode", False)
    return functional.avg_pool2d(x, kernel, stride, padding, ceil_mode, divisor_override=1)
