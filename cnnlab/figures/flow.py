"""How large gradients and signals are from the first layer to the last, plain against residual."""

from math import ceil, floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.base import Figure, Say, axis, caption, faint, layout, numbers
from cnnlab.message import Message
from cnnlab.theme import Theme

Floats = NDArray[np.floating[Any]]
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWS = (-2, -4, -8, -12, -20, -30, -40)  # powers of ten at which the axis may begin
_HIGHS = (1, 2, 4, 8, 12)
_STEPS = (1, 2, 4, 5, 10)
_MOST_TICKS = 8


def flow(
    plain: Floats,
    residual: Floats,
    what: Message,
    theme: Theme,
    say: Say = str,
    *,
    height: int = 360,
    span: tuple[int, int] | None = None,
) -> Figure:
    """One quantity at every layer on a log axis: a thin line per seed, a thick one of their median.

    ``plain`` and ``residual`` (seeds, layers), first layer first; ``what`` names the picture. The
    axis has the powers of ten of ``span`` (see `powers`), so that two pictures side by side can
    share one, else those that the numbers need. What has no logarithm (0, or no number) leaves a
    gap; what is beyond the longest axis stands at its end. Hover tells the median.
    """
    layers = plain.shape[1]
    low, high = span or powers(plain, residual)
    traces = [
        *_lines(plain, (low, high), theme.muted, "6px,3px", Message("plain"), say),
        *_lines(residual, (low, high), theme.accent, "solid", Message("residual"), say),
    ]
    ticks = list(range(low, high + 1, _step(high - low)))
    axes = {
        "xaxis": axis(theme, (0.5, layers + 0.5), tickvals=_layer_ticks(layers), showgrid=False),
        "yaxis": axis(
            theme,
            (low - 0.15, high + 0.15),
            tickvals=ticks,
            ticktext=[_power(power) for power in ticks],
        ),
    }
    key = Message("thin: seeds; thick: median")
    words = [
        caption(theme, f"<b>{say(what)}</b>", yshift=20),
        caption(theme, _legend(theme, say) + f"<i>{say(key)}</i>", yshift=2),
        caption(theme, say(Message("Layer with weights")), x=1, y=0, xanchor="right", yshift=-38),
    ]
    made = layout(theme, height, margin=(52, 12, 42, 38), axes=axes, annotations=words)
    return {"data": traces, "layout": made}


def _lines(
    values: Floats, span: tuple[int, int], colour: str, dash: str, name: Message, say: Say
) -> list[Figure]:
    layers = np.arange(1, values.shape[1] + 1)
    median = np.median(values, axis=0)
    look = {"type": "scatter", "mode": "lines", "x": numbers(layers)}
    thin = [
        {
            **look,
            "y": numbers(_logs(seed, span)),
            "line": {"color": faint(colour, 0.4), "width": 1},
            "hoverinfo": "skip",
        }
        for seed in values
    ]
    fields = {"layer": "%{x}", "kind": name, "value": "%{text}"}
    hover = say(Message("layer {layer}, {kind}: {value}", fields))
    thick = {
        **look,
        "mode": "lines+markers",
        "y": numbers(_logs(median, span)),
        "text": [said(value) for value in median],
        "hovertemplate": f"{hover}<extra></extra>",
        "line": {"color": colour, "width": 3, "dash": dash},
        "marker": {"color": colour, "size": 5},
    }
    return [*thin, thick]


def said(value: float) -> str:
    """A size from any power of ten.

    >>> said(1.72e-10), said(0.25), said(75.3), said(5913.0), said(0.0)
    ('1.7·10⁻¹⁰', '0.25', '75', '5.9·10³', '0')
    """
    if not np.isfinite(value):
        return "–"
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·{_power(int(power))}"


def _logs(values: Floats, span: tuple[int, int]) -> Floats:
    """Powers of ten within the axis; NaN for what has none."""
    real = np.isfinite(values) & (values > 0)
    return np.clip(np.log10(np.where(real, values, np.nan)), *span)


def powers(*quantities: Floats) -> tuple[int, int]:
    """The powers of ten from which and to which an axis for these numbers reaches.

    It grows in steps, so that a slider does not change it all the time.

    >>> powers(np.array([0.5, 2.0])), powers(np.array([1e-9]), np.array([70.0]))
    ((-2, 1), (-12, 2))
    """
    values = np.concatenate([each.ravel() for each in quantities])
    real = values[np.isfinite(values) & (values > 0)]
    least, most = (log10(real.min()), log10(real.max())) if real.size else (0.0, 0.0)
    low = next((power for power in _LOWS if power <= floor(least)), _LOWS[-1])
    return low, next((power for power in _HIGHS if power >= ceil(most)), _HIGHS[-1])


def _step(span: int) -> int:
    return next((step for step in _STEPS if span / step < _MOST_TICKS), _STEPS[-1])


def _layer_ticks(layers: int) -> list[int]:
    step = next((n for n in (1, 2, 5, 10) if layers / n <= 2 * _MOST_TICKS), 10)
    ticks = [1, *(n for n in range(step, layers + 1, step) if n > 1)]
    return ticks if layers - ticks[-1] < (step + 1) // 2 else [*ticks, layers]


def _power(power: int) -> str:
    return {0: "1", 1: "10", 2: "100"}.get(power, f"10{str(power).translate(_SUPERSCRIPTS)}")


def _legend(theme: Theme, say: Say) -> str:
    entries = (
        (theme.muted, "╍╍", Message("plain")),
        (theme.accent, "━━", Message("residual")),
    )
    return "".join(
        f'<span style="color:{colour}">{stroke}</span> {say(name)}   '
        for colour, stroke, name in entries
    )
