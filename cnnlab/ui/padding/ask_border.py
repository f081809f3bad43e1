"""Questions about the border: who reads the corner, and what the first window finds there."""

import numpy as np

from cnnlab.engine import PadMode, conv_transpose2d, pad2d, read_counts
from cnnlab.message import InvalidInput, Message
from cnnlab.ui.ask.words import Pairs, axis, counting, geometry
from cnnlab.ui.padding.ask_words import copies, filled
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.predict import Question

_ONE_EDGE = Message("That is where the window hangs over one edge; here it hangs over two.")


def corner_reads(setting: Setting) -> Question:
    """How often the cell in the top left corner is read."""
    counts = _reads(setting)
    prompt = Message(
        "{setting}. How often is the corner of the input read, reads of its copies included?"
        if copies(setting)
        else "{setting}. How often is the corner of the input (top left) read?",
        {"setting": filled(setting)},
    )
    down, across = _windows_of_the_corner(setting)
    why = Message(
        "Windows that hold the corner: {down} down × {across} across.",
        {"down": down, "across": across},
    )
    if counts[0, 0] > down * across:
        why = Message("{windows} The rest are reads of copies.", {"windows": why})
    return counting(prompt, int(counts[0, 0]), _read_slips(setting, int(counts.max())), why)


def first_window(setting: Setting) -> Question | None:
    """How many cells of the padding the window reads that starts in the corner."""
    if not any(setting.padding):
        return None
    inside = _first_window(setting, 0) > 0
    height, width = inside.shape
    rows, columns = int((~inside.any(axis=1)).sum()), int((~inside.any(axis=0)).sum())
    prompt = Message(
        "{setting}. How many cells of the padding does the first window (top left) read?",
        {"setting": geometry(setting)},
    )
    slips = [
        (int(inside.sum()), Message("Those are the cells of the input that it reads.")),
        (
            rows * width + columns * height,
            Message("That counts the cells in the corner twice: once by row, once by column."),
        ),
        (rows * width, Message("Those are whole rows only; columns are padding too.")),
        (inside.size, Message("That is the whole window.")),
    ]
    why = Message(
        "{height}·{width} cells, of which {inside} belong to the input.",
        {"height": height, "width": width, "inside": int(inside.sum())},
    )
    return counting(prompt, int((~inside).sum()), slips, why)


def corner_of_ones(setting: Setting) -> Question:
    """What comes out in the corner where all inputs and all weights are 1."""
    inside = _first_window(setting, 0) > 0
    window = _first_window(setting, setting.value, setting.mode)
    prompt = Message(
        "{setting}; every input and every weight is 1. Which number is written in the top left "
        "corner of the output?",
        {"setting": filled(setting)},
    )
    above = np.where(inside.any(axis=1, keepdims=True), 1, window)
    slips = [
        (window.size, Message("That forgets that the padding counts with its own numbers.")),
        (int(inside.sum()), Message("That takes the padding for zeros.")),
    ]
    if not copies(setting):
        slips.append((int(above.sum()), _ONE_EDGE))
    fields = {"inside": int(inside.sum()), "n": window.size}
    why = Message("Inputs in the window: {inside}; cells in all: {n}.", fields)
    return Question(prompt, int(window.sum()), slips, why)


def transposed(setting: Setting) -> Question | None:
    """How many rows the transposed convolution makes."""
    n, k, s, p, d = axis(setting, 0)
    extra = setting.output_padding[0]
    try:
        options = setting.stride, setting.padding, setting.output_padding, 1, setting.dilation
        rows = conv_transpose2d(setting.x[None], setting.weight, None, *options).shape[2]
    except InvalidInput:
        return None
    prompt = Message(
        "{setting}, output padding {extra}. How many rows does the *transposed* convolution make?",
        {"setting": geometry(setting), "extra": extra},
    )
    reach = d * (k - 1) + 1
    slips = [
        (n * s, Message("That only spreads the input; the last stamp reaches further.")),
        (
            setting.y.shape[1],
            Message("That is the ordinary convolution, which goes the other way."),
        ),
        (rows - extra, Message("The output padding is missing: one more row for each.")),
        (rows + 2 * p, Message("Padding is cut off here, on both sides.")),
        (rows + 4 * p, Message("Here padding makes the output smaller, not larger.")),
        ((n - 1) * s + k - 2 * p + extra, Message("Dilation spreads the stamp.")),
    ]
    why = Message(
        "({n} − 1)·{s} + {extent} − 2·{p} + {extra}.",
        {"n": n, "s": s, "extent": reach, "p": p, "extra": extra},
    )
    return counting(prompt, rows, slips, why)


def _reads(setting: Setting) -> np.ndarray:
    """How often each cell is read."""
    size, kernel = setting.x.shape[1:], setting.weight.shape[2:]
    options = setting.stride, setting.padding, setting.dilation, setting.mode
    return read_counts(size, kernel, *options)


def _read_slips(setting: Setting, most: int) -> Pairs:
    taps = setting.weight[0, 0].size
    if any(setting.padding):
        yield 1, Message("That is without the padding, which lets windows start further out.")
    if copies(setting):
        down, across = _windows_of_the_corner(setting)
        yield down * across, Message("Those are reads of the corner itself; its copies count too.")
    yield most, Message("The most-read cells are read that often; the corner stays behind.")
    if taps != most:
        yield taps, Message("That is how many weights a kernel has.")


def _windows_of_the_corner(setting: Setting) -> tuple[int, int]:
    """How many places of the window, down and across, hold the first cell of the input."""
    counts = [
        read_counts((n, 1), (kernel, 1), (stride, 1), (padding, 0), (dilation, 1))
        for n, kernel, stride, padding, dilation in (axis(setting, 0), axis(setting, 1))
    ]
    return int(counts[0][0, 0]), int(counts[1][0, 0])


def _first_window(setting: Setting, value: float, mode: PadMode = "constant") -> np.ndarray:
    """What the first window reads of an input of ones, padding with it: (KH, KW)."""
    ones = pad2d(np.ones_like(setting.x[None]), setting.padding, mode, value)[0, 0]
    (height, width), (down, across) = setting.weight.shape[2:], setting.dilation
    return ones[::down, ::across][:height, :width]
