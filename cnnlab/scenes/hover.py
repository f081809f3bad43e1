"""Who reads a cell, what a cell was made from, and what a weight meets: hover, in any scene.

Steps that cannot touch the cell are passed over by arithmetic on the axes, a few additions a
step; only the steps that remain are unrolled into moves. Answers are dicts from grid id to
sorted flat cells.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnlab.scenes.replay import Move, cells, coordinates, loop_index, moves
from cnnlab.scenes.scene import Axis, Part, Phase, Scene, Term

Cells = dict[str, list[int]]


@dataclass(frozen=True)
class Spot:
    """A cell, and where that is along each axis of its grid."""

    grid: str
    cell: int
    place: tuple[int, ...]


def readers(scene: Scene, grid: str, cell: int) -> Cells:
    """The cells that are worked out from this one directly: input → outputs, weight → outputs.

    >>> from cnnlab.scenes.convolution import convolution
    >>> scene = convolution(np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)))
    >>> readers(scene, "input", 0), readers(scene, "input", 1)
    ({'output': [0]}, {'output': [0, 1]})
    """
    at, found = _spot(scene, grid, cell), set[tuple[str, int]]()
    for phase, step, group in _groups(scene):
        for part in group:
            if any(touches(term, phase, step, at) for term in part.terms):
                for move in moves(scene, phase, part, step):
                    if (grid, cell) in move.reads:
                        found |= _targets(scene, phase, group[-1], step, move)
    return _sorted(found)


def sources(scene: Scene, grid: str, cell: int) -> Cells:
    """The cells that this one is worked out from directly: output → its window and its weights."""
    at, found = _spot(scene, grid, cell), set[tuple[str, int]]()
    for phase, step, group in _groups(scene):
        writer = group[-1]
        assert writer.writes is not None
        if touches(writer.writes, phase, step, at):
            for part in group:
                for move in moves(scene, phase, part, step):
                    if (grid, cell) in _targets(scene, phase, writer, step, move):
                        found.update(move.reads)
    return _sorted(found)


def partners(scene: Scene, grid: str, cell: int) -> Cells:
    """The cells that are multiplied with this one in some step: weight → every input it meets."""
    at, found = _spot(scene, grid, cell), set[tuple[str, int]]()
    for phase, step, group in _groups(scene):
        for part in group:
            if any(touches(term, phase, step, at) for term in part.terms):
                for move in moves(scene, phase, part, step):
                    if (grid, cell) in move.reads:
                        found.update(read for read in move.reads if read != (grid, cell))
    return _sorted(found)


def cone(scene: Scene, grid: str, cell: int) -> Cells:
    """All that this cell is worked out from and all that is worked out from it, and itself.

    For scenes that reach all the way (``reach`` "cone"), of parts that copy one term of two axes.
    Their terms are lines: what lies between and beyond the cells that a part moves is linked in
    the same way, so that units that hold nothing have cones too.

    >>> from cnnlab.engine.layers import Conv
    >>> from cnnlab.scenes.receptive import side_view
    >>> scene = side_view((Conv(1, 3), Conv(1, 3)), 9, 2)
    >>> cone(scene, "layer1", 0)
    {'input': [0, 1, 2], 'layer1': [0], 'layer2': [0]}
    """
    parts = [part for phase in scene.phases for part in phase.parts]
    found: set[tuple[str, int]] = set()
    for down in (True, False):
        marked = {grid: {_spot(scene, grid, cell).place}}
        for part in parts if down else reversed(parts):
            assert part.writes is not None
            ends = (part.terms[0], part.writes) if down else (part.writes, part.terms[0])
            shape = scene.grid(ends[1].grid).shape
            linked = {
                (row, column)
                for place in marked.get(ends[0].grid, set())
                for row in _along(ends[0].axes[0], ends[1].axes[0], place[0])
                for column in _along(ends[0].axes[1], ends[1].axes[1], place[1])
                if 0 <= row < shape[0] and 0 <= column < shape[1]
            }
            marked.setdefault(ends[1].grid, set()).update(linked)
        for name, places in marked.items():
            columns = scene.grid(name).shape[1]
            found |= {(name, row * columns + column) for row, column in places}
    return _sorted(found)


def _along(start: Axis, end: Axis, n: int) -> list[int]:
    """Where the line through the cells of one axis stands on the other, opposite coordinate n."""
    if start.step == 0:  # one cell for all of the others
        return coordinates(end, ()) if n == start.base else []
    if end.step == 0:
        return [end.base] if meets(start, (), n) else []
    there, rest = divmod((n - start.base) * end.step, start.step)
    return [] if rest else [end.base + there]


def writers(scene: Scene, grid: str, cell: int) -> list[int]:
    """The steps of the scene that write this cell: where a click on it goes."""
    at, first = _spot(scene, grid, cell), 0
    found: list[int] = []
    for phase in scene.phases:
        found += [first + step for step in range(phase.steps) if _writes(scene, phase, step, at)]
        first += phase.steps
    return found


def _writes(scene: Scene, phase: Phase, step: int, at: Spot) -> bool:
    for part in phase.parts:
        if part.writes is not None and touches(part.writes, phase, step, at):
            if part.op not in ("scale", "copy"):
                return True
            if any(move.writes == at.cell for move in moves(scene, phase, part, step)):
                return True
    return False


def _spot(scene: Scene, grid: str, cell: int) -> Spot:
    place = np.unravel_index(cell, scene.grid(grid).shape)
    return Spot(grid, cell, tuple(int(n) for n in place))


def touches(term: Term, phase: Phase, step: int, spot: Spot) -> bool:
    """Whether a term covers a cell at a step of its phase."""
    if term.grid != spot.grid:
        return False
    if term.at is not None:
        return term.at[step] == spot.cell
    index = loop_index(phase, step)
    return all(meets(axis, index, n) for axis, n in zip(term.axes, spot.place, strict=True))


def meets(axis: Axis, index: tuple[int, ...], coordinate: int) -> bool:
    """Whether some u < count has base + Σ coefficients·index + step·u = coordinate.

    >>> axis = Axis(base=-1, coefficients=(2,), count=3, step=2)  # at index 1: 1, 3, 5
    >>> [n for n in range(8) if meets(axis, (1,), n)]
    [1, 3, 5]
    """
    if axis.count == 0:
        return False
    away = coordinate - coordinates(axis, index)[0]
    if axis.step == 0:
        return away == 0
    return away % axis.step == 0 and 0 <= away // axis.step < axis.count


def _groups(scene: Scene) -> Iterator[tuple[Phase, int, list[Part]]]:
    """Every step of every phase with its parts, group by group: each ends with one that writes."""
    for phase in scene.phases:
        groups: list[list[Part]] = [[]]
        for part in phase.parts:
            groups[-1].append(part)
            if part.writes is not None:
                groups.append([])
        for step in range(phase.steps):
            for group in groups[:-1]:
                yield phase, step, group


def _targets(
    scene: Scene, phase: Phase, writer: Part, step: int, move: Move
) -> set[tuple[str, int]]:
    """What a move of a group contributes to: its own cell, or all that the group writes."""
    assert writer.writes is not None
    grid = writer.writes.grid
    if writer.op in ("scale", "copy"):
        return {(grid, move.writes)} if move.writes is not None else set()
    written = cells(scene, phase, writer.writes, step)
    return {(grid, cell) for cell in written if cell is not None}


def _sorted(found: set[tuple[str, int]]) -> Cells:
    grids = sorted({grid for grid, _ in found})
    return {name: sorted(cell for grid, cell in found if grid == name) for name in grids}
