"""Networks with a name, as data: their layers in every variant, year, source, and what to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnnlab.engine.architecture import Architecture, Shape, trace
from cnnlab.engine.checks import whole
from cnnlab.engine.imagenet import alexnet, resnet, vgg16
from cnnlab.engine.layers import AvgPool, Conv, Dense, Flatten, Layer, Tanh
from cnnlab.engine.networks import BOOKNET, LENET5, TANHNET
from cnnlab.message import InvalidInput, Message


@dataclass(frozen=True)
class Variant:
    """One way to build a network: what it is called, its layers, and what differs in it."""

    name: Message
    network: Architecture
    note: Message


@dataclass(frozen=True)
class Famous:
    """A network with a name.

    ``variants`` by slug, the usual one first; ``network`` is that one. ``year``: when it was first
    public, which may be before the paper was printed; None: the networks of courses. ``counted``:
    its layers with weights, shortcuts left out; ``names_its_depth``: its name says that number (the
    5 of LeNet-5 is the fifth version). ``notes``: what to know, a sentence each.
    """

    name: str
    year: int | None
    source: Message
    counted: int
    variants: Mapping[str, Variant]
    notes: tuple[Message, ...] = ()
    names_its_depth: bool = False

    @property
    def network(self) -> Architecture:
        """The usual variant."""
        return next(iter(self.variants.values())).network


def variant(slug: str, which: str = "") -> Variant:
    """A variant of the famous network of that slug; the usual one where it has none of that name.

    >>> variant("alexnet", "torchvision").network.input, str(variant("vgg16").name)
    ((3, 224, 224), 'VGG-16')
    """
    variants = FAMOUS[slug].variants
    return variants.get(which) or next(iter(variants.values()))


def resized(
    network: Architecture, input: Shape | None = None, classes: int | None = None
) -> Architecture:
    """The network for inputs (C, H, W) of another shape, or with another number of classes.

    The classes are the outputs of its last dense layer. Raises InvalidInput for an input that does
    not fit, naming the layer and why, and where there is no dense layer to give the classes to.

    >>> small = resized(FAMOUS["resnet18"].network, input=(1, 28, 28), classes=10)
    >>> [row.output for row in trace(small)][-3:]
    [(512, 1, 1), (512,), (10,)]
    """
    layers = list(network.layers)
    if classes is not None:
        whole("classes", classes, 1)
        last = max((n for n, layer in enumerate(layers) if isinstance(layer, Dense)), default=-1)
        if last < 0:
            raise InvalidInput("the network has no dense layer to give one output for each class")
        layers[last] = replace(layers[last], outputs=classes)  # type: ignore[arg-type]
    made = Architecture(network.name, network.input if input is None else input, tuple(layers))
    trace(made)
    return made


def _image(name: str, layers: tuple[Layer, ...], side: int = 224) -> Architecture:
    return Architecture(name, (3, side, side), layers)


def _lenet5() -> tuple[Layer, ...]:
    """On 32×32, as in the paper: a digit of 28×28 has two cells of margin on each side."""
    return (
        *(Conv(6, 5), Tanh(), AvgPool(2), Conv(16, 5), Tanh(), AvgPool(2)),
        *(Flatten(), Dense(120), Tanh(), Dense(84), Tanh(), Dense(10)),
    )


_RESNET = Message(
    "He et al., “Deep Residual Learning for Image Recognition” (first public 2015, printed 2016), "
    "table 1."
)
_PROJECTED = Message(
    "Where a block changes the size, a 1×1 convolution on the shortcut does too (option B of the "
    "paper); such layers are not counted in the name."
)
_BASIC = Message("As in the paper: two 3×3 convolutions in each block.")
_V1 = Message("As in the paper: the stride is in the first 1×1 convolution of a block.")
_V15 = Message(
    "As torchvision builds it (“v1.5”): the stride is in the 3×3 convolution of a block. It has as "
    "many parameters and does a little more work."
)
_NORMALISED = Message(
    "The paper also normalises across channels after the first two convolutions; that learns "
    "nothing and is left out here."
)


def _bottlenecks(name: str, depth: int) -> dict[str, Variant]:
    return {
        "v15": Variant(Message("v1.5"), _image(name, resnet(depth, strided=1)), _V15),
        "v1": Variant(Message("v1"), _image(name, resnet(depth, strided=0)), _V1),
    }


FAMOUS: Mapping[str, Famous] = {
    "lenet5": Famous(
        "LeNet-5",
        1998,
        Message(
            "LeCun et al., “Gradient-Based Learning Applied to Document Recognition” (1998), "
            "section II.B."
        ),
        5,
        {
            "remake": Variant(
                Message("Remake, 32"),
                Architecture("LeNet-5", (1, 32, 32), _lenet5()),
                Message(
                    "Every filter of the second convolution reads all six maps, pooling learns "
                    "nothing, and the output is a dense layer: 61,706 parameters. The original has "
                    "60,000."
                ),
            ),
            "mnist": Variant(
                Message("Remake, 28"),
                LENET5,
                Message("The same weights on digits of 28×28: the first convolution pads by 2."),
            ),
        },
    ),
    "alexnet": Famous(
        "AlexNet",
        2012,
        Message(
            "Krizhevsky, Sutskever & Hinton, “ImageNet Classification with Deep Convolutional "
            "Neural Networks” (2012), section 3.5."
        ),
        8,
        {
            "grouped": Variant(
                Message("Two groups"),
                _image("AlexNet", alexnet(), 227),
                Message(
                    "Split over two graphics cards: three of the convolutions read only the half "
                    "of the maps that is on their card. The paper says 224, but only 227 makes its "
                    "55×55 maps."
                ),
            ),
            "ungrouped": Variant(
                Message("One group"),
                _image("AlexNet (one group)", alexnet(groups=1), 227),
                Message("Every filter reads all maps, as most texts draw it."),
            ),
            "torchvision": Variant(
                Message("torchvision"),
                _image(
                    "AlexNet (torchvision)",
                    alexnet(
                        filters=(64, 192, 384, 256, 256),
                        groups=1,
                        padding=2,
                        inputs_dropped=True,
                    ),
                ),
                Message(
                    "After Krizhevsky, “One Weird Trick for Parallelizing Convolutional Neural "
                    "Networks” (2014): fewer filters, one group, and a padding of 2 in the first "
                    "layer, so that 224 makes 55×55."
                ),
            ),
            "paper224": Variant(
                Message("As printed"),
                _image("AlexNet (224)", alexnet()),
                Message(
                    "(224 − 11) / 4 + 1 = 54.25: libraries round down to 54, and the last maps are "
                    "5×5 instead of 6×6, so that the first dense layer shrinks."
                ),
            ),
        },
        (_NORMALISED,),
    ),
    "vgg16": Famous(
        "VGG-16",
        2014,
        Message(
            "Simonyan & Zisserman, “Very Deep Convolutional Networks for Large-Scale Image "
            "Recognition” (first public 2014, printed 2015), table 1, column D."
        ),
        16,
        {
            "": Variant(
                Message("VGG-16"),
                _image("VGG-16", vgg16()),
                Message("Windows of 3×3 throughout; the channels double where the side halves."),
            )
        },
        names_its_depth=True,
    ),
    **{
        f"resnet{depth}": Famous(
            f"ResNet-{depth}",
            2015,
            _RESNET,
            depth,
            _bottlenecks(f"ResNet-{depth}", depth)
            if depth >= 50
            else {"": Variant(Message("ResNet"), _image(f"ResNet-{depth}", resnet(depth)), _BASIC)},
            (_PROJECTED,),
            names_its_depth=True,
        )
        for depth in (18, 34, 50, 152)
    },
    "booknet": Famous(
        "BookNet",
        None,
        Message("The network that a well-known textbook writes from scratch in NumPy."),
        3,
        {
            "": Variant(
                Message("BookNet"),
                BOOKNET,
                Message("One convolution, one pooling, two dense layers, for digits of 28×28."),
            )
        },
    ),
    "tanhnet": Famous(
        "TanhNet",
        None,
        Message("The network of a published tutorial in PyTorch."),
        4,
        {
            "": Variant(
                Message("TanhNet"),
                TANHNET,
                Message("Batch norm after its one convolution, tanh between its dense layers."),
            )
        },
    ),
}
