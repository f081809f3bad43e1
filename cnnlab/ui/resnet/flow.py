"""Gradient flow: how large gradients and signals are at every layer, before any training."""

from collections.abc import Mapping
from functools import lru_cache
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
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

SEEDS = 5
DIGITS = 32  # in the batch: more of them change the picture little, and take longer
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
FADED, GROWN = 1e-3, 1e3  # ratios of first and last layer from which it is called so


class Chosen(NamedTuple):
    """What decides the numbers: layers with weights, batch norm, first weights, first seed."""

    depth: int
    normalised: bool
    start: Start
    seed: int


def flow() -> None:
    """The view: its controls, the figure, and what is seen in these numbers."""
    chosen, measure = choose()
    with st.spinner(t("Gradients are being computed…")):
        plain, residual = (measured(chosen, kind, measure) for kind in (False, True))
    lesson.line("flow", images=DIGITS)
    figure = figures.flow(plain, residual, TITLES[measure], theme(), t)
    chart(figure, "flow", t(TITLES[measure]))
    lesson.rule(seen(chosen, measure, plain, residual))


def choose() -> tuple[Chosen, str]:
    """Draw the view's own row of controls, and read it."""
    depth, start, measure, norm, more = lesson.controls(4)
    with depth:
        layers = controls.slider("deep")
    with start:
        initial = controls.select("initial", STARTS, default="uniform")
    with measure:
        labels = {slug: t(label) for slug, label in MEASURES.items()}
        shown = choice.box("measure", t("What is measured"), labels)
    with norm:
        normalised = controls.toggle("norm")
    with more:
        seed = controls.number("seed")
    return Chosen(layers, normalised, "he" if initial == "he" else "uniform", seed), shown


def held() -> Chosen:
    """What the controls say, for what stands below them."""
    start = choice.held("initial", "uniform")
    return Chosen(
        choice.held("deep", controls.WHOLES["deep"].default),
        choice.held("norm", False),
        "he" if start == "he" else "uniform",
        choice.held("seed", controls.WHOLES["seed"].default),
    )


def measured(chosen: Chosen, residual: bool, measure: str) -> Floats:
    """One measure for each seed and layer (seeds, layers); seeds count on from the chosen one."""
    return np.stack([getattr(one, measure) for one in flows(chosen, residual)])


@lru_cache(maxsize=200)
def flows(chosen: Chosen, residual: bool) -> tuple[gradient_flow.Flow, ...]:
    """The flow of the same batch in networks of several seeds."""
    x, labels = batch()
    depth, normalised, start, first = chosen
    return tuple(
        gradient_flow.flow(depth, residual, normalised, seed, x, labels, start)
        for seed in range(first, first + SEEDS)
    )


def batch() -> tuple[Array, Array]:
    """The first training digits as a network reads them, and their labels."""
    digits = mnist.load("train")
    return standardised(digits.images[:DIGITS]), digits.labels[:DIGITS]


def seen(chosen: Chosen, measure: str, plain: Floats, residual: Floats) -> str:
    """What these numbers show, and what they do not, in the visitor's language."""
    if chosen.depth == 2:
        return lesson.prose("flow_same")
    ratios = {"plain": ratio(plain, measure), "residual": ratio(residual, measure)}
    values: dict[str, object] = {name: figures.said(value) for name, value in ratios.items()}
    values |= {f"{name}_word": t(word(value)) for name, value in ratios.items()}
    forward = measure == "signals"
    said = lesson.prose("flow_forward" if forward else "flow_backward", seeds=SEEDS, **values)
    return f"{said}\n\n{lesson.prose(_meaning(chosen.normalised, forward))}"


def _meaning(normalised: bool, forward: bool) -> str:
    """The section of the prose that says what to make of it."""
    if normalised:
        return "flow_norm_forward" if forward else "flow_norm"
    return "flow_without_forward" if forward else "flow_without"


def ratio(values: Floats, measure: str) -> float:
    """How many times as large it is where it arrives as where it comes from: median over seeds.

    Gradients go from the last convolution to the first layer, signals the other way.
    """
    first, last = values[:, 0], values[:, -2]  # the last layer of all is dense
    ratios = last / first if measure == "signals" else first / last
    return float(np.median(ratios))


def word(value: float) -> Message:
    """What such a ratio is called."""
    if value < FADED:
        return Message("vanishes")
    if value > GROWN:
        return Message("explodes")
    return Message("neither vanishes nor explodes")
