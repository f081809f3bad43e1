"""The networks that are trained here, as data. Counts and shapes follow: see `architecture`."""

from collections.abc import Mapping

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
    Tanh,
)

MNIST = (1, 28, 28)

BOOKNET = Architecture(  # the one that a well-known textbook writes from scratch
    "BookNet",
    MNIST,
    (Conv(30, 5), ReLU(), MaxPool(2), Flatten(), Dense(100), ReLU(), Dense(10)),
)
TANHNET = Architecture(
    "TanhNet",
    MNIST,
    (
        Conv(32, 5, padding=2),
        BatchNorm(),
        ReLU(),
        MaxPool(2),
        Flatten(),
        Dense(70),
        Tanh(),
        Dense(30),
        Tanh(),
        Dense(10),
    ),
)
# The usual remake of LeCun et al., "Gradient-Based Learning Applied to Document Recognition"
# (1998), section II.B: the second convolution sees all six maps, pooling has no weights, and the
# output is a dense layer.
# A digit of 28×28 is read with two cells of padding, which makes the paper's 32×32.
LENET5 = Architecture(
    "LeNet-5",
    MNIST,
    (
        Conv(6, 5, padding=2),
        Tanh(),
        AvgPool(2),
        Conv(16, 5),
        Tanh(),
        AvgPool(2),
        Flatten(),
        Dense(120),
        Tanh(),
        Dense(84),
        Tanh(),
        Dense(10),
    ),
)
DENSE = Architecture("Dense 784→100→10", MNIST, (Flatten(), Dense(100), ReLU(), Dense(10)))


def _stage(
    filters: int, kernel: int, *, pooled: bool
) -> tuple[Conv | MaxPool | BatchNorm | ReLU, ...]:
    pool = (MaxPool(2),) if pooled else ()
    return (Conv(filters, kernel, bias=False), *pool, BatchNorm(), ReLU())


FAST = Architecture(  # the quickest to 99 % of those tried: pooling before batch norm saves work
    "Fast",
    MNIST,
    (
        *_stage(16, 5, pooled=True),
        *_stage(32, 3, pooled=True),
        *_stage(64, 3, pooled=False),
        Flatten(),
        Dense(10),
    ),
)


def _block(filters: int, stride: int = 1) -> tuple[Residual, ReLU]:
    """Two 3×3 convolutions and a way around them, which changes size where they do."""
    body = (
        Conv(filters, 3, stride, padding=1, bias=False),
        BatchNorm(),
        ReLU(),
        Conv(filters, 3, padding=1, bias=False),
        BatchNorm(),
    )
    shortcut = (Conv(filters, 1, stride, bias=False), BatchNorm()) if stride > 1 else ()
    return Residual(body, shortcut), ReLU()


RESNET = Architecture(  # He et al. (2016), section 4.2, with fewer channels and three blocks
    "Small ResNet",
    MNIST,
    (
        Conv(16, 3, padding=1, bias=False),
        BatchNorm(),
        ReLU(),
        *_block(16),
        *_block(32, stride=2),
        *_block(64, stride=2),
        GlobalAvgPool(),
        Flatten(),
        Dense(10),
    ),
)

NETWORKS: Mapping[str, Architecture] = {
    "fast": FAST,
    "tanhnet": TANHNET,
    "booknet": BOOKNET,
    "lenet5": LENET5,
    "resnet": RESNET,
    "dense": DENSE,
}
