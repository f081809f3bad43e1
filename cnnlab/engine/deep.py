"""Plain and residual networks of any depth, alike in all but the way around each two layers."""

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import whole
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    ReLU,
    Residual,
)
from cnnlab.engine.networks import MNIST
from cnnlab.message import InvalidInput

Layers = tuple[Layer, ...]
CHANNELS = 8


def deep(
    depth: int, residual: bool, normalised: bool = True, channels: int = CHANNELS
) -> Architecture:
    """A network for digits with ``depth`` layers that have weights: convolutions and one dense.

    A digit is averaged to 7×7; then come a 3×3 convolution and (depth − 2) / 2 pairs of them, all
    with ``channels`` filters and one cell of padding, so that shapes add; ``residual`` leads the
    input of each pair around it. ``normalised``: batch norm after every convolution.
    Raises InvalidInput for a depth that is odd or less than 2.
    Source: He et al., "Deep Residual Learning for Image Recognition" (2016), section 4.2, whose
    networks have three such rows of pairs, with more channels in each.

    >>> from cnnlab.engine.architecture import parameters, trace
    >>> plain, residual = deep(20, residual=False), deep(20, residual=True)
    >>> parameters(plain) == parameters(residual), plain.name, residual.name
    (True, 'plain-20', 'residual-20')
    """
    whole("depth", depth, 2)
    if depth % 2:
        raise InvalidInput(
            "the layers stand in pairs, so their number must be even, but is {depth}", depth=depth
        )
    pairs = (_pair(channels, residual, normalised) for _ in range((depth - 2) // 2))
    layers = (
        AvgPool(4),
        *_convolution(channels, normalised),
        ReLU(),
        *(layer for pair in pairs for layer in pair),
        GlobalAvgPool(),
        Flatten(),
        Dense(10),
    )
    return Architecture(f"{'residual' if residual else 'plain'}-{depth}", MNIST, layers)


def _pair(channels: int, residual: bool, normalised: bool) -> Layers:
    one = _convolution(channels, normalised)
    body = (*one, ReLU(), *one)
    return (Residual(body), ReLU()) if residual else (*body, ReLU())


def _convolution(channels: int, normalised: bool) -> Layers:
    conv = Conv(channels, 3, padding=1, bias=not normalised)
    return (conv, BatchNorm()) if normalised else (conv,)
