"""One step of learning: every weight goes a little against its gradient."""

import numpy as np

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.scenes.geometry import channel_names
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Quantity, Scene, Term


def update(weight: Array, gradient: Array, rate: float) -> Scene:
    """W ← W − η·dW, cell by cell; ``weight`` and ``gradient`` (F, C, KH, KW), ``rate`` is η.

    Grids: dw, weight, rate (1, 1, 1, 1; it holds −η) and new, all in the shape of ``weight``.

    >>> scene = update(np.ones((1, 1, 1, 2)), np.array([[[[2.0, -4.0]]]]), 0.5)
    >>> scene.grid("new").values.tolist()
    [[[[0.0, 3.0]]]]
    """
    moved = weight - weight.dtype.type(rate) * gradient
    factor = np.full((1, 1, 1, 1), -rate, weight.dtype)
    grids = (
        _grid("weight", Message("W"), weight, "weight", (0, 0)),
        _grid("dw", Message("dW"), gradient, "gradient", (1, 0)),
        Grid("rate", Message("−η"), factor.shape, factor, "weight"),
        _grid("new", Message("new W"), moved, "weight", (3, 0)),
    )
    here = tuple(Axis(0, (0,) * axis + (1,)) for axis in range(4))
    part = Part(
        op="affine",
        terms=(
            Term("dw", here),
            Term("rate", (Axis(),) * 4, "tap"),
            Term("weight", here),
        ),
        label=Message("step"),
        writes=Term("new", here),
    )
    phase = Phase(
        label=Message("One step of learning"),
        over=weight.shape,
        parts=(part,),
        subject=Term("weight", here),
        look="look weight",
        done="done weight",
        finale=Message("All weights have moved: {n}.", {"n": weight.size}),
    )
    return Scene(grids, (phase,), lens=2)


def _grid(
    identity: str, label: Message, values: Array, quantity: Quantity, place: tuple[int, int]
) -> Grid:
    names = _planes(*values.shape[:2])
    return Grid(identity, label, values.shape, values, quantity, place, planes=names)


def _planes(filters: int, planes: int) -> tuple[Message, ...]:
    names = channel_names(planes)
    if filters == 1:
        return names
    if not names:
        return tuple(Message("filter {n}", {"n": f + 1}) for f in range(filters))
    return tuple(
        Message("filter {f}, {plane}", {"f": f + 1, "plane": name})
        for f in range(filters)
        for name in names
    )
