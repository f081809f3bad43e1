"""The network to scale, and what there is to know of it."""

import streamlit as st

from cnnlab.figures.architecture import picture
from cnnlab.ui import language, lesson
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

_HEIGHT = 320


def view(shown: Setting) -> None:
    """The picture; above it which network it is, below it where it comes from."""
    lesson.line("picture")
    figure = picture(shown.network, theme(), t, height=_HEIGHT)
    chart(figure, "architectures-picture", t("The layers of {name} to scale", name=shown.name))
    st.caption(("" if language.current() == "zh" else " ").join(about(shown)))


def about(shown: Setting) -> list[str]:
    """What differs in this variant, what to know of the network, and who published it."""
    said = [shown.variant.note, *shown.famous.notes, shown.famous.source]
    return [t(sentence) for sentence in said]
