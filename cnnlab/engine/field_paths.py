"""Which cells of the input a unit of a network really reads, and along how many ways.

Masks are carried from layer to layer: back from a unit to the input, or forward from a cell.
Windows are rectangles, so that one matrix for each axis, with a row for each unit, does it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import Dense, GlobalAvgPool, Layer, Residual
from cnnlab.engine.units import Pair, UnitMap, cut, unit_maps, window, within
from cnnlab.message import InvalidInput

Mask: TypeAlias = NDArray[np.bool_]
Ways: TypeAlias = NDArray[np.float64]
Maps: TypeAlias = Mapping[Path, UnitMap]
LARGEST = 640  # cells of a map along an axis: more is no picture, and its matrices grow too large


def support(network: Architecture, path: Path, unit: Pair) -> Mask:
    """The cells of the input that a unit of the layer at ``path`` reads, as True in (H, W).

    Holes that dilation and strides leave are False, and so is what no window reaches.
    Raises InvalidInput where the layer has no such unit, or a map is larger than `LARGEST`.

    >>> from cnnlab.engine.layers import Conv
    >>> spread = Architecture("spread", (1, 1, 7), (Conv(1, (1, 3), dilation=(1, 2)),))
    >>> support(spread, (0,), (0, 1)).astype(int)
    array([[0, 1, 0, 1, 0, 1, 0]])
    """
    read: Mask = _from_unit(network, path, unit, _whether)[()] > 0
    return read


def paths(network: Architecture, path: Path, unit: Pair) -> Ways:
    """The number of ways from each cell of the input to a unit, as float64 (H, W).

    It is what the gradient would be with one channel, all weights 1 and nothing that bends: pooling
    adds up its window. A residual sum adds the ways around to those through. Errors as `support`.

    >>> from cnnlab.engine.layers import Conv
    >>> two = Architecture("two", (1, 1, 7), (Conv(1, (1, 3)), Conv(1, (1, 3))))
    >>> paths(two, (1,), (0, 1))
    array([[0., 1., 2., 3., 2., 1., 0.]])
    """
    return paths_of_maps(network, path, unit)[()]


def paths_of_maps(network: Architecture, path: Path, unit: Pair) -> dict[Path, Ways]:
    """As `paths`, from the units of every map on the way: the layer's path → float64 (h, w).

    The input's are at (); maps that do not lead to the unit are left out. Errors as `support`.

    >>> from cnnlab.engine.layers import Conv
    >>> two = Architecture("two", (1, 1, 7), (Conv(1, (1, 3)), Conv(1, (1, 3))))
    >>> {path: ways.astype(int).tolist() for path, ways in paths_of_maps(two, (1,), (0, 1)).items()}
    {(1,): [[0, 1, 0]], (0,): [[0, 1, 1, 1, 0]], (): [[0, 1, 2, 3, 2, 1, 0]]}
    """
    return _from_unit(network, path, unit, lambda ways: ways)


def influence(network: Architecture, cell: Pair) -> dict[Path, Mask]:
    """Which units of every layer a cell of the input reaches: True in (h, w), by path.

    Raises InvalidInput where the input has no such cell, or a map is larger than `LARGEST`.

    >>> from cnnlab.engine.layers import Conv
    >>> two = Architecture("two", (1, 1, 6), (Conv(1, (1, 3)), Conv(1, (1, 3))))
    >>> influence(two, (0, 0))[(1,)], influence(two, (0, 3))[(1,)]
    (array([[ True, False]]), array([[ True,  True]]))
    """
    maps = _followed(network)
    size = network.input[1], network.input[2]
    start = np.zeros(size)
    start[within(cell, size)] = 1
    return {path: mask > 0 for path, mask in _on(network.layers, start, (), maps)}


def _followed(network: Architecture) -> Maps:
    maps = unit_maps(network)
    most = max(*network.input[1:], *(n for units in maps.values() for n in units.after))
    if most > LARGEST:
        raise InvalidInput(
            "a map of {n} cells along a side is too large to be followed: at most {most}",
            n=most,
            most=LARGEST,
        )
    return maps


def _whether(ways: Ways) -> Ways:
    """Whether there is a way, not how many: so no number grows beyond what can be held."""
    return (ways > 0).astype(np.float64)


def _from_unit(
    network: Architecture, path: Path, unit: Pair, kept: Callable[[Ways], Ways]
) -> dict[Path, Ways]:
    upper, places = cut(network, path)
    maps = _followed(upper)
    ways = np.zeros(maps[(len(upper.layers) - 1,)].after)
    ways[within(unit, (len(ways), len(ways[0])))] = 1
    found: dict[Path, Ways] = {}
    start = _back(upper.layers, ways, (), maps, kept, found)
    return {(*places[at[:1]], *at[1:]): there for at, there in found.items()} | {(): start}


def _back(
    layers: tuple[Layer, ...],
    ways: Ways,
    path: Path,
    maps: Maps,
    kept: Callable[[Ways], Ways],
    found: dict[Path, Ways],
) -> Ways:
    """The ways to each unit before these layers, from those to each unit after them.

    What is after each of the layers is written into ``found``.
    """
    for place in reversed(range(len(layers))):
        layer, here = layers[place], (*path, place)
        before = maps[here].before
        found[here] = ways
        if isinstance(layer, Residual):
            both = np.zeros(before)
            for way, inner in enumerate((layer.body, layer.shortcut)):
                after = maps[(*here, way, len(inner) - 1)].after if inner else before
                end = _back(inner, _fit(ways, after), (*here, way), maps, kept, found)
                both += _fit(end, before)
            ways = kept(both)
        elif isinstance(layer, Dense | GlobalAvgPool):
            ways = kept(np.full(before, ways.sum()))
        elif sides := _sides(layer, maps[here]):
            down, across = sides
            ways = kept(down.T @ ways @ across)
    return ways


def _on(
    layers: tuple[Layer, ...], mask: Ways, path: Path, maps: Maps
) -> Iterator[tuple[Path, Ways]]:
    """Which units of each layer are reached, from those before the first of them."""
    for place, layer in enumerate(layers):
        here = (*path, place)
        after = maps[here].after
        if isinstance(layer, Residual):
            both = np.zeros(after)
            for way, inner in enumerate((layer.body, layer.shortcut)):
                found = list(_on(inner, mask, (*here, way), maps))
                yield from found
                both += _fit(found[-1][1] if found else mask, after)
            mask = _whether(both)
        elif isinstance(layer, Dense | GlobalAvgPool):
            mask = np.full(after, float(mask.any()))
        elif sides := _sides(layer, maps[here]):
            down, across = sides
            mask = _whether(down @ mask @ across.T)
        yield here, mask


def _sides(layer: Layer, units: UnitMap) -> tuple[Ways, Ways] | None:
    """For rows and columns a matrix: 1 where a unit (a row) reads a cell (a column)."""
    slides = window(layer)
    if slides is None:
        return None
    down, across = (
        _reads(units.before[axis], units.after[axis], *(pair[axis] for pair in slides))
        for axis in (0, 1)
    )
    return down, across


def _reads(cells: int, units: int, kernel: int, stride: int, padding: int, dilation: int) -> Ways:
    """As (units, cells); what a tap finds in the padding or beyond the end is no cell."""
    into = np.subtract.outer(stride * np.arange(units) - padding, np.arange(cells))
    reach = dilation * (kernel - 1)
    under: Mask = (into <= 0) & (into >= -reach) & (into % dilation == 0)
    return under.astype(np.float64)


def _fit(ways: Ways, size: Pair) -> Ways:
    """Of a sum of two rows of numbers, one dense and one not, the one unit is the first number."""
    if ways.shape == size:
        return ways
    fitted = np.zeros(size)
    fitted[0, 0] = ways[0, 0]
    return fitted
