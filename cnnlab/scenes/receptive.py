"""The receptive field of one unit, grown one layer down a step: from the side, and from above.

The chosen unit holds 1. Each layer hands what its units hold down to all cells that they read, so
that at last each cell of the input holds the number of ways that lead from it to the unit: the
gradient of the unit with all weights 1 and nothing between the layers.
"""

from collections.abc import Sequence
from itertools import product
from math import gcd, prod

import numpy as np
import numpy.typing as npt

from cnnlab.engine.layers import Layer
from cnnlab.engine.units import Pair
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.receptive_maps import Level, Link, Map, View, levels, single, view
from cnnlab.scenes.receptive_words import finale, kind_of
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term

WIDEST = 256  # columns that a side view shows
LARGEST = 48  # rows and columns of a map that is seen from above
PLACES = 5  # maps that stand beside each other
_LARGEST_SENT = 3e38  # numbers travel as float32


def side_view(layers: Sequence[Layer], n: int, layer: int, unit: int | None = None) -> Scene:
    """One axis of a stack, the input of ``n`` columns at the bottom, ``layer`` on top.

    ``layer`` counts from 1, and its settings for columns are used; ``unit`` is a column of its
    map, from 0, by default the middle one. Grids: "input" and "layer1", "layer2" …, each
    (1, columns); layers that work number by number have none. A step hands the numbers of one
    layer down to the next.

    Raises InvalidInput for a layer or a unit that is not there, a layer that does not fit, and
    more than `WIDEST` columns.

    >>> from cnnlab.engine.layers import Conv
    >>> scene = side_view((Conv(1, 3), Conv(1, 3)), 15, 2)
    >>> scene.steps, [grid.shape for grid in scene.grids]
    (2, [(1, 11), (1, 13), (1, 15)])
    >>> scene.grid("input").values[0, 4:11]
    array([0., 1., 2., 3., 2., 1., 0.])
    >>> str(scene.phases[1].finale)
    'Layer 1: 3 units stand on 3 + (3 − 1)·1 = 5 cells of the input.'
    """
    if n > WIDEST:
        raise InvalidInput(
            "from the side {most} columns can be seen, but here there are {n}: "
            "take a smaller input",
            most=WIDEST,
            n=n,
        )
    return _scene(layers, (1, n), layer, None if unit is None else (0, unit), flat=True)


def plane_view(layers: Sequence[Layer], size: Pair, layer: int, unit: Pair | None = None) -> Scene:
    """Rows and columns of a stack of one channel, the input of ``size`` (H, W) at the left.

    As `side_view`, but ``unit`` is (row, column), grids are (H, W), and of more than `PLACES` maps
    only some have a place; the others are worked out unseen.

    Raises InvalidInput as `side_view` does, and for more than `LARGEST` rows or columns.

    >>> from cnnlab.engine.layers import Conv
    >>> plane_view((Conv(1, 3), Conv(1, 3)), (7, 9), 2).grid("input").values[1:6, 2:7]
    array([[1., 2., 3., 2., 1.],
           [2., 4., 6., 4., 2.],
           [3., 6., 9., 6., 3.],
           [2., 4., 6., 4., 2.],
           [1., 2., 3., 2., 1.]])
    """
    if max(size) > LARGEST:
        raise InvalidInput(
            "from above {most}×{most} cells can be seen, but here there are {height}×{width}: "
            "take a smaller input, or look at it from the side",
            most=LARGEST,
            height=size[0],
            width=size[1],
        )
    return _scene(layers, size, layer, unit, flat=False)


def _scene(
    layers: Sequence[Layer], size: Pair, layer: int, unit: Pair | None, *, flat: bool
) -> Scene:
    if not 1 <= layer <= len(layers):
        raise InvalidInput(
            "there is no layer {layer}: the stack has {layers}", layer=layer, layers=len(layers)
        )
    network = single(layers[:layer], size, flat=flat)
    rows, columns = levels(network)[-1].upper.size
    chosen = (rows // 2, columns // 2) if unit is None else unit
    if not (0 <= chosen[0] < rows and 0 <= chosen[1] < columns):
        raise InvalidInput(
            "layer {layer} has {rows}×{columns} units: there is none in row {row}, column {column}",
            layer=layer,
            rows=rows,
            columns=columns,
            row=chosen[0] + 1,
            column=chosen[1] + 1,
        )
    seen = view(network, chosen, flat=flat)
    phases = tuple(_phase(seen, level) for level in reversed(seen.chain))
    return Scene(_grids(seen), phases, lens=None, start=len(phases), reach="cone")


def _grids(seen: View) -> tuple[Grid, ...]:
    """From the chosen layer down to the input; what is inside of a block has no place."""
    last = len(seen.chain)
    grids = [_grid(seen, seen.chain[0].lower, None, _place(seen, 0, last))]
    for number, level in enumerate(seen.chain, 1):
        grids += [_grid(seen, made, level, None) for made in level.inner]
        grids.append(_grid(seen, level.upper, level, _place(seen, number, last)))
    return tuple(reversed(grids))


def _place(seen: View, number: int, last: int) -> Pair | None:
    """Where the map of that number stands, the input's being 0: below, or at the left."""
    if seen.flat:
        return 0, last - number
    shown = list(range(last + 1))
    if last >= PLACES:
        shown = [round(n * last / (PLACES - 1)) for n in range(PLACES)]
    return (shown.index(number), 0) if number in shown else None


def _grid(seen: View, here: Map, level: Level | None, place: Pair | None) -> Grid:
    return Grid(
        id=here.id,
        label=Message("Layer {n}", {"n": level.number}) if level else Message("Input"),
        shape=here.size,
        values=np.minimum(seen.ways[here.id], _LARGEST_SENT),
        quantity="ways",
        place=place,
        note=_note(seen, here, level),
        overhang=_beyond(seen, here) if place else (0, 0, 0, 0),
        pitch=(here.jump[1], here.centre[1]) if seen.flat else None,
    )


def _beyond(seen: View, here: Map) -> tuple[int, int, int, int]:
    """How many places beyond the map's edges the unit stands on: top, right, bottom, left."""
    (top, bottom), (left, right) = seen.spans[here.id]
    rows, columns = here.size
    return max(0, -top), max(0, right - columns + 1), max(0, bottom - rows + 1), max(0, -left)


def _note(seen: View, here: Map, level: Level | None) -> Message:
    size = f"{here.size[1]}" if seen.flat else f"{here.size[0]}×{here.size[1]}"
    if level is None:
        return Message("{size}", {"size": size})
    kind = kind_of(level, 1 if seen.flat else None)
    return Message("{kind} · {size}", {"kind": kind, "size": size})


def _phase(seen: View, level: Level) -> Phase:
    """What a layer's units hold is added to the cells that they read, tap after tap."""
    top = level is seen.chain[-1]
    (row, _), (column, _) = seen.spans[level.upper.id]
    here = Term(level.upper.id, (Axis(max(row, 0)), Axis(max(column, 0))))
    parts = [part for link in reversed(level.links) for part in _parts(seen, link)]
    return Phase(
        label=Message("Layer {n}", {"n": level.number}),
        over=(1,),
        parts=tuple(parts),
        subject=here,
        look="look unit" if top else "look down",
        done="done down",
        finale=finale(seen, level),
    )


def _parts(seen: View, link: Link) -> list[Part]:
    held = seen.ways[link.upper.id]
    if link.whole:
        one = tuple(Axis(0, (), n, 0) for n in link.lower.size)
        all_of_it = tuple(Axis(0, (), n) for n in link.lower.size)
        return [_part(link, one, all_of_it, Message("all cells"))]
    units = [_some(np.flatnonzero(held.any(1 - axis))) for axis in (0, 1)]
    found = []
    for number, tap in enumerate(product(*map(range, link.kernel)), 1):
        cells = tuple(
            Axis(u.base * s - p + d * t, (), u.count, u.step * s)
            for u, s, p, d, t in zip(
                units, link.stride, link.padding, link.dilation, tap, strict=True
            )
        )
        label = Message("tap {n}", {"n": number})
        if prod(link.kernel) == 1:
            label = Message("handed down")
        found.append(_part(link, tuple(units), cells, label))
    return found


def _part(link: Link, units: tuple[Axis, ...], cells: tuple[Axis, ...], label: Message) -> Part:
    return Part(
        "copy", (Term(link.upper.id, units),), label, Term(link.lower.id, cells), scatter=True
    )


def _some(cells: npt.NDArray[np.intp]) -> Axis:
    """The cells that hold something, evenly apart as they always are but for their holes."""
    if not cells.size:
        return Axis(0, (), 0)
    step = gcd(*(int(n) for n in np.diff(cells))) or 1
    return Axis(int(cells[0]), (), int(cells[-1] - cells[0]) // step + 1, step)
