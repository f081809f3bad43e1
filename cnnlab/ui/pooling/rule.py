"""The rule with this setting's numbers: output size, no parameters, what shrinks or is unread."""

from math import prod

from cnnlab.message import Message
from cnnlab.scenes.pooling import pool_geometry
from cnnlab.ui import lesson
from cnnlab.ui.formula import formula
from cnnlab.ui.language import t
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.unread import COLUMNS, ROWS, never, never_of_padding

_UP = str.maketrans("⌊⌋", "⌈⌉")
_CLASSES = 10  # outputs of the dense layer that follows


def show(shown: Setting) -> None:
    """One line under the stage; where input or rounding need a remark, it stands after it."""
    _, rows, columns = shown.y.shape
    down, across = size_formula(shown, 0), size_formula(shown, 1)
    line = lesson.prose(
        "rule",
        formula=f"{down} = {rows}"
        if (down, rows) == (across, columns)
        else t(
            "{down} = {rows} rows, {across} = {columns} columns",
            down=down,
            rows=rows,
            across=across,
            columns=columns,
        ),
        before=f"{shown.x.size:,}",
        after=f"{shown.y.size:,}",
        dense_before=f"{dense(shown.x.shape):,}",
        dense_after=f"{dense(shown.y.shape):,}",
    )
    line = " · ".join([line, *(t(sentence) for sentence in unread(shown))])
    remarks = [t(shown.note)] if shown.note else []
    if is_cut(shown, 0) or is_cut(shown, 1):
        remarks.insert(0, lesson.prose("rule_cut"))
    lesson.rule("\n\n".join([line, " ".join(remarks)]) if remarks else line)


def unread(shown: Setting) -> list[Message]:
    """What of the input no window reads, and what of the padding, in a sentence each."""
    within, around = ([[], []] for _ in range(2))
    sizes = shown.x.shape[1:]
    g = pool_geometry(shown.x, shown.pool, shown.y)
    for axis in (ROWS, COLUMNS):
        for n in g.unread(axis):
            at = n - shown.pool.padding[axis]
            (within if 0 <= at < sizes[axis] else around)[axis].append(at)
    said = never(within, sizes), never_of_padding(around, sizes)
    return [sentence for sentence in said if sentence is not None]


def size_formula(shown: Setting, axis: int) -> str:
    """The size along an axis (0: rows, 1: columns) with its numbers; ceil mode rounds up.

    A window that would begin beyond the input and its first padding is left out: − 1.
    """
    pool = shown.pool
    written = formula(
        shown.x.shape[1 + axis], pool.padding[axis], 1, pool.kernel[axis], pool.stride[axis]
    )
    if pool.ceil_mode:
        written = written.translate(_UP)
    return f"{written} − 1" if is_cut(shown, axis) else written


def is_cut(shown: Setting, axis: int) -> bool:
    """Whether ceil mode would have had one window more, all of it beyond the input."""
    pool = shown.pool
    n, p, k, s = (shown.x.shape[1 + axis], pool.padding[axis], pool.kernel[axis], pool.stride[axis])
    return pool.ceil_mode and -(-(n + 2 * p - k) // s) + 1 > shown.y.shape[1 + axis]


def dense(shape: tuple[int, ...]) -> int:
    """Parameters of a dense layer from maps of that shape to ten outputs, biases included."""
    return _CLASSES * (prod(shape) + 1)
