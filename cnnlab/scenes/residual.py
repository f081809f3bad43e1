"""A residual block, map by map: the main path, what the skip connection copies, and their sum.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), figure 2 and section 3.2.
"""

from dataclasses import dataclass

import numpy as np

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Run, Step, body, run
from cnnlab.message import Message
from cnnlab.scenes.geometry import Place, cell, channel_names, filter_planes, geometry, tap
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term, Wire

EPS = 1e-5  # what batch norm adds to a variance, as `engine.batch_norm` does
MAIN, BELOW = 0, 1  # the rows of the picture: the main path, and what belongs to it
HERE = (Axis(0, (1,)), Axis(0, (0, 1)), Axis(0, (0, 0, 1)))
_WORDS = {"conv": Message("Convolution"), "norm": Message("Batch norm"), "relu": Message("ReLU")}
SUM, OUTPUT, COPY = Message("F(x) + x"), Message("Output"), Message("x, copied")


@dataclass(frozen=True)
class Column:
    """Which column of the picture a map stands in, counted from the left."""

    of: dict[str, int]

    def main(self, name: str) -> Place:
        """The place of a map of the main path."""
        return self.of[name], MAIN

    def below(self, name: str) -> Place:
        """The place of what belongs to that map."""
        return self.of[name], BELOW


def residual(block: Block, x: Array, *, start: int | None = None, editable: bool = True) -> Scene:
    """The block at work on ``x`` (C, H, W): grids for every map of `engine.residual.run`, by name.

    Also weight1, bias1, weight2, bias2, with batch norm scale1 and scale2 (C, 1, 2), which hold
    γ/σ and β − γ·μ/σ of each channel, and with a projection W_s. First the main path is worked
    out, then the skip copies (or projects) x, then the two are added, then comes the last ReLU.
    The stage opens at a telling cell of the sum, unless ``start`` says otherwise.

    Raises InvalidInput where the shapes of the two lanes do not add.

    >>> x = np.ones((1, 2, 2))
    >>> block = Block((np.zeros((1, 1, 3, 3)),) * 2, (np.zeros(1),) * 2)
    >>> scene = residual(block, x)
    >>> [str(phase.label) for phase in scene.phases]
    ['Convolution', 'ReLU', 'Convolution', 'Skip connection', 'Sum', 'ReLU']
    >>> scene.grid("sum").values.tolist()
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    made = run(block, x)
    steps = body(block)
    columns = _columns(block, made)
    grids, phases, wires = [_map("x", Message("x"), made, columns, editable)], [], []
    for step in steps:
        grids.append(_of_step(step, made, columns, last=step is steps[-1]))
        grids += parameters(step, block, made, columns)
        phases.append(_phase_of(step, block, made))
        wires.append(Wire(step.source, step.target))
    last = steps[-1].target
    if block.skip:
        grids += [*_shortcut(block, made, columns), _map("sum", SUM, made, columns)]
        phases += [_skip_phase(block, made), _sum_phase(last, made)]
        around = Message("W_s · x") if block.projection is not None else Message("x")
        wires += [
            Wire(last, "sum"),
            Wire("x", "shortcut", around, around=True),
            Wire("shortcut", "sum"),
        ]
        last = "sum"
    if not block.preactivated:
        grids.append(_map("y", OUTPUT, made, columns))
        phases.append(_relu(last, "y", made, _kept(made)))
        wires.append(Wire(last, "y"))
    opening = _opening(tuple(phases), made, steps[-1].target) if start is None else start
    return Scene(tuple(grids), tuple(phases), None, opening, wires=tuple(wires))


def names_of(shape: tuple[int, ...]) -> tuple[Message, ...]:
    """The names of a map's channels; one alone needs none."""
    return channel_names(shape[0])


def name_of(step: Step) -> Message:
    """The short name of a step's map."""
    fields = {"n": step.n + 1}
    if step.op == "conv":
        return Message("Conv {n}", fields)
    return Message("Norm {n}", fields) if step.op == "norm" else Message("ReLU {n}", fields)


def parameters(step: Step, block: Block, made: Run, columns: Column) -> list[Grid]:
    """What a step of the body multiplies with, below its map."""
    place = columns.below(step.target)
    if step.op == "conv":
        weight, bias = block.weights[step.n], block.biases[step.n]
        return [
            kernels(f"weight{step.n + 1}", Message("W{n}", {"n": step.n + 1}), weight, bias, place),
            Grid(
                f"bias{step.n + 1}",
                Message("bias"),
                (len(bias), 1, 1),
                bias.reshape(-1, 1, 1),
                "weight",
            ),
        ]
    if step.op == "norm":
        values = affine(block, step, made)
        label = Message("scale, shift")
        names = names_of(values.shape)
        return [
            Grid(f"scale{step.n + 1}", label, values.shape, values, "weight", place, planes=names)
        ]
    return []


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


def affine(block: Block, step: Step, made: Run) -> Array:
    """Batch norm as one scale and one shift for each channel: (C, 1, 2)."""
    assert block.norms is not None
    weight, bias = block.norms[step.n]
    measured = made.statistics[step.n]
    scale = weight * measured.inverse_std
    both: Array = np.stack([scale, bias - measured.mean * scale], axis=-1)[:, None]
    return both


def _columns(block: Block, made: Run) -> Column:
    names = [name for name in made.maps if name != "shortcut"]
    if block.preactivated:
        names.remove("y")  # it is the sum, or the body itself
    columns = {name: at for at, name in enumerate(names)}
    if block.skip:
        columns["shortcut"] = columns["sum"]
    return Column(columns)


def _map(
    name: str, label: Message, made: Run, columns: Column, editable: bool = False, **more: object
) -> Grid:
    values = made.maps[name]
    return Grid(
        name,
        label,
        values.shape,
        values,
        "output",
        columns.main(name),
        planes=names_of(values.shape),
        editable=editable,
        **more,  # type: ignore[arg-type]
    )


def _of_step(step: Step, made: Run, columns: Column, *, last: bool) -> Grid:
    note = Message("F(x)") if last else None
    return _map(step.target, name_of(step), made, columns, note=note)


def _shortcut(block: Block, made: Run, columns: Column) -> list[Grid]:
    values = made.maps["shortcut"]
    projected = block.projection is not None
    grid = Grid(
        "shortcut",
        Message("W_s · x") if projected else COPY,
        values.shape,
        values,
        "output",
        columns.below("shortcut"),
        planes=names_of(values.shape),
    )
    if block.projection is None:
        return [grid]
    return [kernels("projection", Message("W_s"), block.projection, None, columns.below("x")), grid]


def _phase_of(step: Step, block: Block, made: Run) -> Phase:
    if step.op == "relu":
        return _relu(step.source, step.target, made)
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


def _relu(source: str, target: str, made: Run, finale: Message | None = None) -> Phase:
    part = Part("relu", (cell(source, *HERE),), _WORDS["relu"], cell(target, *HERE))
    return Phase(_WORDS["relu"], made.maps[target].shape, (part,), look="look relu", finale=finale)


def _skip_phase(block: Block, made: Run) -> Phase:
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


def copy_phase(
    label: Message, source: str, target: str, shape: tuple[int, ...], *, look: str, done: str
) -> Phase:
    """All of one grid copied into another, in one step."""
    whole = tuple(Axis(count=n) for n in shape)
    part = Part("copy", (Term(source, whole),), label, Term(target, whole))
    return Phase(label, (1,), (part,), look=look, done=done)


def _sum_phase(last: str, made: Run) -> Phase:
    label = Message("Sum")
    terms = (cell("shortcut", *HERE), cell(last, *HERE))
    part = Part("add", terms, label, cell("sum", *HERE))
    return Phase(label, made.maps["sum"].shape, (part,))


def _kept(made: Run) -> Message:
    """What is said when the output is written: how much of it is x."""
    x, y = made.maps["x"], made.y
    if x.shape != y.shape:
        return Message("The output: {n} numbers from {before}.", {"n": y.size, "before": x.size})
    fields = {"n": y.size, "same": int((x == y).sum())}
    return Message("The output: {same} of its {n} numbers are those of x.", fields)


def _opening(phases: tuple[Phase, ...], made: Run, last: str) -> int:
    """The step of the sum's most telling cell: two numbers of opposite signs, else two numbers."""
    before = 0
    for phase in phases:
        if phase.parts[-1].writes is not None and phase.parts[-1].writes.grid == "sum":
            x, body = made.maps["shortcut"].ravel(), made.maps[last].ravel()
            return before + int(np.argmax(2 * (x * body < 0) + (x * body != 0)))
        before += phase.steps
    return before - phases[-1].steps
