"""A 3-D kernel over a clip: the window slides in time as well, and a step sums over frames."""

import numpy as np

from cnnlab.engine import Array, Size, conv3d
from cnnlab.engine.checks import per_axis
from cnnlab.message import Message
from cnnlab.scenes.convolution import finale
from cnnlab.scenes.geometry import cell, tap
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene

Sizes = tuple[int, ...]


def convolution3d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    start: int = 0,
) -> Scene:
    """The convolution of a clip ``x`` (C, T, H, W) with ``weight`` (F, C, KT, KH, KW).

    ``bias`` (F,) or None; settings are one number or (time, rows, columns). The sub-steps of an
    output cell are the slices of its filter in time. Grids: input, padded, (C, T, H, W); weight;
    bias, (F, 1, 1, 1); output (F, OT, OH, OW). Frames of padding are called so.

    Raises InvalidInput as `conv3d` does.

    >>> scene = convolution3d(np.ones((1, 3, 4, 5)), np.ones((1, 1, 2, 3, 3)))
    >>> [str(part.label) for part in scene.phases[0].parts], scene.grid("output").shape
    (['slice 1', 'slice 2'], (1, 2, 2, 3))
    """
    y = conv3d(x[None], weight, bias, stride, padding, dilation)[0]
    by, pad, apart = (
        per_axis(name, value, 0, 3)
        for name, value in (("stride", stride), ("padding", padding), ("dilation", dilation))
    )
    grids = [_input(x, pad, _unread(x, weight, y, by, pad, apart)), _weights(weight)]
    parts = [
        _slice(c, t, weight.shape, by, apart)
        for c in range(weight.shape[1])
        for t in range(weight.shape[2])
    ]
    if bias is not None:
        grids.append(_bias(bias))
        plus = tap("bias", Axis(0, (1,)), Axis(), Axis(), Axis())
        parts.append(Part("add", (plus,), Message("bias")))
    last = parts[-1]
    parts[-1] = Part(last.op, last.terms, last.label, cell("output", *_here()))
    phase = Phase(
        label=Message("Convolution in space and time"),
        over=y.shape,
        parts=tuple(parts),
        done="done again",
        finale=finale(y.size, weight.size + (0 if bias is None else bias.size), bias is not None),
    )
    return Scene((*grids, _output(y)), (phase,), start=start)


def _here() -> tuple[Axis, ...]:
    return tuple(Axis(0, (0,) * a + (1,)) for a in range(4))


def _slice(c: int, t: int, shape: Sizes, by: Sizes, apart: Sizes) -> Part:
    """Channel c of the window, in the frame under slice t of the filter."""
    channels, kernel = shape[1], shape[3:]
    frame = Axis(t * apart[0], (0, by[0]))
    window = (Axis(0, (0,) * a + (by[a - 1],), kernel[a - 2], apart[a - 1]) for a in (2, 3))
    plane = (Axis(0, (1,)), Axis(c), Axis(t))
    label = Message("slice {slice}", {"slice": t + 1})
    if channels > 1:
        label = Message("channel {n}, slice {slice}", {"n": c + 1, "slice": t + 1})
    taps = tap("weight", *plane, *(Axis(count=k) for k in kernel))
    return Part("dot", (cell("input", Axis(c), frame, *window), taps), label)


def _input(x: Array, pad: Sizes, unread: list[Sizes]) -> Grid:
    padded = np.pad(x, ((0, 0), *((p, p) for p in pad)))
    channels, frames, height, width = x.shape
    names = [
        Message("frame {n}", {"n": t - pad[0] + 1})
        if pad[0] <= t < pad[0] + frames
        else Message("padding frame")
        for t in range(padded.shape[1])
    ]
    return Grid(
        id="input",
        label=Message("Clip"),
        shape=padded.shape,
        values=padded,
        quantity="input",
        place=(0, 0),
        padding=(pad[1], pad[2], pad[1], pad[2]),
        unread_rows=unread[0],
        unread_columns=unread[1],
        planes=tuple(names * channels),
        note=Message(
            "{frames} frames of {height}×{width}",
            {"frames": frames, "height": height, "width": width},
        ),
    )


def _unread(x: Array, weight: Array, y: Array, by: Sizes, pad: Sizes, apart: Sizes) -> list[Sizes]:
    """The rows and the columns that no window covers."""
    found = []
    for a in (1, 2):
        starts = np.arange(y.shape[a + 1]) * by[a]
        read = starts[:, None] + np.arange(weight.shape[a + 2]) * apart[a]
        left = np.setdiff1d(np.arange(x.shape[a + 1] + 2 * pad[a]), read)
        found.append(tuple(int(n) for n in left))
    return found


def _weights(weight: Array) -> Grid:
    filters, channels, slices, *kernel = weight.shape
    names = [Message("slice {slice}", {"slice": t + 1}) for t in range(slices)]
    if filters * channels > 1:
        names = [
            Message(
                "filter {n}, channel {channel}, slice {slice}",
                {"n": f + 1, "channel": c + 1, "slice": t + 1},
            )
            for f in range(filters)
            for c in range(channels)
            for t in range(slices)
        ]
    return Grid(
        id="weight",
        label=Message("Weights"),
        shape=weight.shape,
        values=weight,
        quantity="weight",
        planes=tuple(names),
        note=Message("{size}", {"size": "×".join(map(str, [slices, *kernel]))}),
    )


def _bias(bias: Array) -> Grid:
    return Grid(
        id="bias",
        label=Message("Bias"),
        shape=(bias.size, 1, 1, 1),
        values=bias.reshape(-1, 1, 1, 1),
        quantity="weight",
    )


def _output(y: Array) -> Grid:
    maps, frames, height, width = y.shape
    names = [Message("frame {n}", {"n": t + 1}) for t in range(frames)]
    if maps > 1:
        names = [
            Message("map {map}, frame {n}", {"map": m + 1, "n": t + 1})
            for m in range(maps)
            for t in range(frames)
        ]
    return Grid(
        id="output",
        label=Message("Output"),
        shape=y.shape,
        values=y,
        quantity="output",
        place=(2, 0),
        planes=tuple(names),
        note=Message(
            "{frames} frames of {height}×{width}",
            {"frames": frames, "height": height, "width": width},
        ),
    )
