"""What the class is asked: five questions with settings of their own, then some of this setting.

Each is a prompt, the engine's answer, and the answers to which known slips lead, worked out by
the engine or by the formula of the slip. Which of them still ask something, `Question` says.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from cnnlab.message import InvalidInput
from cnnlab.ui.ask import size
from cnnlab.ui.ask.quiz import once, only, worthwhile
from cnnlab.ui.ask.words import axis, geometry
from cnnlab.ui.padding import ask_border, ask_same
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.predict import Question

Make = Callable[[Setting], Question | None]


def rows(setting: Setting) -> Question:
    """How many rows the output has."""
    return size.rows(geometry(setting), axis(setting, 0))


def columns(setting: Setting) -> Question | None:
    """How many columns the output has, where that takes another sum than the rows."""
    return size.columns(geometry(setting), axis(setting, 0), axis(setting, 1))


MADE: Mapping[str, Make] = {
    "rows": rows,
    "columns": columns,
    "corner_reads": ask_border.corner_reads,
    "first_window": ask_border.first_window,
    "corner_of_ones": ask_border.corner_of_ones,
    "keeping": ask_same.keeping,
    "extent": ask_same.extent,
    "tensorflow": ask_same.tensorflow,
    "transposed": ask_border.transposed,
}


def questions(setting: Setting) -> list[Question]:
    """Those with settings of their own; then those of this setting.

    Where the setting has no output, only the former. Every one is fair, none is asked twice.
    """
    return once(fixed(), made(setting).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The five that every class should meet, with settings that keep their slips apart."""
    return (
        only(ask_same.keeping(_plain(kernel=5)), 4, 5, 1),
        only(ask_border.corner_reads(_plain(padding=1)), 1, 9),
        only(rows(_plain(side=8, stride=2)), 4, 2),
        only(ask_border.corner_of_ones(_plain(side=3, padding=1)), 9),
        only(ask_same.extent(_plain(dilation=2)), 6, 7, 3),
    )


def made(setting: Setting) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    try:
        setting.y  # noqa: B018 - it is here that a setting without an output is found out
    except InvalidInput:
        return {}
    return worthwhile(MADE, setting)


def _plain(
    *, side: int = 5, kernel: int = 3, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Setting:
    """Both axes alike; of the numbers only the sizes count."""
    return Setting(
        name="",
        x=np.zeros((1, side, side), np.float32),
        weight=np.zeros((1, 1, kernel, kernel), np.float32),
        stride=(stride, stride),
        padding=(padding, padding),
        dilation=(dilation, dilation),
    )
