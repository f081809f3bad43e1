"""The controls of the lesson on the receptive field, and the setting that they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layer_text import read, write
from cnnlab.engine.layers import (
    AvgPool,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Residual,
)
from cnnlab.engine.stacks import STACKS
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.choice import drawing
from cnnlab.ui.language import t
from cnnlab.ui.layer_stack import KINDS
from cnnlab.ui.receptive.setting import Setting, Unit
from cnnlab.ui.setting import settled

OWN = "own"
OWN_LAYERS = "conv 1 3, conv 1 3 s2, conv 1 3"
OWN_SIDE = 31
UNITS: Mapping[str, Message] = {
    "middle": Message("Middle"),
    "corner": Message("Corner"),
    "edge": Message("Edge"),
    OWN: Message("Your own"),
}
STARTS: Mapping[str, Message] = {
    "random": Message("Random, drawn anew for each input"),
    "uniform": Message("All the same"),
    "trained": Message("Trained on digits (the fast net)"),
}
TRAINED = "fast"  # the stack of which there are trained weights
FIRST = "two3"
RECTIFIED = ("deep20", "deep20res")  # with ReLUs, ways around matter most
_YOURS = Message("Your stack")
_OPENS = Message("Shown: two 3×3 layers.")
_WHOLE = (Dense, Flatten, GlobalAvgPool)  # from here on a unit sees everything
_WINDOWS = (Conv, MaxPool, AvgPool, Residual)
_STACK = "_receptive_stack"  # whose opening the controls have
_COUNT = "_receptive_layers"  # how many layers one's own stack had when the page was last written
_COPIED = "_receptive_copied"  # input and layer of the stack of which a copy was just made


@dataclass(frozen=True)
class Measure:
    """How the effective field is measured: over how many inputs, from which weights and seed."""

    start: str
    rectified: bool
    inputs: int
    seed: int


@dataclass(frozen=True)
class Chosen:
    """Everything that the controls say, before anything is computed from it."""

    stack: str
    layers: str
    layer: int
    side: int
    unit: Unit
    measure: Measure


def choose() -> Chosen:
    """Draw the row of controls and what stands under "More"."""
    first, second, third, fourth, more = lesson.controls(4)
    with first:
        names = {slug: stack.name for slug, stack in STACKS.items()} | {OWN: Message("Your own")}
        stack = controls.select("stack", names, default=FIRST)
    opening = openings(stack, choice.peek("layers", _typed))
    _open(stack, opening)
    with third:
        unit = controls.select("unit", UNITS)
    with more:
        with drawing(stack == OWN):
            text = controls.text("layers", default=OWN_LAYERS)
        with drawing(unit == OWN):
            place = controls.number("unit_h") - 1, controls.number("unit_w") - 1
        measure = _measure(bool(opening["rectified"]))
    with second:
        layer = _layer(legible(stack, text), opening["layer"], follow=stack == OWN)
    with fourth:
        side = controls.slider("side", default=opening["side"])
    return Chosen(stack, text, layer, side, place if unit == OWN else unit, measure)


def setting(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could."""
    return settled("receptive-field", partial(_setting, chosen), _first, _OPENS)


def edit(shown: Setting) -> None:
    """From now on the stack is one's own, and begins as the one that is shown."""
    st.session_state[_COPIED] = {"side": shown.size[0], "layer": shown.layer}
    controls.put(stack=OWN, layers=write(shown.network.layers))


def openings(stack: str, text: str | None = None) -> dict[str, int]:
    """Where a stack puts the input's side, the layer, and whether there are ReLUs when measured.

    ``text``: one's own layers as they are typed.
    """
    side = OWN_SIDE if stack == OWN else STACKS[stack].network.input[1]
    layer = opening_layer(legible(stack, text or OWN_LAYERS))
    return {"side": side, "layer": layer, "rectified": stack in RECTIFIED}


def _open(stack: str, opening: Mapping[str, int]) -> None:
    """What comes with a stack, when it is chosen.

    While layers of one's own are edited another may become the one that they would open with; who
    looks at one stays there.
    """
    stays = st.session_state.get(_STACK) == stack == OWN and not controls.arrived("receptive-field")
    layer = choice.held("layer")
    controls.defaults("receptive-field", **opening)
    if stays and layer is not None and not choice.went_back():
        controls.put(layer=layer)
    controls.put(**st.session_state.pop(_COPIED, {}))
    st.session_state[_STACK] = stack


def opening_layer(layers: tuple[Layer, ...]) -> int:
    """The layer that a stack opens with, from 1: the last window before a unit sees everything.

    >>> opening_layer(read("conv 1 3, relu, flatten, dense 10")), opening_layer(read("dense 10"))
    (1, 1)
    """
    last = 1
    for n, layer in enumerate(layers, 1):
        if isinstance(layer, _WHOLE):
            break
        if isinstance(layer, _WINDOWS):
            last = n
    return last


def named(layer: Layer) -> str:
    """A layer in few words: "conv 3×3 s2", as it is typed but for how many filters it has."""
    word, *rest = write((layer,)).split()
    if word not in ("conv", "pool", "avgpool"):
        return t(KINDS[type(layer)])
    window, *settings = [part for part in rest if part != "nobias"][isinstance(layer, Conv) :]
    size = window.replace("x", "×") if "x" in window else f"{window}×{window}"
    return " ".join((word, size, *settings))


def _typed(held: object) -> str | None:
    return held if isinstance(held, str) else None


def legible(stack: str, text: str) -> tuple[Layer, ...]:
    """The layers to choose from; of a text that cannot be read those that one begins with."""
    if stack != OWN:
        return STACKS[stack].network.layers
    try:
        return read(text) or read(OWN_LAYERS)
    except InvalidInput:
        return read(OWN_LAYERS)


def _layer(layers: tuple[Layer, ...], opening: int, *, follow: bool) -> int:
    """A choice of the layer; with ``follow``, who looks at the last one stays there when it moves.

    That is so while layers of one's own are added and removed.
    """
    before = st.session_state.pop(_COUNT, None)
    if follow:
        if before is not None and before != len(layers) and choice.held("layer") == before:
            controls.put(layer=len(layers))
        st.session_state[_COUNT] = len(layers)
    names = [f"{n} {named(layer)}" for n, layer in enumerate(layers, 1)]
    return controls.one_of("layer", names, default=opening)


def _measure(rectified: bool) -> Measure:
    start = controls.select("start", STARTS, label=Message("Weights of the effective field"))
    with drawing(start != "trained"):
        rectified = controls.toggle("rectified", default=rectified)
    return Measure(start, rectified, controls.slider("inputs"), controls.number("seed"))


def _setting(chosen: Chosen) -> Setting:
    name = _YOURS if chosen.stack == OWN else STACKS[chosen.stack].name
    made = Setting(chosen.stack, _network(chosen), chosen.layer, chosen.unit, name)
    made.field  # noqa: B018 - it is here that layers which do not fit are found out
    return made


def _network(chosen: Chosen) -> Architecture:
    if chosen.stack != OWN:
        network = STACKS[chosen.stack].network
        channels = network.input[0]
        return Architecture(network.name, (channels, chosen.side, chosen.side), network.layers)
    layers = read(chosen.layers)
    if not layers:
        raise InvalidInput("a stack needs at least one layer, for example conv 1 3")
    return Architecture(OWN, (1, chosen.side, chosen.side), layers)


def _first() -> Setting:
    first = STACKS[FIRST]
    return Setting(FIRST, first.network, len(first.network.layers), name=first.name)
