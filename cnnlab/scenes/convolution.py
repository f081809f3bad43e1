"""A convolution, cell by cell: the window times the filter, channel by channel, plus the bias."""

from cnnlab.engine import Array, PadMode, Size, conv2d, output_size, pad2d, read_counts
from cnnlab.engine.checks import per_axis
from cnnlab.engine.pad import sides
from cnnlab.message import Message
from cnnlab.scenes.counting import count_grid
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
    mode: PadMode = "zeros",
    value: float = 0.0,
    reads: bool = False,
    start: int | None = None,
    editable: bool = True,
) -> Scene:
    """The convolution of ``x`` (C, H, W) with ``weight`` (F, C/groups, KH, KW) and ``bias`` (F,).

    ``padding`` is an int, a pair or (top, bottom, left, right), filled in the ``mode`` and with
    the ``value`` of `pad2d`. Grids: input (with its padding), weight, bias if given, and output
    (F, OH, OW); with ``reads`` also reads (1, H, W), how often the windows of a filter read each
    input cell (see `read_counts`). The sub-steps of a cell are the planes of its filter and the
    bias. ``start`` is the step at which the stage opens, by default the first cell of the last
    row of the first map.

    Raises InvalidInput as `conv2d` and `pad2d` do, where the settings do not fit.

    >>> import numpy as np
    >>> scene = convolution(np.ones((3, 5, 5)), np.ones((2, 3, 3, 3)), np.zeros(2), padding=1)
    >>> scene.steps, scene.start, [str(part.label) for part in scene.phases[0].parts]
    (50, 20, ['R', 'G', 'B', 'bias'])
    >>> scene.grid("input").shape, scene.grid("output").shape
    ((3, 7, 7), (2, 5, 5))
    >>> x, weight = np.ones((1, 3, 3)), np.ones((1, 1, 3, 3))
    >>> convolution(x, weight, padding=1, reads=True).grid("reads").values[0, 0]
    array([4., 6., 4.])
    """
    y = convolved(x, weight, bias, stride, padding, dilation, groups, mode, value)
    g = geometry(x, weight, y, stride, padding, dilation, groups)
    grids = [
        input_grid(x, g, mode=mode, value=value, editable=editable),
        weight_grid(weight, g, editable=editable),
    ]
    if reads:
        times = read_counts(g.size, g.kernel, g.stride, sides(padding), g.dilation, mode)
        grids.append(count_grid("reads", Message("Times read"), times, x, (2, 1)))
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


def convolved(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    mode: PadMode = "zeros",
    value: float = 0.0,
) -> Array:
    """The output (F, OH, OW) of ``x`` (C, H, W), padded as `pad2d` does it and then convolved.

    Raises InvalidInput as `conv2d` and `pad2d` do.

    >>> import numpy as np
    >>> convolved(np.ones((1, 2, 2)), np.ones((1, 1, 2, 2)), padding=(0, 1, 0, 1))
    array([[[4., 2.],
            [2., 1.]]])
    """
    top, bottom, left, right = sides(padding)
    padded, margin = x[None], (top, left)
    if mode != "zeros" or (top, left) != (bottom, right):  # what conv2d does not pad itself
        padded, margin = pad2d(padded, (top, bottom, left, right), mode, value), (0, 0)
        by, apart = per_axis("stride", stride, 1), per_axis("dilation", dilation, 1)
        around = ((top, bottom), (left, right))
        axes = zip(x.shape[1:], weight.shape[2:], by, around, apart, strict=False)
        for n, k, s, p, d in axes:  # refused in the words of the input without its padding
            output_size(n, k, s, p, d)
    y: Array = conv2d(padded, weight, bias, stride, margin, dilation, groups)[0]
    return y


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
