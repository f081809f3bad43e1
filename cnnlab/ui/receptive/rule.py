"""The rule with this setting's numbers: how the field grew here, and where this unit's lies."""

from cnnlab.engine.receptive_field import extent, outside
from cnnlab.engine.sizes import times
from cnnlab.ui import lesson
from cnnlab.ui.language import t
from cnnlab.ui.predict import say
from cnnlab.ui.receptive.said import one, percent
from cnnlab.ui.receptive.setting import Setting


def show(shown: Setting) -> None:
    """One line under the stage: this unit's field, jump, first centre, and what lies outside."""
    lesson.rule(sentence(shown))


def sentence(shown: Setting) -> str:
    """That line."""
    field = shown.field
    row, column = shown.unit
    words = {"row": row + 1, "column": column + 1, "map": times(shown.map)}
    if field.whole:
        return lesson.prose("rule_whole", **words, field=times(field.size))
    (top, bottom), (left, right) = extent(field, shown.unit)
    return lesson.prose(
        "rule",
        **words,
        field=times(field.size),
        grown=grown(shown),
        jump=one(field.jump or (1, 1)),
        centre=one((field.centre[0] + 1, field.centre[1] + 1)),
        rows=_span(top, bottom),
        columns=_span(left, right),
        outside=percent(outside(field, shown.unit, shown.size)),
    )


def grown(shown: Setting) -> str:
    """The recurrence along the rows with its numbers, " (3 + (3 − 1)·1)"; "" if it adds nothing.

    After a residual sum there is no such line.
    """
    field, before = shown.field, shown.before
    kernel = field.kernel[0]
    jump = before.jump[0] if before and before.jump else 1
    start = before.size[0] if before else 1
    if kernel == 1 or start + (kernel - 1) * jump != field.size[0]:
        return ""
    return f" ({start} + ({kernel} − 1)·{jump})"


def _span(first: int, last: int) -> str:
    """Cells from 1, as they are said; what lies before the first has a true minus or is 0."""
    if first == last:
        return say(first + 1)
    return t("{first} to {last}", first=say(first + 1), last=say(last + 1))
