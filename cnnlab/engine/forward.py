"""A whole network at work: an architecture, its weights by name, and images through all layers."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod

import numpy as np

from cnnlab.engine.activations import _sigmoid
from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.average import avg_pool2d
from cnnlab.engine.checks import Array, array, per_axis, shape
from cnnlab.engine.conv import _conv
from cnnlab.engine.dense import _linear, _relu
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.pool import max_pool2d
from cnnlab.message import InvalidInput

Path = tuple[int, ...]  # of a layer, as in `architecture.Row`
CHUNK_BYTES = 2**21  # what the largest layer of a chunk may take: more falls out of the cache


def layer_name(path: Path) -> str:
    """The name of a layer, after which its weights are called; torch.nn.Sequential's way.

    >>> layer_name((3,)), layer_name((3, 0, 2)), layer_name((3, 1, 0))
    ('3', '3.body.2', '3.shortcut.0')
    """
    return ".".join(
        ("body", "shortcut")[part] if i % 2 else str(part) for i, part in enumerate(path)
    )


def weight_shapes(network: Architecture) -> dict[str, tuple[int, ...]]:
    """The names and shapes of all arrays that a network needs, in the order of its layers.

    Convolutions (F, C / groups, KH, KW), dense layers (out, in), biases (F,) or (out,); batch norm
    its weight, bias, running_mean and running_var, all (C,). As the state_dict of a PyTorch
    Sequential, but without counts of batches.

    >>> from cnnlab.engine.networks import DENSE
    >>> weight_shapes(DENSE)
    {'1.weight': (100, 784), '1.bias': (100,), '3.weight': (10, 100), '3.bias': (10,)}
    """
    return dict(_weight_shapes(network))


def check_weights(network: Architecture, weights: Mapping[str, Array]) -> None:
    """Refuse weights that are not those of the network: InvalidInput names the first that is not.

    They must all be there, no others, in the shapes of `weight_shapes`, all of one dtype.
    """
    shapes = _weight_shapes(network)
    for name, expected in shapes.items():
        if name not in weights:
            raise InvalidInput("the weights have no array {name}", name=name)
        shape(name, weights[name], expected, next(iter(weights.values())).dtype)
    for name in weights:
        if name not in shapes:
            raise InvalidInput("no layer of the network has an array {name}", name=name)


def forward(network: Architecture, weights: Mapping[str, Array], x: Array) -> Array:
    """What a network says of images, outside training: batch norm uses its running averages.

    ``x`` (N, C, H, W), of the network's input; ``weights`` by name, see `weight_shapes`, in the
    dtype of x. Returns the last layer's output, scores (N, 10) for the networks here. Images are
    taken a few at a time, so that memory does not grow with N. Raises InvalidInput for weights or
    images of another network.

    >>> from cnnlab.engine.initial import initial_weights
    >>> from cnnlab.engine.networks import FAST
    >>> forward(FAST, initial_weights(FAST, seed=0), np.zeros((3, 1, 28, 28), np.float32)).shape
    (3, 10)
    """
    _check(network, weights, x)
    many = _chunk(network, x.itemsize)
    return np.concatenate(
        [_last(network.layers, x[i : i + many], weights) for i in range(0, len(x), many)]
    )


def activations(
    network: Architecture, weights: Mapping[str, Array], x: Array
) -> list[tuple[Path, Array]]:
    """Every layer's output for images, with the layer's path; `forward` otherwise.

    The order is that of `architecture.trace`: the layers of a residual block before the block.
    Memory is that of all maps of all images: meant for a few.

    >>> from cnnlab.engine.initial import initial_weights
    >>> from cnnlab.engine.networks import DENSE
    >>> x = np.zeros((2, 1, 28, 28), np.float32)
    >>> [(path, y.shape) for path, y in activations(DENSE, initial_weights(DENSE, seed=0), x)]
    [((0,), (2, 784)), ((1,), (2, 100)), ((2,), (2, 100)), ((3,), (2, 10))]
    """
    _check(network, weights, x)
    return list(_walk(network.layers, x, weights, ()))


@lru_cache(maxsize=64)
def _weight_shapes(network: Architecture) -> dict[str, tuple[int, ...]]:
    return {
        f"{layer_name(row.path)}.{name}": size
        for row in trace(network)
        for name, size in _shapes(row)
    }


def _shapes(row: Row) -> list[tuple[str, tuple[int, ...]]]:
    layer, channels = row.layer, row.input[0]
    if isinstance(layer, Conv):
        weight = (layer.filters, channels // layer.groups, *per_axis("", layer.kernel_size, 1))
    elif isinstance(layer, Dense):
        weight = (layer.outputs, channels)
    elif isinstance(layer, BatchNorm):
        return [(name, (channels,)) for name in ("weight", "bias", "running_mean", "running_var")]
    else:
        return []
    return [("weight", weight), ("bias", weight[:1])][: 1 + layer.bias]


@lru_cache(maxsize=64)
def _chunk(network: Architecture, itemsize: int) -> int:
    """How many images at a time: the largest columns or maps decide."""
    cells = [prod(network.input)]
    for row in trace(network):
        cells.append(prod(row.output))
        if isinstance(row.layer, Conv):
            taps = prod(per_axis("", row.layer.kernel_size, 1))
            cells.append(row.input[0] * taps * prod(row.output[1:]))
    return max(1, CHUNK_BYTES // (itemsize * max(cells)))


def _walk(
    layers: tuple[Layer, ...], x: Array, weights: Mapping[str, Array], path: Path
) -> Iterator[tuple[Path, Array]]:
    for place, layer in enumerate(layers):
        here = (*path, place)
        if isinstance(layer, Residual):
            body = list(_walk(layer.body, x, weights, (*here, 0)))
            shortcut = list(_walk(layer.shortcut, x, weights, (*here, 1)))
            yield from body
            yield from shortcut
            x = (body[-1][1] if body else x) + (shortcut[-1][1] if shortcut else x)
        else:
            x = _output(layer, x, weights, layer_name(here))
        yield here, x


def _last(layers: tuple[Layer, ...], x: Array, weights: Mapping[str, Array]) -> Array:
    y = x
    for _, y in _walk(layers, x, weights, ()):  # noqa: B007 (only the last one counts)
        pass
    return y


def _output(layer: Layer, x: Array, weights: Mapping[str, Array], name: str) -> Array:
    """What one layer, not a residual block, makes of x outside training."""
    match layer:
        case Conv():
            weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
            return _conv(x, weight, bias, *conv_settings(layer, x), layer.groups)[0]
        case Dense():
            return _linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))
        case BatchNorm():
            return _moved_and_scaled(x, weights, name)
        case MaxPool(kernel, stride, padding, ceil_mode):
            return max_pool2d(x, kernel, stride, padding, 1, ceil_mode)
        case AvgPool(kernel, stride, padding, ceil_mode):
            return avg_pool2d(x, kernel, stride, padding, ceil_mode)
        case GlobalAvgPool():
            means: Array = x.mean(axis=(2, 3), keepdims=True)
            return means
        case ReLU():
            return _relu(x)
        case Sigmoid():
            return _sigmoid(x)
        case Tanh():
            return np.tanh(x)
        case Flatten():
            return x.reshape(len(x), -1)
    return x  # a dropout, which drops only in training


def conv_settings(
    layer: Conv, x: Array
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The output's size and a convolution's settings, one number for each axis; unchecked."""
    kernel = per_axis("kernel_size", layer.kernel_size, 1)
    stride = per_axis("stride", layer.stride, 1)
    padding = per_axis("padding", layer.padding, 0)
    dilation = per_axis("dilation", layer.dilation, 1)
    axes = zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)
    size = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes)
    return size, stride, padding, dilation


def _moved_and_scaled(x: Array, weights: Mapping[str, Array], name: str) -> Array:
    """`batch_norm` outside training, as one factor and one summand for each channel."""
    mean, var = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    factor = weights[f"{name}.weight"] / np.sqrt(var + x.dtype.type(1e-5))
    summand = weights[f"{name}.bias"] - mean * factor
    y: Array = x * factor.reshape(-1, 1, 1)
    y += summand.reshape(-1, 1, 1)
    return y


def _check(network: Architecture, weights: Mapping[str, Array], x: Array) -> None:
    check_weights(network, weights)
    array("x", x, "(N, C, H, W)")
    dtype = next(iter(weights.values())).dtype if weights else x.dtype
    shape("x", x, (len(x), *network.input), dtype)
