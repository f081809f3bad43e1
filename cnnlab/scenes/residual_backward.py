"""The gradient on its way back through a residual block: at the sum it is copied to both lanes.

What comes to y = a + b goes to a and to b as it is, since both derivatives are 1; at x the two
gradients that arrive add up. Source: He et al., "Identity Mappings in Deep Residual Networks"
(2016), equation 5.
"""

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Step, backward, body, run
from cnnlab.message import Message
from cnnlab.scenes.geometry import cell, geometry, tap
from cnnlab.scenes.residual_back import BODY, SKIP, Back
from cnnlab.scenes.residual_parts import HERE, copy_phase, kernels, name_of, names_of, told
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Wire


def residual_backward(block: Block, x: Array, dy: Array, *, start: int | None = None) -> Scene:
    """How the gradient ``dy`` of the output, in its shape, comes back to ``x`` (C, H, W).

    Grids are named after the maps of `engine.residual.run`, with a "d" before: "d y", "d sum",
    "d conv2", …; "d x by the body" and "d x by the shortcut" are what arrives at x by each lane,
    "d x" is their sum, without a skip there is only the first. ReLUs are
    gates of 0 and 1, batch norm is one scale and one shift a cell. The stage opens where the
    gradient has been copied to the first lane.

    Raises InvalidInput where the shapes of the two lanes do not add.

    >>> import numpy as np
    >>> x = np.ones((1, 2, 2))
    >>> block = Block((np.zeros((1, 1, 3, 3)),) * 2, (np.zeros(1),) * 2)
    >>> scene = residual_backward(block, x, np.full((1, 2, 2), 5.0))
    >>> scene.grid("d x by the body").values.max(), scene.grid("d x").values.min()
    (np.float64(0.0), np.float64(5.0))
    """
    made = run(block, x)
    back = Back(block, made, backward(block, made, dy))
    entry, lanes_, body_ = _entry(back), _lanes(back), _body(back)
    opening = sum(piece[1].steps for piece in entry) + 1 if block.skip else 0
    pieces = [*entry, *lanes_, *body_]
    grids = {grid.id: grid for piece in reversed(pieces) for grid in reversed(piece[0])}
    first = _map(back.order[-1], back)
    return Scene(
        (first, *(grid for name, grid in reversed(grids.items()) if name != first.id)),
        tuple(piece[1] for piece in pieces),
        None,
        opening if start is None else start,
        wires=tuple(wire for piece in pieces for wire in piece[2]),
    )


Piece = tuple[list[Grid], Phase, list[Wire]]


def _entry(back: Back) -> list[Piece]:
    """From the output through the last ReLU, if there is one."""
    if back.block.preactivated:
        return []
    last = body(back.block)[-1].target
    return [_relu("y", "sum" if back.block.skip else last, back)]


def _lanes(back: Back) -> list[Piece]:
    """From the sum into the body and around it."""
    if not back.block.skip:
        return []
    return [_lane("sum", body(back.block)[-1].target, back), _around(back)]


def _body(back: Back) -> list[Piece]:
    """Through the body, and at x together."""
    through = [_step(step, back) for step in reversed(body(back.block))]
    return [*through, _sum(back)] if back.block.skip else through


def _map(name: str, back: Back) -> Grid:
    values = back.grads[name]
    labels = {"x": Message("dX"), "sum": Message("at the sum"), back.order[-1]: Message("dY")}
    labels[BODY] = Message("by the body") if back.block.skip else Message("dX")
    step = next((step for step in body(back.block) if step.target == name), None)
    note = None
    if step is not None:
        labels.setdefault(name, Message("d {name}", {"name": name_of(step)}))
        if step.op == "norm":
            note = Message("{text}", {"text": f"γ/σ {told(back.scale(step))}"})
    return Grid(
        f"d {name}",
        labels[name],
        values.shape,
        values,
        "gradient",
        back.place(name),
        planes=names_of(values.shape),
        note=note,
    )


def _wire(source: str, target: str) -> Wire:
    return Wire(f"d {source}", f"d {target}")


def _relu(source: str, target: str, back: Back) -> Piece:
    """Through a ReLU: the gradient times 1 where its input was positive, times 0 elsewhere."""
    gate = (back.made.maps["x" if target == BODY else target] > 0).astype(back.grads[source].dtype)
    grid = Grid(
        f"gate {target}",
        Message("gate: > 0"),
        gate.shape,
        gate,
        "weight",
        back.aside[f"gate {source}"],
        planes=names_of(gate.shape),
    )
    terms = (cell(f"d {source}", *HERE), tap(grid.id, *HERE))
    part = Part("dot", terms, Message("gate"), cell(f"d {target}", *HERE))
    phase = Phase(Message("Back through ReLU"), gate.shape, (part,), look="look gate")
    return [grid, _map(target, back)], phase, [_wire(source, target)]


def _lane(source: str, target: str, back: Back) -> Piece:
    label = Message("Copied to the body")
    shape = back.grads[source].shape
    phase = copy_phase(
        label, f"d {source}", f"d {target}", shape, look="look lane", done="done lane"
    )
    return [_map(target, back)], phase, [_wire(source, target)]


def _around(back: Back) -> Piece:
    """By the skip to x: copied, or back through W_s."""
    values = back.grads[SKIP]
    grid = Grid(
        f"d {SKIP}",
        Message("by the skip"),
        values.shape,
        values,
        "gradient",
        back.place(SKIP),
        planes=names_of(values.shape),
    )
    if back.block.projection is None:
        label = Message("Copied to the skip")
        phase = copy_phase(
            label, "d sum", grid.id, values.shape, look="look lane", done="done lane"
        )
        return [grid], phase, [Wire("d sum", grid.id, Message("copied"), around=True)]
    weight = back.block.projection
    place = back.aside["projection"]
    stamps = _stamps(
        Message("Back through W_s"), "sum", SKIP, ("projection", weight), back, back.block.stride, 0
    )
    shown = kernels("projection", Message("W_s"), weight, None, place)
    wire = Wire("d sum", grid.id, Message("W_s"), around=True)
    return [shown, grid], stamps, [wire]


def _step(step: Step, back: Back) -> Piece:
    target = BODY if step.source == "x" else step.source
    if step.op == "relu":
        return _relu(step.target, target, back)
    if step.op == "norm":
        return _norm(step, target, back)
    name, weight = f"weight{step.n + 1}", back.block.weights[step.n]
    stride = back.block.stride if step.n == 0 else 1
    label = Message("Back through W{n}", {"n": step.n + 1})
    phase = _stamps(label, step.target, target, (name, weight), back, stride, 1)
    place = back.aside[name]
    shown = kernels(name, Message("W{n}", {"n": step.n + 1}), weight, None, place)
    return [shown, _map(target, back)], phase, [_wire(step.target, target)]


def _stamps(
    label: Message,
    source: str,
    target: str,
    weight: tuple[str, Array],
    back: Back,
    stride: int,
    padding: int,
) -> Phase:
    """Back through a convolution: a cell hands its gradient, times the kernel, to its window."""
    dy, dx = back.grads[source], back.grads[target]
    g = geometry(dx, weight[1], dy, stride, padding, 1, 1)
    depth = Axis(count=g.depth)
    terms = (cell(f"d {source}", *g.here), tap(weight[0], g.filter, depth, *g.taps))
    window = cell(f"d {target}", depth, *g.window(padded=False))
    part = Part("scale", terms, Message("dX"), window, scatter=True)
    return Phase(
        label,
        g.over,
        (part,),
        subject=cell(f"d {source}", *g.here),
        look="look scatter",
        done="done scatter",
    )


def _norm(step: Step, target: str, back: Back) -> Piece:
    """Back through batch norm: times γ/σ, less what its own mean and variance take off."""
    dy, dx = back.grads[step.target], back.grads[target]
    scale = back.scale(step).reshape(-1, 1, 1)
    name = f"scale{step.n + 1}"
    shown = Grid(
        name,
        Message("γ/σ"),
        scale.shape,
        scale,
        "weight",
        planes=names_of(scale.shape),
    )
    rest = dx - scale * dy
    shift = Grid(f"shift{step.n + 1}", Message("taken off"), rest.shape, rest, "gradient")
    terms = (
        cell(f"d {step.target}", *HERE),
        tap(name, Axis(0, (1,)), Axis(), Axis()),
        tap(shift.id, *HERE),
    )
    label = Message("Back through batch norm")
    part = Part("affine", terms, label, cell(f"d {target}", *HERE))
    phase = Phase(label, dx.shape, (part,), look="look norm back")
    return [shown, shift, _map(target, back)], phase, [_wire(step.target, target)]


def _sum(back: Back) -> Piece:
    """At x the two lanes meet."""
    label = Message("Sum")
    terms = (cell(f"d {SKIP}", *HERE), cell(f"d {BODY}", *HERE))
    part = Part("add", terms, label, cell("d x", *HERE))
    finale = Message("Both lanes add up at x: {n} gradients.", {"n": back.grads["x"].size})
    phase = Phase(label, back.grads["x"].shape, (part,), finale=finale)
    return [_map("x", back)], phase, [_wire(BODY, "x"), _wire(SKIP, "x")]
