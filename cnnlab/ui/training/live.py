"""What is in sight while a network learns: curves, first layer, one digit. Heights never change."""

from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.engine.sizes import times
from cnnlab.figures.bars import probabilities
from cnnlab.figures.curves import Scale, curves, key
from cnnlab.figures.mosaic import MAP, mosaic
from cnnlab.message import Message
from cnnlab.theme import Theme, shade
from cnnlab.ui import choice, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.percent import percent
from cnnlab.ui.training.shown import Kernels, Shown, first_maps, kernels

UNIT = Message("unit {n}")
CURVES, KERNELS, BARS, MAPS = 422, 146, 118, 146  # pixels: at 1280×800 all is in sight
_SIDE = 4  # pixels for each of the digit's


def view(shown: Shown, running: bool, story: str) -> None:
    """Curves at the left; kernels, the digit with its probabilities, and its maps at the right.

    ``story`` says in a line what to look for; the scale of the curves is beside it.

    Called twice a second inside a fragment: every chart keeps its place and its size. While it is
    ``running``, less is sent: a cell of a map says its number, and where it lies once it stops.
    """
    with st.container(key="see-story", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="line-story", width="stretch"):
            st.markdown(story)
        scale = _scale()
    left, right = st.columns([10, 9], gap="medium")
    with left:
        show_curves(shown, "live", scale=scale)
    with right, st.container(key="see-digit", gap="small"):
        show_kernels(shown, "live")
        show_answer(shown, "live")
        show_first_maps(shown, "live", placed=not running)
    st.caption(lesson.prose("see_curves"))


def show_curves(shown: Shown, where: str, *, height: int = CURVES, scale: Scale = "linear") -> None:
    """What the marks mean, in a line that wraps where it must; loss above, accuracy below."""
    done = len(shown.progress.steps)
    last = shown.progress.accuracies[-1] if done else 0.0
    alt = t(
        "Loss and accuracy over {done} of {planned} steps; the last batch: {accuracy} right",
        done=done,
        planned=shown.progress.planned,
        accuracy=percent(last),
    )
    figure = curves(shown.progress, theme(), t, height=height, scale=scale)
    with st.container(key=f"see-{where}-curves", gap=None):
        st.html(_key(shown))
        chart(figure, f"{where}-curves", alt)


def show_kernels(shown: Shown, where: str, *, height: int = KERNELS) -> None:
    """The first layer's kernels on one scale."""
    found = kernels(shown)
    title = kernels_title(shown, found)
    figure = mosaic(
        found.tiles,
        theme(),
        t,
        each=UNIT if found.dense else Message("filter {n}"),
        title=title,
        height=height,
        aspect=2.7,
    )
    chart(figure, f"{where}-kernels", t(title))


def show_answer(shown: Shown, where: str, *, height: int = BARS) -> None:
    """The digit, and what the network says of it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(picture(shown.pixels, theme()), width=28 * _SIDE)
        with st.container(width="stretch"):
            figure = probabilities(shown.probabilities, shown.label, theme(), t, height=height)
            chart(figure, f"{where}-bars", _said(shown))


def show_first_maps(shown: Shown, where: str, *, height: int = MAPS, placed: bool = True) -> None:
    """What the first layer makes of the digit."""
    maps = first_maps(shown)
    title = (
        Message("Its maps of this digit")
        if maps.shape[1] > 1
        else Message("Its {n} sums for this digit", {"n": maps.shape[2]})
    )
    figure = mosaic(
        maps, theme(), t, each=MAP, title=title, height=height, aspect=2.7, placed=placed
    )
    chart(figure, f"{where}-maps", t(title))


def kernels_title(shown: Shown, found: Kernels) -> Message:
    """How many kernels there are, how large, and what was done to show them."""
    size = times(found.tiles.shape[1:])
    numbers = {"n": len(found.tiles), "count": found.count, "size": size}
    if found.dense and shown.config.shuffled:
        return Message(
            "First layer: weights of {n} of {count} units, {size}, put back in order", numbers
        )
    if found.dense:
        return Message("First layer: weights of {n} of {count} units, {size}", numbers)
    if len(found.tiles) < found.count:
        return Message("First layer: {n} of {count} kernels, {size}", numbers)
    return Message("First layer: {n} kernels, {size}", numbers)


def picture(pixels: NDArray[np.uint8], colours: Theme, side: int = _SIDE) -> NDArray[np.uint8]:
    """A digit uint8 (H, W), ink 255, as RGB (H·side, W·side, 3), in a thin frame."""
    tones = np.array(
        [[int(shade(n, 255, colours)[i : i + 2], 16) for i in (1, 3, 5)] for n in range(256)],
        np.uint8,
    )
    drawn: NDArray[np.uint8] = tones[pixels].repeat(side, axis=0).repeat(side, axis=1)
    edge = np.array([int(colours.padding_line[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
    drawn[[0, -1]], drawn[:, [0, -1]] = edge, edge
    return drawn


def _key(shown: Shown) -> str:
    """The marks of the curves, each with its words; as tall if there are none."""
    entries = "".join(
        f'<span style="color: {colour}">{sign} {escape(t(words))}</span>'
        for sign, colour, words in key(shown.progress, theme())
    )
    return f'<div class="curves-key"><div>{entries}</div></div>'


def _scale() -> Scale:
    scales: dict[Scale, str] = {"linear": t("Linear"), "log": t("Logarithmic")}
    with st.container(key="bar-scale", width="content"):
        return choice.segments("curve-scale", t("Scale"), scales, bare=True)


def _said(shown: Shown) -> str:
    answer = int(np.argmax(shown.probabilities))
    return t(
        "The network says {answer}, with {share}; it is {label}",
        answer=answer,
        share=f"{100 * shown.probabilities[answer]:.0f} %",
        label=shown.label,
    )
