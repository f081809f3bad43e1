"""What the questions on pooling share: settings in words, and windows that can be read out."""

from collections.abc import Iterator

import numpy as np

from cnnlab.engine import Array
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.scenes.pooling import Pool, pooled
from cnnlab.ui.ask.words import Axis, directions, padding
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import say

_MOST_CELLS = 16  # of a window that is read out
_LARGEST = {"max": 255, "average": 99}  # of its numbers: to compare, and to add up in the head
_TRIED = 64  # windows looked at for the one that has most different numbers


def axis(setting: Setting, which: int) -> Axis:
    """The rows (0) or the columns (1) of a setting."""
    pool = setting.pool
    options = pool.kernel, pool.stride, pool.padding
    return Axis(setting.x.shape[1:][which], *(pair[which] for pair in options))


def pooling(setting: Setting, *, ceil_mode: bool | None = None, maps: bool = False) -> Message:
    """The setting in words: "Max pooling of 4×4, window 2×2, stride 2, no padding".

    ``maps``: with the number of maps; ``ceil_mode``: as if it were that. Where the setting is in
    ceil mode, the mode is always named: the stage may show the other.
    """
    pool = setting.pool
    size = times(setting.x.shape[1:])
    fields = {
        "pooling": kind(pool),
        "input": Message("{n} maps of {size}", {"n": len(setting.x), "size": size})
        if maps and len(setting.x) > 1
        else size,
        "window": times(pool.kernel),
        "stride": directions(pool.stride),
        "padding": padding(pool.padding),
    }
    if setting.whole:
        return Message("{pooling} of {input}, the window as large as the map", fields)
    if pool.ceil_mode if ceil_mode is None else ceil_mode:
        return Message(
            "{pooling} of {input}, window {window}, stride {stride}, {padding}, ceil mode", fields
        )
    if pool.ceil_mode:
        return Message(
            "{pooling} of {input}, window {window}, stride {stride}, {padding}, without ceil mode",
            fields,
        )
    return Message("{pooling} of {input}, window {window}, stride {stride}, {padding}", fields)


def kind(pool: Pool) -> Message:
    """Which pooling it is."""
    return Message("Max pooling" if pool.kind == "max" else "Average pooling")


def alone(window: Array, pool: Pool) -> float:
    """What the engine makes of one window (KH, KW), rounded as answers are."""
    size = window.shape[0], window.shape[1]
    return number(pooled(window[None], Pool(pool.kind, size, size))[0, 0, 0])


def number(value: float) -> int | float:
    """An answer as a class says it: whole, or to three places."""
    rounded = round(float(value), 3)
    return int(rounded) if rounded == int(rounded) else rounded


def telling(setting: Setting) -> Array | None:
    """The window (KH, KW) with most different numbers, if there is one that can be read out."""
    readable = [window for window in _windows(setting) if _readable(window, setting.pool)]
    return max(readable, key=lambda window: len(np.unique(window)), default=None)


def table(window: Array) -> str:
    """Rows of numbers: 5 2 / 1 −8."""
    return " / ".join(" ".join(say(number(value)) for value in row) for row in window)


def _windows(setting: Setting) -> Iterator[Array]:
    """The first windows that lie on the map as a whole."""
    pool, (_, rows, columns) = setting.pool, setting.x.shape
    (kh, kw), (sh, sw), (ph, pw) = pool.kernel, pool.stride, pool.padding
    _, outputs_down, outputs_across = setting.y.shape
    starts = [
        (row * sh - ph, column * sw - pw)
        for row in range(outputs_down)
        for column in range(outputs_across)
    ]
    inside = [
        (top, left)
        for top, left in starts
        if top >= 0 and left >= 0 and top + kh <= rows and left + kw <= columns
    ]
    for top, left in inside[:_TRIED]:
        yield setting.x[0, top : top + kh, left : left + kw]


def _readable(window: Array, pool: Pool) -> bool:
    whole = (np.rint(window) == window).all()
    return bool(1 < window.size <= _MOST_CELLS and whole) and bool(
        abs(window).max() <= _LARGEST[pool.kind]
    )
