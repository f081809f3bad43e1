"""The rule under the stage, with this setting's numbers: each view's own output size."""

from collections.abc import Callable, Sequence

from cnnlab.engine import same_padding
from cnnlab.ui import lesson
from cnnlab.ui.formula import formula
from cnnlab.ui.language import t
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.padding.transposed import leading, possible
from cnnlab.ui.padding.unread import remarks
from cnnlab.ui.unread import in_a_row


def show(view: str, shown: Setting) -> None:
    """One line, and a remark after it where the view or the input needs one."""
    lines = [{"same": same, "transposed": transposed}.get(view, size)(shown)]
    if view == "border":
        lines.append(lesson.prose("rule_texts"))
    elif shown.note is not None:  # the border is that of a map of ones
        lines.append(t(shown.note))
    lesson.rule("\n\n".join(lines))


def size(shown: Setting) -> str:
    """The output's size, and what is never read."""
    line = lesson.prose("rule", formula=_both(shown, _size))
    return " · ".join([line, *(t(remark) for remark in remarks(shown))])


def same(shown: Setting) -> str:
    """The size that "same" keeps, and the padding in all that it takes."""
    return lesson.prose(
        "rule_same", formula=_both(shown, _kept), padding=_both(shown, _padded_in_all)
    )


def transposed(shown: Setting) -> str:
    """The size that the transposed convolution makes, and the sizes that it might have been."""
    shown = possible(shown)
    sizes = [[str(n) for n in some if n > 0] for some in leading(shown)]
    many = max(map(len, sizes)) > 1
    named = list(dict.fromkeys(t("{all}", all=in_a_row(some)) for some in sizes))
    return lesson.prose(
        "rule_transposed" if many else "rule_transposed_one",
        formula=_both(shown, _stamped),
        sizes=" × ".join(named),
        output="×".join(dict.fromkeys(str(n) for n in shown.y.shape[1:])),
    )


def _both(shown: Setting, along: Callable[[Setting, int], tuple[str, int]]) -> str:
    """A formula and its result, once; with rows and columns told apart where they differ."""
    (down, rows), (across, columns) = along(shown, 0), along(shown, 1)
    if (down, rows) == (across, columns):
        return f"{down} = {rows}"
    return t(
        "{down} = {rows} rows, {across} = {columns} columns",
        down=down,
        rows=rows,
        across=across,
        columns=columns,
    )


def _size(shown: Setting, axis: int) -> tuple[str, int]:
    n, k, s, d = _numbers(shown, axis)
    return formula(n, shown.padding[axis], d, k, s), shown.y.shape[1 + axis]


def _kept(shown: Setting, axis: int) -> tuple[str, int]:
    n, _, s, _ = _numbers(shown, axis)
    return (f"⌈{n}/{s}⌉", -(-n // s))


def _padded_in_all(shown: Setting, axis: int) -> tuple[str, int]:
    n, k, s, d = _numbers(shown, axis)
    taken = str(k) if d == 1 else f"({d}·({k} − 1) + 1)"
    text = f"max(({-(-n // s)} − 1)·{s} + {taken} − {n}, 0)"
    return text, sum(same_padding(n, k, s, d, "tensorflow"))


def _stamped(shown: Setting, axis: int) -> tuple[str, int]:
    _, k, s, d = _numbers(shown, axis)
    p, extra, n = shown.padding[axis], shown.output_padding[axis], shown.y.shape[1 + axis]
    text = f"({n} − 1)·{s} − 2·{p} + {d}·({k} − 1) + {extra} + 1"
    return text, leading(shown)[axis].start + extra


def _numbers(shown: Setting, axis: int) -> Sequence[int]:
    """Input size, kernel size, stride and dilation along an axis."""
    return (
        shown.x.shape[1 + axis],
        shown.weight.shape[2 + axis],
        shown.stride[axis],
        shown.dilation[axis],
    )
