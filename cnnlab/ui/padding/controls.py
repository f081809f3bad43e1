"""The controls of the lesson on padding and stride, and the setting that they say."""

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import streamlit as st

from cnnlab.engine import PadMode
from cnnlab.engine.sizes import output_shape
from cnnlab.message import Message
from cnnlab.ui import choice, controls, filters, lesson, source
from cnnlab.ui.choice import drawing, held
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.player import Edit
from cnnlab.ui.setting import Pair, follow, pairs, settled

SLUG = "padding-stride"
INPUTS = source.options("random", "own", "digit", "photo", "upload")
MODES: dict[str, Message] = {
    "zeros": Message("Zeros"),
    "constant": Message("A constant"),
    "reflect": Message("Reflect"),
    "replicate": Message("Replicate the edge"),
    "circular": Message("Circular"),
}
_OPENS = Message("Shown: 5×5 random numbers under a 3×3 kernel of ones.")
_VIEW_THAT_PADS = "same"  # each framework by its own rule: what is set here does nothing
_NUMBERS = ("random", "own")  # inputs whose sums can be done in the head
_SIDES = {"random": 5, "own": 5, "digit": 28}  # 28: MNIST's own size
_SIDE = 32  # of pictures


@dataclass(frozen=True)
class Chosen:
    """Everything that the controls say, before anything is computed from it."""

    source: source.Choice
    filters: filters.Choice
    stride: Pair
    padding: Pair
    dilation: Pair
    output_padding: Pair
    mode: PadMode
    fill: int
    axes: bool


def choose() -> Chosen:
    """Draw the row of controls and what stands under "More"."""
    first, second, third, fourth, fifth, more = lesson.controls(5)
    with first:
        slug = controls.select("input", INPUTS, on_change=source.forget_edits)
    opening = _opening(slug)
    controls.defaults(SLUG, **opening)
    with second:  # one's own numbers bring their size
        size = controls.slider("size", default=opening["size"], disabled=slug == "own")
    single = {}
    for key, column in (("kernel", third), ("stride", fourth), ("padding", fifth)):
        with column:
            single[key] = controls.slider(key, disabled=key in _unused())
    with more:
        return _more(slug, opening["preset"], size=size, **single)


def _more(slug: str, preset: str, size: int, **single: int) -> Chosen:
    """Draw what stands under "More": the padding's values, the kernel, the input, each axis."""
    with drawing(not _unused()):
        mode = controls.select("mode", MODES)
        with drawing(mode == "constant"):
            fill = controls.slider("fill")
    preset = controls.select("preset", filters.presets(slug), default=preset)
    details = st.container()  # drawn when the sizes are known
    single |= {key: controls.slider(key) for key in ("dilation", "output_padding")}
    each = pairs(_unused(), **({} if slug == "own" else {"size": size}), **single)
    fitted, kernel = each.pop("size", (size, size)), each.pop("kernel")
    with details:
        chosen = source.choose(slug, seeded=preset == "random", size=fitted, channels=False)
        one = filters.choose_one(preset, kernel, chosen.seed)
    own = bool(held("axes"))
    return Chosen(chosen, one, **each, mode=cast(PadMode, mode), fill=fill, axes=own)


def setting(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could."""
    return settled(SLUG, partial(_setting, chosen), _first, _OPENS)


def on_screen(chosen: Chosen, shown: Setting) -> bool:
    """Whether what is shown is what is set, not the last setting that could be."""
    own = chosen.source.slug == "own"  # numbers of one's own have the size that they have
    asked = (
        chosen.source.slug,
        shown.x.shape[1:] if own else chosen.source.size,
        chosen.filters.kernel,
        (chosen.stride, chosen.padding, chosen.dilation, chosen.mode),
    )
    made = (
        shown.name,
        shown.x.shape[1:],
        shown.weight.shape[2:],
        (shown.stride, shown.padding, shown.dilation, shown.mode),
    )
    return asked == made


def edit(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    """Follow what was typed into a cell of the stage: into the link's texts, nothing else."""
    shapes = {"input": shown.x.shape, "weight": shown.weight.shape}
    follow(typed, shapes, partial(_put, chosen, shown))


def pad(chosen: Chosen, padding: Pair) -> None:
    """Set the padding, as far as its sliders go: that of both axes, or of each."""
    if chosen.axes:
        controls.put(padding_h=padding[0], padding_w=padding[1])
    else:
        controls.put(padding=padding[0])


def _put(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    if typed.grid == "input":
        controls.put(edits=source.edited(chosen.source, typed.cell, typed.text))
    else:
        text = filters.edited(chosen.filters, shown.weight, typed.cell, typed.text)
        controls.put(weights=text, preset="custom")


def _setting(chosen: Chosen) -> Setting:
    made = source.load(chosen.source)
    weight, _ = filters.load(chosen.filters, made.slug, 1)
    note = made.note
    if len(made.x) > 1:
        note = Message("Of {planes} planes, the first is taken.", {"planes": len(made.x)})
    shown = Setting(
        name=made.slug,
        x=made.x[:1],
        weight=weight,
        stride=chosen.stride,
        padding=chosen.padding,
        dilation=chosen.dilation,
        mode=chosen.mode,
        fill=float(chosen.fill),
        output_padding=chosen.output_padding,
        note=note,
    )
    # Refused in the words of the input as it is, not as it is once padded.
    kernel = weight.shape[2:]
    output_shape(shown.x.shape[1:], kernel, shown.stride, shown.padding, shown.dilation)
    shown.y  # noqa: B018 - it is here that padding which cannot be is found out
    return shown


def _unused() -> tuple[str, ...]:
    """What the open view makes no use of; the views come after the controls."""
    pads = choice.peek("view", choice.among({_VIEW_THAT_PADS: ""})) is not None
    return ("padding",) if pads else ()


def _opening(slug: str) -> dict[str, Any]:
    """The settings that come with an input."""
    return {
        "preset": "ones" if slug in _NUMBERS else "sobel_x",
        "size": _SIDES.get(slug, _SIDE),
        "kernel": 3,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "output_padding": 0,
        "mode": "zeros",
        "fill": 1,
        "axes": False,
        "reads": True,
        "depth": 13,
    }


def _first() -> Setting:
    numbers = source.Choice("random", (5, 5), 1, 0, 0, None, "", "")
    ones = filters.Choice("ones", (3, 3), 1, 1, 0, False, False, "", "")
    weight, _ = filters.load(ones, "random", 1)
    return Setting("random", source.load(numbers).x, weight, (1, 1), (0, 0), (1, 1))


def start(shown: Setting) -> int:
    """The step at which the stage opens: half of the picture is there."""
    _, rows, columns = shown.y.shape
    return rows // 2 * columns + columns // 2
