"""Gradient flow: how large gradients and signals are at every layer, before any training."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine import Array, gradient_flow
from cnnlab.engine.gradient_flow import Floats
from cnnlab.engine.initial import Start
from cnnlab.figures import flow as figures
from cnnlab.message import Message
from cnnlab.ui import choice, controls, language, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

SEEDS = 5
DIGITS = 16  # in the batch: more of them change the picture little, and take longer
STARTS: Mapping[str, Message] = {
    "uniform": Message("PyTorch's own"),
    "he": Message("He (2015)"),
}
MEASURES: Mapping[str, Message] = {
    "gradients": Message("Weight gradients"),
    "deltas": Message("Output gradients"),
    "signals": Message("Outputs, forward"),
}
TITLES: Mapping[str, Message] = {
    "gradients": Message("Gradient of each layer's weights, norm"),
    "deltas": Message("Gradient of each layer's output, norm"),
    "signals": Message("Each layer's output, root mean square"),
}
NAMES: Mapping[str, Message] = {
    "without": Message("Without batch norm"),
    "normed": Message("With batch norm"),
}
HEIGHT = 300  # pixels of a figure
FADED, GROWN = 1e-3, 1e3  # ratios of first and last layer from which it is called so


class Chosen(NamedTuple):
    """What decides the numbers: layers with weights, first weights, first seed."""

    depth: int
    start: Start
    seed: int


class Measured(NamedTuple):
    """One measure in both networks: (seeds, layers) each."""

    plain: Floats
    residual: Floats


def flow() -> None:
    """The view: its controls, a figure without and one with batch norm, and what is seen.

    Both stand side by side, on one scale: whoever sees only the plain network without batch norm
    takes vanishing gradients for what residual networks were made against.
    """
    chosen, measure = choose()
    with st.spinner(t("Gradients are being computed…")):
        without, normed = (measured(chosen, normalised, measure) for normalised in (False, True))
    lesson.line("flow", images=DIGITS, what=t(TITLES[measure]))
    span = figures.powers(*without, *normed)
    places = st.columns(2, gap="medium")
    for place, (key, what), found in zip(places, NAMES.items(), (without, normed), strict=True):
        with place:
            figure = figures.flow(*found, what, theme(), t, height=HEIGHT, span=span)
            chart(figure, f"flow-{key}", f"{t(TITLES[measure])} · {t(what)}")
    lesson.rule(seen(chosen, measure, without, normed))


def choose() -> tuple[Chosen, str]:
    """Draw the view's own row of controls, and read it."""
    depth, start, measure, more = lesson.controls(3)
    with depth:
        layers = controls.slider("deep")
    with start:
        initial = controls.select("initial", STARTS, default="uniform")
    with measure:
        labels = {slug: t(label) for slug, label in MEASURES.items()}
        shown = choice.box("measure", t("What is measured"), labels)
    with more:
        seed = controls.number("seed")
    return Chosen(layers, "he" if initial == "he" else "uniform", seed), shown


def held() -> Chosen:
    """What the controls say, for what stands below them."""
    start = choice.held("initial", "uniform")
    return Chosen(
        choice.held("deep", controls.WHOLES["deep"].default),
        "he" if start == "he" else "uniform",
        choice.held("seed", controls.WHOLES["seed"].default),
    )


def measured(chosen: Chosen, normalised: bool, measure: str) -> Measured:
    """One measure for each seed and layer; seeds count on from the chosen one."""
    plain, residual = (
        np.stack([getattr(one, measure) for one in flows(chosen, normalised, kind)])
        for kind in (False, True)
    )
    return Measured(plain, residual)


# Streamlit's cache computes once what many ask for at the same time: a class opens one link.
@st.cache_data(max_entries=200, show_spinner=False)
def flows(chosen: Chosen, normalised: bool, residual: bool) -> tuple[gradient_flow.Flow, ...]:
    """The flow of the same batch in networks of several seeds."""
    x, labels = batch()
    return tuple(
        gradient_flow.flow(chosen.depth, residual, normalised, seed, x, labels, chosen.start)
        for seed in range(chosen.seed, chosen.seed + SEEDS)
    )


def batch() -> tuple[Array, Array]:
    """The first training digits as a network reads them, and their labels."""
    digits = mnist.load("train")
    return standardised(digits.images[:DIGITS]), digits.labels[:DIGITS]


def seen(chosen: Chosen, measure: str, without: Measured, normed: Measured) -> str:
    """What these numbers show, and what they do not, in the visitor's language."""
    if chosen.depth == 2:
        return lesson.prose("flow_same")
    way = "forward" if measure == "signals" else "backward"
    values = {
        f"{name}_{kind}": _said(ratio(getattr(found, kind), measure))
        for name, found in (("without", without), ("normed", normed))
        for kind in Measured._fields
    }
    said = lesson.prose(f"flow_{way}", seeds=SEEDS, **values)
    between = "" if language.current() == "zh" else " "
    sections = (f"flow_{chosen.start}_{way}", f"flow_norm_{way}")
    return f"{said}\n\n{between.join(lesson.prose(section) for section in sections)}"


def _said(value: float) -> str:
    """A ratio, and what it is called where it is called something."""
    named, number = word(value), f"**{figures.said(value)}**"
    return number if named is None else t("{ratio} ({word})", ratio=number, word=t(named))


def ratio(values: Floats, measure: str) -> float:
    """How many times as large it is where it arrives as where it comes from: median over seeds.

    Gradients go from the last convolution to the first layer, signals the other way.
    """
    first, last = values[:, 0], values[:, -2]  # the last layer of all is dense
    ratios = last / first if measure == "signals" else first / last
    return float(np.median(ratios))


def word(value: float) -> Message | None:
    """What such a ratio is called; None where it neither vanishes nor explodes."""
    if value < FADED:
        return Message("vanishes")
    if value > GROWN:
        return Message("explodes")
    return None
