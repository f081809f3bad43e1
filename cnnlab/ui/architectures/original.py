"""Why the paper's LeNet-5 has 60,000 parameters and the usual remake has more."""

import streamlit as st

from cnnlab.engine.lenet_original import LAYERS
from cnnlab.ui import lesson
from cnnlab.ui.language import t


def show() -> None:
    """The sums of both, and layer by layer where they differ and why."""
    original, remake = (
        sum(counts) for counts in zip(*((one.original, one.remake) for one in LAYERS), strict=True)
    )
    st.markdown(lesson.prose("original", original=f"{original:,}", remake=f"{remake:,}"))
    with st.container(key="architectures-table-original"):
        st.markdown(table())


def table() -> str:
    """A line for each layer by the paper's name."""
    head = (t("Layer"), t("In the paper"), t("Remake"), "")
    marks = ("---", "--:", "--:", "---")
    lines = ((one.name, f"{one.original:,}", f"{one.remake:,}", t(one.why)) for one in LAYERS)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))
