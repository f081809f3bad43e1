"""Questions about where the window goes: the output's size, and how often a number is used."""

import numpy as np

from cnnlab.engine import conv2d_backward, output_size
from cnnlab.message import Message
from cnnlab.ui.convolution.ask_words import axis, counting, geometry
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question

_ROUNDED_UP = Message("The last, incomplete step does not count: sizes are rounded down.")
_NO_PLUS_ONE = Message("The + 1 is missing: the first place of the window counts too.")
_SAME = Message("That is the input's size, which this setting does not keep.")
_ONE_SIDE = Message("Padding is put on both sides, so it counts twice.")
_NO_DILATION = Message("Dilation spreads the kernel: what counts is how far it reaches.")
_UNSHARED = Message("Without sharing it would be so; here every place of the window uses it.")


def rows(setting: Setting) -> Question:
    """How many rows the output has."""
    asked = Message(
        "{setting}. How many rows does the output have?", {"setting": geometry(setting)}
    )
    return _size(setting, 0, asked)


def columns(setting: Setting) -> Question | None:
    """How many columns the output has, where that takes another sum than the rows."""
    if axis(setting, 0) == axis(setting, 1):
        return None
    asked = Message(
        "{setting}. How many columns does the output have?", {"setting": geometry(setting)}
    )
    return _size(setting, 1, asked)


def reach(setting: Setting) -> Question:
    """How many outputs of one map read the cell in the middle of the input."""
    row, column = (size // 2 for size in setting.x.shape[1:])
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


def _size(setting: Setting, which: int, prompt: Message) -> Question:
    n, k, s, p, d = axis(setting, which)
    extent = d * (k - 1) + 1
    room = n + 2 * p - extent  # how far the window can move
    slips = [
        (-(-room // s) + 1, _ROUNDED_UP),
        (room // s, _NO_PLUS_ONE),
        (n, _SAME),
        ((room - p) // s + 1, _ONE_SIDE),
        ((n + 2 * p - k) // s + 1, _NO_DILATION),
    ]
    why = Message(
        "({n} + 2·{p} − {extent}) / {s}, rounded down, + 1.",
        {"n": n, "p": p, "extent": extent, "s": s},
    )
    return counting(prompt, output_size(n, k, s, p, d), slips, why)


def _readers(setting: Setting, which: int) -> int:
    """Along one axis, how many outputs read the input in the middle.

    It is that input's gradient where every weight and every dY is 1.
    """
    n, k, s, p, d = axis(setting, which)
    outputs = output_size(n, k, s, p, d)
    dy, x, weight = (np.ones((1, 1, 1, size), np.float32) for size in (outputs, n, k))
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
