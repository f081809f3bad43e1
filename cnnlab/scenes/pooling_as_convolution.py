"""Average pooling is a convolution, with the same weight 1/k² everywhere; max pooling is none."""

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab.engine import Array, conv2d
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.geometry import Geometry, cell, tap, weight_grid
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
from cnnlab.scenes.scene import Axis, Part, Phase, Scene


def average_as_convolution(x: Array, pool: Pool, *, start: int | None = None) -> Scene:
    """One window, three times: as a convolution, as an average, and as a maximum.

    ``x`` (1, H, W). Of ``pool`` kernel, stride and padding count: as of any convolution, the
    padding is zeros that count, and the size is rounded down. Grids: input; weight (1, 1, KH, KW);
    convolution, average and max (1, OH, OW). A step writes one cell of each. The maximum does not
    see the zeros of the padding: it reads the grid ``inside``, the input without them.

    Raises InvalidInput as `pooled` does, and for more than one channel.

    >>> x = np.array([[[1.0, 5, 2, 0], [3, 4, 0, 7]]])
    >>> scene = average_as_convolution(x, Pool("average", (2, 2), (2, 2)))
    >>> [scene.grid(name).values[0, 0].tolist() for name in ("convolution", "average", "max")]
    [[3.25, 2.25], [3.25, 2.25], [5.0, 7.0]]
    """
    if len(x) > 1:
        raise InvalidInput("the convolution that averages is shown for one channel")
    average = Pool("average", pool.kernel, pool.stride, pool.padding)
    largest = replace(average, kind="max")
    means = pooled(x, average)
    g = pool_geometry(x, average, means)
    weight = np.full((1, 1, *g.kernel), 1 / prod(g.kernel), x.dtype)
    maxima = pooled(x, largest)
    made = {
        "convolution": conv2d(x[None], weight, None, pool.stride, pool.padding)[0],
        "average": means,
        "max": maxima,
    }
    phase = Phase(
        label=Message("One window, three times"),
        over=means.shape,
        parts=(
            _convolved(g),
            pool_part(average, g, "input", "average", Message("average")),
            pool_part(largest, g, "inside", "max", Message("maximum"), border=False),
        ),
        subject=cell("convolution", *HERE),
        look="look together",
        done="done together",
        finale=_finale(means, maxima),
    )
    inside = replace(pool_input(x, largest, g, identity="inside", border=False), place=None)
    grids = (
        pool_input(x, average, g),
        inside,
        weight_grid(weight, g),
        *(
            pool_output(made[name], g, identity=name, label=label, place=(2, row))
            for row, (name, label) in enumerate(_LABELS.items())
        ),
    )
    return Scene(grids, (phase,), start=opening(maxima) if start is None else start)


_LABELS = {
    "convolution": Message("Convolution"),
    "average": Message("Average"),
    "max": Message("Maximum"),
}


def _convolved(g: Geometry) -> Part:
    weights = tap("weight", Axis(), Axis(), *g.taps)
    terms = (cell("input", Axis(), *g.window(1)), weights)
    return Part("dot", terms, Message("convolution"), cell("convolution", *HERE))


def _finale(means: Array, maxima: Array) -> Message:
    return Message(
        "Convolution and average agree in all {n} cells; "
        "the maximum is another number in {different} of them.",
        {"n": means.size, "different": int((~np.isclose(means, maxima)).sum())},
    )
