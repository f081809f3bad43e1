"""The controls of the convolution lesson, and the setting that they say."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from cnnlab.message import Message
from cnnlab.ui import controls, filters, lesson, source
from cnnlab.ui.convolution.setting import Pair, Setting
from cnnlab.ui.language import t
from cnnlab.ui.player import Edit
from cnnlab.ui.setting import follow, pairs, settled

INPUTS = source.options(
    "one_channel", "three_channels", "one_window", "random", "digit", "photo", "upload", "own"
)
_OPENS = Message("Shown: the 5×5 example.")


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
        slug = controls.select("input", INPUTS, on_change=source.forget_edits)
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
        dilation = controls.slider("dilation")
        each = pairs(kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        chosen_filters = filters.choose(
            preset,
            each["kernel"],
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
    return Chosen(chosen_source, chosen_filters, each["stride"], each["padding"], each["dilation"])


def setting(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could."""
    return settled("convolution", partial(_setting, chosen), _first, _OPENS)


def edit(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    """Follow what was typed into a cell of the stage: into the link's texts, nothing else."""
    shapes = {"input": shown.x.shape, "weight": shown.weight.shape}
    if shown.bias is not None:
        shapes["bias"] = (len(shown.bias), 1, 1)
    follow(typed, shapes, partial(_put, chosen, shown))


def _put(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    if typed.grid == "input":
        controls.put(edits=source.edited(chosen.source, typed.cell, typed.text))
    elif typed.grid == "weight":
        text = filters.edited(chosen.filters, shown.weight, typed.cell, typed.text)
        controls.put(weights=text, preset="custom")
    else:
        assert shown.bias is not None
        controls.put(biases=filters.edited_biases(shown.bias, typed.cell, typed.text))


def _setting(chosen: Chosen) -> Setting:
    made = source.load(chosen.source)
    weight, bias = filters.load(chosen.filters, made.slug, len(made.x))
    convolved = Setting(
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
    convolved.y  # noqa: B018 - it is here that an impossible combination is found out
    return convolved


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
        "size": 6,
        "channels": 1,
    }


def _first() -> Setting:
    example = next(iter(source.EXAMPLES.values()))
    return Setting(
        example.name, example.x[0], example.weight, None, (1, 1), (0, 0), (1, 1), 1, False
    )


OPENINGS: dict[str, int] = {"one_channel": 6, "three_channels": 9, "one_window": 0}


def start(shown: Setting) -> int:
    """The step at which the stage opens: the one a text works out, or half of the picture."""
    if shown.name in OPENINGS:
        return OPENINGS[shown.name]
    _, rows, columns = shown.y.shape
    return rows // 2 * columns + columns // 2
