"""Questions about padding that keeps the size, and about what a dilated kernel reaches."""

from cnnlab.engine import same_padding
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui.ask.words import axis, counting, directions
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.predict import Question

_UNDILATED = Message("That is without dilation, which makes the kernel reach further.")
_ALWAYS_ONE = Message("1 is enough where the window reaches over 3 cells only.")


def keeping(setting: Setting) -> Question | None:
    """The padding per side that keeps the size at stride 1; None where no such number does."""
    (n, k, _, _, d), across = axis(setting, 0), axis(setting, 1)
    before, after = same_padding(n, k, 1, d)
    if before != after:
        return None
    square = (k, d) == (across.kernel, across.dilation)
    prompt = Message(
        "{kernel}, stride 1. How much padding per side keeps the input's size?"
        if square
        else "{kernel}, stride 1. How many rows of padding above, and as many below, keep the "
        "number of rows?",
        {"kernel": _kernel(setting)},
    )
    slips = [
        (before + after, Message("That is the total; each side gets half of it.")),
        (k, Message("That is the kernel's size; the window needs no place that far outside.")),
        ((k - 1) // 2, _UNDILATED) if d > 1 else (1, _ALWAYS_ONE),
    ]
    why = Message("({extent} − 1) / 2 = {p} on each side.", {"extent": _extent(k, d), "p": before})
    return counting(prompt, before, slips, why)


def extent(setting: Setting) -> Question:
    """Over how many rows the kernel reaches."""
    _, k, _, _, d = axis(setting, 0)
    prompt = Message(
        "{kernel}. Over how many rows of the input does its window reach, from the first to the "
        "last that it reads?",
        {"kernel": _kernel(setting)},
    )
    slips = [
        (k * d, Message("That is {k}·{d}: nothing is skipped after the last tap.", _of(k, d))),
        (
            k + (k - 1) * d,
            Message("Dilation {d} is the step from tap to tap, not what is skipped.", _of(k, d)),
        ),
        (k, Message("That is without dilation.")),
    ]
    why = Message("{d}·({k} − 1) + 1.", _of(k, d))
    return counting(prompt, _extent(k, d), slips, why)


def tensorflow(setting: Setting) -> Question:
    """How many rows TensorFlow's rule adds in all."""
    n, k, s, _, d = axis(setting, 0)
    before, after = same_padding(n, k, s, d, "tensorflow")
    outputs, reach = -(-n // s), _extent(k, d)
    prompt = Message(
        'Input {input}, {kernel}, stride {stride}. TensorFlow\'s `padding="SAME"` makes {outputs} '
        "rows here. How many rows of padding does it add for that, above and below together?",
        {
            "input": times(setting.x.shape[1:]),
            "kernel": _kernel(setting, start=False),
            "stride": directions(setting.stride),
            "outputs": outputs,
        },
    )
    slips = [
        (reach - 1, Message("That is for stride 1, where every row has a window around it.")),
        (after, Message("That is below only.")),
        (s * (n - 1) + reach - n, Message("That would make {n} rows, stride and all.", {"n": n})),
        ((outputs - 1) * s + k - n, Message("That is without dilation.")),
        (2 * (k // 2), Message("That is half the kernel on both sides, whatever the stride.")),
    ]
    why = Message(
        "The {outputs} windows reach over ({outputs} − 1)·{s} + {extent} rows, and there are {n}.",
        {"outputs": outputs, "s": s, "extent": reach, "n": n},
    )
    least = [(max(rows, 0), slip) for rows, slip in slips]
    return Question(prompt, before + after, least, why)


def _kernel(setting: Setting, *, start: bool = True) -> Message:
    """The kernel and, where there is one, its dilation."""
    fields = {
        "kernel": times(setting.weight.shape[2:]),
        "dilation": directions(setting.dilation),
    }
    if setting.dilation == (1, 1):
        return Message("Kernel {kernel}" if start else "kernel {kernel}", fields)
    return Message(
        "Kernel {kernel}, dilation {dilation}" if start else "kernel {kernel}, dilation {dilation}",
        fields,
    )


def _extent(kernel: int, dilation: int) -> int:
    """The cells from the first tap to the last: keeping the size at stride 1 takes one fewer."""
    return sum(same_padding(1, kernel, 1, dilation)) + 1


def _of(kernel: int, dilation: int) -> dict[str, object]:
    return {"k": kernel, "d": dilation}
