"""How many parameters and multiply–adds a layer has: shared, local and dense."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from cnnlab.engine.checks import Size, groups_of, per_axis, whole
from cnnlab.engine.sizes import output_shape
from cnnlab.message import InvalidInput


@dataclass(frozen=True)
class LayerCounts:
    """One layer from ``input`` (C, H, W) to ``output`` (F, OH, OW), wired in three ways.

    ``shared``: a convolution. ``local``: the same windows, but every output has weights of its
    own. ``dense``: every output reads every input. All with biases if ``bias``. A local layer
    multiplies and adds as often as a convolution. Multiply–adds (MACs) count one product and its
    addition as one, cells of the padding included, the bias not; a FLOP count is twice as high.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    shared: int
    local: int
    dense: int
    multiply_adds: int
    dense_multiply_adds: int


def layer_counts(
    input_shape: Sequence[int],
    filters: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    bias: bool = True,
) -> LayerCounts:
    """The counts of a convolution of ``input_shape`` (C, H, W), or (C, D, H, W), and its rivals.

    >>> counts = layer_counts((1, 28, 28), filters=1, kernel_size=5)
    >>> counts.output, counts.shared, counts.local, counts.dense
    ((1, 24, 24), 26, 14976, 452160)
    >>> counts.multiply_adds, counts.dense_multiply_adds
    (14400, 451584)
    """
    if len(input_shape) < 2:
        raise InvalidInput(
            "input_shape must be channels and at least one size, like (1, 28, 28), but is {shape}",
            shape=tuple(input_shape),
        )
    channels, *size = (whole("input_shape", n, 1) for n in input_shape)
    axes = len(size)
    kernel = per_axis("kernel_size", kernel_size, 1, axes)
    steps = per_axis("stride", stride, 1, axes)
    margin = per_axis("padding", padding, 0, axes)
    gaps = per_axis("dilation", dilation, 1, axes)
    places = output_shape(size, kernel, steps, margin, gaps)
    inputs, outputs = channels * prod(size), filters * prod(places)
    return LayerCounts(
        input=(channels, *size),
        output=(filters, *places),
        shared=conv_parameters(channels, filters, kernel, groups, bias),
        local=local_parameters(channels, filters, kernel, places, groups, bias),
        dense=dense_parameters(inputs, outputs, bias),
        multiply_adds=conv_multiply_adds(channels, filters, kernel, places, groups),
        dense_multiply_adds=inputs * outputs,
    )


def conv_parameters(
    channels: int, filters: int, kernel_size: Sequence[int], groups: int = 1, bias: bool = True
) -> int:
    """Weights and biases of a convolution; the size of the image does not matter.

    >>> conv_parameters(3, 2, (3, 3))
    56
    """
    return filters * (_reads(channels, filters, kernel_size, groups) + bias)


def local_parameters(
    channels: int,
    filters: int,
    kernel_size: Sequence[int],
    output_size: Sequence[int],
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Weights and biases of a local layer without sharing: one set for every place (OH, OW).

    >>> local_parameters(1, 1, (5, 5), (24, 24))
    14976
    """
    return prod(output_size) * conv_parameters(channels, filters, kernel_size, groups, bias)


def dense_parameters(inputs: int, outputs: int, bias: bool = True) -> int:
    """Weights and biases of a dense layer.

    >>> dense_parameters(28 * 28, 24 * 24)
    452160
    """
    return whole("outputs", outputs, 1) * (whole("inputs", inputs, 1) + bias)


def conv_multiply_adds(
    channels: int,
    filters: int,
    kernel_size: Sequence[int],
    output_size: Sequence[int],
    groups: int = 1,
) -> int:
    """Products (each with its addition) of a convolution for one image.

    >>> conv_multiply_adds(1, 1, (5, 5), (24, 24))
    14400
    """
    return filters * prod(output_size) * _reads(channels, filters, kernel_size, groups)


def _reads(channels: int, filters: int, kernel_size: Sequence[int], groups: int) -> int:
    """How many input cells one output reads."""
    groups_of(groups, whole("channels", channels, 1), whole("filters", filters, 1))
    return channels // groups * prod(kernel_size)
