"""The gradient of a convolution by its input, gathered: a convolution again, of the spread-out dY.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016), section 4:
zeros go between the cells of dY where the stride was more than 1, and around them; then the
flipped kernel slides over it with stride 1.
"""

from cnnlab.engine import Array, Size, conv2d_backward
from cnnlab.message import Message
from cnnlab.scenes.backward import dx_grid, dy_grid
from cnnlab.scenes.geometry import Geometry, cell, geometry, map_names, tap, weight_grid
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene


def backward_gather(
    x: Array,
    weight: Array,
    dy: Array,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    start: int | None = None,
) -> Scene:
    """The same dX, cell by cell: the spread-out dY under the flipped kernel.

    Shapes as in `backward_scatter`. Three phases: dY → spread (its cells ``stride`` apart, zeros
    between and around them), kernel → flipped, and the correlation of the two, which is dX. The
    stage opens at a middle cell of dX unless ``start`` says otherwise.

    Grids: spread is (F, H + d·(KH − 1), W + d·(KW − 1)), so that every cell of dX sees a whole
    kernel; flipped is (C, F/groups, KH, KW), the planes that lead from one input channel.

    >>> import numpy as np
    >>> x, weight, dy = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)), np.ones((1, 2, 2))
    >>> scene = backward_gather(x, weight, dy, stride=2)
    >>> [str(phase.label) for phase in scene.phases], scene.grid("spread").shape
    (['dY → spread out', 'kernel → flipped', 'Gather'], (1, 7, 7))
    """
    dx, _, _ = conv2d_backward(
        dy[None],
        x[None],
        weight,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    g = geometry(x, weight, dy, stride, padding, dilation, groups)
    grids = (
        dy_grid(dy, g),
        weight_grid(weight, g, place=(0, 1)),
        _spread_grid(g),
        _flipped_grid(g),
        dx_grid(dx[0], g, (3, 0)),
    )
    phases = (_spread(g), _flip(g), _gather(g))
    if start is None:
        rows, columns = g.size
        middle = rows // 2 * columns + columns // 2
        start = phases[0].steps + phases[1].steps + middle
    return Scene(grids, phases, lens=2, start=start)


def _spread_shape(g: Geometry, axis: int) -> tuple[int, int, int]:
    """Along one axis: the size of the spread grid, where dY's first cell is, and dY's extent."""
    reach = g.dilation[axis] * (g.kernel[axis] - 1)
    first = reach - g.padding[axis][0]
    return g.size[axis] + reach, first, (g.outputs[axis] - 1) * g.stride[axis] + 1


def _spread_grid(g: Geometry) -> Grid:
    (rows, top, high), (columns, left, wide) = _spread_shape(g, 0), _spread_shape(g, 1)
    # With much padding some of dY lies outside (it never saw an input): there is no border there.
    border = (
        max(0, top),
        max(0, columns - left - wide),
        max(0, rows - top - high),
        max(0, left),
    )
    return Grid(
        id="spread",
        label=Message("dY spread out"),
        shape=(g.filters, rows, columns),
        values=None,
        quantity="gradient",
        place=(1, 0),
        padding=border,
        planes=map_names(g.filters),
    )


def _flipped_grid(g: Geometry) -> Grid:
    return Grid(
        id="flipped",
        label=Message("Flipped kernel"),
        shape=(g.channels, g.filters // g.groups, *g.kernel),
        values=None,
        quantity="weight",
        place=(1, 1),
        planes=_flipped_planes(g),
    )


def _flipped_planes(g: Geometry) -> tuple[Message, ...]:
    each = g.filters // g.groups
    if g.channels * each == 1:
        return ()
    return tuple(
        Message("channel {n}, filter {filter}", {"n": c + 1, "filter": c // g.depth * each + f + 1})
        for c in range(g.channels)
        for f in range(each)
    )


def _spread(g: Geometry) -> Phase:
    """A step copies one row of dY; scattered, so that all other cells are 0 from the start."""
    target = (
        Axis(0, (1,)),
        Axis(_spread_shape(g, 0)[1], (0, g.stride[0])),
        Axis(_spread_shape(g, 1)[1], (), g.outputs[1], g.stride[1]),
    )
    source = cell("dy", Axis(0, (1,)), Axis(0, (0, 1)), Axis(count=g.outputs[1]))
    return Phase(
        label=Message("dY → spread out"),
        over=(g.filters, g.outputs[0]),
        parts=(Part("copy", (source,), Message("row"), cell("spread", *target), scatter=True),),
        look="look copy",
        done="done copy",
    )


def _flip(g: Geometry) -> Phase:
    """A step turns one kernel plane by 180°."""
    each = g.filters // g.groups
    turned = tuple(Axis(k - 1, (), k, -1) for k in g.kernel)
    source = cell("weight", Axis(0, (each, 0, 1)), Axis(0, (0, 1)), *turned)
    target = cell("flipped", Axis(0, (g.depth, 1)), Axis(0, (0, 0, 1)), *g.taps)
    return Phase(
        label=Message("kernel → flipped"),
        over=(g.groups, g.depth, each),
        parts=(Part("copy", (source,), Message("kernel"), target),),
        look="look copy",
        done="done copy",
    )


def _gather(g: Geometry) -> Phase:
    each = g.filters // g.groups
    channel = Axis(0, (g.depth, 1))
    rows = Axis(0, (0, 0, 1), g.kernel[0], g.dilation[0])
    columns = Axis(0, (0, 0, 0, 1), g.kernel[1], g.dilation[1])
    target = cell("dx", channel, Axis(0, (0, 0, 1)), Axis(0, (0, 0, 0, 1)))
    parts = tuple(
        Part(
            "dot",
            (
                cell("spread", Axis(f, (each,)), rows, columns),
                tap("flipped", channel, Axis(f), *g.taps),
            ),
            Message("filter {n}", {"n": f + 1}) if each > 1 else Message("window"),
            target if f == each - 1 else None,
        )
        for f in range(each)
    )
    return Phase(
        label=Message("Gather"),
        over=(g.groups, g.depth, *g.size),
        parts=parts,
        look="look gather",
        finale=Message("The same dX, from every output that each input went into."),
    )
