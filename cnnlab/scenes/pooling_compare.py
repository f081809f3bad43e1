"""What pooling keeps and what it forgets: before and after a change, and under larger windows."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import inf, isinf

import numpy as np

from cnnlab.engine import Array, conv2d
from cnnlab.message import Message
from cnnlab.scenes.geometry import Geometry, Place, cell, channel_names
from cnnlab.scenes.moment import number
from cnnlab.scenes.pooling import (
    HERE,
    Pool,
    pool_geometry,
    pool_input,
    pool_output,
    pool_part,
    pooled,
)
from cnnlab.scenes.scene import Grid, Phase, Scene

Pair = tuple[int, int]
_WIDE = 1.25  # columns for each row


def moved(
    original: Array, changed: Array, weight: Array, pool: Pool, *, drag: Pair | None = None
) -> Scene:
    """A picture beside the same picture changed, each convolved and then pooled.

    ``original`` and ``changed`` (C, H, W), ``weight`` (F, C, KH, KW). Grids: original and changed,
    which can be dragged if ``drag`` says how far it has been; conv_before and conv_after (F, OH,
    OW), finished; pool_before and pool_after, of which a step writes the same cell. The stage
    opens when all is done.

    Raises InvalidInput as `conv2d` and `pooled` do.

    >>> x, weight = np.eye(5)[None], np.ones((1, 1, 2, 2))
    >>> scene = moved(x, x[:, ::-1], weight, Pool("max", (2, 2), (2, 2)), drag=(0, 0))
    >>> scene.steps, scene.start, scene.grid("changed").drag
    (4, 4, (0, 0))
    """
    before, after = (conv2d(x[None], weight)[0] for x in (original, changed))
    y, again = pooled(before, pool), pooled(after, pool)
    g = pool_geometry(before, pool, y)
    phase = Phase(
        label=Message("Pooling before and after"),
        over=y.shape,
        parts=(
            pool_part(pool, g, "conv_before", "pool_before", Message("before")),
            pool_part(pool, g, "conv_after", "pool_after", Message("after")),
        ),
        subject=cell("pool_before", *HERE),
        look="look together",
        done="done together",
        finale=_finale(change(before, after), change(y, again)),
    )
    at = _places(original)
    grids = (
        _picture("original", Message("Original"), original, at[0]),
        _convolved("conv_before", before, pool, g, at[1]),
        pool_output(y, g, identity="pool_before", label=Message("Pooled"), place=at[2]),
        replace(_picture("changed", Message("Changed"), changed, at[3]), drag=drag),
        _convolved("conv_after", after, pool, g, at[4]),
        pool_output(again, g, identity="pool_after", label=Message("Pooled"), place=at[5]),
    )
    return Scene(grids, (phase,), lens=None, start=phase.steps)


def _places(x: Array) -> list[Place]:
    """In one row the maps of a picture are largest; those of a wide one in two."""
    if x.shape[2] > _WIDE * x.shape[1]:
        return [(column, row) for row in range(2) for column in range(3)]
    return [(column, 0) for column in range(6)]


def _picture(identity: str, label: Message, x: Array, place: Place) -> Grid:
    planes = channel_names(len(x))
    note = _size(x)
    return Grid(identity, label, x.shape, x, "input", place, planes=planes, note=note)


def _convolved(identity: str, x: Array, pool: Pool, g: Geometry, place: Place) -> Grid:
    label = Message("Convolved")
    return pool_input(x, pool, g, identity=identity, label=label, quantity="output", place=place)


def _size(x: Array) -> Message:
    return Message("{height}×{width}", {"height": x.shape[1], "width": x.shape[2]})


def _finale(convolved: float, after_pooling: float) -> Message:
    return Message(
        "The convolved map changed by {convolved}, the pooled one by {pooled}.",
        {"convolved": percent(convolved), "pooled": percent(after_pooling)},
    )


def kept(x: Array, windows: Sequence[int] = (2, 4, 8)) -> Scene:
    """One picture under larger and larger windows: its maxima above its averages.

    ``x`` (C, H, W); each window is square and moves by its own size. Grids: input, and max_n and
    average_n (C, ⌊H/n⌋, ⌊W/n⌋) for each n of ``windows``; a phase for each n, whose steps write
    one cell of both. The stage opens when all is done.

    Raises InvalidInput as `pooled` does, where a window does not fit.

    >>> scene = kept(10 * np.eye(4)[None], (2, 4))
    >>> [str(scene.grid(name).note) for name in ("input", "max_2", "average_2", "average_4")]
    ['4×4, mean 2.5', 'mean 5', 'mean 2.5', 'mean 2.5']
    """
    given = replace(
        _picture("input", Message("Input"), x, (0, 0)),
        unread_rows=_rest(x.shape[1], windows),
        unread_columns=_rest(x.shape[2], windows),
        note=_size_and_mean(x),
    )
    made = [_window(x, n, column) for column, n in enumerate(windows, 1)]
    grids = (given, *(grid for pair, _ in made for grid in pair))
    phases = tuple(
        replace(phase, finale=_means(x, [pair for pair, _ in made[: turn + 1]]))
        for turn, (_, phase) in enumerate(made)
    )
    return Scene(grids, phases, lens=None, start=sum(phase.steps for phase in phases))


def _rest(size: int, windows: Sequence[int]) -> tuple[int, ...]:
    """The rows or columns left over at the end by all windows."""
    return tuple(range(max(size // n * n for n in windows), size))


def _window(x: Array, n: int, column: int) -> tuple[list[Grid], Phase]:
    """The two maps under a window of n×n, for a column of the stage, and the phase for both."""
    largest = Pool("max", (n, n), (n, n))
    average = replace(largest, kind="average")
    maxima, means = pooled(x, largest), pooled(x, average)
    g = pool_geometry(x, largest, maxima)
    size = {"n": n}
    labels = Message("Max {n}×{n}", size), Message("Avg {n}×{n}", size)
    grids = [
        replace(
            pool_output(y, g, identity=f"{name}_{n}", label=label, place=(column, row)),
            note=Message("mean {mean}", {"mean": mean(y)}),
        )
        for row, (name, label, y) in enumerate(
            zip(("max", "average"), labels, (maxima, means), strict=True)
        )
    ]
    phase = Phase(
        label=Message("Windows of {n}×{n}", size),
        over=maxima.shape,
        parts=(
            pool_part(largest, g, "input", f"max_{n}", Message("maximum")),
            pool_part(average, g, "input", f"average_{n}", Message("average")),
        ),
        subject=cell(f"max_{n}", *HERE),
        look="look together",
        done="done together",
    )
    return grids, phase


def _means(x: Array, made: Sequence[Sequence[Grid]]) -> Message:
    maxima, averages = (
        ", ".join(mean(grid.values) for grid in column if grid.values is not None)
        for column in zip(*made, strict=True)
    )
    return Message(
        "The mean of the input is {mean}; of the maxima {maxima}; of the averages {averages}.",
        {"mean": mean(x), "maxima": maxima, "averages": averages},
    )


def mean(x: Array) -> str:
    """The mean of a map as it is said, in the map's units: with one decimal.

    >>> mean(np.array([36.0, 37.98])), mean(np.array([255.0]))
    ('37', '255')
    """
    return number(round(float(x.mean(dtype=np.float64)), 1))


def _size_and_mean(x: Array) -> Message:
    height, width = x.shape[1:]
    return Message(
        "{height}×{width}, mean {mean}", {"height": height, "width": width, "mean": mean(x)}
    )


def change(a: Array, b: Array) -> float:
    """How much of ``a`` is different in ``b``, as a fraction: Σ|b − a| / Σ|a|, and 0/0 = 0.

    Both have the same shape; infinite where ``a`` is all zeros and ``b`` is not.

    >>> change(np.array([2.0, -2.0]), np.array([2.0, -1.0]))
    0.25
    """
    difference = float(np.abs(b - a).sum(dtype=np.float64))
    whole = float(np.abs(a).sum(dtype=np.float64))
    if whole == 0:
        return 0.0 if difference == 0 else inf
    return difference / whole


def percent(fraction: float) -> str:
    """A `change` as it is said: whole per cent, below ten with one decimal.

    >>> [percent(n) for n in (0.0, 1e-7, 0.0123, 0.5, 1.25, float("inf"))]
    ['0 %', '0 %', '1.2 %', '50 %', '125 %', '∞']
    """
    if isinf(fraction):
        return "∞"
    hundred = 100 * fraction
    places = 1 if 0.05 <= hundred < 9.95 else 0
    return f"{hundred:.{places}f} %"


def moved_back(before: Array, after: Array, shift: Pair, pool: Pool | None = None) -> float:
    """By how much the map of a shifted picture is not the map, shifted: a fraction as of `change`.

    ``before`` and ``after`` (C, H, W) are maps of the picture and of the picture shifted by
    ``shift`` (rows down, columns to the right); with ``pool`` both are pooled first, which makes
    one cell of ``stride`` of them. Compared is what both have: cells whose windows lie inside the
    map, as the border sees what was shifted in. Where the stride does not divide the shift, no
    whole number of cells is right, and the better one of the two nearest is taken. 0 where
    nothing is left to compare.

    >>> x, pool = np.array([[[0.0, 0, 9, 0, 0, 5, 0, 0]]]), Pool("max", (1, 2), (1, 2))
    >>> [round(moved_back(x, np.roll(x, n, 2), (0, n), pool), 2) for n in (1, 2)]
    [0.71, 0.0]
    """
    stride = (1, 1)
    if pool is not None:
        rows, columns = _whole_windows(before, pool)
        before, after = (pooled(x, pool)[:, rows, columns] for x in (before, after))
        stride = pool.stride
    choices = ({d // s, -(-d // s)} for d, s in zip(shift, stride, strict=True))
    found = (_overlap(before, after, move) for move in product(*choices))
    return min((change(a, b) for a, b in found if a.size), default=0.0)


def _whole_windows(x: Array, pool: Pool) -> tuple[slice, ...]:
    """The rows and columns of the pooled map whose windows hang over no edge; x (C, H, W)."""
    settings = zip(x.shape[1:], pool.kernel, pool.stride, pool.padding, strict=True)
    return tuple(slice(-(-p // s), max(0, (n + p - k) // s + 1)) for n, k, s, p in settings)


def _overlap(before: Array, after: Array, move: Sequence[int]) -> tuple[Array, Array]:
    """What of ``before`` is still there after the move, and what ``after`` has in its place."""
    source, target = [slice(None)], [slice(None)]
    for size, by in zip(before.shape[1:], move, strict=True):
        source.append(slice(max(0, -by), max(0, size - max(0, by))))
        target.append(slice(max(0, by), max(0, size + min(0, by))))
    return before[tuple(source)], after[tuple(target)]
