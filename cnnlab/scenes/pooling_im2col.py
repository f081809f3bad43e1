"""Pooling as a matrix: windows become rows, and of every row the maximum, or the mean, is taken.

The rows are those of `im2col`; what hangs over the edge has to hold something here, so that all
rows are equally long: −∞, which never wins, or 0 with no share in the mean.
"""

from dataclasses import replace
from math import inf, prod

import numpy as np

from cnnlab.engine import Array
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.geometry import Geometry, cell, input_grid, output_grid, tap
from cnnlab.scenes.pooling import Pool, hanging, opening, pool_geometry, pooled
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Quantity, Scene

_ROW = Axis(0, (1,))


def pooling_im2col(x: Array, pool: Pool, *, start: int | None = None) -> Scene:
    """Window → row, the maximum or mean of each row, column → map; ``x`` is (1, H, W).

    Grids, beside input: rows (OH·OW, KH·KW), column (OH·OW, 1) and output (1, OH, OW). The mean is
    row × shares: 1/n for each cell that counts, 0 for the others. Shares is (KH·KW, 1) where all
    windows count the same cells, and else has a row for each window.

    Raises InvalidInput as `pooled` does, and for more than one channel.

    >>> scene = pooling_im2col(np.ones((1, 4, 4)), Pool("average", (2, 2), (2, 2)))
    >>> [(str(phase.label), phase.steps) for phase in scene.phases]
    [('window → row', 4), ('row × shares', 4), ('column → map', 2)]
    >>> scene.grid("rows").shape, scene.grid("shares").values.tolist()
    ((4, 4), [[0.25], [0.25], [0.25], [0.25]])
    """
    if len(x) > 1:
        raise InvalidInput("the rows of a pooling are shown for one channel")
    y = pooled(x, pool)
    g = _filled(pool_geometry(x, pool, y))
    filler = -inf if pool.kind == "max" else 0.0
    shares = _shares(y, pool, g) if pool.kind == "average" else None
    grids = (
        input_grid(x, g, mode="constant", value=filler),
        _rows(g),
        *([] if shares is None else [shares]),
        _column(y, pool),
        replace(output_grid(y, g, place=(4, 0)), values=None),  # it repeats the column
    )
    shape = None if shares is None else shares.shape
    phases = (_windows_to_rows(g), _rows_to_column(shape, g), _column_to_map(g))
    return Scene(grids, phases, lens=None, start=opening(y) if start is None else start)


def _filled(g: Geometry) -> Geometry:
    """With what hangs over the end in ceil mode as padding, too."""
    (top, below), (left, beside) = g.padding
    rows, columns = hanging(g)
    return replace(g, padding=((top, below + rows), (left, beside + columns)))


def _rows(g: Geometry) -> Grid:
    shape = prod(g.outputs), prod(g.kernel)
    return _matrix("rows", Message("Rows"), shape, None, "input", 1)


def _column(y: Array, pool: Pool) -> Grid:
    label = Message("Maxima") if pool.kind == "max" else Message("Means")
    return _matrix("column", label, (y.size, 1), y.reshape(-1, 1), "output", 3)


def _shares(y: Array, pool: Pool, g: Geometry) -> Grid:
    shares = _share(pool, g).astype(y.dtype)
    if (shares == shares[0]).all():
        shares = shares[:1].T
    return _matrix("shares", Message("Shares"), shares.shape, shares, "weight", 2)


def _share(pool: Pool, g: Geometry) -> Array:
    """By how much each cell of each window counts, (OH·OW, KH·KW): 1/n, or 0 if it does not."""
    counted = [
        _counted(pool.padding[a] if pool.count_include_pad else 0, g, a).astype(np.float64)
        for a in (0, 1)
    ]
    cells = np.einsum("ou,pv->opuv", *counted).reshape(prod(g.outputs), -1)
    shares: Array = cells / cells.sum(1, keepdims=True)
    return shares


def _counted(border: int, g: Geometry, axis: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool]]:
    """Along one axis, whether tap u of window o is in the map or in so much of a border: (O, K)."""
    starts = np.arange(g.outputs[axis]) * g.stride[axis] - g.padding[axis][0]
    read = starts[:, None] + np.arange(g.kernel[axis])
    return (read >= -border) & (read < g.size[axis] + border)


def _matrix(
    identity: str,
    label: Message,
    shape: tuple[int, ...],
    values: Array | None,
    quantity: Quantity,
    column: int,
) -> Grid:
    note = Message("{height}×{width}", {"height": shape[0], "width": shape[1]})
    return Grid(identity, label, shape, values, quantity, place=(column, 0), note=note)


def _windows_to_rows(g: Geometry) -> Phase:
    windows, taps = prod(g.outputs), prod(g.kernel)
    row = cell("rows", Axis(0, (g.outputs[1], 1)), Axis(count=taps))
    return Phase(
        label=Message("window → row"),
        over=g.outputs,
        parts=(Part("copy", (cell("input", Axis(), *g.window(0)),), Message("window"), row),),
        look="look copy",
        done="done copy",
        finale=Message(
            "{inputs} numbers became {copies}.",
            {"inputs": prod(g.size), "copies": windows * taps},
        ),
    )


def _rows_to_column(shares: tuple[int, ...] | None, g: Geometry) -> Phase:
    windows, taps = prod(g.outputs), prod(g.kernel)
    row, target = cell("rows", _ROW, Axis(count=taps)), cell("column", _ROW, Axis())
    if shares is None:
        part = Part("max", (row,), Message("row"), target)
        label = Message("maximum of each row")
    else:
        same = shares == (taps, 1)
        share = (Axis(count=taps), Axis()) if same else (_ROW, Axis(count=taps))
        part = Part("dot", (row, tap("shares", *share)), Message("row × shares"), target)
        label = Message("row × shares")
    return Phase(
        label=label,
        over=(windows,),
        parts=(part,),
        finale=Message("{windows} rows became {windows} numbers.", {"windows": windows}),
    )


def _column_to_map(g: Geometry) -> Phase:
    """A step copies one row of the map: the next OW numbers of the column."""
    height, width = g.outputs
    source = cell("column", Axis(0, (width,), width), Axis())
    target = cell("output", Axis(), _ROW, Axis(count=width))
    return Phase(
        label=Message("column → map"),
        over=(height,),
        parts=(Part("copy", (source,), Message("row of the map"), target),),
        look="look copy",
        done="done copy",
    )
