"""What all figures share: Plotly's format as plain data, fixed axes, the theme's colours, words.

Graph objects check every field and take a hundred milliseconds for a few charts; plain dicts with
packed arrays take three. Nothing here moves while numbers change: margins and ranges are fixed,
or grow in steps, and nothing can be zoomed or dragged.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from math import floor, isfinite, log10
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.message import Message
from cnnlab.theme import Theme

Figure: TypeAlias = dict[str, Any]
Say: TypeAlias = Callable[[Message], str]  # how words are said: `str` in English

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": False}
SIZE = 12  # of the text, in pixels
_LADDER = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_CODES = {np.dtype(np.float32): "f4", np.dtype(np.uint8): "u1", np.dtype(np.uint16): "u2"}


def numbers(values: ArrayLike, dtype: type = np.float32) -> dict[str, str]:
    """An array of up to three axes, packed as Plotly reads it: little-endian bytes in base64.

    JSON has no NaN; packed numbers have. ``dtype`` is float32, uint8 or uint16.

    >>> numbers([1, 2], np.uint8)
    {'dtype': 'u1', 'bdata': 'AQI='}
    """
    array: NDArray[Any] = np.ascontiguousarray(values, dtype)
    packed = {"dtype": _CODES[array.dtype], "bdata": b64encode(array.tobytes()).decode("ascii")}
    if array.ndim > 1:
        packed["shape"] = ", ".join(map(str, array.shape))
    return packed


def rounded_up(value: float, least: float = 0.0) -> float:
    """The next step of a ladder, so that what grows does so seldom; nothing finite: ``least``.

    >>> rounded_up(0.17), rounded_up(2.3), rounded_up(10.0), rounded_up(0.0, least=1.0)
    (0.2, 2.5, 10.0, 1.0)
    """
    if not isfinite(value) or value <= least:
        return least
    power = 10.0 ** floor(log10(value))
    step = next((rung for rung in _LADDER if rung * power >= value * (1 - 1e-6)), 10.0)
    return float(f"{step * power:.3g}")


def layout(
    theme: Theme,
    height: int,
    *,
    margin: tuple[int, int, int, int],
    axes: Mapping[str, Mapping[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """A layout without a background: ``margin`` left, right, top, bottom in pixels."""
    left, right, top, bottom = margin
    return {
        "height": height,
        "autosize": True,
        "uirevision": "kept",
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": SIZE, "color": theme.ink},
        "hoverlabel": {
            "bgcolor": theme.panel,
            "bordercolor": theme.ink,
            "font": {"family": FONT, "size": SIZE + 1, "color": theme.ink},
            "align": "left",
        },
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        **{name: {"fixedrange": True, **axis} for name, axis in axes.items()},
        **more,
    }


def axis(theme: Theme, span: tuple[float, float], **more: Any) -> dict[str, Any]:
    """An axis with fixed ends, quiet lines, and its numbers in the theme's muted ink."""
    return {
        "range": list(span),
        "autorange": False,
        "gridcolor": theme.hairline,
        "linecolor": theme.hairline,
        "zeroline": False,
        "layer": "below traces",  # a mark on the axis is whole
        "tickfont": {"color": theme.muted, "size": SIZE - 1},
        "automargin": False,
        **more,
    }


def caption(theme: Theme, text: str, *, x: float = 0, y: float = 1, **more: Any) -> dict[str, Any]:
    """A line of text above a part of the figure, its lower left corner at x, y of the paper."""
    return {
        "text": text,
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": SIZE, "color": theme.muted},
        **more,
    }


def faint(colour: str, share: float) -> str:
    """A colour let through: ``share`` of it, the rest is what lies behind.

    >>> faint("#0b7285", 0.2)
    'rgba(11,114,133,0.2)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"
