"""What the class is asked: five questions with settings of their own, then some of this setting.

Each is a prompt, the engine's answer, and the answers to which known slips lead, worked out by
the engine or by the formula of the slip. Which of them still ask something, `Question` says.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from cnnlab.message import InvalidInput
from cnnlab.scenes.pooling import Pool
from cnnlab.ui.ask.quiz import once, only, worthwhile
from cnnlab.ui.pooling import ask_cell, ask_layer
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import Question

Make = Callable[[Setting], Question | None]

MADE: Mapping[str, Make] = {
    "output": ask_cell.output,
    "rows": ask_layer.rows,
    "columns": ask_layer.columns,
    "rounded_otherwise": ask_layer.rounded_otherwise,
    "margin": ask_cell.margin,
    "loser": ask_cell.loser,
    "winner": ask_cell.winner,
    "border": ask_layer.border,
    "activations": ask_layer.activations,
    "parameters": ask_layer.parameters,
    "maps": ask_layer.maps,
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
        ask_cell.raised(),
        only(ask_layer.parameters(_plain(30)), 4, 120),
        ask_layer.maps(_plain(6)),
        only(ask_cell.loser_of_the_first(), 1),
        ask_layer.moved(),
    )


def made(setting: Setting) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    try:
        setting.y  # noqa: B018 - it is here that a setting without an output is found out
    except InvalidInput:
        return {}
    return worthwhile(MADE, setting)


def _plain(channels: int) -> Setting:
    """Max pooling, window 2×2, stride 2; of the numbers only the sizes count."""
    return Setting("", np.zeros((channels, 8, 8), np.float32), Pool("max", (2, 2), (2, 2)))
