"""Which digit was taken for which."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.base import SIZE, Figure, Say, axis, layout, numbers, rounded_up
from cnnlab.message import Message
from cnnlab.theme import Theme

Counts = NDArray[np.integer[Any]]
_LEAST = 0.02  # of a digit: fewer mistakes never have the full colour


def counted(labels: Counts, predicted: Counts) -> Counts:
    """How often a digit (row) was taken for a digit (column): (10, 10), all pairs summing to N.

    >>> counted(np.array([3, 3, 8]), np.array([3, 8, 8]))[3, [3, 8]]
    array([1, 1])
    """
    pairs = 10 * labels.astype(np.int64) + predicted
    return np.bincount(pairs, minlength=100).reshape(10, 10)


def confusion(counts: Counts, theme: Theme, say: Say = str, *, height: int = 420) -> Figure:
    """The counts (10, 10) as numbers in cells: a row is what a digit is, a column what was said.

    Off the diagonal the colour is the share of all of that digit, from 0 to the next step above
    the largest share, at least `_LEAST`: so mistakes are seen although they are few. What was
    read right stands apart, in grey.
    """
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares = (counts / totals).astype(np.float32)
    np.fill_diagonal(shares, np.nan)
    top = rounded_up(float(np.nanmax(shares)), _LEAST)
    hover = Message(
        "is {digit}, said {said}: {count} times, {share} of them",
        {
            "digit": "%{y}",
            "said": "%{x}",
            "count": "%{customdata[0]}",
            "share": "%{customdata[1]:.2~f} %",
        },
    )
    off = [
        ["" if i == j or not n else str(n) for j, n in enumerate(r)] for i, r in enumerate(counts)
    ]
    cells = {
        "type": "heatmap",
        "z": numbers(shares),
        "zmin": 0,
        "zmax": top,
        "colorscale": [[0, theme.zero], [1, theme.positive]],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "text": off,
        "texttemplate": "%{text}",
        "textfont": {"size": SIZE, "color": theme.cell_ink},
        "customdata": numbers(np.stack([counts, 100 * counts / totals], axis=2)),
        "hoverongaps": False,
        "hovertemplate": f"{say(hover)}<extra></extra>",
    }
    both = Message("is {digit}, said {digit}: {count} times", {"digit": "%{x}", "count": "%{text}"})
    right = {
        "type": "scatter",
        "mode": "text",
        "x": list(range(10)),
        "y": list(range(10)),
        "text": [str(n) for n in np.diagonal(counts)],
        "textfont": {"size": SIZE, "color": theme.ink},
        "hovertemplate": f"{say(both)}<extra></extra>",
    }
    ticks = {
        "tickvals": list(range(10)),
        "showgrid": False,
        "ticks": "",
        "constrain": "domain",
        "tickfont": {"color": theme.ink, "size": SIZE + 1},
    }
    titles = (
        {"text": say(words), "standoff": 4, "font": {"size": SIZE, "color": theme.muted}}
        for words in (Message("the network says"), Message("the digit is"))
    )
    axes = {
        "xaxis": axis(
            theme,
            (-0.5, 9.5),
            side="top",
            title=next(titles),
            **ticks,
        ),
        "yaxis": axis(
            theme,
            (9.5, -0.5),
            title=next(titles),
            scaleanchor="x",
            scaleratio=0.75,
            **ticks,
        ),
    }
    made = layout(theme, height, margin=(44, 6, 46, 4), axes=axes, plot_bgcolor=theme.empty)
    return {"data": [cells, right], "layout": made}
