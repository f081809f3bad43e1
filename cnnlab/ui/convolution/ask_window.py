"""Questions about where the window goes: the output's size, and how often a number is used."""

import numpy as np

from cnnlab.engine import conv2d_backward, output_size
from cnnlab.message import Message
from cnnlab.ui.ask import size
from cnnlab.ui.ask.words import axis, counting, geometry
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question

_UNSHARED = Message("Without sharing it would be so; here every place of the window uses it.")


def rows(setting: Setting) -> Question:
    """How many rows the output has."""
    return size.rows(geometry(setting), axis(setting, 0))


def columns(setting: Setting) -> Question | None:
    """How many columns the output has, where that takes another sum than the rows."""
    return size.columns(geometry(setting), axis(setting, 0), axis(setting, 1))


def reach(setting: Setting) -> Question:
    """How many outputs of one map read the cell in the middle of the input."""
    row, column = (n // 2 for n in setting.x.shape[1:])
    down, across = _readers(setting, 0), _readers(setting, 1)
    height, width = setting.weight.shape[2:]
    prompt = Message(
        "{setting}. How many outputs of a map read the middle input (row {row}, column {column})?",
        {"setting": geometry(setting), "row": row + 1, "column": column + 1},
    )
    slips = [
        (1, Message("That is one-to-one; but windows overlap, and each that holds it reads it.")),
        (across, Message("Those are the outputs of one row only; the window moves down too.")),
        (height * width, Message("Not every weight of the kernel comes to lie on this input.")),
    ]
    why = Message(
        "Places of the window that read it: {down} down × {across} across.",
        {"down": down, "across": across},
    )
    return counting(prompt, down * across, slips, why)


def uses(setting: Setting) -> Question:
    """How often one weight is used for a map."""
    height, width = setting.weight.shape[2:]
    _, rows, columns = setting.x.shape
    slips = [
        (1, _UNSHARED),
        (height * width, Message("That is how many weights a kernel has.")),
        (rows * columns, Message("That is every input; the window has fewer places.")),
    ]
    prompt = Message(
        "{setting}. How often is each weight used to make a map, products with padding included?"
        if any(setting.padding)
        else "{setting}. How often is each weight used to make a map?",
        {"setting": geometry(setting)},
    )
    return counting(prompt, _places(setting), slips, _once_each(setting))


def gradient(setting: Setting) -> Question:
    """How many outputs of a map enter the gradient of one weight."""
    prompt = Message(
        "{setting}. How many output cells enter the gradient of one weight?",
        {"setting": geometry(setting)},
    )
    return counting(prompt, _places(setting), [(1, _UNSHARED)], _once_each(setting))


def _readers(setting: Setting, which: int) -> int:
    """Along one axis, how many outputs read the input in the middle.

    It is that input's gradient where every weight and every dY is 1.
    """
    n, k, s, p, d = axis(setting, which)
    outputs = output_size(n, k, s, p, d)
    dy, x, weight = (np.ones((1, 1, 1, cells), np.float32) for cells in (outputs, n, k))
    dx, _, _ = conv2d_backward(dy, x, weight, stride=(1, s), padding=(0, p), dilation=(1, d))
    return int(dx[0, 0, 0, n // 2])


def _places(setting: Setting) -> int:
    _, rows, columns = setting.counts.output
    return rows * columns


def _once_each(setting: Setting) -> Message:
    _, rows, columns = setting.counts.output
    return Message(
        "Once in each of the {rows}×{columns} places of the window.",
        {"rows": rows, "columns": columns},
    )
