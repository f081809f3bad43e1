"""Many equal layers: how the map shrinks, without padding and with it, drawn to scale."""

from collections.abc import Sequence

import streamlit as st

from cnnlab.engine import layer_sizes
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.theme import DARK, LIGHT
from cnnlab.ui import controls, lesson, source
from cnnlab.ui.choice import held
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.setting import Pair

FAMOUS = {"n": 28, "layers": 13, "kernel": 3}  # of the texts: a digit through 13 layers of 3×3
_LADDER = {
    "size": FAMOUS["n"],
    "kernel": FAMOUS["kernel"],
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "depth": FAMOUS["layers"],
}
_LARGEST = 64  # pixels of the largest map's longer side
_SMALLEST = 2
Sizes = Sequence[Pair]
_ACCENT = f"light-dark({LIGHT.accent}, {DARK.accent})"
_MAP = (
    '<div style="display:flex;flex-direction:column;align-items:center;justify-content:flex-end">'
    f'<div style="width:{{width}}px;height:{{height}}px;border:1px solid {_ACCENT};'
    f'background:color-mix(in srgb, {_ACCENT} 25%, transparent)"></div>'
    '<span style="font-size:0.75rem;line-height:1.5">{size}</span></div>'
)
_ROW = (
    '<div style="display:flex;flex-wrap:wrap;align-items:flex-end;gap:0.25rem 0.4rem">{maps}</div>'
)


def show(shown: Setting) -> None:
    """A slider for the number of layers, and the sizes without padding and with padding."""
    slider, button, text = st.columns([3, 1, 5], gap="medium", vertical_alignment="center")
    with slider:
        layers = controls.slider(
            "depth", default=FAMOUS["layers"], label=Message("Number of layers")
        )
    n = FAMOUS["n"]
    button.button(f"{n}×{n}", key="padding-ladder", on_click=_climb)
    text.markdown(lesson.prose("layers", **FAMOUS, last=layer_sizes(**FAMOUS)[-1]))
    padding = shown.padding if any(shown.padding) else keeping(shown)
    bare, padded = maps(shown, layers, (0, 0)), maps(shown, layers, padding)
    longest = max(max(size) for size in (*bare, *padded))
    for around, sizes in (((0, 0), bare), (padding, padded)):
        st.markdown(sentence(shown, around, sizes, layers))
        st.html(drawn(sizes, longest))


def maps(shown: Setting, layers: int, padding: Pair) -> list[Pair]:
    """The map's size before the first layer and after each, as far as windows fit."""
    rows, columns = (
        layer_sizes(n, layers, k, s, p, d)
        for n, k, s, p, d in zip(
            shown.x.shape[1:],
            shown.weight.shape[2:],
            shown.stride,
            padding,
            shown.dilation,
            strict=True,
        )
    )
    return list(zip(rows, columns, strict=False))


def keeping(shown: Setting) -> Pair:
    """The padding per side that keeps the size at stride 1, or is one cell in all short of it."""
    rows, columns = (
        max(1, d * (k - 1) // 2)
        for k, d in zip(shown.weight.shape[2:], shown.dilation, strict=True)
    )
    return rows, columns


def sentence(shown: Setting, padding: Pair, sizes: Sizes, layers: int) -> str:
    """What is left after all layers, or at which of them no window fits any more."""
    fields = {
        "padding": _pair(padding),
        "stride": _pair(shown.stride),
        "first": times(sizes[0]),
        "last": times(sizes[-1]),
        "layers": layers,
        "fails": len(sizes),
    }
    return lesson.prose("layers_end" if len(sizes) <= layers else "layers_left", **fields)


def drawn(sizes: Sizes, longest: int) -> str:
    """The maps side by side as HTML, the longest side of all as long as there is room for."""
    scale = _LARGEST / longest
    cells = [
        _MAP.format(
            width=max(_SMALLEST, round(columns * scale)),
            height=max(_SMALLEST, round(rows * scale)),
            size=_pair((rows, columns)),
        )
        for rows, columns in sizes
    ]
    return _ROW.format(maps="".join(cells))


def _climb() -> None:
    """The example of the texts. Numbers of one's own have the size that they have: a digit's."""
    if held("input") == "own":
        source.forget_edits()
        controls.put(input="digit")
    controls.put(axes=False, **_LADDER)


def _pair(numbers: Pair) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else times(numbers)
