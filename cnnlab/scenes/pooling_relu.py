"""ReLU before or after pooling: the same for the maximum, not for the average."""

from dataclasses import replace

import numpy as np

from cnnlab.engine import Array, relu
from cnnlab.message import Message
from cnnlab.scenes.geometry import Geometry, Place, cell
from cnnlab.scenes.pooling import (
    HERE,
    Pool,
    opening,
    pool_geometry,
    pool_input,
    pool_output,
    pool_part,
    pooled,
)
from cnnlab.scenes.scene import Grid, Part, Phase, Scene


def relu_order(x: Array, pool: Pool, *, start: int | None = None) -> Scene:
    """One row: ReLU, then pooling. The row below: pooling, then ReLU. ``x`` is (C, H, W).

    Grids: input; relu, of the same shape, and pool_relu (C, OH, OW), its pooling; pool and
    relu_pool (C, OH, OW), the pooling of x and the ReLU of that. First every input goes through
    ReLU, then a step writes one cell of the three pooled maps. An average that counts its padding
    has zeros as cells here; around a maximum there is nothing, since the ReLU of −∞ would be 0.

    Raises InvalidInput as `pooled` does.

    >>> x = np.array([[[-1.0, 3.0]]])
    >>> scenes = [relu_order(x, Pool(kind, (1, 2), (1, 2))) for kind in ("max", "average")]
    >>> [[s.grid(name).values.item() for name in ("pool_relu", "relu_pool")] for s in scenes]
    [[3.0, 3.0], [1.5, 1.0]]
    """
    y, rectified = pooled(x, pool), relu(x)
    g = pool_geometry(x, pool, y)
    border = pool.kind == "average"
    given = pool_input(x, pool, g, border=border)
    first = replace(
        pool_input(rectified, pool, g, identity="relu", place=(1, 0), border=border),
        label=Message("ReLU"),
        quantity="output",
    )
    ends = pooled(rectified, pool), relu(y)
    grids = (
        given,
        first,
        _map(ends[0], g, "pool_relu", Message("Pooled after ReLU"), (2, 0)),
        _map(y, g, "pool", Message("Pooled"), (1, 1)),
        _map(ends[1], g, "relu_pool", Message("ReLU after pooling"), (2, 1)),
    )
    phases = (_rectify(first.shape), _compare(pool, g, *ends, border=border))
    begin = phases[0].steps + opening(y) if start is None else start
    return Scene(grids, phases, lens=None, start=begin)


def _map(y: Array, g: Geometry, identity: str, label: Message, place: Place) -> Grid:
    return pool_output(y, g, identity=identity, label=label, place=place)


def _rectify(shape: tuple[int, ...]) -> Phase:
    part = Part("relu", (cell("input", *HERE),), Message("ReLU"), cell("relu", *HERE))
    return Phase(label=Message("ReLU of every input"), over=shape, parts=(part,))


def _compare(pool: Pool, g: Geometry, first: Array, last: Array, *, border: bool) -> Phase:
    fields = {"n": first.size, "different": int((~np.isclose(first, last)).sum())}
    finale = Message("ReLU first or pooling first: the same {n} numbers.", fields)
    if fields["different"]:
        finale = Message(
            "ReLU first or pooling first: other numbers in {different} of {n} cells.", fields
        )
    return Phase(
        label=Message("Pooling"),
        over=first.shape,
        parts=(
            pool_part(pool, g, "relu", "pool_relu", Message("after ReLU"), border=border),
            pool_part(pool, g, "input", "pool", Message("pooling"), border=border),
            Part("relu", (cell("pool", *HERE),), Message("ReLU"), cell("relu_pool", *HERE)),
        ),
        subject=cell("pool_relu", *HERE),
        look="look together",
        done="done together",
        finale=finale,
    )
