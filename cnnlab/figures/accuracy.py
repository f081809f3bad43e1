"""What networks with a name get right, against how large they are and how much they compute."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from math import log10
from typing import TypeAlias

from cnnlab.engine.architecture import trace
from cnnlab.engine.famous import FAMOUS, variant
from cnnlab.engine.published import PUBLISHED, Error
from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, layout, numbers
from cnnlab.message import Message
from cnnlab.theme import Theme

_DOMAINS = ((0.0, 0.47), (0.53, 1.0))
_RANGE = (52.0, 82.0)  # per cent
_MILLIONS, _BILLIONS = (7e6, 3e8), (0.4e9, 4e10)
_TICKS = (1, 3, 10, 30, 100, 300)
_PLACES = ("middle right", "middle left", "top center", "bottom center")
# A label is kept off the others on a screen as narrow as a phone's: what is free there is free on
# a wider one, for points move apart and labels do not grow.
_NARROW, _LETTER, _LINE, _MARK = 155.0, 6.4, 13.0, 6.0  # pixels

Frame: TypeAlias = tuple[float, float, float, float]  # left, low, right, high


@dataclass(frozen=True)
class Point:
    """A network in the figure: its name, the published error, and what the engine counts."""

    slug: str
    name: str
    error: Error
    parameters: int
    multiply_adds: int


def points(protocol: str) -> tuple[Point, ...]:
    """The networks of one of `PUBLISHED`'s measures, each in the variant that was measured.

    But for the papers' ResNet-18, whose error is published for shortcuts without weights only:
    counted is the usual one, with 1×1 convolutions on shortcuts.

    >>> [(point.name, point.error.accuracy, point.parameters) for point in points("torchvision")][0]
    ('AlexNet', 56.522, 61100840)
    """
    found = []
    for slug, error in PUBLISHED[protocol].errors.items():
        rows = trace(variant(slug, error.variant).network)
        sums = sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)
        found.append(Point(slug, FAMOUS[slug].name, error, *sums))
    return tuple(found)


def accuracy(
    protocol: str, theme: Theme, say: Say = str, *, chosen: str = "", height: int = 330
) -> Figure:
    """Top-1 accuracy against parameters, and against multiply–adds, both on log axes.

    ``protocol`` is a key of `PUBLISHED`; ``chosen``: the slug of a network in colour. Hover tells
    the numbers and their source.
    """
    found = points(protocol)
    panels = (
        (
            "x",
            (_MILLIONS, 1e6),
            [point.parameters for point in found],
            Message("Parameters, in millions"),
        ),
        (
            "x2",
            (_BILLIONS, 1e9),
            [point.multiply_adds for point in found],
            Message("Multiply–adds, in billions"),
        ),
    )
    traces, axes, words = [], {}, []
    for (name, (span, unit), counts, title), domain in zip(panels, _DOMAINS, strict=True):
        traces.append(_marks(found, counts, span, height, name, chosen, theme, say))
        ticks = [n for n in _TICKS if span[0] <= n * unit <= span[1]]
        axes[f"xaxis{name[1:]}"] = axis(
            theme,
            (log10(span[0]), log10(span[1])),
            type="log",
            domain=domain,
            tickvals=[n * unit for n in ticks],
            ticktext=[str(n) for n in ticks],
            tickangle=0,
        )
        words.append(caption(theme, say(title), x=domain[1], y=0, xanchor="right", yshift=-40))
    words.append(caption(theme, say(Message("First answer right, in %")), x=0, yshift=2))
    axes["yaxis"] = axis(theme, _RANGE, dtick=10, ticksuffix=" %")
    made = layout(theme, height, margin=(44, 8, 24, 42), axes=axes, annotations=words)
    return {"data": traces, "layout": made}


def _marks(
    found: Sequence[Point],
    counts: Sequence[int],
    span: tuple[float, float],
    height: int,
    name: str,
    chosen: str,
    theme: Theme,
    say: Say,
) -> Figure:
    colours = [theme.accent if point.slug == chosen else theme.muted for point in found]
    accuracies = [point.error.accuracy for point in found]
    tall = (height - 66) / (_RANGE[1] - _RANGE[0])
    wide = _NARROW / log10(span[1] / span[0])
    middles = [
        (log10(count / span[0]) * wide, (value - _RANGE[0]) * tall)
        for count, value in zip(counts, accuracies, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": numbers(counts),
        "y": numbers(accuracies),
        "xaxis": name,
        "yaxis": "y",
        "text": [point.name for point in found],
        "textposition": placed(tuple(middles), tuple(point.name for point in found)),
        "textfont": {"size": SIZE - 1, "color": theme.ink},
        "cliponaxis": False,
        "customdata": list(_told(found, say)),
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"color": colours, "size": [13 if c == theme.accent else 9 for c in colours]},
    }


@lru_cache(maxsize=32)
def placed(middles: tuple[tuple[float, float], ...], names: tuple[str, ...]) -> list[str]:
    """On which side of its point each label stands so that it meets no point and no other label.

    ``middles`` in pixels, x to the right, y upwards. Of all ways to place them the one in which
    least meets, then the one with the most labels at the right: for up to seven or so.

    >>> placed(((30, 50), (50, 50)), ("one", "two"))
    ['middle left', 'middle right']
    """
    points = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in middles]
    frames = [
        [_frame(x, y, name, side) for side in _PLACES]
        for (x, y), name in zip(middles, names, strict=True)
    ]
    alone = [
        [_beyond(frame) + sum(_shared(frame, p) for p in points) for frame in four]
        for four in frames
    ]
    pairs = {
        (n, m): [[_shared(a, b) for b in frames[m]] for a in frames[n]]
        for n, m in combinations(range(len(names)), 2)
    }

    def cost(sides: tuple[int, ...]) -> tuple[float, int]:
        meets = sum(alone[n][side] for n, side in enumerate(sides))
        meets += sum(table[sides[n]][sides[m]] for (n, m), table in pairs.items())
        return meets, sum(sides)

    best = min(product(range(len(_PLACES)), repeat=len(names)), key=cost)
    return [_PLACES[side] for side in best]


def _frame(x: float, y: float, name: str, side: str) -> Frame:
    width = _LETTER * len(name)
    vertical, horizontal = side.split()
    left = {"left": x - _MARK - width, "center": x - width / 2, "right": x + _MARK}[horizontal]
    low = {"bottom": y - _MARK - _LINE, "middle": y - _LINE / 2, "top": y + _MARK}[vertical]
    return left, low, left + width, low + _LINE


def _beyond(frame: Frame) -> float:
    """How much of a label is left or right of the panel."""
    left, _, right, _ = frame
    return (max(0.0, -left) + max(0.0, right - _NARROW)) * _LINE


def _shared(one: Frame, other: Frame) -> float:
    """The area that two frames share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    upwards = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, upwards)


def _told(found: Sequence[Point], say: Say) -> Iterator[str]:
    for point in found:
        counts = {"parameters": f"{point.parameters:,}", "work": f"{point.multiply_adds:,}"}
        right = Message("first answer right: {share} %", {"share": f"{point.error.accuracy:g}"})
        lines = [f"<b>{point.name}</b>", say(right)]
        if point.error.top5 is not None:
            five = {"share": f"{100 - point.error.top5:.4g}"}
            lines.append(say(Message("among the first five: {share} %", five)))
        lines.append(say(Message("{parameters} parameters, {work} multiply–adds", counts)))
        yield "<br>".join([*lines, say(point.error.source)])
