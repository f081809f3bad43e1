"""The controls of the training lesson, and the `Config` that they say."""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layer_text import read, write
from cnnlab.engine.networks import MNIST, NETWORKS
from cnnlab.message import InvalidInput, Message
from cnnlab.training.config import Config, checked
from cnnlab.training.recipes import RECIPES, Recipe
from cnnlab.ui import controls, lesson
from cnnlab.ui.language import t
from cnnlab.ui.setting import settled

OWN = "own"
OWN_LAYERS = "conv 8 3, relu, pool 2, conv 16 3, relu, pool 2, flatten, dense 10"
_OPENS = Message("Shown: the fast lane.")
Said = Mapping[str, str | Message]


def _numbers(*written: str) -> Said:
    """Numbers to choose from, written as they stand in a link and on the screen."""
    return {text: text for text in written}


LABELS: Mapping[str, Said] = {
    "network": {
        **{slug: network.name for slug, network in NETWORKS.items()},
        "fast": Message("Fast net"),
        "dense": Message("Dense net"),
        "resnet": Message("Small ResNet"),
        OWN: Message("Your own"),
    },
    "rate": _numbers(
        "0.0001", "0.0003", "0.001", "0.003", "0.005", "0.01", "0.02", "0.03", "0.05", "0.1", "0.3",
        "1.0", "3.0",
    ),
    "schedule": {
        "constant": Message("Constant"),
        "triangle": Message("Rises, then falls"),
        "cosine": Message("Falls as a cosine"),
        "steps": Message("Falls in two steps"),
    },
    "optimizer": {
        "sgd": Message("SGD with momentum"),
        "adam": "Adam",
        "adamw": "AdamW",
    },
    "momentum": _numbers("0.0", "0.5", "0.9", "0.99"),
    "beta2": _numbers("0.9", "0.99", "0.999"),
    "decay": _numbers("0.0", "0.0001", "0.001", "0.01", "0.02", "0.1"),
    "smoothing": _numbers("0.0", "0.1", "0.2"),
    "batch": _numbers(
        "1", "8", "16", "32", "50", "64", "96", "100", "128", "160", "256", "512", "1024"
    ),
    "epochs": _numbers(
        "0.25", "0.5", "0.8", "1.0", "2.0", "3.0", "5.0", "10.0", "20.0", "30.0", "50.0"
    ),
    "images": _numbers("100", "300", "1000", "3000", "10000", "20000", "55000", "60000"),
    "validation": _numbers("0", "1000", "5000", "10000"),
    "initial": {
        "uniform": Message("PyTorch's own"),
        "small": Message("0.01 · normal"),
    },
    "backend": {
        "torch": "PyTorch",
        "numpy": Message("our NumPy engine"),
    },
}  # fmt: skip
# Key of the control → name in `Config`, and how the text is read.
_FIELDS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "rate": ("learning_rate", float),
    "schedule": ("schedule", str),
    "optimizer": ("optimizer", str),
    "momentum": ("momentum", float),
    "beta2": ("beta2", float),
    "decay": ("weight_decay", float),
    "smoothing": ("label_smoothing", float),
    "batch": ("batch_size", int),
    "epochs": ("epochs", float),
    "images": ("images", int),
    "validation": ("validation", int),
    "initial": ("start", str),
    "backend": ("backend", str),
}
_LEFT = ("optimizer", "schedule", "momentum", "beta2", "decay", "smoothing", "initial", "backend")
_RIGHT = ("epochs", "batch", "images", "validation")


@dataclass(frozen=True)
class Chosen:
    """What the controls say: the recipe they started from, and every setting as text."""

    recipe: str
    network: str
    layers: str
    settings: Mapping[str, str]
    shift: int
    shuffled: bool
    seed: int
    digit: int


def choose(*, locked: bool = False) -> tuple[Chosen, AbstractContextManager]:
    """Draw the row of controls and what stands under "More"; the other is the button's place.

    ``locked``: a run of one's own goes on, which the controls of the row do not reach.
    """
    first, second, third, fourth, fifth, more = lesson.controls(5)
    with first:
        names = {slug: one.name for slug, one in RECIPES.items()}
        recipe = controls.select("recipe", names, disabled=locked)
    opening = openings(RECIPES[recipe])
    controls.defaults("training", **opening)
    select = partial(_select, opening)
    with second:
        network = select("network", disabled=locked)
    with third:
        settings = {"rate": select("rate", disabled=locked)}
    with fourth:
        digit = controls.number("digit", default=0)
    with more:
        layers = controls.text("layers", default=OWN_LAYERS)
        left, right = st.columns(2)
        with left:
            settings |= {key: select(key) for key in _LEFT}
        with right:
            settings |= {key: select(key) for key in _RIGHT}
            shift = controls.slider("shift", default=int(opening["shift"]))
            shuffled = controls.toggle("shuffled", default=bool(opening["shuffled"]))
            seed = controls.number("seed", default=0)
    return Chosen(recipe, network, layers, settings, shift, shuffled, seed, digit), fifth


def setting(chosen: Chosen) -> Config:
    """The config that the controls say; where it cannot be, a sentence and the last that could."""
    return settled("training", partial(config, chosen), lambda: RECIPES["fast"].config, _OPENS)


def fits(chosen: Chosen) -> bool:
    """Whether what the controls say can be trained."""
    try:
        config(chosen)
    except InvalidInput:
        return False
    return True


def config(chosen: Chosen) -> Config:
    """The config that the controls say; raises InvalidInput where it cannot be trained."""
    made = {name: read_as(chosen.settings[key]) for key, (name, read_as) in _FIELDS.items()}
    return checked(
        Config(
            **made,
            network=network(chosen),
            shift=chosen.shift,
            shuffled=chosen.shuffled,
            seed=chosen.seed,
            threads=max(1, (os.cpu_count() or 1) - 1),
        )
    )


def network(chosen: Chosen) -> Architecture:
    """The network that is chosen by name, or the one whose layers are typed."""
    if chosen.network != OWN:
        return NETWORKS[chosen.network]
    layers = read(chosen.layers)
    if not layers:
        raise InvalidInput("a network needs a layer: end it with flatten, dense 10")
    return Architecture(t("Your own"), MNIST, layers)


def edit(shown: Architecture) -> None:
    """From now on the network is one's own, and begins as the one that is shown."""
    controls.put(network=OWN, layers=write(shown.layers))


def openings(recipe: Recipe) -> dict[str, int | str | bool]:
    """Where a recipe puts the controls."""
    chosen = recipe.config
    slug = next(slug for slug, network in NETWORKS.items() if network is chosen.network)
    texts = {key: str(getattr(chosen, name)) for key, (name, _) in _FIELDS.items()}
    return {**texts, "network": slug, "shift": chosen.shift, "shuffled": chosen.shuffled}


def same_run(one: Config, other: Config) -> bool:
    """Whether two configs are the same training; the number of threads is the machine's."""
    return replace(one, threads=other.threads) == other


def _select(opening: Mapping[str, object], key: str, *, disabled: bool = False) -> str:
    return controls.select(key, LABELS[key], default=str(opening[key]), disabled=disabled)
