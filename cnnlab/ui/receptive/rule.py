"""The rule with this setting's numbers: how the field grew here, and where this unit's lies."""

from cnnlab.engine.receptive_field import extent, outside
from cnnlab.engine.sizes import times
from cnnlab.ui import lesson
from cnnlab.ui.language import t
from cnnlab.ui.percent import percent
from cnnlab.ui.predict import say
from cnnlab.ui.receptive.said import one
from cnnlab.ui.receptive.setting import Setting
from cnnlab.ui.setting import Pair


def show(shown: Setting) -> None:
    """One line under the stage: this unit's field, jump, first centre, and what lies outside."""
    lesson.rule(sentence(shown))


def sentence(shown: Setting) -> str:
    """That line."""
    field = shown.field
    row, column = shown.unit
    words = {"row": row + 1, "column": column + 1, "map": times(shown.map)}
    if field.whole:
        return lesson.prose("rule_whole", **words, field=times(field.size), read=_read(shown))
    (top, bottom), (left, right) = extent(field, shown.unit)
    return lesson.prose(
        "rule",
        **words,
        field=times(field.size),
        grown=grown(shown),
        jump=one(field.jump or (1, 1)),
        centre=one((field.centre[0] + 1, field.centre[1] + 1)),
        cells=_cells((top, bottom), (left, right)),
        outside=percent(outside(field, shown.unit, shown.size)),
    )


def _read(shown: Setting) -> str:
    """How many of all cells reach a unit that sees everything: strides may skip some."""
    cells = shown.read()
    if cells is None:
        return ""
    if cells.all():
        return t(": every cell reaches this unit")
    n = int(cells.sum())
    return t(": {n} of its {cells} cells reach this unit", n=f"{n:,}", cells=f"{cells.size:,}")


def grown(shown: Setting) -> str:
    """The recurrence along the rows with its numbers, " (3 + (3 − 1)·1)"; "" if it adds nothing.

    After a residual sum there is no such line. Its spaces do not break.
    """
    field, before = shown.field, shown.before
    kernel = field.kernel[0]
    jump = before.jump[0] if before and before.jump else 1
    start = before.size[0] if before else 1
    if kernel == 1 or start + (kernel - 1) * jump != field.size[0]:
        return ""
    return " " + f"({start} + ({kernel} − 1)·{jump})".replace(" ", "\N{NO-BREAK SPACE}")


def _cells(rows: Pair, columns: Pair) -> str:
    """From which cell to which, from 1; those before the first are 0, −1, …"""
    if rows == columns:
        return t("{cells}, both axes", cells=_span(*rows))
    return t("rows {rows}, columns {columns}", rows=_span(*rows), columns=_span(*columns))


def _span(first: int, last: int) -> str:
    if first == last:
        return say(first + 1)
    return t("{first} to {last}", first=say(first + 1), last=say(last + 1))
