"""A `Scene` as plain JSON for the stage, and back again.

Arrays travel as base64 of little-endian float32: four bytes a number, where decimal text would
take about ten. Messages are already translated when they leave, so the stage knows no language.
"""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.message import Message
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term, Wire

Json = dict[str, Any]
Say = Callable[[Message], str]

# Nothing but zeros still needs a scale, and one that does not read as if it were measured.
SCALE_OF_ZEROS = 1.0


def encode(scene: Scene, say: Say = str) -> Json:
    """The scene as JSON-able dicts and lists; ``say`` translates its messages.

    >>> from cnnlab.scenes.scene import Grid, Scene
    >>> grid = Grid("x", Message("Input"), (1, 2), np.array([[1.0, -3.0]]), "input")
    >>> sent = encode(Scene((grid,), ()))
    >>> sent["grids"][0]["values"], sent["scales"]
    ('AACAPwAAQMA=', {'input': 3.0})
    """
    return {
        "grids": [_grid(grid, say) for grid in scene.grids],
        "phases": [_phase(phase, say) for phase in scene.phases],
        "scales": scales(scene),
        "lens": scene.lens,
        "start": scene.start,
        "reach": scene.reach,
        "wires": [_wire(wire, say) for wire in scene.wires],
    }


def scales(scene: Scene) -> dict[str, float]:
    """The largest finite |value| among all grids of each quantity: the end of its colour scale."""
    ends = {grid.quantity: 0.0 for grid in scene.grids}
    for grid in scene.grids:
        if grid.values is not None:
            size = np.abs(grid.values[np.isfinite(grid.values)])
            ends[grid.quantity] = max(ends[grid.quantity], float(size.max(initial=0)))
    return {str(quantity): end or SCALE_OF_ZEROS for quantity, end in ends.items()}


def _grid(grid: Grid, say: Say) -> Json:
    return {
        "id": grid.id,
        "label": say(grid.label),
        "note": None if grid.note is None else say(grid.note),
        "shape": list(grid.shape),
        "values": None if grid.values is None else _pack(grid.values),
        "quantity": grid.quantity,
        "place": None if grid.place is None else list(grid.place),
        "padding": list(grid.padding),
        "unread_rows": list(grid.unread_rows),
        "unread_columns": list(grid.unread_columns),
        "planes": [say(plane) for plane in grid.planes],
        "editable": grid.editable,
        "overhang": list(grid.overhang),
        "drag": None if grid.drag is None else list(grid.drag),
        "pitch": None if grid.pitch is None else list(grid.pitch),
    }


def _wire(wire: Wire, say: Say) -> Json:
    return {
        "source": wire.source,
        "target": wire.target,
        "label": None if wire.label is None else say(wire.label),
        "around": wire.around,
    }


def _phase(phase: Phase, say: Say) -> Json:
    loops = len(phase.over)
    return {
        "label": say(phase.label),
        "over": list(phase.over),
        "parts": [_part(part, loops, say) for part in phase.parts],
        "subject": _term(phase.about, loops),
        "look": phase.look,
        "done": phase.done,
        "finale": None if phase.finale is None else say(phase.finale),
    }


def _part(part: Part, loops: int, say: Say) -> Json:
    return {
        "op": part.op,
        "label": say(part.label),
        "terms": [_term(term, loops) for term in part.terms],
        "writes": None if part.writes is None else _term(part.writes, loops),
        "scatter": part.scatter,
    }


def _term(term: Term, loops: int) -> Json:
    if term.at is not None:
        return {"grid": term.grid, "role": term.role, "at": [int(cell) for cell in term.at]}
    return {"grid": term.grid, "role": term.role, "axes": [_axis(a, loops) for a in term.axes]}


def _axis(axis: Axis, loops: int) -> list[Any]:
    missing = (0,) * (loops - len(axis.coefficients))
    return [axis.base, [*axis.coefficients, *missing], axis.count, axis.step]


def _pack(values: npt.NDArray[np.floating]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def decode(sent: Json) -> Scene:
    """The scene that `encode` sent: its numbers as float32, its messages in one language.

    >>> from cnnlab.scenes.scene import Grid, Scene
    >>> grid = Grid("x", Message("Input"), (1, 2), np.array([[1.0, -3.0]]), "input")
    >>> decode(encode(Scene((grid,), ()))).grids[0].values
    array([[ 1., -3.]], dtype=float32)
    """
    grids = tuple(_read_grid(grid) for grid in sent["grids"])
    phases = tuple(_read_phase(phase) for phase in sent["phases"])
    wires = tuple(_read_wire(wire) for wire in sent["wires"])
    return Scene(grids, phases, sent["lens"], sent["start"], sent["reach"], wires)


def _read_wire(sent: Json) -> Wire:
    label = None if sent["label"] is None else _said(sent["label"])
    return Wire(sent["source"], sent["target"], label, sent["around"])


def _read_grid(sent: Json) -> Grid:
    shape = tuple(sent["shape"])
    return Grid(
        id=sent["id"],
        label=_said(sent["label"]),
        shape=shape,
        values=None if sent["values"] is None else _unpack(sent["values"], shape),
        quantity=sent["quantity"],
        place=None if sent["place"] is None else tuple(sent["place"]),
        padding=tuple(sent["padding"]),
        unread_rows=tuple(sent["unread_rows"]),
        unread_columns=tuple(sent["unread_columns"]),
        planes=tuple(_said(plane) for plane in sent["planes"]),
        editable=sent["editable"],
        note=None if sent["note"] is None else _said(sent["note"]),
        overhang=tuple(sent["overhang"]),
        drag=None if sent["drag"] is None else tuple(sent["drag"]),
        pitch=None if sent["pitch"] is None else tuple(sent["pitch"]),
    )


def _read_phase(sent: Json) -> Phase:
    return Phase(
        label=_said(sent["label"]),
        over=tuple(sent["over"]),
        parts=tuple(_read_part(part) for part in sent["parts"]),
        subject=_read_term(sent["subject"]),
        look=sent["look"],
        done=sent["done"],
        finale=None if sent["finale"] is None else _said(sent["finale"]),
    )


def _read_part(sent: Json) -> Part:
    return Part(
        op=sent["op"],
        terms=tuple(_read_term(term) for term in sent["terms"]),
        label=_said(sent["label"]),
        writes=None if sent["writes"] is None else _read_term(sent["writes"]),
        scatter=sent["scatter"],
    )


def _read_term(sent: Json) -> Term:
    if "at" in sent:
        return Term(sent["grid"], role=sent["role"], at=tuple(sent["at"]))
    axes = tuple(Axis(base, tuple(by), count, step) for base, by, count, step in sent["axes"])
    return Term(sent["grid"], axes, sent["role"])


def _said(text: str) -> Message:
    # Not Message(text): what was already filled in must not be filled in again.
    return Message("{text}", {"text": text})


def _unpack(text: str, shape: tuple[int, ...]) -> npt.NDArray[np.floating]:
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32).reshape(shape)
