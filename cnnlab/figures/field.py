"""What a unit sees of the input in one picture: extent, cells that are read, effective field."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.receptive_field import Extent
from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, faint, layout, numbers
from cnnlab.figures.png import data_uri, enlarged
from cnnlab.message import Message
from cnnlab.theme import Theme

Box = tuple[float, float, float, float]  # left, right, top, bottom in the axes' numbers
_CRISP = 480  # pixels of a picture's shorter side
_FINE = 128  # pixels of a photograph: so many may be smoothed
_COUNTED = 40  # cells along a side: so many can be told apart by lines
_TINT = 0.2
_VEILED = 0.6  # of what no box holds of a photograph
_FULL = 0.92  # the opacity of the cell that counts most
_ROOM = 0.04  # of the picture, around all
_PLACE = Message("row {row}, column {column}", {"row": "%{y}", "column": "%{x}"})
_SHARE = Message(
    "row {row}, column {column}: {share}",
    {"row": "%{y}", "column": "%{x}", "share": "%{z:.2~p}"},
)


def field(
    picture: NDArray[np.uint8] | None,
    boxes: Sequence[Extent],
    support: NDArray[np.bool_] | None,
    effective: NDArray[np.floating[Any]] | None,
    theme: Theme,
    say: Say = str,
    *,
    size: tuple[int, int],
    height: int = 400,
) -> Figure:
    """The input of ``size`` (H, W) with everything of a unit's field that is given, else left out.

    ``picture`` (H, W, 3): a photograph as the input, veiled outside the boxes. ``boxes``: extents,
    as `receptive_field.extent` gives them; the axes reach as far as they do, and what is off the
    image is grey. ``support`` (H, W): cells tinted. ``effective`` (H, W), shares that add up to 1:
    shading from nothing at 0 to full at the largest, with a scale below. Hover tells row and
    column, from 1, and the share.
    """
    image = _box(((0, size[0] - 1), (0, size[1] - 1)))
    frames = [_box(box) for box in boxes]
    room = _ROOM * max(size)
    left, top = (min(box[at] for box in (image, *frames)) - room for at in (0, 2))
    right, bottom = (max(box[at] for box in (image, *frames)) + room for at in (1, 3))
    whole = left, right, top, bottom
    pictures = [] if picture is None else [_picture(_photograph(picture), image)]
    if support is not None:
        pictures.append(_picture(_tinted(support, theme), image))
    around = _ring(whole, [image], theme.padding, 1, "below")
    marks = [around, *_lines(size, theme), _edge(image, theme)]
    if picture is not None and frames:
        seen = [_common(image, box) for box in frames]
        marks.append(_ring(image, seen, theme.background, _VEILED, "above"))
    axes = {
        "xaxis": _axis(theme, (left, right), size[1]),
        "yaxis": _axis(theme, (bottom, top), size[0], scaleanchor="x", scaleratio=1),
    }
    words = _legend(bool(frames), support is not None, effective is not None, theme, say)
    made = layout(
        theme,
        height,
        margin=(30, 8, 22, 20 if picture is not None and effective is None else 54),
        axes=axes,
        shapes=[*marks, *(line for frame in frames for line in _outline(frame, theme))],
        images=pictures,
        annotations=[caption(theme, words, x=0.5, xanchor="center")] if words else [],
    )
    cells = _bare(size, say) if effective is None else _shaded(effective, theme, say)
    return {"data": [cells], "layout": made}


def _box(extent: Extent) -> Box:
    """The outer edges of the cells, whose middles are numbered from 1."""
    (top, bottom), (left, right) = extent
    return left + 0.5, right + 1.5, top + 0.5, bottom + 1.5


def _axis(theme: Theme, span: tuple[float, float], cells: int, **more: Any) -> Figure:
    return axis(
        theme,
        span,
        constrain="domain",
        showgrid=False,
        tickvals=sorted({1, cells}),
        ticks="",
        **more,
    )


def _picture(pixels: NDArray[np.uint8], image: Box) -> Figure:
    left, right, top, bottom = image
    return {
        "source": data_uri(pixels),
        "xref": "x",
        "yref": "y",
        "x": left,
        "y": top,
        "sizex": right - left,
        "sizey": bottom - top,
        "sizing": "stretch",
        "layer": "below",
    }


def _photograph(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if min(pixels.shape[:2]) >= _FINE else _crisp(pixels)


def _crisp(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Large enough that a browser's smoothing is not seen."""
    return enlarged(pixels, -(-_CRISP // min(pixels.shape[:2])))


def _tinted(support: NDArray[np.bool_], theme: Theme) -> NDArray[np.uint8]:
    pixels = np.zeros((*support.shape, 4), np.uint8)
    pixels[support] = (*bytes.fromhex(theme.ink[1:]), round(255 * _TINT))
    return _crisp(pixels)


def _shaded(effective: NDArray[np.floating[Any]], theme: Theme, say: Say) -> Figure:
    """Only the rows and columns that have a share, so that large inputs stay small."""
    rows, columns = (np.flatnonzero(effective.any(axis=other)) for other in (1, 0))
    top, left = (int(found[0]) if len(found) else 0 for found in (rows, columns))
    part = effective[top : rows[-1] + 1, left : columns[-1] + 1] if len(rows) else effective
    most = float(effective.max()) or 1.0
    return {
        "type": "heatmap",
        "z": numbers(part),
        "x0": left + 1,
        "dx": 1,
        "y0": top + 1,
        "dy": 1,
        "zmin": 0,
        "zmax": most,
        "colorscale": [[0, faint(theme.positive, 0)], [1, faint(theme.positive, _FULL)]],
        "colorbar": _scale(most, theme),
        "hovertemplate": f"{say(_SHARE)}<extra></extra>",
    }


def _bare(size: tuple[int, int], say: Say) -> Figure:
    """Nothing to be seen, but every cell can be pointed at."""
    return {
        "type": "heatmap",
        "z": numbers(np.zeros(size), np.uint8),
        "x0": 1,
        "dx": 1,
        "y0": 1,
        "dy": 1,
        "opacity": 0,
        "showscale": False,
        "hovertemplate": f"{say(_PLACE)}<extra></extra>",
    }


def _scale(most: float, theme: Theme) -> Figure:
    return {
        "orientation": "h",
        "thickness": 8,
        "len": 180,
        "lenmode": "pixels",
        "x": 0.5,
        "y": 0,
        "yanchor": "top",
        "ypad": 20,
        "xpad": 0,
        "outlinewidth": 1,
        "outlinecolor": theme.hairline,
        "tickvals": [0, most],
        "ticktext": ["0", f"{100 * most:.2g} %"],
        "tickfont": {"size": SIZE - 1, "color": theme.muted},
    }


def _ring(outer: Box, holes: Sequence[Box], colour: str, opacity: float, layer: str) -> Figure:
    """What is in a box, but in none of the others, as a filled path without an edge.

    Plotly draws pictures over all shapes that are "below".
    """
    return {
        "type": "path",
        "path": "".join(map(_path, (outer, *holes))),
        "fillrule": "evenodd",
        "fillcolor": colour,
        "opacity": opacity,
        "line": {"width": 0, "color": colour},
        "layer": layer,
    }


def _common(one: Box, other: Box) -> Box:
    """Where two boxes lie on each other; nothing wide or tall where they do not."""
    left, top = max(one[0], other[0]), max(one[2], other[2])
    return left, max(left, min(one[1], other[1])), top, max(top, min(one[3], other[3]))


def _path(box: Box) -> str:
    left, right, top, bottom = box
    return f"M{left},{top}H{right}V{bottom}H{left}Z"


def _edge(image: Box, theme: Theme) -> Figure:
    line = {"color": theme.padding_line, "width": 1}
    return {"type": "path", "path": _path(image), "line": line, "layer": "below"}


def _lines(size: tuple[int, int], theme: Theme) -> list[Figure]:
    """Lines between cells, where there are few enough to count."""
    rows, columns = size
    if max(size) > _COUNTED:
        return []
    across = "".join(f"M0.5,{n + 0.5}H{columns + 0.5}" for n in range(1, rows))
    down = "".join(f"M{n + 0.5},0.5V{rows + 0.5}" for n in range(1, columns))
    if not across + down:
        return []
    line = {"color": theme.hairline, "width": 1}
    return [{"type": "path", "path": across + down, "line": line, "layer": "below"}]


def _outline(box: Box, theme: Theme) -> list[Figure]:
    """A line that is seen on anything: dark in a light one, or the other way round."""
    return [
        {"type": "path", "path": _path(box), "line": {"color": colour, "width": width}}
        for colour, width in ((theme.halo, 5), (theme.outline, 2))
    ]


def _legend(box: bool, support: bool, effective: bool, theme: Theme, say: Say) -> str:
    entries = [
        (box, "▭", theme.outline, Message("extent")),
        (support, "■", theme.hatch, Message("support")),
        (effective, "■", theme.positive, Message("effective field")),
    ]
    return " &#160; ".join(
        f'<span style="color:{colour}">{sign}</span> {say(words)}'
        for shown, sign, colour, words in entries
        if shown
    )
