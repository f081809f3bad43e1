"""A stack of layers as maps of one channel, and the links that say which cells read which.

One channel stands for all: a receptive field is a matter of rows and columns. What a unit sees of
a map is the engine's word: a map is the input of the layers above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.field_paths import paths_of_maps
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import (
    AvgPool,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Residual,
)
from cnnlab.engine.receptive_field import Extent, Field, extent, fields
from cnnlab.engine.units import Pair, window

Counts = npt.NDArray[np.float64]
_ONE = (1, 1)


@dataclass(frozen=True)
class Map:
    """The map of the layer at ``path``: its ``size``, and where its cells stand over the input.

    ``jump`` is the distance of neighbours in cells of the input; ``centre`` is where the field of
    the first one has its middle, counted from the middle of the input's first cell.
    """

    id: str
    path: Path
    size: Pair
    jump: tuple[float, float] = (1.0, 1.0)
    centre: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Link:
    """Each unit of ``upper`` reads cells of ``lower``; with ``whole`` it reads all of them.

    Along an axis a unit u reads the cells u·s − p + d·t for the taps t < k of the map below.
    """

    lower: Map
    upper: Map
    kernel: Pair = _ONE
    stride: Pair = _ONE
    padding: Pair = (0, 0)
    dilation: Pair = _ONE
    whole: bool = False


@dataclass(frozen=True)
class Level:
    """A layer that has a map of its own: its number in the stack, from 1, and its links.

    ``links`` stand in the order in which the layer works; a residual block has one for each layer
    of its two ways, and one more for the end of each. ``extent`` is from the layer's first tap to
    its last.
    """

    number: int
    layer: Layer
    lower: Map
    upper: Map
    links: tuple[Link, ...]
    extent: Pair

    @property
    def inner(self) -> tuple[Map, ...]:
        """The maps inside a residual block."""
        found = {link.upper.id: link.upper for link in self.links}
        return tuple(one for name, one in found.items() if name != self.upper.id)


@dataclass(frozen=True)
class View:
    """One unit of the last map; by map's id what it stands on, and in how many ways.

    ``spans`` are cells from the first to the last, also off the map; in a map of ``whole`` it sees
    everything by way of a layer that does. ``flat``: from the side.
    """

    chain: tuple[Level, ...]
    unit: Pair
    spans: Mapping[str, Extent]
    whole: frozenset[str]
    ways: Mapping[str, Counts]
    flat: bool


def single(layers: Sequence[Layer], size: Pair, *, flat: bool = False) -> Architecture:
    """The layers with one channel, for an input of ``size``; ``flat``: rows are left alone.

    >>> single((Conv(8, 3, stride=2),), (1, 9), flat=True).layers[0].kernel_size
    (1, 3)
    """
    return Architecture("", (1, *size), tuple(_single(layer, flat) for layer in layers))


def _single(layer: Layer, flat: bool) -> Layer:
    if isinstance(layer, Residual):
        body, shortcut = (
            tuple(_single(inner, flat) for inner in way) for way in (layer.body, layer.shortcut)
        )
        return Residual(body, shortcut)
    if isinstance(layer, Conv):
        layer = replace(layer, filters=1, groups=1)
    slides = window(layer)
    if not flat or slides is None:
        return layer
    assert isinstance(layer, Conv | MaxPool | AvgPool)
    (_, kernel), (_, stride), (_, padding), (_, dilation) = slides
    line = replace(layer, kernel_size=(1, kernel), stride=(1, stride), padding=(0, padding))
    return replace(line, dilation=(1, dilation)) if isinstance(line, Conv) else line


def levels(network: Architecture) -> tuple[Level, ...]:
    """The layers that have maps of their own, in order.

    ReLU, batch norm, dropout and Flatten work number by number and have none; a stack of nothing
    else has one level, which reads one cell at a time. Raises InvalidInput that names the layer
    that does not fit.

    >>> chain = levels(single((Conv(1, 3), MaxPool(2)), (8, 10)))
    >>> [(level.upper.size, level.upper.jump, level.extent) for level in chain]
    [((6, 8), (1, 1), (3, 3)), ((3, 4), (2, 2), (2, 2))]
    """
    rows = {row.path: row for row in fields(network)}
    here, found = Map("input", (), (network.input[1], network.input[2])), list[Level]()
    for place, layer in enumerate(network.layers):
        stack = _Stack(rows, place + 1)
        made = stack.layer(layer, (place,), here)
        if stack.links:
            reach = rows[(place,)].kernel
            found.append(Level(place + 1, layer, here, made, tuple(stack.links), reach))
        here = made
    if not found:
        last = len(network.layers)
        alike = Map(f"layer{last}", (last - 1,), here.size)
        links = (Link(here, alike),)
        found.append(Level(last, network.layers[-1], here, alike, links, _ONE))
    return tuple(found)


@dataclass
class _Stack:
    """One layer of the stack, walked through: the links that it makes."""

    rows: Mapping[Path, Field]
    number: int
    made: int = 0
    links: list[Link] = field(default_factory=list)

    def layer(self, layer: Layer, path: Path, here: Map) -> Map:
        if isinstance(layer, Residual):
            return self.block(layer, path, here)
        slides = window(layer)
        if slides is None and not isinstance(layer, Dense | GlobalAvgPool):
            return here  # what works number by number
        made = self.map(path)
        self.links.append(Link(here, made, *slides) if slides else Link(here, made, whole=True))
        return made

    def block(self, block: Residual, path: Path, here: Map) -> Map:
        total, ends = self.map(path), list[Map]()
        for way, layers in enumerate((block.body, block.shortcut)):
            end = here
            for place, layer in enumerate(layers):
                end = self.layer(layer, (*path, way, place), end)
            ends.append(end)
        self.links += [Link(end, total) for end in ends]
        return total

    def map(self, path: Path) -> Map:
        self.made += 1
        name = f"layer{self.number}" if self.made == 1 else f"layer{self.number}.{self.made}"
        row = self.rows[path]
        if row.jump is not None:
            return Map(name, path, row.output, row.jump, row.centre)
        # Units that see everything share the input's room.
        jumps = [n / units for n, units in zip(row.input, row.output, strict=True)]
        centres = [(jump - 1) / 2 for jump in jumps]
        return Map(name, path, row.output, (jumps[0], jumps[1]), (centres[0], centres[1]))


def view(network: Architecture, unit: Pair, *, flat: bool) -> View:
    """What a unit of the last layer stands on in each map, and in how many ways."""
    chain = levels(network)
    ways = paths_of_maps(network, (len(network.layers) - 1,), unit)
    maps = {"input": chain[0].lower} | {level.upper.id: level.upper for level in chain}
    spans, whole = {chain[-1].upper.id: _itself(unit)}, set[str]()
    shapes = {row.path: row.output for row in trace(network)} | {(): network.input}
    for name, here in maps.items():
        if name in spans:
            continue
        above = network.layers[here.path[0] + 1 if here.path else 0 :]
        before = (Flatten(),) if len(shapes[here.path]) == 1 else ()
        row = fields(Architecture("", (1, *here.size), (*before, *above)))[-1]
        spans[name] = extent(row, unit)
        whole |= {name} if row.whole else set()
    inner = {one.id: one for level in chain for one in level.inner}
    held = {name: ways[here.path] for name, here in (maps | inner).items()}
    return View(chain, unit, spans, frozenset(whole), held, flat)


def _itself(unit: Pair) -> Extent:
    return (unit[0], unit[0]), (unit[1], unit[1])
