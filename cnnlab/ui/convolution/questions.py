"""What the class is asked: six questions with settings of their own, then some of this setting.

Each is a prompt, the engine's answer, and the answers to which known slips lead, worked out by
the engine or by the formula of the slip. Which of them still ask something, `Question` says.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from cnnlab.message import InvalidInput
from cnnlab.ui.ask.quiz import once, worthwhile
from cnnlab.ui.convolution import ask_cell, ask_layer, ask_window
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question

Make = Callable[[Setting], Question | None]

MADE: Mapping[str, Make] = {
    "rows": ask_window.rows,
    "columns": ask_window.columns,
    "cell": ask_cell.cell,
    "parameters": ask_layer.parameters,
    "maps": ask_layer.maps,
    "multiply_adds": ask_layer.multiply_adds,
    "reach": ask_window.reach,
    "uses": ask_window.uses,
}


def questions(setting: Setting) -> list[Question]:
    """Those with settings of their own, first the worked example; then those of this setting.

    Where the setting has no output, only the former. Every one is fair, none is asked twice.
    """
    return once(fixed(), made(setting).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The six that every class should meet, with settings that keep their slips apart."""
    halved = _plain(channels=1, size=6, filters=1, stride=2)
    layer = _plain(channels=3, size=5, filters=2, bias=True)
    small = _plain(channels=1, size=5, filters=1)
    return (
        ask_cell.worked(),
        ask_window.rows(halved),
        ask_layer.parameters(layer),
        ask_layer.maps(layer),
        ask_window.reach(small),
        ask_window.gradient(small),
    )


def made(setting: Setting) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    try:
        setting.y  # noqa: B018 - it is here that a setting without an output is found out
    except InvalidInput:
        return {}
    return worthwhile(MADE, setting)


def _plain(
    *, channels: int, size: int, filters: int, stride: int = 1, bias: bool = False
) -> Setting:
    """A 3×3 kernel without padding, of which only the sizes count."""
    return Setting(
        name="",
        x=np.zeros((channels, size, size), np.float32),
        weight=np.zeros((filters, channels, 3, 3), np.float32),
        bias=np.zeros(filters, np.float32) if bias else None,
        stride=(stride, stride),
        padding=(0, 0),
        dilation=(1, 1),
        groups=1,
        flipped=False,
    )
