"""The views of the convolution lesson, each on the one stage: what a tab shows when it is open."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.scenes.connections import Kind, connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.video import convolution3d
from cnnlab.ui import lesson, link
from cnnlab.ui.convolution.controls import start
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.language import t
from cnnlab.ui.player import Edit, play

FRAMES = 3
_SMALL = 6  # rows and columns of an input whose every connection can be followed
_KINDS: dict[str, Message] = {
    "dense": Message("Dense: every input"),
    "local": Message("Local: a window, weights of its own"),
    "shared": Message("Shared: a window, the same weights"),
}


def steps(shown: Setting, on_edit: Callable[[Edit], None]) -> None:
    """The window slides; input and weights can be typed into."""
    scene = convolution(shown.x, shown.weight, shown.bias, **shown.options, start=_opening(shown))
    play(scene, key="steps", topic=shown.name, on_edit=on_edit)


def matrix(shown: Setting) -> None:
    """The same numbers as one matrix product; each group is a product of its own."""
    group = 0
    if shown.groups > 1:
        group = st.segmented_control(
            t("Group"),
            range(shown.groups),
            format_func=lambda n: str(n + 1),
            default=0,
            required=True,
            key="matrix-group",
        )
    lesson_line("matrix")
    scene = im2col(
        shown.x, shown.weight, shown.bias, **shown.options, group=min(group, shown.groups - 1)
    )
    play(scene, key="matrix", topic=shown.name)


def dense(shown: Setting) -> None:
    """Dense, local, shared: one output at a time, with the three counts."""
    kind: Kind = st.segmented_control(
        t("Connections"),
        list(_KINDS),
        format_func=lambda slug: t(_KINDS[slug]),
        default="dense",
        required=True,
        label_visibility="collapsed",
        key="connections",
    )
    counts = shown.counts
    lesson_line(
        "dense",
        dense=f"{counts.dense:,}",
        local=f"{counts.local:,}",
        shared=f"{counts.shared:,}",
    )
    x, weight = _one_map(shown)
    scene = connections(
        x,
        weight,
        kind,
        np.random.default_rng(0),
        stride=shown.stride,
        padding=shown.padding,
        dilation=shown.dilation,
    )
    play(scene, key="dense", topic=f"{shown.name} {kind}")


def video(shown: Setting) -> None:
    """A kernel with depth in time, on a clip of three frames in which the picture moves."""
    lesson_line("video")
    x, weight = _one_map(shown)
    clip = np.stack([_moved(x[0], frame) for frame in range(FRAMES)])[None]
    # Last frame minus the one before it: what stands still cancels.
    change = np.stack([-weight[0], weight[0]], axis=1)[None]
    scene = convolution3d(
        clip,
        change,
        stride=(1, *shown.stride),
        padding=(0, *shown.padding),
        dilation=(1, *shown.dilation),
    )
    play(scene, key="video", topic=shown.name)


def lesson_line(section: str, **values: object) -> None:
    """What a view shows, in one line above its stage."""
    with st.container(key=f"line-{section}"):
        st.markdown(lesson.prose(section, **values))


def _opening(shown: Setting) -> int:
    """The step that the link names (counted from 1, as the stage does), or the lesson's own."""
    asked = link.step(shown.name) or ""
    step = int(asked) - 1 if asked.isdecimal() and int(asked) > 0 else start(shown)
    return min(step, shown.y.size - 1)


def _one_map(shown: Setting) -> tuple[Array, Array]:
    """One channel of the input, no more of it than can be followed, and one kernel plane."""
    rows, columns = (_middle(shown, axis) for axis in (0, 1))
    return np.ascontiguousarray(shown.x[:1, rows, columns]), shown.weight[:1, :1]


def _middle(shown: Setting, axis: int) -> slice:
    """Rows (columns) in the middle: enough for a window and one more step of it."""
    reach = shown.dilation[axis] * (shown.weight.shape[2 + axis] - 1) + 1
    room = max(_SMALL, reach + shown.stride[axis])
    first = max(0, (shown.x.shape[1 + axis] - room) // 2)
    return slice(first, first + room)


def _moved(plane: Array, by: int) -> Array:
    """A plane moved to the right by some columns; zeros come in."""
    columns = plane.shape[1]
    return np.pad(plane, ((0, 0), (by, 0)))[:, :columns]
