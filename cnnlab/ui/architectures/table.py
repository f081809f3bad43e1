"""Every layer with its shape, window, parameters, work, memory and field, as a table with sums."""

import streamlit as st

from cnnlab.engine.layers import Residual
from cnnlab.figures.boxes import place
from cnnlab.ui import choice, lesson
from cnnlab.ui.architectures import original
from cnnlab.ui.architectures.lines import Line
from cnnlab.ui.architectures.said import (
    kernels,
    kind,
    paddings,
    shape,
    single,
    stored,
    strides,
)
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.language import t

_LONG = 40  # lines of a table that scrolls by itself
_HEIGHT = 620  # pixels


def show(shown: Setting) -> None:
    """The table, folded or with every layer, what its columns count, and LeNet-5's original.

    The original is told beside the remake on its own input and classes only.
    """
    with st.container(key="bar-layers", horizontal=True, vertical_alignment="center"):
        st.markdown(t("Lines"), width="content")
        options = {"folded": t("Folded"), "every": t("Every layer")}
        wanted = choice.segments("table-lines", t("Lines"), options, bare=True)
    lines = shown.lines if wanted == "every" else shown.folded
    with st.container(
        key="architectures-table", height=_HEIGHT if len(lines) > _LONG else "content"
    ):
        st.markdown(table(shown, lines))
    st.caption(lesson.prose("columns", batch=shown.batch))
    if shown.slug == "lenet5" and shown.published:
        original.show()


def table(shown: Setting, lines: tuple[Line, ...]) -> str:
    """A line for the input, for each of these, and for the sums."""
    head = (
        "",
        t("Layer"),
        t("Output"),
        t("Window"),
        t("Stride"),
        t("Padding"),
        t("Parameters"),
        t("Multiply–adds"),
        t("Kept"),
        t("Field"),
    )
    marks = ("--:", "---", *("--:",) * 8)
    image = (
        "",
        t("Input"),
        shape(shown.network.input),
        *("",) * 5,
        stored(shown.memory.input_kept),
        "1",
    )
    sums = (
        "",
        f"**{t('Together')}**",
        *("",) * 4,
        f"**{shown.parameters:,}**",
        f"**{shown.multiply_adds:,}**",
        f"**{stored(shown.kept)}**",
        "",
    )
    body = (_cells(line) for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, image, *body, sums))


def _cells(line: Line) -> tuple[str, ...]:
    inner = len(line.path) > 1
    own = isinstance(line.layer, Residual) and not line.parameters
    return (
        place(line.path),
        ("· " if inner else "") + (f"{t('Sum of the block')}" if own else kind(line)),
        shape(line.output),
        *(("",) * 3 if own else (kernels(line.layer), strides(line.layer), paddings(line.layer))),
        f"{line.parameters:,}" if line.parameters else "0",
        f"{line.multiply_adds:,}" if line.multiply_adds else "0",
        stored(line.memory),
        t("all") if line.field.whole else single(line.field.size),
    )
