"""Pooling, cell by cell: of every window its largest number, or its mean.

Where windows lie is the same as for a convolution with one filter for each channel, so the sizes
are those of `Geometry`; the scenes ``pooling_*`` build on the pieces here.
"""

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from cnnlab.engine import Array, avg_pool2d, max_pool2d
from cnnlab.message import Message
from cnnlab.scenes.geometry import Geometry, Place, cell, channel_names, input_grid, output_grid
from cnnlab.scenes.scene import Axis, Grid, Op, Part, Phase, Quantity, Scene

# In loops over channels, rows and columns of the output: the cell there.
HERE = (Axis(0, (1,)), Axis(0, (0, 1)), Axis(0, (0, 0, 1)))

# A map of at most so many numbers opens at its third one, a larger one about its middle.
_FEW = 16


@dataclass(frozen=True)
class Pool:
    """The settings of a pooling, as torch.nn.functional has them; pairs are (rows, columns).

    ``ceil_mode`` lets the last window hang over the end; ``count_include_pad`` (of the average)
    says whether padding counts as zeros.
    """

    kind: Literal["max", "average"]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)
    ceil_mode: bool = False
    count_include_pad: bool = True

    @property
    def op(self) -> Op:
        """What is done with the numbers of a window."""
        return "max" if self.kind == "max" else "mean"

    @property
    def filler(self) -> float | None:
        """What the padding holds: −∞, which never wins; 0; or None where there is nothing."""
        if self.kind == "max":
            return -inf
        return 0.0 if self.count_include_pad else None


def pooled(x: Array, pool: Pool) -> Array:
    """``x`` (C, H, W) pooled by the engine: (C, OH, OW).

    Raises InvalidInput as `max_pool2d` and `avg_pool2d` do.

    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 4, 4)
    >>> [pooled(x, Pool(kind, (2, 2), (2, 2)))[0].tolist() for kind in ("max", "average")]
    [[[5.0, 7.0], [13.0, 15.0]], [[2.5, 4.5], [10.5, 12.5]]]
    """
    given = x[None], pool.kernel, pool.stride, pool.padding
    if pool.kind == "max":
        y = max_pool2d(*given, ceil_mode=pool.ceil_mode)
    else:
        y = avg_pool2d(*given, pool.ceil_mode, pool.count_include_pad)
    maps: Array = y[0]
    return maps


def pooling(x: Array, pool: Pool, *, start: int | None = None, editable: bool = True) -> Scene:
    """The pooling of ``x`` (C, H, W), cell by cell; a step is a cell of one of the C maps.

    Grids: input (padding with it: −∞ for the maximum, zeros for an average that counts them; of
    what is not counted only the places are drawn) and output (C, OH, OW). ``start`` is the step at
    which the stage opens: by default two cells are told, of a larger map about half.

    Raises InvalidInput as `pooled` does.

    >>> import numpy as np
    >>> scene = pooling(np.arange(16.0).reshape(1, 4, 4), Pool("max", (2, 2), (2, 2)))
    >>> scene.steps, scene.start, str(scene.phases[0].finale)
    (4, 2, '16 numbers became 4; no parameter was needed.')
    """
    y = pooled(x, pool)
    g = pool_geometry(x, pool, y)
    phase = Phase(
        label=Message("Max pooling") if pool.kind == "max" else Message("Average pooling"),
        over=y.shape,
        parts=(pool_part(pool, g, "input", "output"),),
        done="done max" if pool.kind == "max" else "done mean",
        finale=Message(
            "{inputs} numbers became {outputs}; no parameter was needed.",
            {"inputs": x.size, "outputs": y.size},
        ),
    )
    grids = (pool_input(x, pool, g, editable=editable), pool_output(y, g))
    return Scene(grids, (phase,), start=opening(y) if start is None else start)


def pool_geometry(x: Array, pool: Pool, y: Array) -> Geometry:
    """Where the windows of a pooling lie; x (C, H, W), and y (C, OH, OW), what it makes of it."""
    (rows, columns), channels = pool.padding, len(x)
    return Geometry(
        channels=channels,
        filters=channels,
        groups=channels,
        size=(x.shape[1], x.shape[2]),
        kernel=pool.kernel,
        stride=pool.stride,
        padding=((rows, rows), (columns, columns)),
        dilation=(1, 1),
        outputs=(y.shape[1], y.shape[2]),
    )


def opening(y: Array) -> int:
    """The step at which a map is half told; y (C, OH, OW).

    The third step, or in a large map the largest number of the middle row: in the middle itself
    there may be nothing to see.
    """
    size: tuple[int, ...] = y.shape[1:]
    rows, columns = size
    if rows * columns <= _FEW:
        return min(2, rows * columns - 1)
    return rows // 2 * columns + int(abs(y[0, rows // 2]).argmax())


def pool_part(
    pool: Pool,
    g: Geometry,
    source: str,
    target: str,
    label: Message | None = None,
    *,
    border: bool = True,
) -> Part:
    """The window of ``source`` at the step, and the cell of ``target`` that its number goes to.

    ``border`` as in `pool_input`.
    """
    cells = border and pool.filler is not None
    window = cell(source, Axis(0, (1,)), *g.window(1, padded=cells))
    return Part(pool.op, (window,), label or Message("window"), cell(target, *HERE))


def pool_input(
    x: Array,
    pool: Pool,
    g: Geometry,
    *,
    identity: str = "input",
    label: Message | None = None,
    quantity: Quantity = "input",
    place: Place = (0, 0),
    editable: bool = False,
    border: bool = True,
) -> Grid:
    """The map that is pooled, x (C, H, W), as far as the windows reach.

    Padding with a filler is cells; without one, or without ``border``, only its places are drawn,
    and what a window has there drops out. What hangs over the end in ceil mode is never a cell.
    """
    bottom, right = hanging(g)
    filler = pool.filler if border else None
    if filler is None:
        (top, below), (left, beside) = g.padding
        grid = input_grid(x, replace(g, padding=((0, 0), (0, 0))))
        places = (top, beside + right, below + bottom, left)
        unread = _inside(g, 0), _inside(g, 1)
    else:
        grid = input_grid(x, g, mode="constant", value=filler)
        places = (0, right, bottom, 0)
        unread = g.unread(0), g.unread(1)
    return replace(
        grid,
        id=identity,
        label=label or grid.label,
        quantity=quantity,
        place=place,
        editable=editable,
        overhang=places,
        unread_rows=unread[0],
        unread_columns=unread[1],
    )


def hanging(g: Geometry) -> tuple[int, int]:
    """How many rows and columns the last windows hang over the end, the padding included."""
    over = [
        max(0, (o - 1) * s + k - n)
        for o, s, k, n in zip(g.outputs, g.stride, g.kernel, g.padded, strict=True)
    ]
    return over[0], over[1]


def _inside(g: Geometry, axis: int) -> tuple[int, ...]:
    """The rows (0) or columns (1) never read, counted without the padding."""
    first, size = g.padding[axis][0], g.size[axis]
    return tuple(n - first for n in g.unread(axis) if 0 <= n - first < size)


def pool_output(
    y: Array,
    g: Geometry,
    *,
    identity: str = "output",
    label: Message | None = None,
    quantity: Quantity = "output",
    place: Place = (2, 0),
) -> Grid:
    """What has the shape of the pooled maps, y (C, OH, OW): a map for each channel."""
    grid = output_grid(y, g, identity=identity, label=label, quantity=quantity, place=place)
    return replace(grid, planes=channel_names(g.channels))
