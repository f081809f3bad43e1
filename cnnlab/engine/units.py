"""The units of a network: how many each layer has, the window it slides, the way up to a layer.

A unit is one place (row, column) of a map, in all its channels. A `Flatten` leaves the units where
they are, so that they can still be asked for by row and column; a dense layer and a global pooling
have the one unit (0, 0).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.checks import per_axis
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import AvgPool, Conv, Dense, Layer, MaxPool, Residual
from cnnlab.message import InvalidInput

Pair: TypeAlias = tuple[int, int]  # rows, columns


class Window(NamedTuple):
    """A window's settings along (rows, columns)."""

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair


class UnitMap(NamedTuple):
    """How many units a layer reads, and how many it has: (rows, columns)."""

    before: Pair
    after: Pair


def window(layer: Layer) -> Window | None:
    """The window that slides in a layer; None where nothing does.

    >>> window(MaxPool(2)), window(Dense(10))
    (Window(kernel=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1)), None)
    """
    if not isinstance(layer, Conv | MaxPool | AvgPool):
        return None
    stride = layer.kernel_size if layer.stride is None else layer.stride
    settings = (layer.kernel_size, stride, layer.padding, getattr(layer, "dilation", 1))
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (per_axis("", size, 0) for size in settings)
    return Window((kh, kw), (sh, sw), (ph, pw), (dh, dw))


@lru_cache(maxsize=64)
def unit_maps(network: Architecture) -> Mapping[Path, UnitMap]:
    """The units before and after every layer, by its path, in the order of `architecture.trace`.

    Raises InvalidInput as `trace` does.

    >>> unit_maps(Architecture("pooled", (1, 6, 8), (MaxPool(2),)))
    {(0,): UnitMap(before=(6, 8), after=(3, 4))}
    """
    maps: dict[Path, UnitMap] = {}
    for row in trace(network):
        before = _before(row.path, maps, (network.input[1], network.input[2]))
        after = _after(row.path, row.layer, row.output, before, maps)
        maps[row.path] = UnitMap(before, after)
    return maps


def cut(network: Architecture, path: Path) -> tuple[Architecture, dict[Path, Path]]:
    """The network up to and with the layer at a path, which becomes its last; and where each was.

    A layer inside a residual block is reached by its own way alone: what the block's other way
    makes does not matter to it. The dict leads from the places (paths of one number) in the new
    network to those in the old. Raises InvalidInput where there is no such layer.

    >>> block = Residual((Conv(1, 3, padding=1), Conv(1, 1)))
    >>> upper, places = cut(Architecture("a", (1, 5, 5), (MaxPool(2), block)), (1, 0, 0))
    >>> [type(layer).__name__ for layer in upper.layers], places
    (['MaxPool', 'Conv'], {(0,): (0,), (1,): (1, 0, 0)})
    """
    found: list[tuple[Layer, Path]] = []
    layers, rest = network.layers, path
    place: Path = ()
    while True:
        if not rest or not 0 <= rest[0] < len(layers):
            raise InvalidInput("the network has no layer at {path}", path=path)
        inside = len(rest) > 1
        found += [(layers[n], (*place, n)) for n in range(rest[0] + (not inside))]
        if not inside:
            break
        block = layers[rest[0]]
        if not isinstance(block, Residual) or rest[1] not in (0, 1):
            raise InvalidInput("the network has no layer at {path}", path=path)
        place = (*place, *rest[:2])
        layers, rest = (block.body, block.shortcut)[rest[1]], rest[2:]
    upper = Architecture(network.name, network.input, tuple(layer for layer, _ in found))
    return upper, {(n,): old for n, (_, old) in enumerate(found)}


def within(unit: Pair, size: Pair) -> Pair:
    """The unit, if there is one there in a map of ``size``; else a sentence."""
    if len(unit) != 2 or not all(0 <= at < n for at, n in zip(unit, size, strict=True)):
        raise InvalidInput(
            "there is no unit in row {row}, column {column} of a map of {height}×{width}",
            row=unit[0] + 1,
            column=unit[-1] + 1,
            height=size[0],
            width=size[1],
        )
    return unit


def _before(path: Path, maps: Mapping[Path, UnitMap], size: Pair) -> Pair:
    """The units that the layer at a path reads: those of the layer before it, or of its block."""
    while path:
        if path[-1] > 0:
            return maps[(*path[:-1], path[-1] - 1)].after
        path = path[:-2]
    return size


def _after(
    path: Path,
    layer: Layer,
    shape: tuple[int, ...],
    before: Pair,
    maps: Mapping[Path, UnitMap],
) -> Pair:
    if len(shape) == 3:
        return shape[1], shape[2]
    if isinstance(layer, Dense):
        return 1, 1
    if isinstance(layer, Residual):  # of rows of numbers: a dense way makes it one unit
        ends = {
            maps[(*path, way, len(layers) - 1)].after if layers else before
            for way, layers in enumerate((layer.body, layer.shortcut))
        }
        return ends.pop() if len(ends) == 1 else (1, 1)
    return before
