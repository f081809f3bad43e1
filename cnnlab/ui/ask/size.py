"""How many rows and columns come out, and the slips of the formula."""

from cnnlab.engine import output_size
from cnnlab.message import Message
from cnnlab.ui.ask.words import Axis, counting
from cnnlab.ui.predict import Question

_SAME = Message("That is the input's size, which this setting does not keep.")
_NO_PLUS_ONE = Message("The + 1 is missing: the first place of the window counts too.")
_ONE_SIDE = Message("Padding is put on both sides, so it counts twice.")
_NO_DILATION = Message("Dilation spreads the kernel: what counts is how far it reaches.")
_UP = Message("The last, incomplete step does not count: sizes are rounded down.")
_DOWN = Message("In ceil mode the last, incomplete step counts: sizes are rounded up.")


def rows(setting: Message, down: Axis, *, ceil_mode: bool = False) -> Question:
    """How many rows the output has; ``setting`` says the setting in words."""
    asked = Message("{setting}. How many rows does the output have?", {"setting": setting})
    return _size(asked, down, ceil_mode)


def columns(
    setting: Message, down: Axis, across: Axis, *, ceil_mode: bool = False
) -> Question | None:
    """How many columns the output has, where that takes another sum than the rows."""
    if down == across:
        return None
    asked = Message("{setting}. How many columns does the output have?", {"setting": setting})
    return _size(asked, across, ceil_mode)


def _size(prompt: Message, axis: Axis, ceil_mode: bool) -> Question:
    n, k, s, p, d = axis
    room = n + 2 * p - d * (k - 1) - 1  # how far the window can move
    right = output_size(n, k, s, p, d, ceil_mode)

    def places(room: int, up: bool = ceil_mode) -> int:
        return -(-room // s) + 1 if up else room // s + 1

    slips = [
        (places(room, not ceil_mode), _DOWN if ceil_mode else _UP),
        (n, _SAME),
        (places(room - p), _ONE_SIDE),
        (places(n + 2 * p - k), _NO_DILATION),
    ]
    if not ceil_mode or room % s == 0:  # else it leads to what rounding down does
        slips.append((places(room) - 1, _NO_PLUS_ONE))
    return counting(prompt, right, slips, _why(axis, right, ceil_mode))


def _why(axis: Axis, right: int, ceil_mode: bool) -> Message:
    n, k, s, p, d = axis
    fields = {"n": n, "p": p, "extent": d * (k - 1) + 1, "s": s}
    if not ceil_mode:
        return Message("({n} + 2·{p} − {extent}) / {s}, rounded down, + 1.", fields)
    if (right - 1) * s < n + 2 * p - d * (k - 1) - 1:  # the place rounded up to is missing
        return Message(
            "({n} + 2·{p} − {extent}) / {s}, rounded up; not + 1, because the last window would "
            "start in the padding.",
            fields,
        )
    return Message("({n} + 2·{p} − {extent}) / {s}, rounded up, + 1.", fields)
