"""Settings in words, and answers that count."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from cnnlab.engine import Array
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui.predict import Answer, Question, say
from cnnlab.ui.setting import Pair

Pairs = Iterable[tuple[int, Message]]
LONG = 1_000_000  # from here on answers are shown rounded, and nobody would choose them


class Sliding(Protocol):
    """What the settings of a convolution have in common, whatever else a lesson sets."""

    x: Array  # (C, H, W)
    weight: Array  # (F, C/groups, KH, KW)
    stride: Pair
    padding: Pair  # per side
    dilation: Pair


class Axis(NamedTuple):
    """One axis of a setting: input size, kernel size, stride, padding on each side, dilation."""

    n: int
    kernel: int
    stride: int
    padding: int
    dilation: int = 1


def axis(setting: Sliding, which: int) -> Axis:
    """The rows (0) or the columns (1) of a setting."""
    sizes = setting.x.shape[1:], setting.weight.shape[2:]
    options = setting.stride, setting.padding, setting.dilation
    return Axis(*(pair[which] for pair in (*sizes, *options)))


def geometry(setting: Sliding) -> Message:
    """Input, kernel, stride, padding and, where there is one, dilation: "Input 6×6, …"."""
    fields = {
        "input": times(setting.x.shape[1:]),
        "kernel": times(setting.weight.shape[2:]),
        "stride": directions(setting.stride),
        "padding": padding(setting.padding),
    }
    if setting.dilation == (1, 1):
        return Message("Input {input}, kernel {kernel}, stride {stride}, {padding}", fields)
    return Message(
        "Input {input}, kernel {kernel}, stride {stride}, {padding}, dilation {dilation}",
        {**fields, "dilation": directions(setting.dilation)},
    )


def counting(prompt: Message, right: int, slips: Pairs, why: Message) -> Question:
    """A question whose answer is a number of things: no slip leads to none, or to a huge number."""
    return Question(prompt, right, [(n, slip) for n, slip in slips if 0 < n < LONG], why)


def directions(pair: Pair) -> Message | int:
    """A setting of both axes: one number where they are alike."""
    down, across = pair
    if down == across:
        return down
    return Message("{down} down and {across} across", {"down": down, "across": across})


def padding(pair: Pair) -> Message:
    """The padding per side: "no padding", "padding 1 per side", …"""
    down, across = pair
    if down == across == 0:
        return Message("no padding")
    if down == across:
        return Message("padding {n} per side", {"n": down})
    return Message(
        "padding {down} above and below and {across} left and right",
        {"down": down, "across": across},
    )


def signed(number: Answer) -> str:
    """A number as it stands in a sum: a negative one in brackets."""
    if isinstance(number, str):
        return number
    return f"({say(number)})" if number < 0 else say(number + 0)  # + 0 turns −0 into 0
