"""Why not dense: one input wired to one output in three ways, with every weight there to be seen.

Dense: every output reads every input. Local: only a window, with weights of its own. Shared: the
same window of weights everywhere, which is convolution. Source of the steps: LeCun et al.,
"Backpropagation applied to handwritten zip code recognition" (1989).
"""

from dataclasses import replace
from math import prod
from typing import Literal

import numpy as np

from cnnlab.engine import Array, Size, conv2d, linear, unfold
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.convolution import conv_parts
from cnnlab.scenes.geometry import (
    Geometry,
    cell,
    geometry,
    input_grid,
    output_grid,
    tap,
    weight_grid,
)
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene

Kind = Literal["dense", "local", "shared"]

# Every weight travels to the browser: 20,000 are about 107 KB.
MOST_WEIGHTS = 20_000

_FINALES = {
    "dense": "Every output has a weight for every input: {weights} weights.",
    "local": "Every output has a window of weights of its own: {weights} weights.",
    "shared": "All outputs share one window of weights: {weights} weights.",
}


def connections(
    x: Array,
    weight: Array,
    kind: Kind,
    rng: np.random.Generator,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    start: int = 0,
) -> Scene:
    """One map ``x`` (1, H, W) to the output size of ``weight`` (1, 1, KH, KW), wired as ``kind``.

    ``shared`` uses ``weight``; the others draw theirs from ``rng``, multiples of 0.1 so that they
    can be read: dense (OH, OW, H, W), one plane an output; local (OH, OW, KH, KW). No biases.

    Raises InvalidInput as `conv2d` does, for more than one channel or filter, and for more than
    `MOST_WEIGHTS` weights.

    >>> x, weight = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3))
    >>> for kind in ("dense", "local", "shared"):
    ...     print(connections(x, weight, kind, np.random.default_rng(0)).grid("weight").shape)
    (3, 3, 5, 5)
    (3, 3, 3, 3)
    (1, 1, 3, 3)
    """
    y = conv2d(x[None], weight, None, stride, padding, dilation)[0]
    g = geometry(x, weight, y, stride, padding, dilation, 1)
    if (g.channels, g.filters) != (1, 1):
        raise InvalidInput("connections are shown for one channel and one filter")
    weights, parts = weight_grid(weight, g), conv_parts(g, biased=False)
    if kind != "shared":
        weights = _own_weights(g, kind, rng, x)
        y = _outputs(x, weights, g, kind)
        parts = _own_parts(g, kind)
    phase = Phase(
        label=Message("Connections"),
        over=g.over,
        parts=parts,
        finale=Message(_FINALES[kind], {"weights": prod(weights.shape)}),
    )
    grids = (_input(x, g, kind), weights, output_grid(y, g))
    return Scene(grids, (phase,), start=start)


def _own_weights(g: Geometry, kind: Kind, rng: np.random.Generator, x: Array) -> Grid:
    shape = (*g.outputs, *(g.size if kind == "dense" else g.kernel))
    if prod(shape) > MOST_WEIGHTS:
        raise InvalidInput(
            "{weights} weights are too many to show one by one: take a smaller input",
            weights=prod(shape),
        )
    values = (rng.integers(-9, 10, shape) / 10).astype(x.dtype)
    return Grid("weight", Message("Weights"), shape, values, "weight")


def _outputs(x: Array, weights: Grid, g: Geometry, kind: Kind) -> Array:
    assert weights.values is not None
    own = weights.values.reshape(prod(g.outputs), -1)
    if kind == "dense":
        return linear(x.reshape(1, -1), own).reshape(1, *g.outputs)
    padding = [before for before, _ in g.padding]  # even: `connections` takes no other
    windows = unfold(x[None], g.kernel, g.dilation, padding, g.stride)[0].T
    y: Array = (own * windows).sum(1).reshape(1, *g.outputs)
    return y


def _own_parts(g: Geometry, kind: Kind) -> tuple[Part, ...]:
    """One dot product an output, with the plane of weights that belongs to it alone."""
    reads, counts = g.window(), g.kernel
    if kind == "dense":
        counts = g.size
        reads = tuple(Axis(before, (), n) for (before, _), n in zip(g.padding, g.size, strict=True))
    _, row, column = g.here
    own = tap("weight", row, column, Axis(count=counts[0]), Axis(count=counts[1]))
    label = Message("all inputs") if kind == "dense" else Message("window")
    return (Part("dot", (cell("input", Axis(), *reads), own), label, cell("output", *g.here)),)


def _input(x: Array, g: Geometry, kind: Kind) -> Grid:
    """A dense layer reads every input, but no padding."""
    grid = input_grid(x, g)
    if kind != "dense":
        return grid
    return replace(grid, unread_rows=_padding(g, 0), unread_columns=_padding(g, 1))


def _padding(g: Geometry, axis: int) -> tuple[int, ...]:
    """The rows (0) or columns (1) that are padding."""
    before, after = g.padding[axis]
    whole = g.padded[axis]
    return (*range(before), *range(whole - after, whole))
