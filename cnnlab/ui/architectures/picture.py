"""The network to scale, and what there is to know of it."""

import streamlit as st

from cnnlab.engine.architecture import trace
from cnnlab.engine.sizes import times
from cnnlab.figures.architecture import picture
from cnnlab.ui import language, lesson
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

_HEIGHT = 320


def view(shown: Setting) -> None:
    """The picture under how to read it; below it what differs here and where it comes from."""
    lesson.line("picture")
    figure = picture(shown.network, theme(), t, height=_HEIGHT)
    chart(figure, "architectures-picture", t("The layers of {name} to scale", name=shown.name))
    st.caption(("" if language.current() == "zh" else " ").join(about(shown)))


def about(shown: Setting) -> list[str]:
    """What differs in this variant, what to know of the network, and who published it.

    On another input or with other classes a sentence before says of which network that is told.
    """
    told = [shown.variant.note, *shown.famous.notes, shown.famous.source]
    return [*([] if shown.published else [_of_the_published(shown)]), *map(t, told)]


def _of_the_published(shown: Setting) -> str:
    network = shown.variant.network
    (classes,) = trace(network)[-1].output
    return t(
        "What follows is told of the network as published, {input} in and {classes} out.",
        input=times(network.input),
        classes=f"{classes:,}",
    )
