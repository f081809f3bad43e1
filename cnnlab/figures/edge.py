"""Where the last windows of a layer end: at the edge of the image, before it, or beyond it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnlab.engine.sizes import output_size
from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, faint, layout
from cnnlab.message import Message
from cnnlab.theme import Theme

_BARS = 3  # windows that are drawn of each row
_ROW = 74  # pixels
_CELL, _BAR = 0.26, 0.16  # heights, of a row
_MARGIN = 0.06
_NAMES = 148  # pixels


@dataclass(frozen=True)
class Edge:
    """An axis of ``side`` cells with so many cells of padding, and what it is called."""

    name: Message
    side: int
    before: int = 0
    after: int = 0


def edge(rows: Sequence[Edge], kernel: int, stride: int, theme: Theme, say: Say = str) -> Figure:
    """The right end of each axis: its columns, and a bar for each of the last windows.

    The columns stand below each other; those of the padding are dashed, those that no window reads
    are filled. A window that would reach beyond the padding is drawn dashed, as it is not there.
    Raises InvalidInput where no window fits.
    """
    first, last = _span(rows, kernel, stride)
    shapes: list[Figure] = []
    title = Message("The last columns below their windows; orange: no room, or never read")
    words = [caption(theme, say(title), xshift=-_NAMES, yshift=4)]
    for n, row in enumerate(rows):
        shapes += _cells(row, n, first, kernel, stride, theme)
        for window in _windows(row, kernel, stride):
            shapes.append(_bar(window, n, theme))
            words.append(_number(window, n, theme))
    axes = {
        "xaxis": axis(theme, (first - 0.5, last + 0.5), showgrid=False, dtick=4, tick0=first),
        "yaxis": axis(
            theme,
            (len(rows), 0),
            tickvals=[n + 1 - _MARGIN - _CELL / 2 for n in range(len(rows))],
            ticktext=[say(row.name) for row in rows],
            tickfont={"color": theme.ink, "size": SIZE},
            showgrid=False,
        ),
    }
    made = layout(
        theme,
        _ROW * len(rows) + 46,
        margin=(_NAMES, 8, 24, 22),
        axes=axes,
        shapes=shapes,
        annotations=words,
    )
    return {"data": [{"type": "scatter", "x": [], "y": []}], "layout": made}


@dataclass(frozen=True)
class _Window:
    """One window: its number, its columns from 1, its place among those drawn; whether it fits."""

    number: int
    left: int
    right: int
    place: int
    fits: bool


def _windows(row: Edge, kernel: int, stride: int) -> Iterator[_Window]:
    """The last that fit, and the one after them."""
    count = output_size(row.side + row.before + row.after, kernel, stride)
    for place in range(_BARS):
        number = count - _BARS + 2 + place
        if number >= 1:
            left = (number - 1) * stride - row.before + 1
            yield _Window(number, left, left + kernel - 1, place, number <= count)


def _span(rows: Sequence[Edge], kernel: int, stride: int) -> tuple[int, int]:
    """The columns that are shown: all that a drawn window has."""
    windows = [window for row in rows for window in _windows(row, kernel, stride)]
    return min(w.left for w in windows), max(w.right for w in windows)


def _cells(
    row: Edge, n: int, first: int, kernel: int, stride: int, theme: Theme
) -> Iterator[Figure]:
    read = max(window.right for window in _windows(row, kernel, stride) if window.fits)
    for column in range(first, row.side + row.after + 1):
        padded, unread = not 1 <= column <= row.side, column > read
        fill = faint(theme.negative, 0.75) if unread else theme.padding if padded else theme.panel
        yield {
            **_box(column, column, n + 1 - _MARGIN - _CELL, n + 1 - _MARGIN),
            "fillcolor": fill,
            "line": {
                "color": theme.padding_line,
                "width": 1,
                "dash": "dot" if padded else "solid",
            },
        }


def _bar(window: _Window, n: int, theme: Theme) -> Figure:
    top = n + _MARGIN + window.place * (_BAR + 0.04)
    return {
        **_box(window.left, window.right, top, top + _BAR),
        "fillcolor": faint(theme.accent, 0.55) if window.fits else "rgba(0,0,0,0)",
        "line": {
            "color": theme.accent if window.fits else theme.negative,
            "width": 1.5,
            "dash": "solid" if window.fits else "dash",
        },
    }


def _number(window: _Window, n: int, theme: Theme) -> Figure:
    return {
        "text": str(window.number),
        "showarrow": False,
        "x": (window.left + window.right) / 2,
        "y": n + _MARGIN + window.place * (_BAR + 0.04) + _BAR / 2,
        "font": {"size": SIZE - 2, "color": theme.ink},
    }


def _box(left: int, right: int, top: float, low: float) -> Figure:
    """Columns from their left edge to their right edge."""
    return {"type": "rect", "x0": left - 0.5, "x1": right + 0.5, "y0": low, "y1": top}
