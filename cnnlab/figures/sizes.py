"""How large gradients and steps are, layer by layer."""

from collections.abc import Mapping

import numpy as np

from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, layout, numbers
from cnnlab.message import Message
from cnnlab.theme import Theme

_NORMS, _RATIOS = (-7.0, 2.0), (-8.0, 1.0)  # powers of ten that the axes reach over
_POWERS, _TICKS = (-6, -4, -2, 0), ("10⁻⁶", "10⁻⁴", "0.01", "1")
_DOMAINS = ((0.0, 0.47), (0.53, 1.0))
_ROW = 19  # pixels for a line


def sizes(
    gradients: Mapping[str, float],
    updates: Mapping[str, float],
    names: Mapping[str, Message],
    theme: Theme,
    say: Say = str,
) -> Figure:
    """Gradient norms, and update over weight, of everything learned: dots on two log axes.

    ``gradients`` and ``updates`` by name (those of a `Frame`; may be empty), ``names`` say them in
    words and in order. What is beyond an axis stands at its end; 0 has no place on a log axis and
    is left out. Hover tells the number.
    """
    lines = list(names)
    panels = [
        (gradients, "x", _NORMS, Message("Gradient, norm")),
        (updates, "x2", _RATIOS, Message("Update, norm ÷ weight, norm")),
    ]
    traces, axes, words = [], {}, []
    for (values, name, span, title), domain in zip(panels, _DOMAINS, strict=True):
        traces.append(_dots(values, names, name, span, theme, say))
        axes[f"xaxis{name[1:]}"] = axis(
            theme,
            span,
            type="log",
            domain=domain,
            tickvals=[10.0**power for power in _POWERS],
            ticktext=_TICKS,
        )
        words.append(caption(theme, say(title), x=domain[0]))
    axes["yaxis"] = axis(
        theme,
        (len(lines) - 0.5, -0.5),
        tickvals=list(range(len(lines))),
        ticktext=[say(names[line]) for line in lines],
        tickfont={"color": theme.ink, "size": SIZE - 1},
    )
    height = 24 + 26 + _ROW * max(len(lines), 2)
    made = layout(theme, height, margin=(128, 10, 24, 26), axes=axes, annotations=words)
    return {"data": traces, "layout": made}


def _dots(
    values: Mapping[str, float],
    names: Mapping[str, Message],
    x: str,
    span: tuple[float, float],
    theme: Theme,
    say: Say,
) -> Figure:
    found = np.array([values.get(name, np.nan) for name in names], float)
    found[found <= 0] = np.nan
    return {
        "type": "scatter",
        "mode": "markers",
        "x": numbers(np.clip(found, 10 ** span[0], 10 ** span[1])),
        "y": list(range(len(names))),
        "xaxis": x,
        "yaxis": "y",
        "customdata": numbers(found),
        "text": [say(words) for words in names.values()],
        "hovertemplate": "%{text}: %{customdata:.3~g}<extra></extra>",
        "marker": {"color": theme.accent, "size": 9},
        "cliponaxis": False,
    }
