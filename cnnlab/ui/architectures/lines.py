"""A network's layers as the lines of a table: each by itself, or folded until they fit a screen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cnnlab.engine.architecture import Architecture, Row, Shape, trace
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import (
    BatchNorm,
    Dropout,
    Layer,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.receptive_field import Field

NUMBER_BY_NUMBER = (BatchNorm, ReLU, Sigmoid, Tanh, Dropout)  # no window, no other shape


@dataclass(frozen=True)
class Line:
    """One line: a ``layer`` at ``path`` with those ``after`` it that work number by number.

    ``many`` such lines stand one after another. ``output`` and ``field``, the receptive field of a
    unit, are those of the last; parameters, multiply–adds and ``memory`` (bytes) are of all of them
    together.
    """

    path: Path
    layer: Layer
    after: tuple[Layer, ...]
    many: int
    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int
    memory: int
    field: Field


def every(
    network: Architecture, fields: Iterable[Field], memory: Mapping[Path, int]
) -> tuple[Line, ...]:
    """A line for every layer, also inside blocks; a block's own line, its sum, stands after them.

    ``fields`` are those of `receptive_field.fields`; ``memory`` is by the path of the layer.
    """
    found = {field.path: field for field in fields}
    return tuple(_line(row, found[row.path], memory[row.path]) for row in trace(network))


def folded(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of `every` as few as they can be without losing a number.

    A block is one line; what works number by number stands with the layer before it; lines that
    are alike, one after another, are one line that says how many.
    """
    return _runs(_with_followers(_blocks(lines)))


def _line(row: Row, field: Field, memory: int) -> Line:
    counts = row.parameters, row.multiply_adds, memory
    return Line(row.path, row.layer, (), 1, row.input, row.output, *counts, field)


def _blocks(lines: Iterable[Line]) -> list[Line]:
    """Those of the top level, a block with all that its layers have."""
    found: list[Line] = []
    inside: list[Line] = []
    for line in lines:
        if len(line.path) > 1:
            inside.append(line)
            continue
        found.append(_sum(line, inside) if isinstance(line.layer, Residual) else line)
        inside = []
    return found


def _with_followers(lines: Iterable[Line]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        if found and isinstance(line.layer, NUMBER_BY_NUMBER):
            found[-1] = replace(_sum(found[-1], [line]), after=(*found[-1].after, line.layer))
        else:
            found.append(line)
    return found


def _runs(lines: Iterable[Line]) -> tuple[Line, ...]:
    found: list[Line] = []
    for line in lines:
        if found and _alike(found[-1], line):
            found[-1] = replace(
                _sum(found[-1], [line]),
                many=found[-1].many + 1,
                output=line.output,
                field=line.field,
            )
        else:
            found.append(line)
    return tuple(found)


def _alike(one: Line, other: Line) -> bool:
    """Whether they are the same layers at work on the same shapes."""
    told: Callable[[Line], object] = lambda line: (line.layer, line.after, line.input, line.output)  # noqa: E731
    return told(one) == told(other)


def _sum(line: Line, others: Iterable[Line]) -> Line:
    """The line with what the others have besides."""
    all_of_them = (line, *others)
    return replace(
        line,
        parameters=sum(one.parameters for one in all_of_them),
        multiply_adds=sum(one.multiply_adds for one in all_of_them),
        memory=sum(one.memory for one in all_of_them),
    )
