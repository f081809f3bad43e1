"""The network whose gradients are measured: narrow and drawn anew, or a trained one held still."""

from collections.abc import Mapping, Sequence
from math import gcd, prod

import numpy as np

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.checks import Array
from cnnlab.engine.forward import Path, layer_name, weight_shapes
from cnnlab.engine.layers import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Layer,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.message import InvalidInput

Layers = tuple[Layer, ...]
EPSILON = 1e-5  # batch norm's
_BENDS = (ReLU, Tanh, Sigmoid)


def untrained(network: Architecture, rectified: bool, channels: int) -> Architecture:
    """The network before training, with at most ``channels`` channels and filters in each layer.

    Batch norm, which does nothing then but for its scale, and dropout are left out. ``rectified``
    puts a ReLU after every convolution, dense layer and residual sum that has nothing bending after
    it, but not after the last of the network or of a block's way; else ReLU, tanh and sigmoid are
    left out. Where a dense layer and a way around it would then not add, nothing is narrowed.

    >>> network = Architecture("a", (3, 9, 9), (Conv(64, 3), BatchNorm(), Conv(99, 3, groups=3)))
    >>> [(type(layer).__name__) for layer in untrained(network, True, 8).layers]
    ['Conv', 'ReLU', 'Conv']
    """
    bare = _bare(network.layers, rectified)
    layers, _ = _narrowed(bare, min(network.input[0], channels), channels)
    narrow = Architecture(
        network.name, (min(network.input[0], channels), *network.input[1:]), layers
    )
    try:
        trace(narrow)
    except InvalidInput:
        return Architecture(network.name, network.input, bare)
    return narrow


def frozen(
    layers: Layers, paths: Sequence[Path], weights: Mapping[str, Array], at: Path = ()
) -> tuple[Layers, dict[str, Array]]:
    """A trained network outside training as layers with weights alone, and their arrays by name.

    ``paths`` say where each of the layers stood in the network of which ``weights`` are. Batch norm
    is one factor and one summand for each channel: a 1×1 convolution of each map by itself. Dropout
    is left out.
    """
    kept: list[Layer] = []
    arrays: dict[str, Array] = {}
    for layer, path in zip(layers, paths, strict=True):
        here, name = (*at, len(kept)), layer_name(path)
        if isinstance(layer, Dropout):
            continue
        if isinstance(layer, Residual):
            ways = []
            for way, inner in enumerate((layer.body, layer.shortcut)):
                places = [(*path, way, n) for n in range(len(inner))]
                bare, found = frozen(inner, places, weights, (*here, way))
                ways.append(bare)
                arrays |= found
            layer = Residual(*ways)
        elif isinstance(layer, BatchNorm):
            factor, summand = _affine(weights, name)
            layer = Conv(len(factor), 1, groups=len(factor))
            arrays[f"{layer_name(here)}.weight"] = factor.reshape(-1, 1, 1, 1)
            arrays[f"{layer_name(here)}.bias"] = summand
        else:
            for kind in ("weight", "bias"):
                if (array := weights.get(f"{name}.{kind}")) is not None:
                    arrays[f"{layer_name(here)}.{kind}"] = array
        kept.append(layer)
    return tuple(kept), arrays


def drawn(network: Architecture, uniform: bool, rng: np.random.Generator) -> dict[str, Array]:
    """Weights of a network by name, float32: N(0, 2 / fan_in), or all 1 / fan_in; biases 0.

    Source: He et al., "Delving Deep into Rectifiers" (2015), section 2.2, equation 10.
    """
    arrays: dict[str, Array] = {}
    for name, size in weight_shapes(network).items():
        if name.endswith("bias"):
            arrays[name] = np.zeros(size, np.float32)
            continue
        fan_in = prod(size[1:])
        if uniform:
            arrays[name] = np.full(size, 1 / fan_in, np.float32)
        else:
            spread = np.float32((2 / fan_in) ** 0.5)
            arrays[name] = rng.standard_normal(size, np.float32) * spread
    return arrays


def _affine(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    mean, var = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    factor: Array = weights[f"{name}.weight"] / np.sqrt(var + var.dtype.type(EPSILON))
    return factor, weights[f"{name}.bias"] - mean * factor


def _bare(layers: Layers, rectified: bool) -> Layers:
    kept: list[Layer] = []
    for layer in layers:
        if isinstance(layer, BatchNorm | Dropout) or (isinstance(layer, _BENDS) and not rectified):
            continue
        if rectified and kept and not isinstance(layer, _BENDS) and _weighs(kept[-1]):
            kept.append(ReLU())
        if isinstance(layer, Residual):
            layer = Residual(_bare(layer.body, rectified), _bare(layer.shortcut, rectified))
        kept.append(layer)
    return tuple(kept)


def _weighs(layer: Layer) -> bool:
    return isinstance(layer, Conv | Dense | Residual)


def _narrowed(layers: Layers, read: int, most: int) -> tuple[Layers, int]:
    """The layers with fewer channels, and how many come out; ``read`` go in."""
    narrow: list[Layer] = []
    for layer in layers:
        if isinstance(layer, Conv):
            filters = min(layer.filters, most)
            groups = gcd(layer.groups, read, filters)
            sizes = layer.kernel_size, layer.stride, layer.padding, layer.dilation
            layer = Conv(filters, *sizes, groups, layer.bias)
            read = filters
        elif isinstance(layer, Dense):
            layer = Dense(min(layer.outputs, most), layer.bias)
        elif isinstance(layer, Residual):
            body, after = _narrowed(layer.body, read, most)
            shortcut, _ = _narrowed(layer.shortcut, read, most)
            layer, read = Residual(body, shortcut), after
        narrow.append(layer)
    return tuple(narrow), read
