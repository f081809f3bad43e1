"""A convolution as one matrix product: windows become rows, the kernel a column (im2col).

Textbooks write windows as rows, as here; `torch.nn.functional.unfold` has them as columns.
Source: Chellapilla, Puri & Simard, "High performance convolutional neural networks for document
processing" (2006).
"""

from dataclasses import replace
from math import prod

from cnnlab.engine import Array, Size, conv2d
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.geometry import (
    Geometry,
    bias_grid,
    cell,
    geometry,
    input_grid,
    output_grid,
    tap,
    weight_grid,
)
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Quantity, Scene


def im2col(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    group: int = 0,
    start: int | None = None,
) -> Scene:
    """Window → row, kernel → column, row × column, column → map; one group at a time.

    ``x`` (C, H, W), ``weight`` (F, C/groups, KH, KW), ``bias`` (F,) or None. Each group is a matrix
    product of its own; the scene shows that of ``group``. Its grids, beside input and weight: rows
    (OH·OW, C/groups·KH·KW), columns (C/groups·KH·KW, F/groups), product (OH·OW, F/groups) and
    output (F/groups, OH, OW). All but the product only repeat numbers, and so are not sent.

    Raises InvalidInput as `conv2d` does, and where there is no such group.

    >>> import numpy as np
    >>> scene = im2col(np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)))
    >>> [(str(phase.label), phase.steps) for phase in scene.phases]
    [('window → row', 9), ('kernel → column', 1), ('row × column', 9), ('column → map', 3)]
    >>> scene.grid("rows").shape, str(scene.phases[0].finale)
    ((9, 9), '25 numbers became 81.')
    """
    y = conv2d(x[None], weight, bias, stride, padding, dilation, groups)[0]
    g = geometry(x, weight, y, stride, padding, dilation, groups)
    if not 0 <= group < groups:
        raise InvalidInput("there is no group {group} among {groups}", group=group, groups=groups)
    maps = y.reshape(groups, -1, *g.outputs)[group]
    grids = [input_grid(x, g), weight_grid(weight, g, place=(0, 1)), *_matrices(maps, g)]
    if bias is not None:
        grids.append(replace(bias_grid(bias, g), place=(2, 1)))
    output = output_grid(maps, replace(g, filters=len(maps)), place=(4, 0))
    output = replace(output, values=None)  # it repeats the product
    phases = (
        _windows_to_rows(g, group),
        _kernels_to_columns(g, group),
        _multiply(g, group, biased=bias is not None),
        _columns_to_maps(g),
    )
    opening = phases[0].steps // 2 if start is None else start
    return Scene((*grids, output), phases, lens=None, start=opening)


def _sizes(g: Geometry) -> tuple[int, int, int]:
    """The sizes of the product: windows × (numbers in a window) times that × filters."""
    return prod(g.outputs), g.depth * prod(g.kernel), g.filters // g.groups


def _matrices(maps: Array, g: Geometry) -> list[Grid]:
    windows, taps, filters = _sizes(g)
    product = maps.reshape(filters, windows).T
    return [
        _matrix("rows", Message("Rows"), (windows, taps), None, "input", 1),
        _matrix("columns", Message("Columns"), (taps, filters), None, "weight", 2),
        _matrix("product", Message("Product"), (windows, filters), product, "output", 3),
    ]


def _matrix(
    identity: str,
    label: Message,
    shape: tuple[int, int],
    values: Array | None,
    quantity: Quantity,
    column: int,
) -> Grid:
    note = Message("{height}×{width}", {"height": shape[0], "width": shape[1]})
    return Grid(identity, label, shape, values, quantity, place=(column, 0), note=note)


def _windows_to_rows(g: Geometry, group: int) -> Phase:
    windows, taps, _ = _sizes(g)
    channels = Axis(group * g.depth, count=g.depth)
    row = Axis(0, (g.outputs[1], 1))
    return Phase(
        label=Message("window → row"),
        over=g.outputs,
        parts=(
            Part(
                "copy",
                (cell("input", channels, *g.window(0)),),
                Message("window"),
                cell("rows", row, Axis(count=taps)),
            ),
        ),
        look="look copy",
        done="done copy",
        finale=Message(
            "{inputs} numbers became {copies}.",
            {"inputs": g.depth * prod(g.size), "copies": windows * taps},
        ),
    )


def _kernels_to_columns(g: Geometry, group: int) -> Phase:
    _, taps, filters = _sizes(g)
    planes = (Axis(group * filters, (1,)), Axis(count=g.depth))
    return Phase(
        label=Message("kernel → column"),
        over=(filters,),
        parts=(
            Part(
                "copy",
                (cell("weight", *planes, *g.taps),),
                Message("kernel"),
                cell("columns", Axis(count=taps), Axis(0, (1,))),
            ),
        ),
        look="look copy",
        done="done copy",
    )


def _multiply(g: Geometry, group: int, *, biased: bool) -> Phase:
    windows, taps, filters = _sizes(g)
    row, column = Axis(0, (0, 1)), Axis(0, (1,))
    terms = (cell("rows", row, Axis(count=taps)), tap("columns", Axis(count=taps), column))
    product = cell("product", row, column)
    parts = [Part("dot", terms, Message("row × column"), None if biased else product)]
    if biased:
        plus = tap("bias", Axis(group * filters, (1,)), Axis(), Axis())
        parts.append(Part("add", (plus,), Message("bias"), product))
    return Phase(
        label=Message("row × column"),
        over=(filters, windows),
        parts=tuple(parts),
        finale=Message(
            "One matrix product made all {outputs} outputs.", {"outputs": filters * windows}
        ),
    )


def _columns_to_maps(g: Geometry) -> Phase:
    """A step copies one row of a map: the next OW numbers of its column."""
    _, _, filters = _sizes(g)
    height, width = g.outputs
    return Phase(
        label=Message("column → map"),
        over=(filters, height),
        parts=(
            Part(
                "copy",
                (cell("product", Axis(0, (0, width), width), Axis(0, (1,))),),
                Message("row of the map"),
                cell("output", Axis(0, (1,)), Axis(0, (0, 1)), Axis(count=width)),
            ),
        ),
        look="look copy",
        done="done copy",
    )
