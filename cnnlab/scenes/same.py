"""Three frameworks that keep the size by padding "same", and put their windows in other places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cnnlab.engine import Array, SameRule, Size, same_padding
from cnnlab.engine.checks import per_axis
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.convolution import convolved
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

NAMES: dict[SameRule, str] = {"pytorch": "PyTorch", "tensorflow": "TensorFlow", "scipy": "SciPy"}


@dataclass(frozen=True)
class Same:
    """What a framework adds around the input, (top, bottom, left, right), and its output (OH, OW).

    ``refused``: it refuses "same" at this stride; then ``padding`` is what is written instead.
    """

    framework: SameRule
    padding: tuple[int, int, int, int]
    y: Array
    refused: bool = False


def same_outputs(
    x: Array, weight: Array, stride: Size = 1, dilation: Size = 1
) -> tuple[Same, Same, Same]:
    """PyTorch's, TensorFlow's and SciPy's answer to x (1, H, W) and weight (1, 1, KH, KW).

    PyTorch's is ``padding="same"``; it refuses that for strides of more than 1, where what people
    write is ``padding=d·(k − 1)//2``. SciPy's is ``correlate(mode="same")``, of which every
    ``stride``-th row and column is kept. The rules are those of `same_padding`.

    Raises InvalidInput as `conv2d` does, and for more than one channel.

    >>> row, pick = np.arange(6.0).reshape(1, 1, 6), np.array([[[[1.0, 0, 0]]]])
    >>> for answer in same_outputs(row, pick, stride=2):
    ...     print(answer.framework, answer.padding, answer.y[0], answer.refused)
    pytorch (0, 0, 1, 1) [0. 1. 3.] True
    tensorflow (0, 0, 0, 1) [0. 2. 4.] False
    scipy (0, 0, 1, 1) [0. 1. 3.] False
    """
    if x.ndim != 3 or x.shape[0] != 1 or weight.ndim != 4 or weight.shape[:2] != (1, 1):
        raise InvalidInput("the frameworks are compared for one channel and one filter")
    by, apart = per_axis("stride", stride, 1), per_axis("dilation", dilation, 1)
    pytorch, tensorflow, scipy = (_answer(name, x, weight, by, apart) for name in NAMES)
    return pytorch, tensorflow, scipy


def differing(answers: Sequence[Same]) -> npt.NDArray[np.bool_]:
    """Where outputs of one size (OH, OW) differ by more than rounding.

    >>> row, pick = np.arange(1.0, 4).reshape(1, 1, 3), np.array([[[[1.0, 0]]]])
    >>> differing(same_outputs(row, pick))
    array([[ True,  True,  True]])
    """
    first, *others = (answer.y for answer in answers)
    found = np.zeros(first.shape, bool)
    for y in others:
        found |= ~np.isclose(y, first, atol=1e-6 * float(np.abs(first).max()))
    return found


def _answer(
    framework: SameRule, x: Array, weight: Array, stride: Sequence[int], dilation: Sequence[int]
) -> Same:
    refused = framework == "pytorch" and max(stride) > 1
    axes = zip(x.shape[1:], weight.shape[2:], stride, dilation, strict=True)
    (top, bottom), (left, right) = (
        (d * (k - 1) // 2,) * 2 if refused else same_padding(n, k, s, d, framework)
        for n, k, s, d in axes
    )
    padding = top, bottom, left, right
    y = convolved(x, weight, None, tuple(stride), padding, tuple(dilation))[0]
    return Same(framework, padding, y, refused)


def same(
    x: Array, weight: Array, *, stride: Size = 1, dilation: Size = 1, start: int | None = None
) -> Scene:
    """The answers of `same_outputs` side by side: each padded input above its output.

    Grids: input-pytorch, output-pytorch and so on, and weight. A step of the first phase works
    out one cell in each framework whose outputs have one size; an output of another size has a
    phase of its own. The stage opens at the first cell of the last row, if not at ``start``.

    Raises InvalidInput as `same_outputs` does.

    >>> scene = same(np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)))
    >>> scene.steps, [str(part.label) for part in scene.phases[0].parts]
    (25, ['PyTorch', 'TensorFlow', 'SciPy'])
    >>> str(scene.phases[0].finale)
    'All outputs are the same.'
    """
    answers = same_outputs(x, weight, stride, dilation)
    shown = [
        _Column(n, a, geometry(x, weight, a.y[None], stride, a.padding, dilation, 1))
        for n, a in enumerate(answers)
    ]
    sizes = list(dict.fromkeys(column.g.outputs for column in shown))
    groups = [[column for column in shown if column.g.outputs == size] for size in sizes]
    groups.sort(key=len, reverse=True)  # those of one size first
    grids = [weight_grid(weight, shown[0].g, place=(len(shown), 0))]
    for group in groups:
        for column in group:
            grids += [_input(x, column), _output(column, alone=len(group) == 1)]
    rows, columns = groups[0][0].g.outputs
    opening = (rows - 1) * columns if start is None else start
    return Scene(tuple(grids), tuple(map(_phase, groups)), lens=None, start=opening)


@dataclass(frozen=True)
class _Column:
    """Where on the stage an answer stands, and the sizes of its convolution."""

    number: int
    answer: Same
    g: Geometry

    @property
    def name(self) -> str:
        return NAMES[self.answer.framework]


def _called(column: _Column) -> Message:
    return Message("{name}", {"name": column.name})


def _input(x: Array, column: _Column) -> Grid:
    """The framework's name with what it adds; the padding that is written where it refuses."""
    top, _, left, _ = column.answer.padding
    label = _called(column)
    if column.answer.refused:
        given = top if top == left else (top, left)
        label = Message("{name}, padding={padding}", {"name": column.name, "padding": given})
    return replace(
        input_grid(x, column.g, place=(column.number, 0)),
        id=f"input-{column.answer.framework}",
        label=label,
        note=None if column.answer.refused else _added(column.answer),
    )


def _added(answer: Same) -> Message:
    """How much on which side, in signs: for words there is no room above three inputs."""
    top, bottom, left, right = answer.padding
    if not any(answer.padding):
        return Message("no padding")
    fields = {"top": top, "bottom": bottom, "left": left, "right": right}
    return Message("↑{top} ↓{bottom} ←{left} →{right}", fields)


def _output(column: _Column, *, alone: bool) -> Grid:
    """An output of which there are several is told apart by its place, one alone by its name."""
    label = Message("{name}'s output", {"name": column.name}) if alone else Message("Output")
    return output_grid(
        column.answer.y[None],
        column.g,
        identity=f"output-{column.answer.framework}",
        label=label,
        place=(column.number, 1),
    )


def _part(column: _Column) -> Part:
    g, framework = column.g, column.answer.framework
    window = cell(f"input-{framework}", Axis(), *g.window())
    kernel = tap("weight", Axis(), Axis(), *g.taps)
    return Part("dot", (window, kernel), _called(column), cell(f"output-{framework}", *g.here))


def _phase(group: Sequence[_Column]) -> Phase:
    first = group[0]
    rows, columns = first.g.outputs
    if len(group) == 1:
        fields = {"name": first.name, "rows": rows, "columns": columns}
        finale = Message("{name} makes another size: {rows}×{columns}.", fields)
        return Phase(_called(first), first.g.over, (_part(first),), finale=finale)
    return Phase(
        label=Message("Same size"),
        over=first.g.over,
        parts=tuple(map(_part, group)),
        subject=cell(f"output-{first.answer.framework}", *first.g.here),
        look="look same",
        done="done same",
        finale=_finale(differing([column.answer for column in group])),
    )


def _finale(differ: npt.NDArray[np.bool_]) -> Message:
    if not differ.any():
        return Message("All outputs are the same.")
    return Message(
        "One size, but the outputs differ in {n} of {cells} cells.",
        {"n": int(differ.sum()), "cells": differ.size},
    )
