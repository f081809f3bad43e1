"""Questions about the pooling as a whole: sizes, parameters, maps, its border, a moved picture."""

from dataclasses import replace

import numpy as np

from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.pooling import Pool, pooled
from cnnlab.ui.ask import size
from cnnlab.ui.ask.words import counting
from cnnlab.ui.pooling.ask_cell import CHANGES, SAME
from cnnlab.ui.pooling.ask_words import axis, number, pooling
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import Question, say

_ROW = (0, 3, 7, 4, 1, 0)
_HALF = "it moves by half a cell"


def rows(setting: Setting) -> Question | None:
    """How many rows come out; global pooling needs no asking."""
    return None if setting.whole else _rows(setting, ceil_mode=setting.pool.ceil_mode)


def columns(setting: Setting) -> Question | None:
    """How many columns come out, where that takes another sum than the rows."""
    if setting.whole:
        return None
    axes = axis(setting, 0), axis(setting, 1)
    return size.columns(pooling(setting), *axes, ceil_mode=setting.pool.ceil_mode)


def rounded_otherwise(setting: Setting) -> Question | None:
    """How many rows come out with ceil mode where it is off, and without where it is on."""
    if setting.whole:
        return None
    ceil_mode = setting.pool.ceil_mode
    try:
        pooled(setting.x, replace(setting.pool, ceil_mode=not ceil_mode))
    except InvalidInput:  # only rounded up does a window larger than the map have a place
        return None
    here, there = (_rows(setting, ceil_mode=up) for up in (ceil_mode, not ceil_mode))
    return there if here.right != there.right else None


def parameters(setting: Setting) -> Question:
    """How many numbers the layer learns: it holds no array."""
    (height, width), channels = setting.pool.kernel, len(setting.x)
    learned = sum(value.size for value in vars(setting.pool).values() if hasattr(value, "size"))
    prompt = Message(
        "{pooling}. How many parameters does the layer have?",
        {"pooling": pooling(setting, maps=True)},
    )
    cells = height * width
    slips = [
        (cells, Message("A kernel of this size has that many; here nothing is weighted.")),
        (
            cells * channels + channels,
            Message("A kernel and a bias for each map would be that many."),
        ),
    ]
    if channels > 1:
        slips.append(
            (
                cells * channels,
                Message("A kernel for each map would be that many; nothing is weighted."),
            )
        )
    why = Message("Comparing and averaging are fixed; there is nothing to learn.")
    return Question(prompt, learned, slips, why)


def maps(setting: Setting) -> Question:
    """How many maps come out."""
    channels = len(setting.x)
    prompt = Message("{pooling}. How many maps come out?", {"pooling": pooling(setting, maps=True)})
    slips = [
        (1, Message("A convolution's filter adds up the channels; pooling takes each by itself.")),
        (channels // 2, Message("Rows and columns become fewer, the maps do not.")),
    ]
    why = Message("Every map is pooled by itself.")
    return counting(prompt, len(setting.y), slips, why)


def activations(setting: Setting) -> Question:
    """How many numbers come out."""
    channels, outputs_down, outputs_across = setting.y.shape
    prompt = Message(
        "{pooling}. How many numbers come out in all?", {"pooling": pooling(setting, maps=True)}
    )
    slips = [
        (setting.x.size, Message("That many went in.")),
        (setting.x.size // 2, Message("Rows and columns both become fewer, not one of them.")),
        (
            setting.x.size // (setting.pool.kernel[0] * setting.pool.kernel[1]),
            Message("How far the window moves decides, not how large it is."),
        ),
    ]
    if channels > 1:
        one = Message("That is one map; there are {maps}.", {"maps": channels})
        slips.append((outputs_down * outputs_across, one))
    why = Message(
        "Maps × rows × columns = {maps}·{rows}·{columns}.",
        {"maps": channels, "rows": outputs_down, "columns": outputs_across},
    )
    return counting(prompt, setting.y.size, slips, why)


def border(setting: Setting) -> Question | None:
    """What comes out in the corner of a map of equal numbers, where the window hangs over it."""
    pool = setting.pool
    if not any(pool.padding):
        return None
    n = pool.kernel[0] * pool.kernel[1]
    average = replace(pool, kind="average", count_include_pad=True)
    inside = number(n * _corner(setting, 1.0, average))
    asked = _border_of_max if pool.kind == "max" else _border_of_mean
    return asked(setting, n, inside)


def moved() -> Question:
    """What becomes of a pooled picture when the picture moves by one pixel."""
    row = np.array(_ROW, np.float32)
    shifted = np.roll(row, 1)
    pool = Pool("max", (2, 2), (2, 2))
    before, after = (pooled(np.tile(one, (2, 1))[None], pool)[0, 0] for one in (row, shifted))
    prompt = Message(
        "All rows of a picture are `{row}`. It moves one pixel to the right, and they are "
        "`{shifted}`. What becomes of its 2×2 max pooling with stride 2?",
        {"row": _said(row), "shifted": _said(shifted)},
    )
    why = Message(
        "Each row was `{before}` and becomes `{after}`: the pixels meet others in their windows.",
        {"before": _said(before), "after": _said(after)},
    )
    same = Message("Pooling is not invariant: only a shift within a window may go unnoticed.")
    half = Message("There are no half cells: other numbers win.")
    right = SAME if (before == after).all() else CHANGES
    return Question(prompt, right, {SAME: same, _HALF: half}, why)


def _rows(setting: Setting, *, ceil_mode: bool) -> Question:
    return size.rows(pooling(setting, ceil_mode=ceil_mode), axis(setting, 0), ceil_mode=ceil_mode)


def _border_of_max(setting: Setting, n: int, inside: float) -> Question:
    prompt = Message(
        "{pooling}; every input is {value}. Which number is written in the top left corner?",
        {"pooling": pooling(setting), "value": say(-n)},
    )
    slips = [
        (0, Message("Zeros in the padding would win; a maximum is padded with −∞.")),
        (-inside, Message("That is the mean with zeros in the padding.")),
        (n, Message("That is without the sign.")),
    ]
    why = Message("The padding never wins, so the border is like the middle.")
    return Question(prompt, number(_corner(setting, -n, setting.pool)), slips, why)


def _border_of_mean(setting: Setting, n: int, inside: float) -> Question:
    counted = setting.pool.count_include_pad
    prompt = Message(
        "{pooling}, the padding counted; every input is {value}. Which number is written in the "
        "top left corner?"
        if counted
        else "{pooling}, the padding not counted; every input is {value}. Which number is written "
        "in the top left corner?",
        {"pooling": pooling(setting), "value": n},
    )
    slips = [
        (n, Message("That leaves the padding out; here its zeros count.")),
        (inside, Message("That counts the zeros of the padding, too.")),
        (n * inside, Message("That is the sum, not divided yet.")),
        (0, Message("The zeros do not win: it is a mean.")),
    ]
    fields = {"inside": inside, "value": n, "cells": n if counted else inside}
    why = Message("{inside}·{value} / {cells}.", fields)
    return Question(prompt, number(_corner(setting, n, setting.pool)), slips, why)


def _corner(setting: Setting, value: float, pool: Pool) -> float:
    """The first output where every input is the same number."""
    return float(pooled(np.full_like(setting.x[:1], value), pool)[0, 0, 0])


def _said(row: np.ndarray) -> str:
    return " ".join(say(number(value)) for value in row)
