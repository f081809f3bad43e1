"""A stack of layers that the class edits: a button for each layer, and a row for the chosen one.

What is edited is the text of the control ``layers``, so that it stands in the link.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import fields, replace

import streamlit as st

from cnnlab.engine.architecture import Row
from cnnlab.engine.layer_text import MOST_LAYERS, write
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui import controls
from cnnlab.ui.language import t

Layers = tuple[Layer, ...]
NEW: Mapping[str, tuple[Message, Layer]] = {  # what can be added, as it begins
    "conv": (Message("Convolution"), Conv(16, 3)),
    "pool": (Message("Max pooling"), MaxPool(2)),
    "avgpool": (Message("Average pooling"), AvgPool(2)),
    "global": (Message("Global average"), GlobalAvgPool()),
    "bn": (Message("Batch norm"), BatchNorm()),
    "relu": (Message("ReLU"), ReLU()),
    "tanh": (Message("tanh"), Tanh()),
    "sigmoid": (Message("Sigmoid"), Sigmoid()),
    "dropout": (Message("Dropout"), Dropout(0.5)),
    "flatten": (Message("Flatten"), Flatten()),
    "dense": (Message("Dense"), Dense(10)),
}
KINDS: Mapping[type, Message] = {type(layer): name for name, layer in NEW.values()} | {
    Residual: Message("Residual block")
}
# What can be set of a layer, by the field's name: its words, least and most.
SETTINGS: Mapping[str, tuple[Message, int, int]] = {
    "filters": (Message("Filters"), 1, 512),
    "outputs": (Message("Outputs"), 1, 4096),
    "kernel_size": (Message("Kernel size"), 1, 11),
    "stride": (Message("Stride"), 1, 8),
    "padding": (Message("Padding per side"), 0, 8),
    "dilation": (Message("Dilation"), 1, 8),
}
_CHOSEN = "_chosen_layer"


def edit(
    layers: Layers,
    *,
    named: Callable[[Layer], str] = lambda layer: write((layer,)),
    hidden: Set[str] = frozenset(),
) -> None:
    """A button for each layer; of the chosen one its settings, its place, and what to add.

    ``named``: what stands on the buttons; ``hidden``: settings that do not matter on this page.
    """
    st.session_state.setdefault(_CHOSEN, 0)
    places = range(len(layers))
    if not layers:
        _add(layers, -1)
        return
    held = min(st.session_state[_CHOSEN], len(layers) - 1)
    st.session_state["layer_chosen"] = held
    st.pills(
        t("Layers"),
        places,
        format_func=lambda place: f"{place + 1} {named(layers[place])}",
        key="layer_chosen",
        required=True,
        label_visibility="collapsed",
        on_change=_choose,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="layer-edit"):
        _settings(layers, held, hidden)
        _moves(layers, held)
        _add(layers, held)


def table(rows: tuple[Row, ...]) -> str:
    """Every layer of a network with what it makes, learns and computes, as a Markdown table."""
    head = (t("Layer"), t("Output"), t("Parameters"), t("Multiply–adds"))
    lines = [
        (
            f"{'.'.join(str(n + 1) for n in row.path)} {t(KINDS[type(row.layer)])} "
            f"`{write((row.layer,)) if not isinstance(row.layer, Residual) else '+'}`",
            times(row.output),
            f"{row.parameters:,}",
            f"{row.multiply_adds:,}",
        )
        for row in rows
    ]
    total = (
        f"**{t('Together')}**",
        "",
        f"**{sum(row.parameters for row in rows):,}**",
        f"**{sum(row.multiply_adds for row in rows):,}**",
    )
    marks = ("---", "---", "--:", "--:")
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines, total))


def words(layer: Layer) -> str:
    """A layer in words, with its window: "Convolution, 16 of 5×5", "Max pooling 2×2"."""
    kind = t(KINDS[type(layer)])
    if isinstance(layer, Conv):
        return t("{kind}, {n} of {size}", kind=kind, n=layer.filters, size=_window(layer))
    return f"{kind} {_window(layer)}" if isinstance(layer, MaxPool | AvgPool) else kind


def _window(layer: Conv | MaxPool | AvgPool) -> str:
    size = layer.kernel_size
    return times((size, size) if isinstance(size, int) else size)


def _choose() -> None:
    st.session_state[_CHOSEN] = st.session_state["layer_chosen"]


def _settings(layers: Layers, place: int, hidden: Set[str]) -> None:
    """One number field for each whole number of the layer, and a switch for its bias."""
    layer = layers[place]
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.name in hidden:
            continue
        if field.name in SETTINGS:
            label, least, most = SETTINGS[field.name]
            _number(layers, place, field.name, t(label), _single(value, layer), least, most)
        elif field.name == "p":
            percent = round(100 * value)
            _number(layers, place, "p", t("Dropped, in %"), percent, 0, 95, _as_share)


def _number(
    layers: Layers,
    place: int,
    name: str,
    label: str,
    value: int,
    least: int,
    most: int,
    made: Callable[[int], int | float] = int,
) -> None:
    key = f"layer-{name}"
    value = min(max(value, least), most)
    if st.session_state.get(key) != value:
        st.session_state[key] = value

    def changed() -> None:
        new = replace(layers[place], **{name: made(st.session_state[key])})
        _put((*layers[:place], new, *layers[place + 1 :]), place)

    st.number_input(label, least, most, step=1, key=key, on_change=changed, width=122)


def _moves(layers: Layers, place: int) -> None:
    """Earlier, later, away: beside each other however narrow the page is."""
    with st.container(horizontal=True, key="layer-moves", width="content", gap="xsmall"):
        _move_buttons(layers, place)


def _move_buttons(layers: Layers, place: int) -> None:
    last = len(layers) - 1
    st.button(
        t("Earlier"),
        key="layer-earlier",
        disabled=place == 0,
        on_click=_put,
        args=(_swapped(layers, place - 1), place - 1),
    )
    st.button(
        t("Later"),
        key="layer-later",
        disabled=place == last,
        on_click=_put,
        args=(_swapped(layers, place), place + 1),
    )
    st.button(
        t("Remove"),
        key="layer-remove",
        on_click=_put,
        args=((*layers[:place], *layers[place + 1 :]), max(0, place - 1)),
    )


def _add(layers: Layers, place: int) -> None:
    """A choice of what comes after the layer of that place."""

    def added() -> None:
        slug = st.session_state["layer-add"]
        if slug in NEW:
            st.session_state["layer-add"] = None
            new = alike(layers, place) if slug == "conv" else NEW[slug][1]
            _put((*layers[: place + 1], new, *layers[place + 1 :]), place + 1)

    st.selectbox(
        t("Add after it"),
        list(NEW),
        format_func=lambda slug: t(NEW[slug][0]),
        index=None,
        placeholder=t("Choose a layer"),
        key="layer-add",
        on_change=added,
        disabled=len(layers) >= MOST_LAYERS,
        filter_mode=None,
        width=160,
    )


def alike(layers: Layers, place: int) -> Conv:
    """A new convolution after a place: with as many filters as the nearest one, else `NEW`'s.

    >>> alike((Conv(4, 5), ReLU(), Conv(8, 5)), 1).filters, alike((ReLU(), Conv(8, 5)), 0).filters
    (4, 8)
    >>> alike((Residual((Conv(6, 3), ReLU())),), 0).filters, alike((ReLU(),), 0).filters
    (6, 16)
    """
    near = [*reversed(layers[: place + 1]), *layers[place + 1 :]]
    filters = (n for layer in near if (n := _filters(layer)) is not None)
    return Conv(next(filters, 16), 3)


def _filters(layer: Layer) -> int | None:
    """How many maps a layer makes, if it says so."""
    if isinstance(layer, Residual):
        inner = (n for one in reversed(layer.body) if (n := _filters(one)) is not None)
        return next(inner, None)
    return layer.filters if isinstance(layer, Conv) else None


def _put(layers: Layers, place: int) -> None:
    st.session_state[_CHOSEN] = place
    controls.put(layers=write(layers))


def _swapped(layers: Layers, place: int) -> Layers:
    """With the layers of this place and the next the other way round."""
    if not 0 <= place < len(layers) - 1:
        return layers
    return (*layers[:place], layers[place + 1], layers[place], *layers[place + 2 :])


def _single(value: object, layer: Layer) -> int:
    """One number where both axes may have their own; a pool's stride is else its window."""
    if value is None:
        value = getattr(layer, "kernel_size", 1)
    return value if isinstance(value, int) else int(max(value))  # type: ignore[call-overload]


def _as_share(percent: int) -> float:
    return percent / 100
