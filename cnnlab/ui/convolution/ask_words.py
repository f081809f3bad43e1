"""What the questions of the convolution lesson share: settings in words, and answers that count."""

from collections.abc import Iterable
from typing import NamedTuple

from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui.convolution.setting import Pair, Setting
from cnnlab.ui.predict import Question

Pairs = Iterable[tuple[int, Message]]
LONG = 1_000_000  # from here on answers are shown rounded, and nobody would choose them


class Axis(NamedTuple):
    """One axis of a setting: input size, kernel size, stride, padding on each side, dilation."""

    n: int
    kernel: int
    stride: int
    padding: int
    dilation: int


def axis(setting: Setting, which: int) -> Axis:
    """The rows (0) or the columns (1) of a setting."""
    sizes = setting.x.shape[1:], setting.weight.shape[2:]
    options = setting.stride, setting.padding, setting.dilation
    return Axis(*(pair[which] for pair in (*sizes, *options)))


def geometry(setting: Setting) -> Message:
    """Input, kernel, stride, padding and, where there is one, dilation: "Input 6×6, …"."""
    fields = {
        "input": times(setting.x.shape[1:]),
        "kernel": times(setting.weight.shape[2:]),
        "stride": _directions(setting.stride),
        "padding": _padding(setting.padding),
    }
    if setting.dilation == (1, 1):
        return Message("Input {input}, kernel {kernel}, stride {stride}, {padding}", fields)
    return Message(
        "Input {input}, kernel {kernel}, stride {stride}, {padding}, dilation {dilation}",
        {**fields, "dilation": _directions(setting.dilation)},
    )


def layer(setting: Setting) -> Message:
    """The geometry with channels, filters, bias and, where there are some, groups."""
    fields = {
        "geometry": geometry(setting),
        "channels": len(setting.x),
        "filters": len(setting.weight),
        "bias": Message("without bias" if setting.bias is None else "with bias"),
    }
    if setting.groups == 1:
        return Message("{geometry}; input channels: {channels}, filters: {filters}, {bias}", fields)
    return Message(
        "{geometry}; input channels: {channels}, filters: {filters}, groups: {groups}, {bias}",
        {**fields, "groups": setting.groups},
    )


def counting(prompt: Message, right: int, slips: Pairs, why: Message) -> Question:
    """A question whose answer is a number of things: no slip leads to none, or to a huge number."""
    return Question(prompt, right, [(n, slip) for n, slip in slips if 0 < n < LONG], why)


def _directions(pair: Pair) -> Message | int:
    down, across = pair
    if down == across:
        return down
    return Message("{down} down and {across} across", {"down": down, "across": across})


def _padding(pair: Pair) -> Message:
    down, across = pair
    if down == across == 0:
        return Message("no padding")
    if down == across:
        return Message("padding {n} per side", {"n": down})
    return Message(
        "padding {down} above and below and {across} left and right",
        {"down": down, "across": across},
    )
