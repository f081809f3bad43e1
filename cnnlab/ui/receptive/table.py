"""Every layer's kernel, jump, field, first centre and map, as a table with its rule."""

import streamlit as st

from cnnlab.engine.receptive_field import Field
from cnnlab.engine.sizes import times
from cnnlab.ui import lesson
from cnnlab.ui.language import t
from cnnlab.ui.receptive.controls import named
from cnnlab.ui.receptive.said import one
from cnnlab.ui.receptive.setting import Setting


def show(shown: Setting) -> None:
    """The recurrence, the table, and which word means what."""
    st.markdown(lesson.prose("recurrence"))
    with st.container(key="receptive-table"):
        st.markdown(table(shown))
    st.caption(lesson.prose("words"))
    if any(len(field.path) > 1 for field in shown.fields):
        st.caption(lesson.prose("inside_blocks"))


def table(shown: Setting) -> str:
    """A line for the input and for every layer; the chosen one stands out."""
    head = (t("Layer"), t("Window"), t("Jump"), t("Field"), t("First centre"), t("Map"))
    marks = ("---", "--:", "--:", "--:", "--:", "--:")
    image = (t("Input"), "", "1", "1×1", "1", times(shown.size))
    lines = [_line(field, field.path == shown.path, _size(shown, field)) for field in shown.fields]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, image, *lines))


def _size(shown: Setting, field: Field) -> str:
    """The field's size; where it is the whole input, whether all of it is really read."""
    size = times(field.size)
    if not field.whole:
        return size
    cells = shown.read(field)
    if cells is None:
        return size
    read = t("everything") if cells.all() else t("{n} cells read", n=f"{int(cells.sum()):,}")
    return f"{size} ({read})"


def _line(field: Field, chosen: bool, size: str) -> tuple[str, ...]:
    number = ".".join(str(n + 1) for n in field.path)
    cells = (
        f"{number} {named(field.layer)}",
        times(field.kernel),
        "–" if field.jump is None else one(field.jump),
        size,
        "–" if field.whole else one((field.centre[0] + 1, field.centre[1] + 1)),
        times(field.output),
    )
    return tuple(f"**{cell}**" for cell in cells) if chosen else cells
