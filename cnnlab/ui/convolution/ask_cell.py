"""Questions about one number of the output: the worked example's, and one of the setting's."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from cnnlab.engine import WORKED_EXAMPLES, Array, conv2d, flip, unfold
from cnnlab.message import Message
from cnnlab.ui.ask.words import LONG, geometry, signed
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question, say

Cell = tuple[int, int, int]  # map, row, column, from 0

_ONE_OFF = Message("That is one column off.")
_MOST_PRODUCTS = 12  # other than 0, for a class to add up in the head
_LARGEST = 99  # of inputs and weights, likewise
_WRITTEN = 9  # products that are all written out, those with 0 too
_TRIED = 64  # cells looked at for the one that tells most slips apart


def worked() -> Question:
    """The cell at which the lesson opens: example 1, bottom left."""
    example = WORKED_EXAMPLES[0]
    once = (example.stride,) * 2, (example.padding,) * 2, (1, 1)
    setting = Setting(example.name, example.x[0], example.weight, None, *once, 1, False)
    y = setting.y
    at = (0, y.shape[1] - 1, 0)
    prompt = Message(
        "Input `{input}`, kernel `{kernel}`, stride 1, no padding. "
        "Which number is written at the bottom left of the output?",
        {"input": _table(setting.x[0]), "kernel": _table(setting.weight[0, 0])},
    )
    wrong = [
        (int(_with_flip(setting)[at]), _turned(setting)),
        (int(_beside(y)[at]), _ONE_OFF),
        (int(y[0, 0, 0]), Message("That is the wrong corner: the top left.")),
    ]
    return Question(prompt, int(y[at]), wrong, _sum(setting, at))


def cell(setting: Setting) -> Question | None:
    """One cell that can be worked out in the head, the one that tells most slips apart.

    The prompt lists the answers, because it is also what an answer given is remembered by: with
    other numbers on the stage it is another question.
    """
    slips = _slips(setting)
    asked = {
        at: Question(Message(""), int(setting.y[at]), [(int(y[at]), why) for y, why in slips])
        for at in islice(_easy(setting), _TRIED)
    }
    if not asked:
        return None
    at = max(asked, key=lambda at: len(asked[at].slips))
    answers = sorted([asked[at].right, *asked[at].slips])
    if max(map(abs, answers)) >= LONG:
        return None
    return replace(asked[at], prompt=_prompt(setting, at, answers), why=_sum(setting, at))


def _prompt(setting: Setting, at: Cell, answers: list[int]) -> Message:
    return Message(
        "{setting}. Which of {answers} is written in output map {map}, row {row}, column {column}?",
        {
            "setting": geometry(setting),
            "answers": ", ".join(map(say, answers)),
            **{name: n + 1 for name, n in zip(("map", "row", "column"), at, strict=True)},
        },
    )


def _easy(setting: Setting) -> Iterator[Cell]:
    """The cells whose sum a class can do, from the last to the first."""
    numbers = (setting.x, setting.weight, np.zeros(1) if setting.bias is None else setting.bias)
    if any((np.rint(a) != a).any() for a in numbers) or abs(setting.weight).max() > _LARGEST:
        return
    products = _convolved(setting, setting.x != 0, setting.weight != 0)
    large = _convolved(setting, abs(setting.x) > _LARGEST, setting.weight != 0)
    easy = (products > 1) & (products <= _MOST_PRODUCTS) & (large == 0)
    yield from (tuple(at) for at in np.argwhere(easy)[::-1].tolist())


def _slips(setting: Setting) -> list[tuple[Array, Message]]:
    """What each slip would write, in every cell; the right number where it changes nothing."""
    first = setting.x.copy()
    first[np.arange(len(first)) % setting.weight.shape[1] != 0] = 0
    slips = [
        (_with_flip(setting), _turned(setting)),
        (_beside(setting.y), _ONE_OFF),
        (_swapped(setting.y), Message("Row and column are swapped.")),
        (
            conv2d(first[None], setting.weight, setting.bias, **setting.options)[0],
            Message("That is the first channel only; a filter adds up all that it reads."),
        ),
    ]
    if setting.bias is not None:
        slips.append((setting.y - setting.bias[:, None, None], Message("The bias is missing.")))
    return slips


def _with_flip(setting: Setting) -> Array:
    return conv2d(setting.x[None], flip(setting.weight), setting.bias, **setting.options)[0]


def _turned(setting: Setting) -> Message:
    if setting.flipped:
        return Message("That is with the kernel as it stands; true convolution flips it first.")
    return Message("That is with the kernel flipped; networks slide it as it stands.")


def _beside(y: Array) -> Array:
    """The number to the left of each; in the first column, that to the right."""
    columns = np.arange(y.shape[2]) - 1
    columns[0] = min(1, y.shape[2] - 1)
    return y[:, :, columns]


def _swapped(y: Array) -> Array:
    both = min(y.shape[1:])
    swapped = y.copy()
    swapped[:, :both, :both] = y[:, :both, :both].swapaxes(1, 2)
    return swapped


def _convolved(setting: Setting, x: Array, weight: Array) -> Array:
    """The same windows over other numbers."""
    kind = setting.x.dtype
    return conv2d(x.astype(kind)[None], weight.astype(kind), **setting.options)[0]


def _sum(setting: Setting, at: Cell) -> Message:
    """The products and what they add up to; of many, those with 0 are left out."""
    products = list(zip(_window(setting, at), setting.weight[at[0]].flat, strict=True))
    if len(products) > _WRITTEN:
        products = [(x, weight) for x, weight in products if x and weight]
    terms = [f"{signed(x)}·{signed(weight)}" for x, weight in products]
    if setting.bias is not None:
        terms.append(signed(setting.bias[at[0]]))
    fields = {"sum": " + ".join(terms), "result": say(setting.y[at])}
    return Message("The products: {sum} = {result}.", fields)


def _window(setting: Setting, at: Cell) -> Array:
    """What one output reads, in the order of its filter's weights."""
    plane, row, column = at
    filters, depth, *kernel = setting.weight.shape
    options = {name: setting.options[name] for name in ("stride", "padding", "dilation")}
    columns = unfold(setting.x[None], tuple(kernel), **options)[0]
    taps = depth * kernel[0] * kernel[1]
    first = plane // (filters // setting.groups) * taps
    return columns[first : first + taps, row * setting.y.shape[2] + column]


def _table(plane: Array) -> str:
    """Rows of one-digit numbers: 012 / 220 / 012."""
    return " / ".join("".join(f"{number:g}" for number in row) for row in plane)
