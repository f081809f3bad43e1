"""The networks for ImageNet's photographs as layers: AlexNet, VGG-16, and ResNets of any depth."""

from cnnlab.engine.layers import (
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
)

Layers = tuple[Layer, ...]
CLASSES = 1000
# Blocks in each of the four rows of a ResNet, and whether they are bottlenecks of three layers.
# He et al., "Deep Residual Learning for Image Recognition" (2016), table 1.
RESNETS = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    152: ((3, 8, 36, 3), True),
}
_ROWS = (64, 128, 256, 512)  # filters of each row's 3×3 convolutions
_WIDER = 4  # times as many come out of a bottleneck


def alexnet(
    *,
    filters: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256),
    groups: int = 2,
    padding: int = 0,
    inputs_dropped: bool = False,
) -> Layers:
    """AlexNet's layers, but for its local response normalisation, which has nothing to learn.

    ``groups`` of the second, fourth and fifth convolution (the original's were on two graphics
    cards); ``padding`` of the first; ``inputs_dropped``: dropout stands before the dense layers,
    as torchvision has it, not after them.
    Source: Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks" (2012), section 3.5.
    """
    one, two, three, four, five = filters
    return (
        *(Conv(one, 11, 4, padding=padding), ReLU(), MaxPool(3, 2)),
        *(Conv(two, 5, padding=2, groups=groups), ReLU(), MaxPool(3, 2)),
        *(Conv(three, 3, padding=1), ReLU()),
        *(Conv(four, 3, padding=1, groups=groups), ReLU()),
        *(Conv(five, 3, padding=1, groups=groups), ReLU(), MaxPool(3, 2)),
        *_head(inputs_dropped),
    )


def vgg16() -> Layers:
    """The thirteen convolutions and three dense layers of VGG-16.

    Source: Simonyan & Zisserman, "Very Deep Convolutional Networks" (2015), table 1, D.
    """
    rows = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    return (
        *(
            layer
            for filters, many in rows
            for layer in (*(Conv(filters, 3, padding=1), ReLU()) * many, MaxPool(2))
        ),
        *_head(),
    )


def resnet(depth: int, strided: int = 1) -> Layers:
    """A ResNet of ``depth`` layers with weights, shortcuts that change size not counted.

    A key of `RESNETS`. ``strided``: which convolution of a bottleneck has the stride, from 0: the
    first 1×1 as in the paper, or the 3×3 between, as torchvision has it.
    Source: He et al., "Deep Residual Learning for Image Recognition" (2016), table 1, with
    projections where shapes would not add (option B).
    """
    many, bottleneck = RESNETS[depth]
    layers: list[Layer] = [*_normed(Conv(64, 7, 2, padding=3, bias=False)), ReLU()]
    layers.append(MaxPool(3, 2, padding=1))
    read = 64
    for row, (filters, blocks) in enumerate(zip(_ROWS, many, strict=True)):
        made = filters * _WIDER if bottleneck else filters
        for place in range(blocks):
            stride = 2 if row and not place else 1
            body = _bottleneck(filters, stride, strided) if bottleneck else _basic(filters, stride)
            layers += [Residual(body, _around(read, made, stride)), ReLU()]
            read = made
    return *layers, GlobalAvgPool(), Flatten(), Dense(CLASSES)


def without(layers: Layers, *kinds: type) -> Layers:
    """The same layers, also those in blocks, without those of some kinds.

    >>> without((Conv(4, 3), ReLU(), Residual((BatchNorm(), ReLU()))), ReLU)[1]
    Residual(body=(BatchNorm(),), shortcut=())
    """
    return tuple(
        Residual(without(layer.body, *kinds), without(layer.shortcut, *kinds))
        if isinstance(layer, Residual)
        else layer
        for layer in layers
        if not isinstance(layer, kinds)
    )


def _head(inputs_dropped: bool = False) -> Layers:
    """Two dense layers, half of whose outputs are dropped in training, and one for the classes."""
    wide = Dense(4096), ReLU()
    half = (Dropout(), *wide) if inputs_dropped else (*wide, Dropout())
    return Flatten(), *half, *half, Dense(CLASSES)


def _basic(filters: int, stride: int) -> Layers:
    one = Conv(filters, 3, stride, padding=1, bias=False)
    other = Conv(filters, 3, padding=1, bias=False)
    return *_normed(one), ReLU(), *_normed(other)


def _bottleneck(filters: int, stride: int, strided: int) -> Layers:
    steps = [stride if place == strided else 1 for place in range(3)]
    return (
        *(*_normed(Conv(filters, 1, steps[0], bias=False)), ReLU()),
        *(*_normed(Conv(filters, 3, steps[1], padding=1, bias=False)), ReLU()),
        *_normed(Conv(filters * _WIDER, 1, steps[2], bias=False)),
    )


def _around(read: int, made: int, stride: int) -> Layers:
    """The way around a block: a 1×1 convolution where the shapes would not add."""
    same = stride == 1 and read == made
    return () if same else _normed(Conv(made, 1, stride, bias=False))


def _normed(conv: Conv) -> Layers:
    return conv, BatchNorm()
