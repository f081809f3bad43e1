"""A stack of layers as maps without channels, and the links that say which cells read which.

One channel stands for all: a receptive field is a matter of rows and columns. Along an axis a unit
``u`` of a layer reads the cells u·s − p + d·t for the taps t < k of the map below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cnnlab.engine.checks import Size, per_axis
from cnnlab.engine.layers import AvgPool, Conv, Dense, GlobalAvgPool, Layer, MaxPool, Residual
from cnnlab.engine.sizes import output_size
from cnnlab.message import InvalidInput

Pair = tuple[int, int]
Counts = npt.NDArray[np.float64]
Span = tuple[Pair, Pair]
"""The first and the last cell of each axis, (rows, columns); they may lie off the map."""

_ONE = (1, 1)
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class Map:
    """One layer's map: its ``size``, and where its cells stand over the input, (rows, columns).

    ``jump`` is the distance of neighbours in cells of the input; ``centre`` is where the field of
    the first one has its middle, counted from the middle of the input's first cell.
    """

    id: str
    size: Pair
    jump: tuple[float, float] = (1.0, 1.0)
    centre: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Link:
    """Each unit of ``upper`` reads cells of ``lower``; with ``whole`` it reads all of them."""

    lower: Map
    upper: Map
    kernel: Pair = _ONE
    stride: Pair = _ONE
    padding: Pair = (0, 0)
    dilation: Pair = _ONE
    whole: bool = False

    @property
    def extent(self) -> Pair:
        """From the first tap to the last, d(k − 1) + 1 cells (Dumoulin & Visin 2016, 5.1)."""
        rows, columns = (d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))
        return rows, columns


@dataclass(frozen=True)
class Level:
    """A layer that has a map of its own: its number in the stack, from 1, and its links.

    ``links`` stand in the order in which the layer works; a residual block has one for each layer
    of its two ways, and one more for the end of each.
    """

    number: int
    layer: Layer
    lower: Map
    upper: Map
    links: tuple[Link, ...]

    @property
    def inner(self) -> tuple[Map, ...]:
        """The maps inside a residual block."""
        found = {link.upper.id: link.upper for link in self.links}
        return tuple(one for name, one in found.items() if name != self.upper.id)


@dataclass
class _Stack:
    """What is known of a stack while its layers are walked through."""

    flat: bool
    number: int = 0
    made: int = 0
    links: list[Link] = field(default_factory=list)

    def through(self, layers: Sequence[Layer], here: Map) -> Map:
        for layer in layers:
            here = self.layer(layer, here)
        return here

    def layer(self, layer: Layer, here: Map) -> Map:
        if isinstance(layer, Residual):
            return self.block(layer, here)
        if isinstance(layer, Dense | GlobalAvgPool):
            return self.everything(here)
        if isinstance(layer, Conv | MaxPool | AvgPool):
            return self.window(layer, here)
        return here  # what works number by number

    def named(self) -> str:
        self.made += 1
        return f"layer{self.number}" if self.made == 1 else f"layer{self.number}.{self.made}"

    def window(self, layer: Conv | MaxPool | AvgPool, here: Map) -> Map:
        kernel = self.pair("kernel_size", layer.kernel_size, 1)
        step = layer.kernel_size if layer.stride is None else layer.stride
        stride = self.pair("stride", step, 1)
        padding = self.pair("padding", layer.padding, 0)
        dilation = self.pair("dilation", layer.dilation, 1) if isinstance(layer, Conv) else _ONE
        rounded = not isinstance(layer, Conv) and layer.ceil_mode
        settings = list(zip(here.size, kernel, stride, padding, dilation, strict=True))
        size = _two(output_size(*one, ceil_mode=rounded) for one in settings)
        centre = _two(
            c + (d * (k - 1) / 2 - p) * j
            for (_, k, _, p, d), c, j in zip(settings, here.centre, here.jump, strict=True)
        )
        jump = _two(j * s for j, s in zip(here.jump, stride, strict=True))
        made = Map(self.named(), size, jump, centre)
        self.links.append(Link(here, made, kernel, stride, padding, dilation))
        return made

    def everything(self, here: Map) -> Map:
        whole = _two(j * n for j, n in zip(here.jump, here.size, strict=True))
        middle = _two(
            c + j * (n - 1) / 2 for c, j, n in zip(here.centre, here.jump, here.size, strict=True)
        )
        made = Map(self.named(), _ONE, whole, middle)
        self.links.append(Link(here, made, whole=True))
        return made

    def block(self, block: Residual, here: Map) -> Map:
        name = self.named()
        ends = [self.through(way, here) for way in (block.body, block.shortcut)]
        if ends[0].size != ends[1].size:
            raise InvalidInput(
                "shapes do not add: the body makes {body}, the shortcut {shortcut}",
                body=ends[0].size,
                shortcut=ends[1].size,
            )
        total = Map(name, ends[0].size, ends[0].jump, ends[0].centre)
        self.links += [Link(end, total) for end in ends]
        return total

    def pair(self, name: str, value: Size, least: int) -> Pair:
        rows, columns = per_axis(name, value, least)
        return ((0 if name == "padding" else 1) if self.flat else rows), columns


def _two(numbers: Iterable[_Number]) -> tuple[_Number, _Number]:
    first, second = numbers
    return first, second


def levels(layers: Sequence[Layer], size: Pair, *, flat: bool = False) -> tuple[Level, ...]:
    """The layers that have maps of their own, in order, for an input of ``size``.

    ReLU, batch norm, dropout and Flatten work number by number and have none; a stack of nothing
    else has one level, which reads one cell at a time. ``flat`` leaves the rows alone: the side
    view. Raises InvalidInput that names the layer that does not fit.

    >>> [level.upper.size for level in levels((Conv(1, 3), MaxPool(2)), (8, 10))]
    [(6, 8), (3, 4)]
    """
    here, found = Map("input", size), []
    for number, layer in enumerate(layers, 1):
        stack = _Stack(flat, number)
        try:
            made = stack.layer(layer, here)
        except InvalidInput as error:
            raise InvalidInput(
                "layer {layer} ({kind}): {why}",
                layer=number,
                kind=type(layer).__name__,
                why=error.message,
            ) from error
        if stack.links:
            found.append(Level(number, layer, here, made, tuple(stack.links)))
        here = made
    if not found:
        alike = Map(f"layer{len(layers)}", size)
        found.append(Level(len(layers), layers[-1], here, alike, (Link(here, alike),)))
    return tuple(found)


def spans(chain: Sequence[Level], unit: Pair) -> dict[str, Span]:
    """What a unit of the last map stands on in each map, cells off the map included."""
    found: dict[str, Span] = {chain[-1].upper.id: ((unit[0], unit[0]), (unit[1], unit[1]))}
    for link in _down(chain):
        mine = _below(link, found[link.upper.id])
        found[link.lower.id] = _union(found.get(link.lower.id, mine), mine)
    return found


def _below(link: Link, above: Span) -> Span:
    if link.whole:
        return (0, link.lower.size[0] - 1), (0, link.lower.size[1] - 1)
    rows, columns = (
        (first * s - p, last * s - p + reach - 1)
        for (first, last), s, p, reach in zip(
            above, link.stride, link.padding, link.extent, strict=True
        )
    )
    return rows, columns


def _union(one: Span, other: Span) -> Span:
    rows, columns = ((min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))
    return rows, columns


def ways(chain: Sequence[Level], unit: Pair) -> dict[str, Counts]:
    """In how many ways each cell of each map reaches a unit of the last one: float64 (H, W)."""
    found = {chain[-1].upper.id: np.zeros(chain[-1].upper.size)}
    found[chain[-1].upper.id][unit] = 1
    for link in _down(chain):
        below = found.setdefault(link.lower.id, np.zeros(link.lower.size))
        below += _handed_down(link, found[link.upper.id])
    return found


def _handed_down(link: Link, above: Counts) -> Counts:
    if link.whole:
        return np.full(link.lower.size, above.sum())
    rows, columns = (_reads(link, axis) for axis in (0, 1))
    return np.asarray(rows.T @ above @ columns)


def _reads(link: Link, axis: int) -> Counts:
    """Which cells (columns) each unit (rows) reads along one axis: 1 or 0."""
    taps = link.dilation[axis] * np.arange(link.kernel[axis])
    first = np.arange(link.upper.size[axis]) * link.stride[axis] - link.padding[axis]
    cells = np.arange(link.lower.size[axis])
    places = (first[:, None] + taps)[..., None]
    return np.asarray((places == cells).sum(1), np.float64)


def _down(chain: Sequence[Level]) -> list[Link]:
    """All links, from the last map down to the input."""
    return [link for level in reversed(chain) for link in reversed(level.links)]


@dataclass(frozen=True)
class View:
    """One unit of the last map, what it stands on, in how many ways; ``flat``: from the side."""

    chain: tuple[Level, ...]
    unit: Pair
    spans: Mapping[str, Span]
    ways: Mapping[str, Counts]
    flat: bool
