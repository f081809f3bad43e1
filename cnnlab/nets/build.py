"""One builder for every network: the PyTorch module of an `Architecture`, with its weights."""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.checks import Array, Size
from cnnlab.engine.forward import check_weights
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)

MakeDropout = Callable[[float], nn.Module]


class ResidualBlock(nn.Module):
    """The sum of two ways through; see `layers.Residual`."""

    def __init__(self, body: nn.Sequential, shortcut: nn.Sequential) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Both ways take x; their outputs have the same shape."""
        return cast(Tensor, self.body(x) + self.shortcut(x))


def build(
    network: Architecture, weights: Mapping[str, Array], dropout: MakeDropout = nn.Dropout
) -> nn.Sequential:
    """The network as a PyTorch module on the CPU, in train mode, starting from ``weights``.

    It maps float32 (N, C, H, W) to (N, 10). ``weights`` by the names of
    `engine.forward.weight_shapes`, which are also those of the module; they are copied.
    ``dropout`` makes the module of a dropout of probability p. Raises InvalidInput for weights of
    another network. Draws nothing: the initial weights of PyTorch are never made.

    >>> from cnnlab.engine.initial import initial_weights
    >>> from cnnlab.engine.networks import DENSE
    >>> build(DENSE, initial_weights(DENSE, seed=0))
    Sequential(
      (0): Flatten(start_dim=1, end_dim=-1)
      (1): Linear(in_features=784, out_features=100, bias=True)
      (2): ReLU()
      (3): Linear(in_features=100, out_features=10, bias=True)
    )
    """
    check_weights(network, weights)
    rows = {row.path: row for row in trace(network)}
    model = _sequential(network.layers, (), rows, dropout)
    load(model, weights)
    return model


def on_meta(network: Architecture) -> nn.Sequential:
    """The same module without numbers, on PyTorch's meta device: however large, it takes no memory.

    Its shapes are right, and it can run on an input there. Draws nothing.

    >>> from cnnlab.engine.networks import DENSE
    >>> on_meta(DENSE)(torch.empty((5, 1, 28, 28), device="meta")).shape
    torch.Size([5, 10])
    """
    rows = {row.path: row for row in trace(network)}
    with torch.device("meta"):
        return _sequential(network.layers, (), rows, nn.Dropout)


def load(model: nn.Module, weights: Mapping[str, Array]) -> None:
    """Give a built module these weights (by name, of its shapes), where it is."""
    own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    with torch.no_grad():
        for name, values in weights.items():
            own[name].copy_(torch.from_numpy(np.array(values, np.float32)))


def _sequential(
    layers: tuple[Layer, ...],
    path: tuple[int, ...],
    rows: Mapping[tuple[int, ...], Row],
    dropout: MakeDropout,
) -> nn.Sequential:
    modules: list[nn.Module] = []
    for place, layer in enumerate(layers):
        here = (*path, place)
        if isinstance(layer, Residual):
            ways = (layer.body, layer.shortcut)
            parts = [_sequential(w, (*here, i), rows, dropout) for i, w in enumerate(ways)]
            modules.append(ResidualBlock(*parts))
        else:
            modules.append(_module(layer, rows[here].input, dropout))
    return nn.Sequential(*modules)


def _module(layer: Layer, shape: tuple[int, ...], dropout: MakeDropout) -> nn.Module:
    """The module of one layer, not a residual block, for an input (C, H, W) or (N,)."""
    match layer:
        case Conv():
            return _conv(layer, shape[0])
        case Dense(outputs, bias):
            return _undrawn(nn.Linear, shape[0], outputs, bias)
        case BatchNorm():
            return nn.BatchNorm2d(shape[0])
        case MaxPool(kernel, stride, padding, ceil_mode):
            return nn.MaxPool2d(
                _pair(kernel), _pair(stride or kernel), _pair(padding), ceil_mode=ceil_mode
            )
        case AvgPool(kernel, stride, padding, ceil_mode):
            return nn.AvgPool2d(_pair(kernel), _pair(stride or kernel), _pair(padding), ceil_mode)
        case GlobalAvgPool():
            return nn.AdaptiveAvgPool2d(1)
        case Dropout(p):
            return dropout(p)
        case ReLU():
            return nn.ReLU()
        case Sigmoid():
            return nn.Sigmoid()
        case Tanh():
            return nn.Tanh()
        case Flatten():
            return nn.Flatten()
    raise TypeError(f"no module for {layer}")


def _conv(layer: Conv, channels: int) -> nn.Module:
    return _undrawn(
        nn.Conv2d,
        channels,
        layer.filters,
        _pair(layer.kernel_size),
        _pair(layer.stride),
        _pair(layer.padding),
        _pair(layer.dilation),
        layer.groups,
        layer.bias,
    )


def _undrawn(kind: type[nn.Module], *settings: object) -> nn.Module:
    """A module whose weights are not yet anything: PyTorch's generator is left alone."""
    device = torch.get_default_device()
    made = nn.utils.skip_init(kind, *settings, device=device)  # type: ignore[no-untyped-call]
    return cast(nn.Module, made)


def _pair(size: Size) -> int | tuple[int, int]:
    return size if isinstance(size, int) else (size[0], size[1])
