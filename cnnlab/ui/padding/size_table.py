"""The output's size at every stride and padding that the sliders know, as a table."""

import streamlit as st

from cnnlab.engine import pad2d
from cnnlab.engine.sizes import output_shape, times
from cnnlab.message import InvalidInput
from cnnlab.ui import lesson
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.language import t
from cnnlab.ui.padding.setting import Setting

STRIDES = range(WHOLES["stride"].least, WHOLES["stride"].most + 1)
PADDINGS = range(WHOLES["padding"].least, WHOLES["padding"].most + 1)
NOTHING = "–"


def show(shown: Setting) -> None:
    """What the sizes mean, and the table; this setting's own cell is bold."""
    st.markdown(
        lesson.prose(
            "size_table",
            input=times(shown.x.shape[1:]),
            kernel=times(shown.weight.shape[2:]),
            dilation=times(shown.dilation),
        )
    )
    st.markdown("\n".join(table(shown)))


def table(shown: Setting) -> list[str]:
    """The lines of a Markdown table: a row for each stride, a column for each padding."""
    head = [t("Stride"), *(t("Padding {n}", n=n) for n in PADDINGS)]
    lines = [head, ["---", *["---:"] * len(PADDINGS)]]
    for stride in STRIDES:
        cells = [sizes(shown, stride, padding) for padding in PADDINGS]
        lines.append([str(stride), *cells])
    return [f"| {' | '.join(line)} |" for line in lines]


def sizes(shown: Setting, stride: int, padding: int) -> str:
    """The output's size there, "–" where there is none; bold where the setting is."""
    try:
        pad2d(shown.x[None], padding, shown.mode, shown.value)
        found = output_shape(
            shown.x.shape[1:],
            shown.weight.shape[2:],
            (stride, stride),
            (padding, padding),
            shown.dilation,
        )
    except InvalidInput:
        return NOTHING
    said = str(found[0]) if found[0] == found[1] else times(found)
    here = shown.stride == (stride, stride) and shown.padding == (padding, padding)
    return f"**{said}**" if here else said
