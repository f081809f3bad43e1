"""Stacks of layers whose receptive fields are worth looking at, as data, and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.checks import whole
from cnnlab.engine.famous import variant
from cnnlab.engine.imagenet import without
from cnnlab.engine.layers import BatchNorm, Conv, Dropout, Layer, ReLU, Residual
from cnnlab.engine.networks import FAST
from cnnlab.message import Message

Layers = tuple[Layer, ...]


@dataclass(frozen=True)
class Stack:
    """A named stack: its ``name``, the layers and their input, and a ``note``: which variant."""

    name: Message
    network: Architecture
    note: Message


@dataclass(frozen=True)
class Costs:
    """What a stack of convolutions has: its ``field`` along an axis, ``parameters`` without
    biases, and ``multiply_adds`` for one image (a product and its addition count as one).
    """

    field: int
    parameters: int
    multiply_adds: int


def costs(channels: int, size: tuple[int, int], kernel_sizes: Sequence[int]) -> Costs:
    """Convolutions of these sizes one after another, of ``channels`` C in and out, stride 1.

    Each is padded so that its map stays as large as the input, ``size`` (H, W); so two of 3×3 have
    18C² weights and one of 5×5 has 25C², with the same receptive field.
    Source: Simonyan & Zisserman, "Very Deep Convolutional Networks" (2015), section 2.3.

    >>> costs(64, (56, 56), [3, 3])
    Costs(field=5, parameters=73728, multiply_adds=231211008)
    >>> costs(64, (56, 56), [5]).parameters / 64**2
    25.0
    """
    whole("channels", channels, 1)
    layers = tuple(Conv(channels, k, padding=k // 2, bias=False) for k in kernel_sizes)
    rows = trace(Architecture("", (channels, *size), layers))
    return Costs(
        1 + sum(k - 1 for k in kernel_sizes),
        sum(row.parameters for row in rows),
        sum(row.multiply_adds for row in rows),
    )


def _same(*kernels: int) -> Layers:
    return tuple(Conv(1, k, padding=k // 2) for k in kernels)


def _small(name: str, layers: Layers) -> Architecture:
    return Architecture(name, (1, 15, 15), layers)


_EIGHT = Conv(8, 3, padding=1)  # of one filter alone, random weights let little through


def _deep(name: str, *rest: Layer) -> Architecture:
    """A convolution and the rest, on an image that the field of twenty 3×3 just fits in."""
    return Architecture(name, (1, 45, 45), (_EIGHT, *rest))


def _bare(slug: str, which: str = "", *left_out: type, name: str = "") -> Architecture:
    """A variant of a famous network without the layers of some kinds, under a name of its own.

    What works number by number changes no receptive field, and a link holds only so many layers.
    """
    network = variant(slug, which).network
    layers = without(network.layers, *left_out)
    return Architecture(name or network.name, network.input, layers)


_NOTE = Message("Without batch norm and ReLU: they work number by number, and no field changes.")
_KEPT = Message("Padded, so that every map is as large as the input.")

STACKS: Mapping[str, Stack] = {
    "two3": Stack(Message("Two 3×3"), _small("two 3×3", _same(3, 3)), _KEPT),
    "three3": Stack(Message("Three 3×3"), _small("three 3×3", _same(3, 3, 3)), _KEPT),
    "one5": Stack(Message("One 5×5"), _small("one 5×5", _same(5)), _KEPT),
    "one7": Stack(Message("One 7×7"), _small("one 7×7", _same(7)), _KEPT),
    "dilated": Stack(
        Message("Dilated 1-2-4"),
        _small("dilated 1-2-4", tuple(Conv(1, 3, padding=d, dilation=d) for d in (1, 2, 4))),
        Message("Yu & Koltun (2016): the dilation doubles, and no cell between is left out."),
    ),
    "deep20": Stack(
        Message("Twenty 3×3"),
        _deep("twenty 3×3", *(_EIGHT,) * 19),
        Message("Of the 41×41 cells of its field a unit listens mostly to the middle."),
    ),
    "deep20res": Stack(
        Message("Twenty 3×3, residual"),
        _deep("twenty 3×3, residual", *(Residual((_EIGHT, ReLU())),) * 19),
        Message("The same field, but short ways add to its middle."),
    ),
    "lenet5": Stack(
        Message("LeNet-5"),
        _bare("lenet5"),
        Message("LeCun et al. (1998), the usual remake, on 32×32 without padding."),
    ),
    "alexnet": Stack(
        Message("AlexNet"),
        _bare("alexnet", "grouped", Dropout),
        Message("Krizhevsky et al. (2012), in two groups, on 227×227."),
    ),
    "vgg16": Stack(
        Message("VGG-16"),
        _bare("vgg16", "", Dropout),
        Message("Simonyan & Zisserman (2015), configuration D."),
    ),
    "resnet18": Stack(Message("ResNet-18"), _bare("resnet18", "", BatchNorm, ReLU), _NOTE),
    "resnet50": Stack(
        Message("ResNet-50, original"),
        _bare("resnet50", "v1", BatchNorm, ReLU, name="ResNet-50 (original)"),
        Message("He et al. (2016): the stride is in a block's first 1×1. {bare}", {"bare": _NOTE}),
    ),
    "resnet50b": Stack(
        Message("ResNet-50, stride on 3×3"),
        _bare("resnet50", "v15", BatchNorm, ReLU, name="ResNet-50 (stride on the 3×3)"),
        Message("torchvision's variant: the stride is in a block's 3×3. {bare}", {"bare": _NOTE}),
    ),
    "fast": Stack(
        Message("Fast net"), FAST, Message("The network that the training lesson starts with.")
    ),
}
