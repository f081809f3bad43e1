"""The small pictures on the lesson cards, drawn from the engine's numbers."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data.mnist import load
from cnnlab.data.shrink import to_planes
from cnnlab.engine import avg_pool2d, conv2d, kernel, max_pool2d, read_counts
from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.field_paths import paths
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import Conv, Dense
from cnnlab.engine.networks import FAST
from cnnlab.engine.stacks import STACKS
from cnnlab.nets.trained import trained
from cnnlab.theme import DARK, LIGHT, Theme, shade

Maps = Sequence[NDArray[np.floating]]
_FRAME = 0.3  # the stroke around a map, in cells; half of it lies outside
_PROFILE = 16  # cells along a side of a network's picture
_STEPS = 24  # shades each side of zero: enough for a picture two fingers wide


def convolution() -> Maps:
    """The first test digit, and what Sobel x makes of it."""
    digit = to_planes(load("test").images[0], 1)
    edges = conv2d(digit[None], kernel("sobel_x", 3, 3)[None, None], padding=1)[0]
    return digit[0], edges[0]


def padding_stride() -> Maps:
    """How often a 3×3 window reads each cell of a 7×7 map: without padding, and with one cell."""
    return [read_counts(7, 3, padding=p).astype(np.float64) for p in (0, 1)]


def pooling() -> Maps:
    """The first test digit, the largest number of each 2×2 window of it, and the mean."""
    digit = to_planes(load("test").images[0], 1)
    return digit[0], max_pool2d(digit[None], 2)[0, 0], avg_pool2d(digit[None], 2)[0, 0]


def training() -> Maps:
    """Four kernels of the fast net before and after it learned to read digits."""
    before = initial_weights(FAST, seed=0)["0.weight"]
    return [_in_a_square(weights[:4, 0]) for weights in (before, trained("fast")["0.weight"])]


def resnet() -> Maps:
    """A digit x, what a convolution F makes of it, and F(x) + x: much of x is still there."""
    digit = to_planes(load("test").images[0], 1)[0] / np.float32(255)
    body = conv2d(digit[None, None], kernel("sobel_x", 3, 3)[None, None] / 4, padding=1)[0, 0]
    return digit, body, digit + body


def _in_a_square(kernels: NDArray[np.floating]) -> NDArray[np.floating]:
    """Four kernels (4, H, W) two by two, a cell apart."""
    padded = np.pad(kernels, ((0, 0), (0, 1), (0, 1)))
    return np.block([[padded[0], padded[1]], [padded[2], padded[3]]])[:-1, :-1]


def receptive_field() -> Maps:
    """How many ways lead to one unit from each cell: through one 3×3 layer, two, and three."""
    return [paths(STACKS["three3"].network, (layer,), (7, 7))[3:12, 3:12] for layer in range(3)]


def architectures() -> Maps:
    """The maps of LeNet-5, AlexNet and VGG-16, as high as they are; dense layers in the other hue.

    A dense layer is as high as a square map with as many numbers.
    """
    return [_profile(FAMOUS[slug].network) for slug in ("lenet5", "alexnet", "vgg16")]


def _profile(network: Architecture) -> NDArray[np.floating]:
    """A column, or several, for each layer with weights: 1 a convolution, −1 a dense layer."""
    rows = [row for row in trace(network) if isinstance(row.layer, Conv | Dense)]
    drawn = np.zeros((_PROFILE, len(rows)))
    for n, row in enumerate(rows):
        side = row.output[1] if len(row.output) == 3 else row.output[0] ** 0.5
        high = max(1, round(_PROFILE * side / network.input[1]))
        top = (_PROFILE - high) // 2
        drawn[top : top + high, n] = 1 if isinstance(row.layer, Conv) else -1
    return drawn.repeat(_PROFILE // len(rows), axis=1)


DRAWN: Mapping[str, Callable[[], Maps]] = {
    "convolution": convolution,
    "padding-stride": padding_stride,
    "pooling": pooling,
    "training": training,
    "receptive-field": receptive_field,
    "resnet": resnet,
    "architectures": architectures,
}


def of_lesson(slug: str) -> str | None:
    """The lesson's picture as SVG in the visitor's theme; None if it has none."""
    return _drawn(slug, st.context.theme.type == "dark") if slug in DRAWN else None


@lru_cache(maxsize=64)
def _drawn(slug: str, dark: bool) -> str:
    return side_by_side(DRAWN[slug](), DARK if dark else LIGHT)


def side_by_side(maps: Maps, theme: Theme) -> str:
    """Maps beside each other as SVG, each on the scale that is symmetric about its zero."""
    height = max(len(values) for values in maps)
    gap = height / 8
    place, drawn = 0.0, []
    for values in maps:
        drawn.append(f'<g transform="translate({place:g} 0)">{_cells(values, theme)}</g>')
        place += values.shape[1] + gap
    edge = -_FRAME / 2
    width, tall = place - gap + _FRAME, height + _FRAME
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{edge:g} {edge:g} {width:g} {tall:g}" '
        f'width="{width / tall * 200:g}" height="200" shape-rendering="crispEdges">'
        f"{''.join(drawn)}</svg>"
    )


def _cells(values: NDArray[np.floating], theme: Theme) -> str:
    """One map as a frame and one path for each shade that occurs."""
    rows, columns = values.shape
    limit = float(np.abs(values).max()) or 1.0
    levels = np.rint(values / limit * _STEPS).astype(int)
    paths = [
        f'<rect width="{columns}" height="{rows}" fill="{theme.zero}" '
        f'stroke="{theme.hairline}" stroke-width="{_FRAME}"/>'
    ]
    for level in np.unique(levels[levels != 0]):
        squares = "".join(f"M{x} {y}h1v1h-1z" for y, x in np.argwhere(levels == level))
        paths.append(f'<path d="{squares}" fill="{shade(level, _STEPS, theme)}"/>')
    return "".join(paths)
