"""A convolution, cell by cell: the window times the filter, channel by channel, plus the bias."""

from cnnlab.engine import Array, Size, conv2d
from cnnlab.message import Message
from cnnlab.scenes.geometry import (
    Geometry,
    bias_grid,
    cell,
    geometry,
    input_grid,
    output_grid,
    part_names,
    tap,
    weight_grid,
)
from cnnlab.scenes.scene import Axis, Part, Phase, Scene


def convolution(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    start: int | None = None,
    editable: bool = True,
) -> Scene:
    """The convolution of ``x`` (C, H, W) with ``weight`` (F, C/groups, KH, KW) and ``bias`` (F,).

    Grids: input (with its padding), weight, bias if given, and output (F, OH, OW). The sub-steps
    of a cell are the planes of its filter and the bias. ``start`` is the step at which the stage
    opens, by default the first cell of the last row of the first map.

    Raises InvalidInput as `conv2d` does, where the settings do not fit.

    >>> import numpy as np
    >>> scene = convolution(np.ones((3, 5, 5)), np.ones((2, 3, 3, 3)), np.zeros(2), padding=1)
    >>> scene.steps, scene.start, [str(part.label) for part in scene.phases[0].parts]
    (50, 20, ['R', 'G', 'B', 'bias'])
    >>> scene.grid("input").shape, scene.grid("output").shape
    ((3, 7, 7), (2, 5, 5))
    """
    y = conv2d(x[None], weight, bias, stride, padding, dilation, groups)[0]
    g = geometry(x, weight, y, stride, padding, dilation, groups)
    grids = [input_grid(x, g, editable=editable), weight_grid(weight, g, editable=editable)]
    if bias is not None:
        grids.append(bias_grid(bias, g, editable=editable))
    phase = Phase(
        label=Message("Convolution"),
        over=g.over,
        parts=conv_parts(g, biased=bias is not None),
        done="done again",
        finale=finale(y.size, weight.size + (0 if bias is None else bias.size), bias is not None),
    )
    rows, columns = g.outputs
    opening = (rows - 1) * columns if start is None else start
    return Scene((*grids, output_grid(y, g)), (phase,), start=opening)


def conv_parts(g: Geometry, *, biased: bool) -> tuple[Part, ...]:
    """The sub-steps of an output cell: one for each plane of the filter, and the bias."""
    output = cell("output", *g.here)
    parts = [
        Part(
            "dot",
            (
                cell("input", Axis(c, (g.depth,)), *g.window()),
                tap("weight", g.filter, Axis(c), *g.taps),
            ),
            label,
            None if biased or c < g.depth - 1 else output,
        )
        for c, label in enumerate(part_names(g))
    ]
    if biased:
        plus = tap("bias", g.filter, Axis(), Axis())
        parts.append(Part("add", (plus,), Message("bias"), output))
    return tuple(parts)


def finale(outputs: int, numbers: int, biased: bool) -> Message:
    """What is said when the last cell is written; biases are parameters but no weights."""
    fields = {"outputs": outputs, "numbers": numbers}
    if biased:
        return Message("The whole output: {outputs} numbers from {numbers} parameters.", fields)
    return Message("The whole output: {outputs} numbers from {numbers} weights.", fields)
