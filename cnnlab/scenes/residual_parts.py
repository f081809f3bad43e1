"""What the scenes of a residual block are made of: kernels, and a phase for each operation."""

import numpy as np

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Run, Step
from cnnlab.message import Message
from cnnlab.scenes.geometry import Place, cell, channel_names, filter_planes, geometry, tap
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Term

_WORDS = {"conv": Message("Convolution"), "norm": Message("Batch norm"), "relu": Message("ReLU")}
MAIN, BELOW = 0, 1  # the rows of the picture: the main path, and what belongs to it
HERE = (Axis(0, (1,)), Axis(0, (0, 1)), Axis(0, (0, 0, 1)))


def names_of(shape: tuple[int, ...]) -> tuple[Message, ...]:
    """The names of a map's channels; one alone needs none."""
    return channel_names(shape[0])


def kernels(identity: str, label: Message, weight: Array, bias: Array | None, place: Place) -> Grid:
    """The weights of a convolution, with its bias told beside the name where there is one."""
    filters, depth = weight.shape[:2]
    blank = np.zeros((max(filters, depth), 9, 9), weight.dtype)
    g = geometry(blank[:depth], weight, blank[:filters], 1, 0, 1, 1)
    note = None
    if bias is not None and bias.any():
        said = ", ".join(f"{value:g}".replace("-", "−") for value in bias)
        note = Message("b = {bias}", {"bias": said})
    return Grid(
        identity, label, weight.shape, weight, "weight", place, planes=filter_planes(g), note=note
    )


def conv_phase(
    label: Message,
    source: tuple[str, Array],
    weight: tuple[str, Array],
    target: tuple[str, Array],
    *,
    stride: int,
    padding: int,
    bias: str | None = None,
) -> Phase:
    """A convolution from one grid (C, H, W) to another (F, OH, OW), cell by cell."""
    g = geometry(source[1], weight[1], target[1], stride, padding, 1, 1)
    names = channel_names(g.depth) or (Message("window"),)
    output = cell(target[0], *g.here)
    parts = [
        Part(
            "dot",
            (
                cell(source[0], Axis(c), *g.window(padded=False)),
                tap(weight[0], g.filter, Axis(c), *g.taps),
            ),
            name,
            None if bias or c < g.depth - 1 else output,
        )
        for c, name in enumerate(names)
    ]
    if bias:
        parts.append(Part("add", (tap(bias, g.filter, Axis(), Axis()),), Message("bias"), output))
    return Phase(label, g.over, tuple(parts))


def copy_phase(
    label: Message, source: str, target: str, shape: tuple[int, ...], *, look: str, done: str
) -> Phase:
    """All of one grid copied into another, in one step."""
    whole = tuple(Axis(count=n) for n in shape)
    part = Part("copy", (Term(source, whole),), label, Term(target, whole))
    return Phase(label, (1,), (part,), look=look, done=done)


def phase_of(step: Step, block: Block, made: Run) -> Phase:
    """The phase of one step of the body."""
    if step.op == "relu":
        return relu_phase(step.source, step.target, made)
    if step.op == "norm":
        return _norm_phase(step, made)
    n = step.n + 1
    biased = block.norms is None
    return conv_phase(
        _WORDS["conv"],
        (step.source, made.maps[step.source]),
        (f"weight{n}", block.weights[step.n]),
        (step.target, made.maps[step.target]),
        stride=block.stride if step.n == 0 else 1,
        padding=1,
        bias=f"bias{n}" if biased else None,
    )


def _norm_phase(step: Step, made: Run) -> Phase:
    shape, n = made.maps[step.target].shape, step.n + 1
    channel = Axis(0, (1,))
    terms = (
        cell(step.source, *HERE),
        tap(f"scale{n}", channel, Axis(), Axis(0)),
        tap(f"scale{n}", channel, Axis(), Axis(1)),
    )
    part = Part("affine", terms, _WORDS["norm"], cell(step.target, *HERE))
    return Phase(_WORDS["norm"], shape, (part,), look="look norm")


def relu_phase(source: str, target: str, made: Run, finale: Message | None = None) -> Phase:
    """A ReLU of all of a map."""
    part = Part("relu", (cell(source, *HERE),), _WORDS["relu"], cell(target, *HERE))
    return Phase(_WORDS["relu"], made.maps[target].shape, (part,), look="look relu", finale=finale)


def skip_phase(block: Block, made: Run) -> Phase:
    """What the skip connection does: a copy, or the projection."""
    label = Message("Skip connection")
    x, copied = made.maps["x"], made.maps["shortcut"]
    if block.projection is not None:
        return conv_phase(
            label,
            ("x", x),
            ("projection", block.projection),
            ("shortcut", copied),
            stride=block.stride,
            padding=0,
        )
    return copy_phase(label, "x", "shortcut", x.shape, look="look skip", done="done skip")


def name_of(step: Step) -> Message:
    """The short name of a step's map."""
    fields = {"n": step.n + 1}
    if step.op == "conv":
        return Message("Conv {n}", fields)
    return Message("Norm {n}", fields) if step.op == "norm" else Message("ReLU {n}", fields)


def affine(block: Block, step: Step, made: Run) -> Array:
    """Batch norm as one scale and one shift for each channel: (C, 1, 2)."""
    assert block.norms is not None
    weight, bias = block.norms[step.n]
    measured = made.statistics[step.n]
    scale = weight * measured.inverse_std
    both: Array = np.stack([scale, bias - measured.mean * scale], axis=-1)[:, None]
    return both


def told(values: Array) -> str:
    """Numbers to two places, as a note has them; one where all are the same.

    >>> told(np.array([-0.5, 0.123456])), told(np.array([1.0, 1.0]))
    ('−0.5, 0.12', '1')
    """
    said = [f"{round(float(value), 2):g}".replace("-", "−") for value in values]
    return said[0] if len(set(said)) == 1 else ", ".join(said)
