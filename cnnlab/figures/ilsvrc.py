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
# winners' papers and He et al., "Deep Residual Learning" (2016), section 4.4, state them.
WINNERS: Mapping[int, Winner] = {
    2010: Winner(28.2, 0),
    2011: Winner(25.8, 0),
    2012: Winner(16.4, 8, "AlexNet"),
    2013: Winner(11.7, 8),
    2014: Winner(6.7, 22, "GoogLeNet"),
    2015: Winner(3.57, 152, "ResNet"),
    2016: Winner(2.99, None),
    2017: Winner(2.25, None),
}
HUMAN = 5.1
_TOP = 33  # per cent: room for two lines over the highest bar


def ilsvrc(theme: Theme, say: Say = str, *, height: int = 300) -> Figure:
    """Bars of the top-5 error by year, the winner's depth over each; a line for a human."""
    years = list(WINNERS)
    errors = [winner.error for winner in WINNERS.values()]
    bars = {
        "type": "bar",
        "x": years,
        "y": numbers(errors),
        "text": [f"<b>{w.error:g}</b><br>{say(_depth(w))}" for w in WINNERS.values()],
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "textfont": {"size": SIZE, "color": theme.ink},
        "customdata": [[f"{w.error:g} %", w.name and f"{w.name}, "] for w in WINNERS.values()],
        "hovertemplate": "%{x}: %{customdata[1]}%{customdata[0]}<extra></extra>",
        "marker": {
            "color": [theme.accent if w.name == "ResNet" else theme.muted for w in WINNERS.values()]
        },
    }
    axes = {
        "xaxis": axis(
            theme,
            (years[0] - 0.5, years[-1] + 0.5),
            tickvals=years,
            ticktext=[f"{y}<br>{w.name}" if w.name else str(y) for y, w in WINNERS.items()],
            showgrid=False,
            tickfont={"color": theme.ink, "size": SIZE},
        ),
        "yaxis": axis(theme, (0, _TOP), dtick=10, ticksuffix=" %"),
    }
    made = layout(
        theme,
        height,
        margin=(44, 8, 24, 40),
        axes=axes,
        bargap=0.35,
        annotations=_words(theme, say),
        shapes=[_human(theme)],
    )
    return {"data": [bars], "layout": made}


def _depth(winner: Winner) -> Message:
    if winner.depth is None:
        return Message("several nets")
    if winner.depth == 0:
        return Message("shallow")
    return Message("{n} layers", {"n": winner.depth})


def _human(theme: Theme) -> Figure:
    ends = {"x0": 0, "x1": 1, "y0": HUMAN, "y1": HUMAN}
    line = {"color": theme.outline, "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": "paper", "yref": "y", **ends, "line": line, "layer": "above"}


def _words(theme: Theme, say: Say) -> list[Figure]:
    title = Message("Top-5 error of ILSVRC's winner, and its layers with weights")
    human = caption(
        theme,
        say(Message("one trained human: about {error} %", {"error": HUMAN})),
        x=1,
        y=HUMAN,
        yref="y",
        xanchor="right",
        yshift=24,
    )
    return [caption(theme, f"<b>{say(title)}</b>"), human]
