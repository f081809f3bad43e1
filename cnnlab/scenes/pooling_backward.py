"""The backward pass of a pooling: to the remembered winner alone, or in equal shares to all.

Each step looks at a window again as the forward pass did, then hands its dY back.
"""

from dataclasses import dataclass, replace

import numpy as np

from cnnlab.engine import (
    Array,
    avg_pool2d_backward,
    avg_pool_counts,
    max_pool2d,
    max_pool2d_backward,
)
from cnnlab.message import Message
from cnnlab.scenes.backward import dx_grid
from cnnlab.scenes.geometry import Geometry, cell, tap
from cnnlab.scenes.pooling import (
    HERE,
    Pool,
    hanging,
    opening,
    pool_geometry,
    pool_input,
    pool_output,
    pool_part,
    pooled,
)
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term


def pooling_backward(x: Array, dy: Array, pool: Pool, *, start: int | None = None) -> Scene:
    """Every cell of dY hands its gradient on to the input cells that made its output.

    ``x`` (C, H, W), ``dy`` (C, OH, OW): how the loss changes with each output. Grids: input,
    output, dy, dx (C, H, W), which starts at 0 and is added to where windows overlap; and for the
    average share (1, OH, OW), the 1/n of each window. The maximum hands all of dY to its winner,
    the first in reading order; the average dY/n to every cell that counted (what falls on padding
    is lost, as the padding is no input). The stage opens half told.

    Raises InvalidInput as `max_pool2d_backward` and `avg_pool2d_backward` do.

    >>> x = np.array([[[1.0, 5, 2, 0], [3, 4, 0, 7]]])
    >>> scene = pooling_backward(x, np.array([[[2.0, 6.0]]]), Pool("max", (2, 2), (2, 2)))
    >>> scene.grid("dx").values.tolist(), [str(part.label) for part in scene.phases[0].parts]
    ([[[0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 6.0]]], ['forward', 'to the winner'])
    """
    y = pooled(x, pool)
    g = pool_geometry(x, pool, y)
    back = (_to_winner if pool.kind == "max" else _shared_out)(x, dy, pool, g)
    phase = Phase(
        label=Message("Backward"),
        over=dy.shape,
        parts=(pool_part(pool, g, "input", "output", Message("forward")), back.part),
        subject=cell("dy", *HERE),
        look="look scatter",
        done="done scatter",
        finale=back.finale,
    )
    grids = (
        pool_input(x, pool, g),
        pool_output(y, g),
        pool_output(dy, g, identity="dy", label=Message("dY"), quantity="gradient", place=(2, 1)),
        _dx(back.dx, g),
        *back.grids,
    )
    return Scene(grids, (phase,), start=opening(y) if start is None else start)


@dataclass(frozen=True)
class _Back:
    """How a kind of pooling hands dY on, what it comes to, and the grids that takes."""

    part: Part
    dx: Array
    finale: Message
    grids: tuple[Grid, ...] = ()


def _to_winner(x: Array, dy: Array, pool: Pool, g: Geometry) -> _Back:
    _, indices = max_pool2d(
        x[None],
        pool.kernel,
        pool.stride,
        pool.padding,
        ceil_mode=pool.ceil_mode,
        return_indices=True,
    )
    planes = np.arange(len(x)).reshape(-1, 1, 1) * x[0].size  # indices count in their own plane
    remembered = (indices[0] + planes).reshape(-1).tolist()
    winner = Term("dx", role="winner", at=tuple(remembered))
    label = Message("to the winner")
    dx = max_pool2d_backward(dy[None], indices, g.size)[0]
    given = np.flatnonzero(dy).tolist()  # where there is a gradient to hand on
    winners = len({remembered[n] for n in given})
    finale = Message(
        "Gradients other than 0: {n}; they went to {winners} of {all} inputs, the others get 0.",
        {"n": len(given), "winners": winners, "all": x.size},
    )
    part = Part("copy", (cell("dy", *HERE),), label, winner, scatter=True)
    return _Back(part, dx, finale)


def _shared_out(x: Array, dy: Array, pool: Pool, g: Geometry) -> _Back:
    del x  # a mean hands the same on, whatever its numbers are
    settings = g.size, pool.kernel, pool.stride, pool.padding, pool.ceil_mode
    dx = avg_pool2d_backward(dy[None], *settings, pool.count_include_pad)[0]
    shares = (1 / avg_pool_counts(*settings, pool.count_include_pad))[None].astype(dy.dtype)
    # The one number of this window, once for each of its cells: a step of 0 stays in place.
    again = (replace(axis, count=k, step=0) for axis, k in zip(HERE[1:], g.kernel, strict=True))
    part = Part(
        "scale",
        (cell("dy", *HERE), tap("share", Axis(), *again)),
        Message("shares"),
        cell("dx", Axis(0, (1,)), *g.window(1, padded=False)),
        scatter=True,
    )
    finale = Message("All gradients have been handed on: {n}.", {"n": dy.size})
    return _Back(part, dx, finale, (Grid("share", Message("1/n"), shares.shape, shares, "weight"),))


def _dx(dx: Array, g: Geometry) -> Grid:
    """dX stands under the input, with the places of the padding that the input has as cells."""
    (top, below), (left, beside) = g.padding
    rows, columns = hanging(g)
    return replace(dx_grid(dx, g, (0, 1)), overhang=(top, beside + columns, below + rows, left))
