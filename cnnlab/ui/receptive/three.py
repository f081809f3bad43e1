"""Three things that are called the receptive field, told apart in one picture."""

from math import prod

import numpy as np
import streamlit as st

from cnnlab.engine import Array
from cnnlab.engine.effective_field import width
from cnnlab.engine.receptive_field import extent, outside
from cnnlab.engine.sizes import times
from cnnlab.figures.field import field as picture_of
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls, language, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.percent import percent
from cnnlab.ui.receptive.controls import Measure
from cnnlab.ui.receptive.measured import effective
from cnnlab.ui.receptive.setting import Setting

_HEIGHT = 500
WEIGHTS = {
    "random": Message("random weights"),
    "uniform": Message("all weights the same"),
    "trained": Message("trained weights"),
}


def view(shown: Setting, measure: Measure) -> None:
    """Extent, support and effective field, each switched on and off; the first is on.

    Each is explained beside the picture, with this unit's numbers.
    """
    words, picture = st.columns([2, 3], vertical_alignment="center")
    with words, st.container(key="three-fields"):
        with_extent = _switched("extent", extent_said(shown), default=True)
        read = shown.read() if _switched("support", support_said(shown)) else None
        share = _effective(shown, measure)
    box = extent(shown.field, shown.unit)
    figure = picture_of(
        None,
        (box,) if with_extent else (),
        read,
        share,
        theme(),
        t,
        size=shown.size,
        height=_HEIGHT,
    )
    with picture:
        chart(figure, "receptive-three", t("The input with what the unit sees of it marked"))


def _switched(key: str, said: str, *, default: bool = False) -> bool:
    """One of the three: its switch and what it means here."""
    on = controls.toggle(key, default=default)
    st.markdown(_joined(lesson.prose(f"three_{key}"), said if on else ""))
    return on


def _effective(shown: Setting, measure: Measure) -> Array | None:
    """The effective field if it is switched on and can be measured; else why not."""
    on = controls.toggle("effective")
    place = st.empty()
    share = None
    if on:
        try:
            share = effective(shown, measure)
        except InvalidInput as error:
            lesson.problem(error)
    said = "" if share is None else effective_said(share, measure)
    place.markdown(_joined(lesson.prose("three_effective"), said))
    return share


def extent_said(shown: Setting) -> str:
    """How large the extent is, and how much of it there is no image under."""
    (top, bottom), (left, right) = extent(shown.field, shown.unit)
    size = times((bottom - top + 1, right - left + 1))
    off = outside(shown.field, shown.unit, shown.size)
    if not off:
        return t("**{size}**, all of it on the image.", size=size)
    return t("**{size}**, {share} of it outside the image.", size=size, share=percent(off))


def support_said(shown: Setting) -> str:
    """How many of the extent's cells on the image are really read."""
    read = shown.read()
    if read is None:
        return t("A map on the way is too large to follow.")
    n, cells = int(np.count_nonzero(read)), prod(shown.inside)
    return t(
        "**{n}** of its {cells} cells on the image ({share}).",
        n=f"{n:,}",
        cells=f"{cells:,}",
        share=percent(n / cells if cells else 0.0),
    )


def effective_said(share: Array, measure: Measure) -> str:
    """How wide the measured field is, and how it was measured."""
    if not share.any():
        return t("Nothing here: every gradient is 0.")
    found = t("Along each axis, 95 % of |gradient| within **{size}**.", size=times(width(share)))
    return _joined(found, _how(measure))


def _joined(*sentences: str) -> str:
    return ("" if language.current() == "zh" else " ").join(filter(None, sentences))


def _how(measure: Measure) -> str:
    words = {"weights": t(WEIGHTS[measure.start]), "n": measure.inputs}
    if measure.start == "trained":
        return t("Measured with {weights}, over {n} random inputs.", **words)
    if measure.rectified:
        return t("Measured with {weights}, with ReLU, over {n} random inputs.", **words)
    return t("Measured with {weights}, without ReLU, over {n} random inputs.", **words)
