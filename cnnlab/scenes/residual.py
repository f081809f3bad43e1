"""A residual block, map by map: the main path, what the skip connection copies, and their sum.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), figure 2 and section 3.2.
"""

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Run, Step, body, lanes, refused, run
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.geometry import Place, cell
from cnnlab.scenes.residual_parts import (
    BELOW,
    HERE,
    MAIN,
    affine,
    kernels,
    name_of,
    names_of,
    phase_of,
    relu_phase,
    skip_phase,
    told,
)
from cnnlab.scenes.scene import Grid, Part, Phase, Scene, Wire

OUTPUT, COPY = Message("Output"), Message("x, copied")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A block, its maps, and the columns of the picture in which those of the main row stand."""

    block: Block
    made: Run
    columns: dict[str, int]

    def main(self, name: str) -> Place:
        """The place of a map of the main path."""
        return self.columns[name], MAIN

    def below(self, name: str) -> Place:
        """The place below that map."""
        return self.columns[name], BELOW

    def weights(self, step: Step) -> Place:
        """The place of a convolution's kernels: batch norm's map takes the one below its own."""
        return self.below(step.target if self.block.norms is None else step.source)


Piece = tuple[list[Grid], list[Phase], list[Wire]]


def residual(block: Block, x: Array, *, start: int | None = None, editable: bool = True) -> Scene:
    """The block at work on ``x`` (C, H, W): grids for every map of `engine.residual.run`, by name.

    Also weight1, bias1, weight2, bias2, with batch norm scale1 and scale2 (C, 1, 2), which hold
    γ/σ and β − γ·μ/σ of each channel and have no place of their own, and with a projection W_s.
    First the main path is worked out, then the skip copies (or projects) x, then the two are
    added, then comes the last ReLU. Two lanes whose shapes do not add end at an empty sum.
    The stage opens at a telling cell of the sum, unless ``start`` says otherwise.

    >>> x = np.ones((1, 2, 2))
    >>> block = Block((np.zeros((1, 1, 3, 3)),) * 2, (np.zeros(1),) * 2)
    >>> scene = residual(block, x)
    >>> [str(phase.label) for phase in scene.phases]
    ['Convolution', 'ReLU', 'Convolution', 'Skip connection', 'Sum', 'ReLU']
    >>> scene.grid("sum").values.tolist()
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    made = lanes(block, x)
    last = body(block)[-1].target
    error = refused(made.maps["shortcut"], made.maps[last]) if block.skip else None
    if error is None:
        made = run(block, x)
    drawn = Drawn(block, made, _columns(block))
    pieces = [_main_path(drawn, editable)]
    if block.skip:
        pieces.append(_around(drawn, error))
        pieces.append(_sum(drawn, last) if error is None else _no_sum(drawn, last))
    if not block.preactivated and error is None:
        pieces.append(_end(drawn, "sum" if block.skip else last))
    grids, phases, wires = (tuple(chain(*kind)) for kind in zip(*pieces, strict=True))
    return Scene(grids, phases, None, _opening(phases, made, last, start), wires=wires)


def _main_path(drawn: Drawn, editable: bool) -> Piece:
    """x and what the body makes of it, step by step."""
    block, steps = drawn.block, body(drawn.block)
    grids = [_map("x", Message("x"), drawn, editable=editable)]
    for step in steps:
        grids.append(_of_step(step, drawn, last=step is steps[-1]))
        grids += _parameters(step, drawn)
    phases = [phase_of(step, block, drawn.made) for step in steps]
    return grids, phases, [Wire(step.source, step.target) for step in steps]


def _around(drawn: Drawn, error: InvalidInput | None) -> Piece:
    """The skip connection; where its map cannot be added, the last sentence says why."""
    block, made = drawn.block, drawn.made
    values = made.maps["shortcut"]
    projected = block.projection is not None
    grid = Grid(
        "shortcut",
        Message("W_s · x") if projected else COPY,
        values.shape,
        values,
        "output",
        drawn.below("sum"),
        planes=names_of(values.shape),
    )
    phase = replace(skip_phase(block, made), finale=None if error is None else _refusal(error))
    wire = Wire("x", "shortcut", Message("W_s · x") if projected else Message("x"), around=True)
    if block.projection is None:
        return [grid], [phase], [wire]
    place = drawn.columns["sum"] + 1, BELOW  # beside what it makes, where no wire passes
    return (
        [kernels("projection", Message("W_s"), block.projection, None, place), grid],
        [phase],
        [wire],
    )


def _refusal(error: InvalidInput) -> Message:
    return Message(
        "Shapes do not add: the body makes {body}, the shortcut {shortcut}.", error.message.fields
    )


def _sum(drawn: Drawn, last: str) -> Piece:
    """The two lanes added, cell by cell."""
    terms = (cell("shortcut", *HERE), cell(last, *HERE))
    part = Part("add", terms, Message("Sum"), cell("sum", *HERE))
    phase = Phase(Message("Sum"), drawn.made.maps["sum"].shape, (part,))
    grid = _map("sum", sum_of(drawn.block), drawn)
    return [grid], [phase], [Wire(last, "sum"), Wire("shortcut", "sum")]


def _no_sum(drawn: Drawn, last: str) -> Piece:
    """Where the sum would stand: no numbers, and nothing that writes any."""
    shape = drawn.made.maps[last].shape
    names, place = names_of(shape), drawn.main("sum")
    grid = Grid("sum", sum_of(drawn.block), shape, None, "output", place, planes=names)
    return [grid], [], [Wire(last, "sum"), Wire("shortcut", "sum")]


def _end(drawn: Drawn, last: str) -> Piece:
    """The last ReLU."""
    phase = relu_phase(last, "y", drawn.made, _kept(drawn))
    return [_map("y", OUTPUT, drawn)], [phase], [Wire(last, "y")]


def sum_of(block: Block) -> Message:
    """What is added, in symbols."""
    return Message("F(x) + x") if block.projection is None else Message("F(x) + W_s·x")


def _parameters(step: Step, drawn: Drawn) -> list[Grid]:
    """What a step of the body multiplies with and adds."""
    block, n = drawn.block, step.n + 1
    if step.op == "conv":
        weight, bias = block.weights[step.n], block.biases[step.n]
        flat = bias.reshape(-1, 1, 1)
        return [
            kernels(f"weight{n}", Message("W{n}", {"n": n}), weight, bias, drawn.weights(step)),
            Grid(f"bias{n}", Message("bias"), flat.shape, flat, "weight"),
        ]
    if step.op == "norm":
        values = affine(block, step, drawn.made)
        return [Grid(f"scale{n}", Message("scale, shift"), values.shape, values, "weight")]
    return []


def _columns(block: Block) -> dict[str, int]:
    """The main row from left to right; the map of a batch norm stands below that of its input."""
    steps = body(block)
    names = ["x", *(step.target for step in steps if step.op != "norm")]
    names += ["sum"] if block.skip else []
    names += [] if block.preactivated else ["y"]
    columns = {name: at for at, name in enumerate(names)}
    for step in steps:
        if step.op == "norm":
            columns[step.target] = columns[step.source]
    return columns


def _map(name: str, label: Message, drawn: Drawn, **more: object) -> Grid:
    values = drawn.made.maps[name]
    place = drawn.below(name) if name.startswith("norm") else drawn.main(name)
    names = names_of(values.shape)
    return Grid(name, label, values.shape, values, "output", place, planes=names, **more)  # type: ignore[arg-type]


def _of_step(step: Step, drawn: Drawn, *, last: bool) -> Grid:
    note = _norm_note(step, drawn, last) if step.op == "norm" else Message("F(x)") if last else None
    return _map(step.target, name_of(step), drawn, note=note)


def _norm_note(step: Step, drawn: Drawn, last: bool) -> Message:
    """γ and β as they are set, and with a single channel what they come to on this map."""
    assert drawn.block.norms is not None
    gamma, beta = drawn.block.norms[step.n]
    said = [f"γ {told(gamma)}, β {told(beta)}"]
    if len(gamma) == 1:
        scale, shift = affine(drawn.block, step, drawn.made).reshape(2, 1)
        sign = "−" if shift.min() < 0 else "+"
        said.append(f"×{told(scale)} {sign}{told(abs(shift))}")
    return Message("{text}", {"text": " · ".join(["F(x)", *said] if last else said)})


def _kept(drawn: Drawn) -> Message:
    """What is said when the output is written: where the body adds nothing, how much of it is x."""
    maps, n = drawn.made.maps, drawn.made.y.size
    x, y = maps["x"], maps["y"]
    if x.shape != y.shape:
        return Message("The output: {n} numbers from {before}.", {"n": n, "before": x.size})
    if drawn.block.skip and not maps[body(drawn.block)[-1].target].any():
        same = {"n": n, "same": int((x == y).sum())}
        return Message("F(x) = 0: {same} of the output’s {n} numbers are those of x.", same)
    largest = {"difference": f"{np.abs(y - x).max():.3g}"}
    return Message("The output: it differs from x by at most {difference}.", largest)


def _opening(phases: tuple[Phase, ...], made: Run, last: str, start: int | None) -> int:
    """The step of the sum's most telling cell: two numbers of opposite signs, else two numbers."""
    if start is not None:
        return start
    before = 0
    for phase in phases:
        if phase.parts[-1].writes is not None and phase.parts[-1].writes.grid == "sum":
            x, body = made.maps["shortcut"].ravel(), made.maps[last].ravel()
            return before + int(np.argmax(2 * (x * body < 0) + (x * body != 0)))
        before += phase.steps
    return before if "y" not in made.maps else before - phases[-1].steps
