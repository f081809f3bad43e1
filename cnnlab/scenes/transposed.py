"""A transposed convolution: each input cell stamps the kernel, times itself, into the output."""

from dataclasses import replace

import numpy as np

from cnnlab.engine import Array, Size, conv_transpose2d
from cnnlab.engine.checks import per_axis
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.backward import stamp
from cnnlab.scenes.counting import Counts, count_grid
from cnnlab.scenes.geometry import Geometry, cell, geometry, output_grid, weight_grid
from cnnlab.scenes.scene import Grid, Phase, Scene


def transposed(
    x: Array,
    weight: Array,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
    what: Message | None = None,
    start: int | None = None,
) -> Scene:
    """The transposed convolution of ``x`` (1, H, W) with ``weight`` (1, 1, KH, KW), by scattering.

    Grids: input, weight, output (1, OH, OW) with OH = (H − 1)·s − 2p + d(KH − 1) +
    output_padding + 1, which starts at 0 and is added to, and overlaps (1, OH, OW): how many
    stamps reach each output cell. Padding cuts off what would land outside the output: those
    places hang over its edge, and what falls there is lost. With ``what``, which says what it
    is, the input is headed "z": "Input" would be that of another convolution. The
    stage opens at a middle cell of the input unless ``start`` says otherwise.

    Raises InvalidInput as `conv_transpose2d` does, and for more than one channel.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016),
    section 4; overlaps: Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts" (2016).

    >>> scene = transposed(np.ones((1, 2, 2)), np.ones((1, 1, 3, 3)), stride=2)
    >>> scene.steps, scene.grid("output").shape
    (4, (1, 5, 5))
    >>> scene.grid("overlaps").values[0, 2]
    array([2., 2., 4., 2., 2.])
    """
    if x.shape[0] != 1 or weight.shape[:2] != (1, 1):
        raise InvalidInput("a transposed convolution is shown for one channel and one filter")
    options = (None, stride, padding, output_padding, 1, dilation)
    y = conv_transpose2d(x[None], weight, *options)[0]
    overlaps = conv_transpose2d(np.ones_like(x[None]), np.ones_like(weight), *options)[0, 0]
    # It is the backward pass of the convolution that leads from the output to the input.
    g = geometry(y, weight, x, stride, padding, dilation, 1)
    phase = Phase(
        label=Message("Transposed convolution"),
        over=g.over,
        parts=(stamp(g, "input", "output", Message("stamp")),),
        subject=cell("input", *g.here),
        look="look stamp",
        done="done stamp",
        finale=_finale(overlaps),
    )
    head = Message("{name}", {"name": "z"}) if what else Message("Input")
    fed = output_grid(x, g, identity="input", label=head, quantity="input", place=(0, 0))
    if what:
        fed = replace(fed, note=Message("{what} {size}", {"what": what, "size": fed.note}))
    grids = (
        fed,
        weight_grid(weight, g),
        _output_grid(y, g, per_axis("output_padding", output_padding, 0)),
        count_grid("overlaps", Message("Overlaps"), overlaps, x, (0, 1)),
    )
    rows, columns = g.outputs
    middle = rows // 2 * columns + columns // 2
    return Scene(grids, (phase,), start=middle if start is None else start)


def _output_grid(y: Array, g: Geometry, extra: tuple[int, ...]) -> Grid:
    """Stamps reach over it by the padding, at the end less what output_padding keeps of that."""
    (top, bottom), (left, right) = g.padding
    below, beside = max(0, bottom - extra[0]), max(0, right - extra[1])
    return Grid(
        id="output",
        label=Message("Output"),
        shape=y.shape,
        values=y,
        quantity="output",
        place=(2, 0),
        note=Message(
            "{height}×{width}×{channels}",
            {"height": g.size[0], "width": g.size[1], "channels": g.channels},
        ),
        overhang=(top, beside, below, left),
    )


def _finale(overlaps: Counts) -> Message:
    """What is said when the last cell has been stamped: an uneven number leaves a checkerboard."""
    least, most = int(overlaps.min()), int(overlaps.max())
    fields = {"outputs": overlaps.size, "least": least, "most": most}
    if least == most:
        return Message("The whole output: {outputs} numbers; products in each: {most}.", fields)
    return Message(
        "The whole output: {outputs} numbers; products in each: {least} to {most}.", fields
    )
