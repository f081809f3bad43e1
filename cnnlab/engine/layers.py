"""What a layer is: one frozen record for each kind, with PyTorch's names for its settings.

A record holds numbers only. What follows from them (shapes, parameters, work) is worked out in
`architecture`, and `nets` builds the PyTorch module of the same name from it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from cnnlab.engine.checks import Size


@dataclass(frozen=True)
class Conv:
    """A convolution with ``filters`` filters; see `conv2d`."""

    filters: int
    kernel_size: Size
    stride: Size = 1
    padding: Size = 0
    dilation: Size = 1
    groups: int = 1
    bias: bool = True


@dataclass(frozen=True)
class MaxPool:
    """The largest number of each window; ``stride`` None: as large as the window."""

    kernel_size: Size
    stride: Size | None = None
    padding: Size = 0
    ceil_mode: bool = False


@dataclass(frozen=True)
class AvgPool:
    """The mean of each window; ``stride`` None: as large as the window."""

    kernel_size: Size
    stride: Size | None = None
    padding: Size = 0
    ceil_mode: bool = False


@dataclass(frozen=True)
class GlobalAvgPool:
    """The mean of each whole map: (C, H, W) becomes (C, 1, 1)."""


@dataclass(frozen=True)
class BatchNorm:
    """Mean 0 and variance 1 for each channel, then a learned scale and shift; see `batch_norm`."""


@dataclass(frozen=True)
class ReLU:
    """What is negative becomes 0."""


@dataclass(frozen=True)
class Sigmoid:
    """Squeezed to between 0 and 1."""


@dataclass(frozen=True)
class Tanh:
    """Squeezed to between −1 and 1."""


@dataclass(frozen=True)
class Dropout:
    """In training each number is set to 0 with probability ``p``, and the others grow to make up.

    Source: Srivastava et al., "Dropout" (2014).
    """

    p: float = 0.5


@dataclass(frozen=True)
class Flatten:
    """Maps (C, H, W) as one row of C·H·W numbers."""


@dataclass(frozen=True)
class Dense:
    """``outputs`` weighted sums of all inputs; see `linear`."""

    outputs: int
    bias: bool = True


@dataclass(frozen=True)
class Residual:
    """The sum of two ways through: ``body``, and ``shortcut``, which is the input where empty.

    Source: He et al., "Deep Residual Learning for Image Recognition" (2016), equations 1 and 2.
    """

    body: tuple["Layer", ...]
    shortcut: tuple["Layer", ...] = ()


Layer: TypeAlias = (
    Conv
    | MaxPool
    | AvgPool
    | GlobalAvgPool
    | BatchNorm
    | ReLU
    | Sigmoid
    | Tanh
    | Dropout
    | Flatten
    | Dense
    | Residual
)
