"""The backward pass of a convolution by scattering: every dY hands its gradient on."""

from dataclasses import replace

from cnnlab.engine import Array, Size, conv2d_backward
from cnnlab.message import Message
from cnnlab.scenes.geometry import (
    Axes,
    Geometry,
    Place,
    bias_grid,
    cell,
    channel_names,
    geometry,
    input_grid,
    output_grid,
    tap,
    weight_grid,
)
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene


def backward_scatter(
    x: Array,
    weight: Array,
    dy: Array,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    bias: bool = True,
    start: int = 0,
) -> Scene:
    """Every cell of dY hands its gradient on: to db, to dW by the window, to dX by the kernel.

    ``x`` (C, H, W), ``weight`` (F, C/groups, KH, KW), ``dy`` (F, OH, OW): how the loss changes
    with each output. Grids db (F, 1, 1; without ``bias`` none), dW and dX in the shapes of weight
    and x start at 0 and are added to. What would land in the padding of dX is lost, as it should
    be: the padding is no input.

    Raises InvalidInput as `conv2d_backward` does.

    >>> import numpy as np
    >>> x, weight = np.ones((1, 4, 4)), np.ones((1, 1, 3, 3))
    >>> scene = backward_scatter(x, weight, np.ones((1, 2, 2)))
    >>> [str(part.label) for part in scene.phases[0].parts], scene.steps
    (['db', 'dW', 'dX'], 4)
    >>> scene.grid("dx").values[0, 1]
    array([2., 4., 4., 2.])
    """
    dx, dweight, dbias = conv2d_backward(
        dy[None],
        x[None],
        weight,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    g = geometry(x, weight, dy, stride, padding, dilation, groups)
    grids = [
        dy_grid(dy, g),
        input_grid(x, g, place=(0, 1)),
        weight_grid(weight, g),
        dx_grid(dx[0], g, (2, 2)),
        _gradient(weight_grid(dweight, g), "dw", Message("dW"), (2, 1)),
    ]
    if bias:
        grids.append(_gradient(bias_grid(dbias, g), "db", Message("db"), (2, 0)))
    phase = Phase(
        label=Message("Backward"),
        over=g.over,
        parts=_scatters(g, biased=bias),
        subject=cell("dy", *g.here),
        look="look scatter",
        done="done scatter",
        finale=Message("All gradients have been handed on: {n}.", {"n": dy.size}),
    )
    return Scene(tuple(grids), (phase,), start=start)


def _scatters(g: Geometry, *, biased: bool) -> tuple[Part, ...]:
    dy = cell("dy", *g.here)
    channels = Axis(0, (g.depth,), g.depth)
    to_bias = Part("add", (dy,), Message("db"), cell("db", g.filter, Axis(), Axis()), scatter=True)
    to_weight = Part(
        "scale",
        (dy, cell("input", channels, *g.window())),
        Message("dW"),
        cell("dw", *_kernel(g)),
        scatter=True,
    )
    to_input = stamp(g, "dy", "dx", Message("dX"))
    return (to_bias, to_weight, to_input) if biased else (to_weight, to_input)


def stamp(g: Geometry, source: str, target: str, label: Message) -> Part:
    """A cell of ``source`` (in the shape of the output) times its filter, added to its window.

    The window lies in ``target``, in the shape of the input without padding; what would land
    beside it drops out. So dY becomes dX, and so a transposed convolution works.
    """
    terms = (cell(source, *g.here), tap("weight", *_kernel(g)))
    window = cell(target, Axis(0, (g.depth,), g.depth), *g.window(padded=False))
    return Part("scale", terms, label, window, scatter=True)


def _kernel(g: Geometry) -> Axes:
    """All planes of the filter at work."""
    return (g.filter, Axis(count=g.depth), *g.taps)


def dy_grid(dy: Array, g: Geometry, place: Place = (0, 0)) -> Grid:
    """How the loss changes with each output; dy (F, OH, OW)."""
    return output_grid(dy, g, identity="dy", label=Message("dY"), quantity="gradient", place=place)


def dx_grid(dx: Array, g: Geometry, place: Place) -> Grid:
    """How the loss changes with each input; dx (C, H, W), without padding."""
    return Grid(
        id="dx",
        label=Message("dX"),
        shape=dx.shape,
        values=dx,
        quantity="gradient",
        place=place,
        planes=channel_names(g.channels),
    )


def _gradient(like: Grid, identity: str, label: Message, place: Place) -> Grid:
    return replace(like, id=identity, label=label, quantity="gradient", place=place)
