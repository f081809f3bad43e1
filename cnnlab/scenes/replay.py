"""Plays a `Scene` in float64 by the rules of ``scene.py``, as plainly as possible.

This is what the tests hold the stage to: ``stage/tape.js`` follows it. Cells are
flat indices, row-major in their grid. Values are a dict from grid id to an array in which NaN
means "not yet computed".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from cnnlab.scenes.scene import Axis, Op, Part, Phase, Scene, Term

Values = dict[str, npt.NDArray[np.float64]]
Sent = Mapping[str, npt.NDArray[np.floating]]


@dataclass(frozen=True)
class Move:
    """One motion: the (grid, cell) pairs it reads; for scale and copy, the cell it writes."""

    reads: tuple[tuple[str, int], ...]
    writes: int | None = None


@dataclass(frozen=True)
class State:
    """Every grid's values at one position, and the running total of the group being worked out."""

    values: Values
    total: float


def locate(scene: Scene, step: int) -> tuple[Phase, int]:
    """The phase in which a step of the scene falls, and the number of the step inside it."""
    for phase in scene.phases:
        if step < phase.steps:
            return phase, step
        step -= phase.steps
    raise IndexError("the scene has fewer steps")


def loop_index(phase: Phase, step: int) -> tuple[int, ...]:
    """The loop indices of a step of the phase, in row-major order (the last loop runs fastest).

    >>> from cnnlab.message import Message
    >>> loop_index(Phase(Message("sweep"), (2, 3), ()), 4)
    (1, 1)
    """
    index = []
    for size in reversed(phase.over):
        index.append(step % size)
        step //= size
    return tuple(reversed(index))


def coordinates(axis: Axis, index: Sequence[int]) -> list[int]:
    """Where a term stands along one axis; some of these may be off the grid.

    >>> coordinates(Axis(base=-1, coefficients=(0, 2), count=3, step=1), (5, 4))
    [7, 8, 9]
    """
    first = axis.base + sum(c * i for c, i in zip(axis.coefficients, index, strict=False))
    return [first + axis.step * u for u in range(axis.count)]


def flat(shape: Sequence[int], place: Sequence[int]) -> int | None:
    """The row-major number of a cell, or None where it is off the grid."""
    cell = 0
    for size, at in zip(shape, place, strict=True):
        if not 0 <= at < size:
            return None
        cell = cell * size + at
    return cell


def cells(scene: Scene, phase: Phase, term: Term, step: int) -> list[int | None]:
    """The cells of a term at a step of its phase, row-major in its counts; None is off the grid."""
    shape = scene.grid(term.grid).shape
    if term.at is not None:
        cell = term.at[step]
        return [cell if 0 <= cell < prod(shape) else None]
    index = loop_index(phase, step)
    return [flat(shape, place) for place in product(*(coordinates(a, index) for a in term.axes))]


def moves(scene: Scene, phase: Phase, part: Part, step: int) -> list[Move]:
    """The live moves of a part: those of which no cell is off its grid."""
    read = [[(term.grid, c) for c in cells(scene, phase, term, step)] for term in part.terms]
    if part.op == "add":  # its terms follow one another; those of all others are partners
        read = [[cell for term in read for cell in term]]
    if part.op == "scale":  # one cell for all the others
        read[0] = read[0] * len(read[1])
    onto: list[int | None] = []
    if part.op in ("scale", "copy") and part.writes is not None:
        onto = cells(scene, phase, part.writes, step)
    found = []
    for k, together in enumerate(zip(*read, strict=True)):
        reads = tuple((grid, cell) for grid, cell in together if cell is not None)
        target = onto[k] if onto else None
        if len(reads) == len(together) and not (onto and target is None):
            found.append(Move(reads, target))
    return found


def counts(scene: Scene, step: int) -> list[int]:
    """The number of moves of each part at a step of the scene; their sum is its last move."""
    phase, step = locate(scene, step)
    return [len(moves(scene, phase, part, step)) for part in phase.parts]


def opening(scene: Scene) -> tuple[int, int]:
    """The position at which the stage opens a scene: before its start, or after its last step."""
    if scene.start < scene.steps:
        return scene.start, 0
    return scene.steps - 1, sum(counts(scene, scene.steps - 1))


def total(numbers: Sequence[float]) -> float:
    """The sum from left to right: Python's own ``sum`` compensates, JavaScript's ``+`` does not."""
    result = 0.0
    for number in numbers:
        result += number
    return result


def result(op: Op, read: Sequence[Sequence[float]]) -> float:
    """What the numbers read by some moves of a part come to.

    >>> result("dot", [(3, 2), (1, -1)]), result("max", [(3,), (5,)]), result("affine", [(2, 3, 1)])
    (5.0, 5, 7)
    """
    if op == "max":
        return max((numbers[0] for numbers in read), default=-np.inf)
    if op == "mean":
        return total([numbers[0] for numbers in read]) / max(len(read), 1)
    if op == "relu":
        return max(0.0, read[0][0]) if read else 0.0
    if op == "affine":
        return read[0][0] * read[0][1] + read[0][2] if read else 0.0
    return total([prod(numbers) for numbers in read])  # dot, add


def winner(read: Sequence[Sequence[float]]) -> int:
    """The move that a maximum of these moves keeps: the first of the largest.

    >>> winner([(3,), (5,), (2,), (5,)])
    1
    """
    return max(range(len(read)), key=lambda k: read[k][0])


def numbers_read(values: Values, live: Sequence[Move]) -> list[list[float]]:
    """The numbers in the cells that some moves read, move by move."""
    return [[values[grid].item(cell) for grid, cell in move.reads] for move in live]


def blank(scene: Scene) -> Values:
    """The values before the first step: given, 0 where a phase scatters, NaN where one writes."""
    values = {grid.id: np.full(grid.shape, np.nan) for grid in scene.grids}
    values |= {g.id: np.array(g.values, np.float64) for g in scene.grids if g.values is not None}
    parts = [part for phase in scene.phases for part in phase.parts if part.writes is not None]
    # Scattering last: where a grid is both written and scattered into, it starts at 0.
    for part in sorted(parts, key=lambda part: part.scatter):
        assert part.writes is not None
        shape = scene.grid(part.writes.grid).shape
        values[part.writes.grid] = np.full(shape, 0.0 if part.scatter else np.nan)
    return values


def put(values: Values, sent: Sent, part: Part, cell: int, number: float) -> None:
    """Write a number as the part says; a finished cell shows the engine's number if it was sent."""
    assert part.writes is not None
    grid = part.writes.grid
    if part.scatter:
        values[grid].flat[cell] += number
    else:
        values[grid].flat[cell] = sent[grid].item(cell) if grid in sent else number


def play_step(
    scene: Scene, values: Values, step: int, move: int | None = None, sent: Sent | None = None
) -> float:
    """Play a step of the scene up to a move (None: all of it), in place; the running total then."""
    phase, step = locate(scene, step)
    live = [moves(scene, phase, part, step) for part in phase.parts]
    last = sum(len(found) for found in live)
    left = last if move is None else move
    running = 0.0
    if left == 0 and last > 0:
        return running  # looking: nothing is computed, not even by parts without a move
    for part, found in zip(phase.parts, live, strict=True):
        if left < (1 if found else 0):
            break  # not begun; a part without a move is over as soon as its turn comes
        begun, left = found[:left], left - len(found)
        read = numbers_read(values, begun)
        if part.op in ("scale", "copy"):
            for motion, numbers in zip(begun, read, strict=True):
                assert motion.writes is not None
                put(values, sent or {}, part, motion.writes, prod(numbers))
            continue
        running += result(part.op, read)
        if part.writes is not None and left >= 0:
            for cell in cells(scene, phase, part.writes, step):
                if cell is not None:
                    put(values, sent or {}, part, cell, running)
            running = 0.0
    return running


def finished(scene: Scene) -> Values:
    """All grids after the last step, computed from those that no phase writes."""
    values = blank(scene)
    for step in range(scene.steps):
        play_step(scene, values, step)
    return values


def sent_values(scene: Scene) -> Sent:
    """The engine's finished numbers, by grid; those of grids that were not sent are missing."""
    return {grid.id: grid.values for grid in scene.grids if grid.values is not None}


def before(scene: Scene, step: int) -> Values:
    """What the stage shows when all steps before this one are done."""
    values = blank(scene)
    sent = sent_values(scene)
    for done in range(step):
        play_step(scene, values, done, sent=sent)
    return values


def at(scene: Scene, step: int, move: int) -> State:
    """What the stage shows at a position: all steps before it, and this one up to the move."""
    values = before(scene, step)
    return State(values, play_step(scene, values, step, move, sent_values(scene)))
