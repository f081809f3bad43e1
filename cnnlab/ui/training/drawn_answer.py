"""What a network says of a digit of one's own: an answer in words, ten bars, and its maps."""

from collections.abc import Iterator, Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data.preprocess import standardised
from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.checks import Array
from cnnlab.engine.forward import Path, activations, forward
from cnnlab.engine.layers import Conv, Flatten, ReLU, Sigmoid, Tanh
from cnnlab.engine.loss import softmax
from cnnlab.figures.bars import probabilities
from cnnlab.figures.mosaic import MAP, mosaic
from cnnlab.message import Message
from cnnlab.training.data import shuffled
from cnnlab.ui import lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.training import drawn_steps

SURE, LIKELY, UNSURE = 0.9, 0.5, 0.25  # from these probabilities on
ROWS = 2  # of maps: those of the first layers

Digit = NDArray[np.uint8]
Order = NDArray[np.intp] | None


def answer(network: Architecture, weights: Mapping[str, Array], digit: Digit, order: Order) -> None:
    """The network's answer to a digit (28, 28), and how probable it holds each of the ten."""
    x = _input(digit, order)
    said = softmax(forward(network, weights, x))[0]
    st.markdown(t(verdict(said)))
    chart(
        probabilities(said, None, theme(), t),
        "draw-probabilities",
        t("Probability of each digit"),
    )


def verdict(said: Array) -> Message:
    """Ten probabilities in a sentence that is as sure as they are.

    >>> str(verdict(np.array([0.01, 0.97, *[0.0025] * 8])))
    '**1** — the network is sure: 97 %'
    """
    best, second = (int(i) for i in np.argsort(-said, kind="stable")[:2])
    words = {"digit": best, "share": percent(said[best])}
    other = {"other": second, "less": percent(said[second])}
    if said[best] >= SURE:
        return Message("**{digit}** — the network is sure: {share}", words)
    if said[best] >= LIKELY:
        return Message(
            "**{digit}**, probably ({share}); it could be {other} ({less})", {**words, **other}
        )
    if said[best] < UNSURE:
        return Message("**No idea**: no digit gets more than {share}", words)
    return Message(
        "**Unsure**: {digit} ({share}) or {other} ({less}); no digit gets half", {**words, **other}
    )


def percent(share: float) -> str:
    """A probability as a percentage that never rounds to certainty.

    >>> percent(0.974), percent(0.99996), percent(0.004)
    ('97 %', '> 99.9 %', '0.4 %')
    """
    if share > 0.999:
        return "> 99.9 %"
    return f"{100 * share:.0f} %" if 0.01 <= share < 0.99 else f"{100 * share:.1f} %"


def maps(network: Architecture, weights: Mapping[str, Array], digit: Digit, order: Order) -> None:
    """What the first layers make of a digit, each on one scale; shuffled, the input too."""
    x = _input(digit, order)
    if order is not None:
        picture = drawn_steps.pixels(shuffled(digit[None], order)[0], theme())
        words = t("as the network was taught: its pixels in the run's own order")
        drawn_steps.figures(drawn_steps.figure(picture, t("5 · Shuffled"), words))
    shown = list(first_maps(network, weights, x))
    if not shown:
        st.markdown(lesson.prose("draw_no_maps"))
    for name, planes in shown:
        title = Message(
            "What layer {layer} makes of it: {n} maps", {"layer": name, "n": len(planes)}
        )
        figure = mosaic(planes, theme(), t, each=MAP, title=title, height=190, aspect=5.0)
        chart(figure, f"draw-maps-{name}", t(title))


def first_maps(
    network: Architecture, weights: Mapping[str, Array], x: Array
) -> Iterator[tuple[str, Array]]:
    """The first stages of a network at work on one image: the layer's name, and maps (C, H, W).

    A stage is a convolution with what follows up to its activation, whose maps are given; the
    convolution's own where none follows.
    """
    made = {path: y[0] for path, y in activations(network, weights, x)}
    for path in list(_stages(network))[:ROWS]:
        yield ".".join(str(place + 1) for place in path), made[path]


def _stages(network: Architecture) -> Iterator[Path]:
    """The last layer of each stage."""
    begun: Path | None = None
    for row in trace(network):
        if isinstance(row.layer, Conv | Flatten):
            if begun is not None:
                yield begun
            begun = row.path if isinstance(row.layer, Conv) else None
        elif isinstance(row.layer, ReLU | Tanh | Sigmoid) and begun is not None:
            yield row.path
            begun = None


def _input(digit: Digit, order: Order) -> Array:
    return standardised(shuffled(digit[None], order))
