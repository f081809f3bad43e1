"""Names of the rows and columns that no window reads: the last, the last two, rows 3 and 6."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from cnnlab.message import Message

Lines = Sequence[Sequence[int]]  # the rows and the columns, counted from 0
_MOST_RUNS = 4  # that are listed; of more of them, how many lines they are
ROWS, COLUMNS = 0, 1


def never(lines: Lines, sizes: Sequence[int]) -> Message | None:
    """The sentence about what of an input of those sizes is never read; None for nothing.

    >>> str(never([[4], [1]], (5, 5))), never([[], []], (5, 5))
    ('the last row and column 2 are never read', None)
    """
    return sentence(
        *named(lines, sizes, called),
        Message("{what} is never read"),
        Message("{what} are never read"),
    )


def never_of_padding(lines: Lines, sizes: Sequence[int]) -> Message | None:
    """The sentence about what of the padding around it is never read.

    >>> str(never_of_padding([[-1], []], (5, 5)))
    'of the padding, 1 row is never read'
    """
    return sentence(
        *named(lines, sizes, counted),
        Message("of the padding, {what} is never read"),
        Message("of the padding, {what} are never read"),
    )


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


def in_a_row(names: Sequence[str]) -> str | Message:
    """Names or numbers one after the other, with the comma of the language.

    >>> str(in_a_row(["5", "6", "7"])), in_a_row(["5"])
    ('5, 6, 7', '5')
    """

    def after(some: str | Message, one: str) -> Message:
        return Message("{some}, {next}", {"some": some, "next": one})

    return reduce(after, names[1:], names[0])


def counted(lines: Sequence[int], _: int, axis: int) -> Message:
    """How many rows (columns): of the padding it does not matter which.

    >>> str(counted([-1], 8, ROWS)), str(counted([8, 9], 8, COLUMNS))
    ('1 row', '2 columns')
    """
    if len(lines) == 1:
        return _of(axis, Message("1 row"), Message("1 column"))
    fields = {"n": len(lines)}
    return _of(axis, Message("{n} rows", fields), Message("{n} columns", fields))


def named(
    lines: Lines, sizes: Sequence[int], name: Callable[..., Message]
) -> tuple[int, list[Message]]:
    """How many rows and columns these are, and what they are called; no words for none."""
    axes = zip(lines, sizes, (ROWS, COLUMNS), strict=True)
    return sum(map(len, lines)), [name(some, size, axis) for some, size, axis in axes if some]


def sentence(n: int, what: list[Message], one: Message, many: Message) -> Message | None:
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
