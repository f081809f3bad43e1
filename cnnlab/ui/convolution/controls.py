"""The controls of the convolution lesson, and the setting that they say."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls, filters, lesson, source
from cnnlab.ui.convolution.setting import Pair, Setting
from cnnlab.ui.language import t
from cnnlab.ui.player import Edit

_PER_AXIS = ("kernel", "stride", "padding", "dilation")
_GOOD = "_convolution"  # the last setting that could be computed
_SHOWN_BEFORE = Message("Shown: the last setting that worked.")
_SHOWN_FIRST = Message("Shown: the 5×5 example.")
_REFUSED = "_convolution_edit"  # what was typed into a cell and is no number


@dataclass(frozen=True)
class Chosen:
    """Everything that the controls say, before anything is computed from it."""

    source: source.Choice
    filters: filters.Choice
    stride: Pair
    padding: Pair
    dilation: Pair


def choose() -> Chosen:
    """Draw the row of controls and what stands under "More"."""
    first, second, third, fourth, fifth, more = lesson.controls(5)
    with first:
        slug = controls.select("input", source.OPTIONS, on_change=_forget_edits)
    opening = _opening(slug)
    controls.defaults("convolution", **opening)
    with second:
        preset = controls.select("preset", filters.presets(slug), default=opening["preset"])
    with third:
        kernel = controls.slider("kernel")
    with fourth:
        stride = controls.slider("stride", default=opening["stride"])
    with fifth:
        padding = controls.slider("padding", default=opening["padding"])
    with more:
        chosen_source = source.choose(slug, seeded=preset == "random")
        single = {"kernel": kernel, "stride": stride, "padding": padding}
        pairs = _pairs(single | {"dilation": controls.slider("dilation")})
        chosen_filters = filters.choose(
            preset,
            pairs["kernel"],
            chosen_source.seed,
            filters=opening["filters"],
            bias=opening["bias"],
        )
        st.caption(
            t(
                "Networks slide the kernel as it stands (cross-correlation); the convolution "
                "of mathematics flips it first."
            )
        )
    return Chosen(
        chosen_source, chosen_filters, pairs["stride"], pairs["padding"], pairs["dilation"]
    )


def setting(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could.

    A cell that was typed into and not understood is told here too.
    """
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        lesson.problem(refused)
    try:
        made = _setting(chosen)
        made.y  # noqa: B018 - it is here that an impossible combination is found out
    except InvalidInput as error:
        good = st.session_state.get(_GOOD)
        lesson.problem(error, _SHOWN_FIRST if good is None else _SHOWN_BEFORE)
        return good or _first()
    st.session_state[_GOOD] = made
    return made


def edit(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    """Follow what was typed into a cell of the stage: into the link's texts, nothing else."""
    if not _there(shown, typed):
        return
    try:
        if typed.grid == "input":
            controls.put(edits=source.edited(chosen.source, typed.cell, typed.text))
        elif typed.grid == "weight":
            text = filters.edited(chosen.filters, shown.weight, typed.cell, typed.text)
            controls.put(weights=text, preset="custom")
        elif shown.bias is not None:
            controls.put(biases=filters.edited_biases(shown.bias, typed.cell, typed.text))
    except InvalidInput as error:
        st.session_state[_REFUSED] = error


def _there(shown: Setting, typed: Edit) -> bool:
    """Whether the cell is one of this setting: a browser may still show the one before it."""
    bias = () if shown.bias is None else (len(shown.bias), 1, 1)
    shape = {"input": shown.x.shape, "weight": shown.weight.shape, "bias": bias}.get(typed.grid, ())
    return 0 < len(typed.cell) == len(shape) and all(
        0 <= at < size for at, size in zip(typed.cell, shape, strict=True)
    )


def _setting(chosen: Chosen) -> Setting:
    made = source.load(chosen.source)
    weight, bias = filters.load(chosen.filters, made.slug, len(made.x))
    return Setting(
        name=made.slug,
        x=made.x,
        weight=weight,
        bias=bias,
        stride=chosen.stride,
        padding=chosen.padding,
        dilation=chosen.dilation,
        groups=chosen.filters.groups,
        flipped=chosen.filters.flip,
        note=made.note,
    )


def _opening(slug: str) -> dict[str, Any]:
    """The settings that come with an input: an example's own, or the plainest."""
    example = source.EXAMPLES.get(slug)
    return {
        "preset": "sobel_x" if example is None else "example",
        "kernel": 3,
        "stride": 1 if example is None else example.stride,
        "padding": 0 if example is None else example.padding,
        "filters": 1 if example is None else len(example.weight),
        "bias": example is not None and bool(example.bias.any()),
        "groups": 1,
        "dilation": 1,
        "flip": False,
        "axes": False,
    }


def _first() -> Setting:
    example = next(iter(source.EXAMPLES.values()))
    return Setting(
        example.name, example.x[0], example.weight, None, (1, 1), (0, 0), (1, 1), 1, False
    )


def _pairs(single: dict[str, int]) -> dict[str, Pair]:
    """Rows and columns of each setting: the same, or each axis with controls of its own.

    Those are drawn only when they are wanted, and then start from what both axes had: eight
    sliders off the screen would make every other one slower.
    """
    if not controls.toggle("axes"):
        return {key: (n, n) for key, n in single.items()}
    return {
        key: (
            controls.slider(f"{key}_h", default=single[key]),
            controls.slider(f"{key}_w", default=single[key]),
        )
        for key in _PER_AXIS
    }


def _forget_edits() -> None:
    """Another input: the changed cells belonged to the one before."""
    controls.put(edits="")


OPENINGS: dict[str, int] = {"one_channel": 6, "three_channels": 9, "one_window": 0}


def start(shown: Setting) -> int:
    """The step at which the stage opens: the one a text works out, or half of the picture."""
    if shown.name in OPENINGS:
        return OPENINGS[shown.name]
    _, rows, columns = shown.y.shape
    return rows // 2 * columns + columns // 2
