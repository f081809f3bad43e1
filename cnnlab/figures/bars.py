"""Ten numbers, one for each digit: probabilities, and how often each digit was read right."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, layout, numbers, rounded_up
from cnnlab.message import Message
from cnnlab.theme import Theme

_SEEN = 0.005  # a probability below this has no number over its bar


def probabilities(
    values: NDArray[np.floating[Any]],
    label: int | None,
    theme: Theme,
    say: Say = str,
    *,
    height: int = 150,
) -> Figure:
    """The class probabilities (10,) of one digit: its label in a frame, the answer in colour.

    The axis reaches from 0 to 100 % whatever the values. ``label``: None where it is not known.
    """
    answer = int(np.argmax(values))
    hover = Message("digit {digit}: {share}", {"digit": "%{x}", "share": "%{customdata:.3~g} %"})
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": numbers(100 * values),
        "customdata": numbers(100 * values),
        "hovertemplate": f"{say(hover)}<extra></extra>",
        "text": [f"{100 * p:.0f}" if p >= _SEEN else "" for p in values],
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "textfont": {"size": SIZE - 1, "color": theme.ink},
        "marker": {
            "color": [theme.accent if i == answer else theme.muted for i in range(10)],
            "line": {
                "color": theme.outline,
                "width": [3 if i == label else 0 for i in range(10)],
            },
        },
    }
    axes = {
        "xaxis": _digits(theme),
        "yaxis": axis(theme, (0, 120), dtick=50, ticksuffix=" %"),
    }
    made = layout(
        theme,
        height,
        margin=(48, 6, 20, 22),
        axes=axes,
        bargap=0.25,
        annotations=[caption(theme, say(_title(values, label)))],
    )
    return {"data": [bars], "layout": made}


def per_digit(
    right: NDArray[np.integer[Any]],
    seen: NDArray[np.integer[Any]],
    theme: Theme,
    say: Say = str,
    *,
    height: int = 300,
) -> Figure:
    """How many of each digit (10,) were ``right`` of those ``seen``: bars of the share misread.

    The share stands over its bar. Shares of mistakes, because bars of 98 and 99 per cent look
    the same, and an axis that does not begin at 0 would make them look too different.
    """
    share = 100 * (1 - right / np.maximum(seen, 1))
    top = rounded_up(float(share.max()) * 1.15, 2.0)
    hover = Message(
        "digit {digit}: {right} of {seen} right",
        {"digit": "%{x}", "right": "%{customdata[0]:,d}", "seen": "%{customdata[1]:,d}"},
    )
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": numbers(share),
        "customdata": np.stack([right, seen], axis=1).astype(int).tolist(),
        "hovertemplate": f"{say(hover)}<extra></extra>",
        "text": [f"{s:.1f}" if s < 9.95 else f"{s:.0f}" for s in share],  # the title says per cent
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",  # else it gets as small as its bar is narrow
        "cliponaxis": False,
        "textfont": {"size": SIZE, "color": theme.ink},
        "marker": {"color": theme.accent},
    }
    axes = {
        "xaxis": _digits(theme),
        "yaxis": axis(theme, (0, top), nticks=5, ticksuffix=" %"),
    }
    words = caption(theme, say(Message("Misread, in % of each digit")))
    made = layout(theme, height, margin=(48, 6, 24, 22), axes=axes, bargap=0.3, annotations=[words])
    return {"data": [bars], "layout": made}


def _title(values: NDArray[np.floating[Any]], label: int | None) -> Message:
    answer = int(np.argmax(values))
    said = {"answer": answer, "share": f"{100 * values[answer]:.0f} %"}
    if label is None:
        return Message("Says {answer}: {share}", said)
    return Message("Says {answer}: {share}; it is {label}", {**said, "label": label})


def _digits(theme: Theme) -> dict[str, Any]:
    return axis(
        theme,
        (-0.6, 9.6),
        tickvals=list(range(10)),
        showgrid=False,
        tickfont={"color": theme.ink, "size": SIZE + 1},
    )
