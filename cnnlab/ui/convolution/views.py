"""The views of the convolution lesson, each on the one stage: what a tab shows when it is open."""

from collections.abc import Callable
from math import prod

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.engine import Array, LayerCounts, layer_counts
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.scenes.connections import Kind, connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.video import convolution3d
from cnnlab.ui import choice, lesson, link
from cnnlab.ui.convolution.controls import start
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.formula import formula
from cnnlab.ui.language import t
from cnnlab.ui.player import Edit, play

FRAMES = 3
_SLICES = 2  # of the kernel in time
_SMALL = 6  # rows and columns of an input whose every connection can be followed
_KINDS: dict[str, Message] = {
    "dense": Message("Dense: every input"),
    "local": Message("Local: a window, weights of its own"),
    "shared": Message("Shared: a window, the same weights"),
}


def steps(shown: Setting, on_edit: Callable[[Edit], None]) -> None:
    """The window slides; input and weights can be typed into."""
    opening = link.opening(shown.name, start(shown), shown.y.size)
    scene = convolution(shown.x, shown.weight, shown.bias, **shown.options, start=opening)
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
    lesson.line("matrix")
    scene = im2col(
        shown.x, shown.weight, shown.bias, **shown.options, group=min(group, shown.groups - 1)
    )
    play(scene, key="matrix", topic=shown.name)


def dense(shown: Setting) -> None:
    """Dense, local, shared: one output at a time, with the three counts, and a piece's own."""
    kind: Kind = choice.segments(
        "connections",
        t("Connections"),
        {slug: t(label) for slug, label in _KINDS.items()},
        bare=True,
    )
    x, weight = _one_map(shown)
    options = {key: n for key, n in shown.options.items() if key != "groups"}
    piece = layer_counts(x.shape, 1, weight.shape[2:], bias=False, **options)
    famous = layer_counts((1, 28, 28), filters=1, kernel_size=5)
    whole = _three(shown.counts) == _three(piece)
    lesson.line(
        *(("dense",) if whole else ("dense", "dense_piece")),
        "dense_famous",
        **_three(shown.counts),
        **_three(piece, "piece_"),
        **_three(famous, "famous_"),
        rows=x.shape[1],
        columns=x.shape[2],
    )
    scene = connections(
        x,
        weight,
        kind,
        np.random.default_rng(0),
        **options,
        start=prod(piece.output) // 2,
    )
    play(scene, key="dense", topic=f"{shown.name} {kind}")


def video(shown: Setting) -> None:
    """A kernel with depth in time, on a clip of three frames in which the picture moves."""
    lesson.line("video")
    x, weight = _one_map(shown)
    counts = _video_counts(shown)
    clip = np.stack([_moved(x[0], frame) for frame in range(FRAMES)])[None]
    # Last frame minus the one before it: what stands still cancels.
    change = np.stack([-weight[0], weight[0]], axis=1)[None]
    scene = convolution3d(
        clip,
        change,
        **_in_time(shown),
        start=prod(counts.output) // 2,
    )
    play(scene, key="video", topic=shown.name)


def video_rule(shown: Setting) -> None:
    """The rule of the clip on the stage: its output in time and space, weights, multiply–adds."""
    counts = _video_counts(shown)
    _, frames, *places = counts.output
    down, across = (
        f"{formula(*numbers)} = {n}"
        for *numbers, n in zip(
            counts.input[2:],
            shown.padding,
            shown.dilation,
            shown.weight.shape[2:],
            shown.stride,
            places,
            strict=True,
        )
    )
    lesson.rule(
        lesson.prose(
            "video_rule",
            clip=times(counts.input[1:]),
            kernel=times((_SLICES, *shown.weight.shape[2:])),
            frames=frames,
            time=f"{FRAMES} − {_SLICES} + 1",
            space=down if down == across else f"{down}, {across}",
            shared=f"{counts.shared:,}",
            macs=f"{counts.multiply_adds:,}",
        )
    )


def _one_map(shown: Setting) -> tuple[Array, Array]:
    """One channel of the input, no more of it than can be followed, and one kernel plane.

    It is cut out where most happens: where the numbers vary most.
    """
    room = tuple(_room(shown, axis) for axis in (0, 1))
    pieces = np.lib.stride_tricks.sliding_window_view(shown.x[0], room)
    spread = pieces.var(axis=(2, 3), dtype=np.float64)
    row, column = _nearest_middle(spread >= spread.max() * (1 - 1e-9))
    return np.ascontiguousarray(pieces[row, column])[None], shown.weight[:1, :1]


def _room(shown: Setting, axis: int) -> int:
    """As many rows (columns) as a window needs and one more step of it, where there are so many."""
    reach = shown.dilation[axis] * (shown.weight.shape[2 + axis] - 1) + 1
    return min(shown.x.shape[1 + axis], max(_SMALL, reach + shown.stride[axis]))


def _nearest_middle(places: NDArray[np.bool_]) -> tuple[int, int]:
    """Of the places (row, column) that are true, the one nearest to the middle."""
    found = np.argwhere(places)
    middle = (np.array(places.shape) - 1) // 2
    row, column = found[np.abs(found - middle).sum(1).argmin()]
    return int(row), int(column)


def _three(counts: LayerCounts, prefix: str = "") -> dict[str, str]:
    """The parameters of a layer wired in three ways, as the prose asks for them."""
    return {
        f"{prefix}{kind}": f"{n:,}"
        for kind, n in (
            ("dense", counts.dense),
            ("local", counts.local),
            ("shared", counts.shared),
        )
    }


def _in_time(shown: Setting) -> dict[str, tuple[int, int, int]]:
    """The settings with time for a first axis: no step but 1 in it, and no padding."""
    return {
        "stride": (1, *shown.stride),
        "padding": (0, *shown.padding),
        "dilation": (1, *shown.dilation),
    }


def _video_counts(shown: Setting) -> LayerCounts:
    x, weight = _one_map(shown)
    clip, kernel = (1, FRAMES, *x.shape[1:]), (_SLICES, *weight.shape[2:])
    return layer_counts(clip, 1, kernel, bias=False, **_in_time(shown))


def _moved(plane: Array, by: int) -> Array:
    """A plane moved to the right by some columns; zeros come in."""
    columns = plane.shape[1]
    return np.pad(plane, ((0, 0), (by, 0)))[:, :columns]
