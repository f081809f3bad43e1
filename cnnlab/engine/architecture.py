"""A network as data: its layers, and what follows from them for an input: shapes, counts, work."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from cnnlab.engine.checks import groups_of, per_axis, whole
from cnnlab.engine.counts import conv_multiply_adds, conv_parameters, dense_parameters
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
    Residual,
)
from cnnlab.engine.pool import _settings
from cnnlab.engine.sizes import output_shape
from cnnlab.message import InvalidInput

Shape = tuple[int, ...]  # (C, H, W), or (N,) after a Flatten


@dataclass(frozen=True)
class Architecture:
    """A network: its ``name``, the shape of one input (C, H, W), and its layers in order."""

    name: str
    input: Shape
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Row:
    """One layer of a network at work on one input.

    ``path`` are the places of the layer, from 0: (3,) is the fourth, (3, 0, 2) the third in the
    body of the residual block that is the fourth, (3, 1, 0) the first of that block's shortcut.
    ``parameters`` are learned; ``multiply_adds`` count one product and its addition as one, biases
    and everything but convolutions and dense layers not at all. A residual block's own row stands
    after those of its layers; it adds nothing to the counts, so that sums are right.
    """

    path: tuple[int, ...]
    layer: Layer
    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int


def trace(network: Architecture, input_shape: Shape | None = None) -> tuple[Row, ...]:
    """Every layer of a network with its shapes and counts, in the order in which they work.

    ``input_shape`` (C, H, W) takes the place of the network's own. Raises InvalidInput that names
    the layer that does not fit, and why.

    >>> tiny = Architecture("tiny", (1, 6, 6), (Conv(2, 3), MaxPool(2), Flatten(), Dense(10)))
    >>> [(row.output, row.parameters, row.multiply_adds) for row in trace(tiny)]
    [((2, 4, 4), 20, 288), ((2, 2, 2), 0, 0), ((8,), 0, 0), ((10,), 90, 80)]
    """
    shape = network.input if input_shape is None else input_shape
    for n in shape:
        whole("input_shape", n, 1)
    return tuple(_walk(network.layers, shape, ()))


def output_shape_of(network: Architecture, input_shape: Shape | None = None) -> Shape:
    """The shape that comes out at the end of a network.

    >>> output_shape_of(Architecture("none", (3, 5, 7), ()))
    (3, 5, 7)
    """
    rows = trace(network, input_shape)
    return rows[-1].output if rows else (input_shape or network.input)


def parameters(network: Architecture) -> int:
    """All numbers that a network learns.

    >>> parameters(Architecture("tiny", (1, 6, 6), (Conv(2, 3), BatchNorm(), Flatten(), Dense(10))))
    354
    """
    return sum(row.parameters for row in trace(network))


def _walk(layers: tuple[Layer, ...], shape: Shape, path: tuple[int, ...]) -> Iterator[Row]:
    for place, layer in enumerate(layers):
        here = (*path, place)
        try:
            if isinstance(layer, Residual):
                rows = _block(layer, shape, here)
            else:
                rows = [Row(here, layer, shape, *_effect(layer, shape))]
        except InvalidInput as error:
            if "layer" in error.message.fields:  # told of a layer inside a block
                raise
            raise InvalidInput(
                "layer {layer} ({kind}): {why}",
                layer=".".join(str(n + 1) for n in here),
                kind=type(layer).__name__,
                why=error.message,
            ) from error
        yield from rows
        shape = rows[-1].output


def _block(block: Residual, shape: Shape, path: tuple[int, ...]) -> list[Row]:
    ways = [
        list(_walk(layers, shape, (*path, way)))
        for way, layers in enumerate((block.body, block.shortcut))
    ]
    body, shortcut = (rows[-1].output if rows else shape for rows in ways)
    if body != shortcut:
        raise InvalidInput(
            "shapes do not add: the body makes {body}, the shortcut {shortcut}",
            body=body,
            shortcut=shortcut,
        )
    return [*ways[0], *ways[1], Row(path, block, shape, body, 0, 0)]


def _effect(layer: Layer, shape: Shape) -> tuple[Shape, int, int]:
    """What a layer makes of a shape; its parameters, and its multiply–adds."""
    if isinstance(layer, Dense):
        (inputs,) = _axes(shape, 1)
        outputs = whole("outputs", layer.outputs, 1)
        return (outputs,), dense_parameters(inputs, outputs, layer.bias), inputs * outputs
    if isinstance(layer, Flatten):
        return (prod(shape),), 0, 0
    if isinstance(layer, Conv):
        return _convolved(layer, shape)
    if isinstance(layer, MaxPool | AvgPool):
        return _pooled(layer, shape), 0, 0
    if isinstance(layer, GlobalAvgPool):
        return (_axes(shape, 3)[0], 1, 1), 0, 0
    if isinstance(layer, BatchNorm):
        return shape, 2 * _axes(shape, 3)[0], 0
    if isinstance(layer, Dropout) and not 0 <= layer.p < 1:
        raise InvalidInput("a share of {p} cannot be dropped: it is from 0 to below 1", p=layer.p)
    return shape, 0, 0  # what works number by number


def _convolved(layer: Conv, shape: Shape) -> tuple[Shape, int, int]:
    channels, *size = _axes(shape, 3)
    filters = whole("filters", layer.filters, 1)
    groups_of(layer.groups, channels, filters)
    kernel = per_axis("kernel_size", layer.kernel_size, 1)
    stride = per_axis("stride", layer.stride, 1)
    padding = per_axis("padding", layer.padding, 0)
    dilation = per_axis("dilation", layer.dilation, 1)
    places = output_shape(size, kernel, stride, padding, dilation)
    return (
        (filters, *places),
        conv_parameters(channels, filters, kernel, layer.groups, layer.bias),
        conv_multiply_adds(channels, filters, kernel, places, layer.groups),
    )


def _pooled(layer: MaxPool | AvgPool, shape: Shape) -> Shape:
    channels, *size = _axes(shape, 3)
    kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
    places, *_ = _settings(size, kernel, stride, padding, 1, layer.ceil_mode)
    return channels, *places


def _axes(shape: Shape, axes: int) -> Shape:
    """The shape, if it has as many axes as a layer needs."""
    if len(shape) == axes:
        return shape
    if axes == 1:
        raise InvalidInput(
            "it takes a row of numbers, but gets maps {shape}: flatten them first", shape=shape
        )
    raise InvalidInput("it takes maps (C, H, W), but gets a row of {n} numbers", n=shape[0])
