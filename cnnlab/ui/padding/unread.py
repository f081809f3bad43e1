"""Which rows and columns no window reads, named: the last, the last two, rows 3 and 6."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from cnnlab.engine import read_counts
from cnnlab.message import Message
from cnnlab.scenes.geometry import geometry
from cnnlab.ui.padding.setting import Setting

_MOST_RUNS = 4  # that are listed; of more of them, how many lines they are
ROWS, COLUMNS = 0, 1


def remarks(shown: Setting) -> list[Message]:
    """What of the input is never read, what only where it is copied, and what of the padding."""
    never, copied, around = ([[], []] for _ in range(3))
    sizes = shown.x.shape[1:]
    for axis in (ROWS, COLUMNS):
        read = _read(shown, axis)
        for n in _missed(shown, axis):
            kind = around if not 0 <= n < sizes[axis] else copied if n in read else never
            kind[axis].append(n)
    named = [_named(lines, sizes, called) for lines in (never, copied)]
    said = (
        _sentence(
            *named[0],
            Message("{what} is never read"),
            Message("{what} are never read"),
        ),
        _sentence(
            *named[1],
            Message("{what} is read only where the padding copies it"),
            Message("{what} are read only where the padding copies them"),
        ),
        _sentence(
            *_named(around, sizes, counted),
            Message("of the padding, {what} is never read"),
            Message("of the padding, {what} are never read"),
        ),
    )
    return [sentence for sentence in said if sentence is not None]


def called(lines: Sequence[int], size: int, axis: int) -> Message:
    """Some rows (columns), counted from 0, of ``size``, as they are called.

    >>> [str(called(lines, 8, ROWS)) for lines in ([7], [6, 7], [2], [2, 5], [1, 3, 4, 7])]
    ['the last row', 'the last 2 rows', 'row 3', 'rows 3 and 6', 'rows 2, 4–5 and 8']
    """
    runs = _runs(lines)
    if len(runs) == 1 and lines[-1] == size - 1:
        if len(lines) == 1:
            return _of(axis, Message("the last row"), Message("the last column"))
        fields = {"n": len(lines)}
        return _of(
            axis, Message("the last {n} rows", fields), Message("the last {n} columns", fields)
        )
    if len(runs) > _MOST_RUNS:
        fields = {"n": len(lines), "all": size}
        return _of(
            axis, Message("{n} of {all} rows", fields), Message("{n} of {all} columns", fields)
        )
    which = _listed([str(a + 1) if a == b else f"{a + 1}–{b + 1}" for a, b in runs])
    fields = {"which": which}
    if len(lines) == 1:
        return _of(axis, Message("row {which}", fields), Message("column {which}", fields))
    return _of(axis, Message("rows {which}", fields), Message("columns {which}", fields))


def counted(lines: Sequence[int], _: int, axis: int) -> Message:
    """How many rows (columns): of the padding it does not matter which.

    >>> str(counted([-1], 8, ROWS)), str(counted([8, 9], 8, COLUMNS))
    ('1 row', '2 columns')
    """
    if len(lines) == 1:
        return _of(axis, Message("1 row"), Message("1 column"))
    fields = {"n": len(lines)}
    return _of(axis, Message("{n} rows", fields), Message("{n} columns", fields))


def in_a_row(names: Sequence[str]) -> str | Message:
    """Names or numbers one after the other, with the comma of the language.

    >>> str(in_a_row(["5", "6", "7"])), in_a_row(["5"])
    ('5, 6, 7', '5')
    """

    def after(some: str | Message, one: str) -> Message:
        return Message("{some}, {next}", {"some": some, "next": one})

    return reduce(after, names[1:], names[0])


def _missed(shown: Setting, axis: int) -> list[int]:
    """The rows (columns) that no window lies on; those of the padding are < 0 or ≥ the size."""
    g = geometry(
        shown.x, shown.weight, shown.y, shown.stride, shown.padding, shown.dilation, groups=1
    )
    return [n - shown.padding[axis] for n in g.unread(axis)]


def _read(shown: Setting, axis: int) -> set[int]:
    """The rows (columns) that are read somewhere, be it in a copy."""
    times = read_counts(
        shown.x.shape[1:],
        shown.weight.shape[2:],
        shown.stride,
        shown.padding,
        shown.dilation,
        shown.mode,
    )
    return set(times.any(axis=1 - axis).nonzero()[0].tolist())


def _named(
    lines: Sequence[Sequence[int]], sizes: Sequence[int], name: Callable[..., Message]
) -> tuple[int, list[Message]]:
    """How many rows and columns these are, and what they are called; no words for none."""
    axes = zip(lines, sizes, (ROWS, COLUMNS), strict=True)
    return sum(map(len, lines)), [name(some, size, axis) for some, size, axis in axes if some]


def _sentence(n: int, what: list[Message], one: Message, many: Message) -> Message | None:
    """The sentence about ``n`` rows and columns, of which there may be none."""
    if not n:
        return None
    if len(what) > 1:
        fields = {"rows": what[0], "columns": what[1]}
        # a list has an "and" of its own
        lists = any(isinstance(name.fields.get("which"), Message) for name in what)
        what = [Message("{rows}, {columns}" if lists else "{rows} and {columns}", fields)]
    return replace(one if n == 1 else many, fields={"what": what[0]})


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for n in lines:
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _listed(numbers: list[str]) -> str | Message:
    """Numbers one after the other, the last after "and"."""
    if len(numbers) == 1:
        return numbers[0]
    return Message("{some} and {last}", {"some": in_a_row(numbers[:-1]), "last": numbers[-1]})


def _of(axis: int, row: Message, column: Message) -> Message:
    return column if axis == COLUMNS else row
