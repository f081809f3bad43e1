"""The backward view: gradients handed on, gathered, checked by nudging, and used for one step."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from cnnlab.engine import Array, conv2d, conv2d_backward, numerical_gradient
from cnnlab.message import Message
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.moment import number
from cnnlab.scenes.update import update
from cnnlab.ui import channel, choice, gradients, lesson
from cnnlab.ui.compared import scientific
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.gradients import gradient_of
from cnnlab.ui.language import t
from cnnlab.ui.player import play

_STEPS: Mapping[str, Message] = {
    "scatter": Message("Hand on"),
    "gather": Message("Gather"),
    "nudge": Message("Nudge"),
    "learn": Message("Learn"),
}
_EPSILON = 1e-3
_SLIDER = 260  # CSS pixels: it stands in the row of the other choices
_NUDGES = 200  # weights that are nudged: each costs two convolutions


def backward(shown: Setting) -> None:
    """Which idea is open, which dY comes in, and the loss, which stays in sight."""
    with st.container(key="backward-controls", horizontal=True, vertical_alignment="center"):
        step = _segments("backward-step", t("Backward"), _STEPS)
        dy = gradient_of(shown.y, gradients.choose())
        if step == "nudge":
            at, names = _choose_weight(shown, dy)
        elif step == "learn":
            rate = _choose_rate(shown, dy)
        else:
            at_channel = channel.choose("backward-channel", len(shown.x))
    if step == "nudge":
        _nudge(shown, dy, at, names)
    elif step == "learn":
        _learn(shown, dy, rate)
    else:
        lesson.line(step, loss=number(loss(shown, shown.weight, dy)))
        _STAGES[step](*one_channel(shown, dy, at_channel))


def one_channel(shown: Setting, dy: Array, channel: int) -> tuple[Setting, Array]:
    """What concerns one input channel: its plane, the filters that read it, and their dY.

    The channels of an input do not meet in the backward pass: dX of one of them needs the filters'
    planes for it and nothing of the others.
    """
    depth, filters = shown.weight.shape[1], len(shown.weight) // shown.groups
    group, plane = divmod(channel, depth)
    reading = slice(group * filters, (group + 1) * filters)
    alone = replace(
        shown,
        x=shown.x[channel : channel + 1],
        weight=np.ascontiguousarray(shown.weight[reading, plane : plane + 1]),
        bias=None if shown.bias is None else shown.bias[reading],
        groups=1,
    )
    return alone, dy[reading]


def loss(shown: Setting, weight: Array, dy: Array) -> float:
    """L = Σ dY·Y for these weights, in float64: the loss whose gradient with respect to Y is dY."""
    y = conv2d(shown.x[None].astype(np.float64), weight.astype(np.float64), None, **shown.options)
    if shown.bias is not None:
        y = y + shown.bias[None, :, None, None]
    return float((dy * y[0]).sum())


def _scatter(shown: Setting, dy: Array) -> None:
    first = int(np.flatnonzero(dy)[0]) if dy.any() else 0
    scene = backward_scatter(
        shown.x, shown.weight, dy, **shown.options, bias=shown.bias is not None, start=first
    )
    play(scene, key="scatter", topic=f"{shown.name} {first}")


def _gather(shown: Setting, dy: Array) -> None:
    play(
        backward_gather(shown.x, shown.weight, dy, **shown.options), key="gather", topic=shown.name
    )


def _choose_weight(shown: Setting, dy: Array) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The weight to nudge, at first the one with the steepest gradient; and all that there are."""
    gradient = _weight_gradient(shown, dy)
    names = list(np.ndindex(gradient.shape))[:_NUDGES]
    chosen = st.select_slider(  # by position: a tuple would be taken for a range
        t("Weight (filter, plane, row, column)"),
        range(len(names)),
        value=int(np.abs(gradient).ravel()[: len(names)].argmax()),
        format_func=lambda n: ", ".join(str(at + 1) for at in names[n]),
        width=_SLIDER,
    )
    return names[chosen], names


def _nudge(
    shown: Setting, dy: Array, chosen: tuple[int, ...], names: list[tuple[int, ...]]
) -> None:
    """One weight up and down by ε; then as many as there are, at once."""
    gradient = _weight_gradient(shown, dy)
    numerical = numerical_gradient(
        lambda weight: loss(shown, weight, dy), shown.weight, eps=_EPSILON, entries=names
    )
    entries = tuple(np.array(names).T)
    worst = float(np.abs(numerical[entries] - gradient[entries]).max())
    above, below = (
        loss(shown, _nudged(shown.weight, chosen, by), dy) for by in (_EPSILON, -_EPSILON)
    )
    lesson.line(
        "nudge",
        loss=number(loss(shown, shown.weight, dy)),
        above=f"{above:.6f}".replace("-", "−"),
        below=f"{below:.6f}".replace("-", "−"),
        numerical=number(float(numerical[chosen])),
        gradient=number(float(gradient[chosen])),
        count=len(names),
        worst=scientific(worst),
    )


def _choose_rate(shown: Setting, dy: Array) -> float:
    exponent = st.select_slider(
        t("Learning rate η"),
        range(-6, 1),
        value=_gentle(shown.weight, _weight_gradient(shown, dy)),
        format_func=lambda e: number(10.0**e),
        width=_SLIDER,
    )
    return float(10.0**exponent)


def _learn(shown: Setting, dy: Array, rate: float) -> None:
    """W ← W − η·dW on the stage; the loss before and after."""
    gradient = _weight_gradient(shown, dy)
    scene = update(shown.weight, gradient, rate)
    lesson.line(
        "learn",
        before=number(loss(shown, shown.weight, dy)),
        after=number(loss(shown, scene.grid("new").values, dy)),
        square=number(float((gradient.astype(np.float64) ** 2).sum())),
    )
    play(scene, key="learn", topic=shown.name)


def _gentle(weight: Array, gradient: Array) -> int:
    """The power of ten at which the largest step is of the size of the weights, or below."""
    largest = float(np.abs(gradient).max()) or 1.0
    scale = float(np.abs(weight).max()) or 1.0
    return int(np.clip(np.floor(np.log10(scale / largest)), -6, 0))


def _weight_gradient(shown: Setting, dy: Array) -> Array:
    return conv2d_backward(dy[None], shown.x[None], shown.weight, **shown.options)[1]


def _nudged(weight: Array, at: tuple[int, ...], by: float) -> Array:
    moved = weight.astype(np.float64)
    moved[at] += by
    return moved


def _segments(key: str, label: str, options: Mapping[str, Message]) -> str:
    said = {slug: t(message) for slug, message in options.items()}
    return choice.segments(key, label, said, bare=True)


_STAGES: Mapping[str, Callable[[Setting, Array], None]] = {"scatter": _scatter, "gather": _gather}
