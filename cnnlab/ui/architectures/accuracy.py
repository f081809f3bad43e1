"""Published accuracy against parameters and against work."""

import streamlit as st

from cnnlab.engine.published import PUBLISHED
from cnnlab.figures.accuracy import accuracy, points
from cnnlab.ui import choice, language, lesson
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.predict import say

_HEIGHT = 330
_LARGE, _DEEP = "vgg16", "resnet50"  # what the sentence compares


def view(shown: Setting) -> None:
    """Both charts, with the set network in colour, and where the numbers come from."""
    with st.container(key="bar-accuracy", horizontal=True, vertical_alignment="center"):
        st.markdown(t("Measured by"), width="content")
        names = {slug: t(protocol.name) for slug, protocol in PUBLISHED.items()}
        measured = choice.segments("accuracy-by", t("Measured by"), names, bare=True)
    lesson.line("accuracy", **found(measured))
    figure = accuracy(measured, theme(), t, chosen=shown.slug, height=_HEIGHT)
    chart(figure, "architectures-accuracy", t("Accuracy by parameters and by multiply–adds"))
    st.caption(("" if language.current() == "zh" else " ").join(sources(measured)))


def found(measured: str) -> dict[str, str]:
    """VGG-16 against ResNet-50: how many times the parameters and the work, and both accuracies."""
    large, deep = (
        next(point for point in points(measured) if point.slug == slug) for slug in (_LARGE, _DEEP)
    )
    return {
        "parameters": f"{large.parameters / deep.parameters:.1f}",
        "work": f"{large.multiply_adds / deep.multiply_adds:.1f}",
        "large": say(round(large.error.accuracy, 1)),
        "deep": say(round(deep.error.accuracy, 1)),
    }


def sources(measured: str) -> list[str]:
    """How the errors were measured, then where each of them stands."""
    named: dict[str, list[str]] = {}
    for point in points(measured):
        named.setdefault(t(point.error.source), []).append(point.name)
    return [
        t(PUBLISHED[measured].how),
        *(t("{networks}: {source}.", networks=", ".join(n), source=s) for s, n in named.items()),
    ]
