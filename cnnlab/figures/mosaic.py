"""Kernels or feature maps beside each other as one heat map, all on one scale about zero."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.base import SIZE, Figure, Say, caption, layout, numbers, rounded_up
from cnnlab.message import Message
from cnnlab.theme import Theme

Tiles = NDArray[np.floating[Any]]
DEAD = 1e-6  # a tile whose numbers differ by less shows nothing but itself
_LEGEND = 64  # pixels at the right, for the scale
_RAGGED = 0.8  # full rows may cost so much of a tile's size
_SQUARE = {"scaleanchor": "x", "scaleratio": 1}  # but a row of numbers may be stretched
_TITLE = 20  # pixels above, for a title
FILTER = Message("filter {n}")
MAP = Message("map {n}")


@dataclass(frozen=True)
class Grid:
    """How ``count`` tiles of (H, W) cells are laid out, ``gap`` cells between and around them."""

    count: int
    height: int
    width: int
    columns: int
    gap: int

    @property
    def rows(self) -> int:
        """How many rows of tiles there are."""
        return ceil(self.count / self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Cells of the whole, gaps included."""
        return (
            self.rows * (self.height + self.gap) + self.gap,
            self.columns * (self.width + self.gap) + self.gap,
        )

    def corner(self, tile: int) -> tuple[int, int]:
        """The first row and column of a tile's cells."""
        row, column = divmod(tile, self.columns)
        return (
            self.gap + row * (self.height + self.gap),
            self.gap + column * (self.width + self.gap),
        )


def mosaic(
    tiles: Tiles,
    theme: Theme,
    say: Say = str,
    *,
    each: Message = FILTER,
    columns: int | None = None,
    limit: float | None = None,
    title: Message | None = None,
    names: Sequence[str] = (),
    height: int = 220,
    aspect: float = 2.0,
    placed: bool = True,
) -> Figure:
    """Tiles (T, H, W) on one scale from −limit to limit; colour 0 is the theme's, for all of them.

    ``limit``: else the largest absolute value, rounded up a ladder. ``columns``: else as fill a
    rectangle of ``aspect`` (width over height) best; ``title`` stands above all, one of ``names``
    (of a figure with one row) above each tile. A tile whose
    numbers are all the same (`DEAD`) is crossed out. Hover tells tile, row, column and value;
    the value only, in half the bytes, if not ``placed``.
    """
    count, rows, cols = tiles.shape
    gap = max(1, round(min(rows, cols) / 14))
    grid = Grid(count, rows, cols, columns or best_columns(count, rows, cols, gap, aspect), gap)
    most = scale_of(tiles) if limit is None else limit
    tall, wide = grid.shape
    data = {
        "type": "heatmap",
        "z": numbers(laid_out(tiles, grid)),
        "zmin": -most,
        "zmax": most,
        "colorscale": diverging(theme),
        "colorbar": _legend(theme, most),
        "hoverongaps": False,
        "hovertemplate": f"{_hover(each, say) if placed else '%{z:.4~g}'}<extra></extra>",
    }
    if placed:
        small = max(tiles.shape) < 256
        data["customdata"] = numbers(_places(grid), np.uint8 if small else np.uint16)
    plain = {"visible": False, "autorange": False, "constrain": "domain"}
    axes = {
        "xaxis": {**plain, "range": [-0.5, wide - 0.5]},
        "yaxis": {**plain, "range": [tall - 0.5, -0.5], **({} if rows == 1 else _SQUARE)},
    }
    marks = [_frames(grid, theme), *_crosses(grid, dead(tiles), theme)]
    words = [caption(theme, say(title))] if title else _named(names, grid, theme)
    margin = (0, _LEGEND, _TITLE if words else 2, 2)
    made = layout(theme, height, margin=margin, axes=axes, shapes=marks, annotations=words)
    return {"data": [data], "layout": made}


def scale_of(*groups: Tiles) -> float:
    """One limit for several groups of tiles: the largest absolute value, rounded up.

    >>> scale_of(np.array([0.1, -0.37]), np.array([0.2]))
    0.4
    """
    finite = [group[np.isfinite(group)] for group in groups]
    most = max((float(np.abs(group).max()) for group in finite if group.size), default=0.0)
    return rounded_up(most) or 1.0


def dead(tiles: Tiles) -> NDArray[np.bool_]:
    """Which of the tiles (T, H, W) hold one number only, give or take `DEAD`; (T,).

    >>> dead(np.array([[[0.0, 0.0]], [[0.0, 1.0]]]))
    array([ True, False])
    """
    flat = tiles.reshape(len(tiles), -1)
    same: NDArray[np.bool_] = flat.max(axis=1) - flat.min(axis=1) < DEAD
    return same


def best_columns(count: int, height: int, width: int, gap: int, aspect: float) -> int:
    """As many columns as make the tiles largest in a rectangle of ``aspect`` (width over height).

    >>> best_columns(16, 5, 5, 1, 4.0), best_columns(16, 5, 5, 1, 1.0), best_columns(10, 1, 1, 1, 9)
    (8, 4, 10)
    """

    def size(columns: int) -> tuple[float, float]:
        tall, wide = Grid(count, height, width, columns, gap).shape
        left_over = -count % columns
        return min(aspect / wide, 1 / tall) * (1 if not left_over else _RAGGED), -float(left_over)

    return max(range(1, count + 1), key=size)


def laid_out(tiles: Tiles, grid: Grid) -> Tiles:
    """The tiles in one array, NaN between them."""
    whole = np.full(grid.shape, np.nan, np.float32)
    for n, tile in enumerate(tiles):
        row, column = grid.corner(n)
        whole[row : row + grid.height, column : column + grid.width] = tile
    return whole


def diverging(theme: Theme) -> list[list[object]]:
    """The scale for values: the theme's three stops, zero in the middle."""
    return [[0, theme.negative], [0.5, theme.zero], [1, theme.positive]]


def _places(grid: Grid) -> NDArray[np.uint16]:
    """Tile, row and column of every cell, from 1; 0 in the gaps."""
    places = np.zeros((*grid.shape, 3), np.uint16)
    rows, columns = np.mgrid[1 : grid.height + 1, 1 : grid.width + 1]
    for n in range(grid.count):
        row, column = grid.corner(n)
        cells = places[row : row + grid.height, column : column + grid.width]
        cells[..., 0], cells[..., 1], cells[..., 2] = n + 1, rows, columns
    return places


def _named(names: Sequence[str], grid: Grid, theme: Theme) -> list[Figure]:
    """A name over the middle of each tile."""
    places = [grid.corner(n) for n in range(len(names))]
    return [
        caption(
            theme,
            name,
            x=column + (grid.width - 1) / 2,
            y=row - 0.5,
            xref="x",
            yref="y",
            xanchor="center",
        )
        for name, (row, column) in zip(names, places, strict=True)
    ]


def _hover(each: Message, say: Say) -> str:
    tile = replace(each, fields={**each.fields, "n": "%{customdata[0]}"})
    cell = Message(
        "row {row}, column {column}: {value}",
        {"row": "%{customdata[1]}", "column": "%{customdata[2]}", "value": "%{z:.4~g}"},
    )
    return f"{say(tile)}<br>{say(cell)}"


def _legend(theme: Theme, limit: float) -> Figure:
    return {
        "thickness": 8,
        "len": 1,
        "lenmode": "fraction",
        "x": 1,
        "xpad": 8,
        "ypad": 8,
        "y": 0.5,
        "outlinewidth": 1,
        "outlinecolor": theme.hairline,
        "tickvals": [-limit, 0, limit],
        "ticktext": [f"−{short(limit)}", "0", short(limit)],
        "tickfont": {"size": SIZE - 1, "color": theme.muted},
    }


def short(limit: float) -> str:
    """A limit > 0 in at most six signs, so that there is room for it beside the scale.

    >>> [short(limit) for limit in (0.25, 800.0, 1200.0, 80_000.0, 2.5e6, 4e13)]
    ['0.25', '800', '1.2k', '80k', '2.5M', '4e13']
    >>> [short(limit) for limit in (0.0012, 0.00012, 1e-12)]
    ['0.0012', '1.2e-4', '1e-12']
    """
    for least, sign in ((1e6, "M"), (1e3, "k")):
        if least <= limit < 1000 * least:
            return f"{limit / least:.3g}{sign}"
    mantissa, power = f"{limit:.1e}".split("e")
    if 1e-3 <= limit < 1e3:
        return f"{limit:.3g}"
    return f"{mantissa.removesuffix('.0')}e{int(power)}"


def _frames(grid: Grid, theme: Theme) -> Figure:
    """A thin line around every tile: zero has the background's colour."""
    boxes = []
    for n in range(grid.count):
        row, column = (start - 0.5 for start in grid.corner(n))
        boxes.append(f"M{column},{row}H{column + grid.width}V{row + grid.height}H{column}Z")
    return {
        "type": "path",
        "path": "".join(boxes),
        "line": {"color": theme.padding_line, "width": 1},
    }


def _crosses(grid: Grid, dead: NDArray[np.bool_], theme: Theme) -> list[Figure]:
    """Two lines over each tile that shows nothing."""
    lines = []
    for n in np.flatnonzero(dead):
        row, column = (start - 0.5 for start in grid.corner(int(n)))
        right, below = column + grid.width, row + grid.height
        lines.append(f"M{column},{row}L{right},{below}M{right},{row}L{column},{below}")
    if not lines:
        return []
    return [{"type": "path", "path": "".join(lines), "line": {"color": theme.hatch, "width": 1}}]
