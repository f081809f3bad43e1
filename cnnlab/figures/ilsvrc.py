"""What the winners of ImageNet's competition got wrong, year by year, and how deep they were."""

from collections.abc import Mapping
from typing import NamedTuple

from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, layout, numbers
from cnnlab.message import Message
from cnnlab.theme import Theme


class Winner(NamedTuple):
    """The best top-5 ``error`` of a year in per cent; ``depth``: layers with weights.

    ``depth`` 0: shallow, no deep network; None: several kinds of deep networks together.
    """

    error: float
    depth: int | None
    name: str = ""


# Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge" (2015), table 7 and
# section 6.4 (human); from 2015 on, the results on the competition's own pages. Depths as the
# winners' papers and He et al., "Deep Residual Learning" (2016), section 4.4, state them; that of
# 2013 is of the networks of Zeiler & Fergus (2014), from whose work Clarifai's came. From 2012 on
# each error is of several networks together, and the depth is that of the deepest.
WINNERS: Mapping[int, Winner] = {
    2010: Winner(28.2, 0),
    2011: Winner(25.8, 0),
    2012: Winner(16.4, 8, "AlexNet"),
    2013: Winner(11.7, 8, "Clarifai"),
    2014: Winner(6.7, 22, "GoogLeNet"),
    2015: Winner(3.57, 152, "ResNet"),
    2016: Winner(2.99, None),
    2017: Winner(2.25, None),
}
HUMAN = 5.1
_TOP = 32  # per cent


def ilsvrc(theme: Theme, say: Say = str, *, height: int = 300) -> Figure:
    """Bars of the top-5 error by year, the winner's depth under the year; a line for a human."""
    years, winners = list(WINNERS), list(WINNERS.values())
    bars = {
        "type": "bar",
        "x": years,
        "y": numbers([winner.error for winner in winners]),
        "customdata": [[w.name and f"{w.name}, ", f"{w.error:g} %"] for w in winners],
        "hovertemplate": "%{x}: %{customdata[0]}%{customdata[1]}<extra></extra>",
        "marker": {"color": [theme.accent if w.name == "ResNet" else theme.muted for w in winners]},
    }
    axes = {
        "xaxis": axis(
            theme,
            (years[0] - 0.5, years[-1] + 0.5),
            tickvals=years,
            ticktext=[f"{year}<br><b>{_depth(winner)}</b>" for year, winner in WINNERS.items()],
            tickangle=0,
            showgrid=False,
            tickfont={"color": theme.ink, "size": SIZE},
        ),
        "yaxis": axis(theme, (0, _TOP), dtick=10, ticksuffix=" %"),
    }
    made = layout(
        theme,
        height,
        margin=(48, 8, 24, 42),
        axes=axes,
        bargap=0.35,
        annotations=_words(theme, say),
        shapes=[_human(theme)],
    )
    return {"data": [bars], "layout": made}


def _depth(winner: Winner) -> str:
    """How many layers; a stroke where that says nothing."""
    return str(winner.depth) if winner.depth else "–"


def _human(theme: Theme) -> Figure:
    ends = {"x0": 0, "x1": 1, "y0": HUMAN, "y1": HUMAN}
    line = {"color": theme.outline, "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": "paper", "yref": "y", **ends, "line": line, "layer": "above"}


def _place(winner: Winner, theme: Theme) -> Figure:
    """Over its bar; inside it where the line of the human would run through the number."""
    inside = winner.error < HUMAN
    ink = theme.on_accent if inside else theme.ink
    font = {"size": SIZE, "color": ink}
    return {"yanchor": "top" if inside else "bottom", "yshift": 0 if inside else 2, "font": font}


def _words(theme: Theme, say: Say) -> list[Figure]:
    """The title, the error at each bar, what the line is, and the depths."""
    title = Message("Top-5 error of the winner in ImageNet’s competition")
    human = Message("human: about {error} %", {"error": HUMAN})
    ends = {"xanchor": "right", "yref": "y", "yshift": 3}
    errors = [
        caption(
            theme,
            f"<b>{winner.error:g}</b>",
            x=year,
            xref="x",
            xanchor="center",
            y=winner.error,
            yref="y",
            **_place(winner, theme),
        )
        for year, winner in WINNERS.items()
    ]
    return [
        caption(theme, f"<b>{say(title)}</b>"),
        caption(theme, say(human), x=1, y=HUMAN, **ends),
        caption(theme, say(Message("Depth")), x=0, y=0, xanchor="right", xshift=-4, yshift=-40),
        *errors,
    ]
