"""What a unit of a network can see of the input: its receptive field, worked out layer by layer.

Units are those of `units`, cells of the input are counted from 0, pairs are (rows, columns).
The field is what lies between the outermost cells seen; which of them are really read, and along
how many ways, is in `field_paths`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple, TypeAlias

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.field_paths import influence, paths, support
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import Dense, GlobalAvgPool, Layer, Residual
from cnnlab.engine.units import Pair, UnitMap, unit_maps, window

__all__ = [
    "Extent",
    "Field",
    "extent",
    "fields",
    "influence",
    "inside",
    "outside",
    "paths",
    "support",
]

Extent: TypeAlias = tuple[Pair, Pair]  # (top, bottom), (left, right): the first and last cells


class Span(NamedTuple):
    """Along one axis: unit u sees from ``first`` + u·``jump`` to ``last`` + u·``jump``."""

    first: int
    last: int
    jump: int


# For rows and columns all spans that count, more than one only after a residual sum whose ways
# step differently; None where a unit sees the whole input.
Seen: TypeAlias = tuple[tuple[Span, ...], tuple[Span, ...]] | None


@dataclass(frozen=True)
class Field:
    """One layer's row in the table of receptive fields.

    ``path`` and ``layer`` are those of `architecture.trace`. ``output``: how many units it has,
    (1, 1) for a dense layer. ``kernel``: how many units before it one unit reaches over,
    d(k − 1) + 1. ``jump``: how far the fields of neighbours are apart, in cells of the input; None
    where a unit sees everything. ``size``: how many cells the field reaches over, also beyond the
    edge of the input. ``centre``: the middle of the first unit's field; cell 0 has its middle at
    0.0. ``whole``: a unit sees everything, and the size is that of the input.

    Where the two ways of a residual block step differently, fields grow along the map: ``size``
    and ``centre`` are then the first unit's, ``jump`` is the body's, and `extent` knows the rest
    (from ``seen``).
    """

    path: Path
    layer: Layer
    output: Pair
    kernel: Pair
    jump: Pair | None
    size: Pair
    centre: tuple[float, float]
    whole: bool
    input: Pair
    seen: Seen = field(repr=False)


def fields(network: Architecture) -> tuple[Field, ...]:
    """The receptive field of every layer of a network, in the order of `architecture.trace`.

    Along each axis r += d(k − 1)·j and centre += (d(k − 1)/2 − p)·j, then j *= s, from r = j = 1
    and centre = 0 at the input. What works number by number repeats the row before it. The field
    of a residual block is the union over its two ways. Raises InvalidInput as `trace` does.
    Source: Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks"
    (Distill, 2019).

    >>> from cnnlab.engine.layers import Conv
    >>> two = Architecture("two", (1, 9, 9), (Conv(1, 3, padding=1), Conv(1, 3, stride=2)))
    >>> [(row.kernel[0], row.jump[0], row.size[0], row.centre[0]) for row in fields(two)]
    [(3, 1, 3, 0.0), (3, 2, 5, 1.0)]
    """
    maps = unit_maps(network)
    size = network.input[1], network.input[2]
    start: Seen = (Span(0, 0, 1),), (Span(0, 0, 1),)
    return tuple(
        _field(path, layer, maps[path], seen, size)
        for path, layer, seen in _walk(network.layers, start, ())
    )


def extent(field: Field, unit: Pair) -> Extent:
    """The first and last row, the first and last column that a unit's field reaches over.

    They are cells of the input from 0, and lie outside it where the field does: −1 is the first
    cell of the padding.

    >>> from cnnlab.engine.layers import Conv
    >>> row, = fields(Architecture("one", (1, 7, 9), (Conv(1, (3, 5), 2, padding=(1, 0)),)))
    >>> extent(row, (0, 2))
    ((-1, 1), (4, 8))
    """
    if field.seen is None:
        return (0, field.input[0] - 1), (0, field.input[1] - 1)
    rows, columns = (_ends(spans, u) for spans, u in zip(field.seen, unit, strict=True))
    return rows, columns


def inside(field: Field, unit: Pair, input: Pair) -> Pair:
    """How many rows and how many columns of a unit's extent lie on an image of ``input`` (H, W).

    >>> from cnnlab.engine.layers import Conv
    >>> row, = fields(Architecture("one", (1, 5, 5), (Conv(1, 3, padding=1),)))
    >>> inside(row, (0, 2), (5, 5))
    (2, 3)
    """
    rows, columns = (
        max(0, min(last, n - 1) - max(first, 0) + 1)
        for (first, last), n in zip(extent(field, unit), input, strict=True)
    )
    return rows, columns


def outside(field: Field, unit: Pair, input: Pair) -> float:
    """The share of a unit's extent that lies off an image of ``input`` (H, W) cells, 0 to 1.

    >>> from cnnlab.engine.layers import Conv
    >>> row, = fields(Architecture("one", (1, 5, 5), (Conv(1, 3, padding=1),)))
    >>> round(outside(row, (0, 0), (5, 5)), 3), outside(row, (2, 2), (5, 5))
    (0.556, 0.0)
    """
    cells = prod(last - first + 1 for first, last in extent(field, unit))
    return 1 - prod(inside(field, unit, input)) / cells


def _walk(layers: tuple[Layer, ...], seen: Seen, path: Path) -> Iterator[tuple[Path, Layer, Seen]]:
    for place, layer in enumerate(layers):
        here = (*path, place)
        if isinstance(layer, Residual):
            ends = []
            for way, inner in enumerate((layer.body, layer.shortcut)):
                found = list(_walk(inner, seen, (*here, way)))
                yield from found
                ends.append(found[-1][2] if found else seen)
            seen = _union(*ends)
        else:
            seen = _through(layer, seen)
        yield here, layer, seen


def _through(layer: Layer, seen: Seen) -> Seen:
    """What a unit after a layer sees, from what a unit before it does."""
    if seen is None or isinstance(layer, Dense | GlobalAvgPool):
        return None
    slides = window(layer)
    if slides is None:
        return seen
    rows, columns = (
        tuple(_slid(span, *(pair[axis] for pair in slides)) for span in spans)
        for axis, spans in enumerate(seen)
    )
    return rows, columns


def _slid(span: Span, kernel: int, stride: int, padding: int, dilation: int) -> Span:
    first, last, jump = span
    reach = dilation * (kernel - 1)
    return Span(first - padding * jump, last + (reach - padding) * jump, jump * stride)


def _union(one: Seen, other: Seen) -> Seen:
    if one is None or other is None:
        return None
    rows, columns = (_joined(a + b) for a, b in zip(one, other, strict=True))
    return rows, columns


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """One span for each jump: of those that step alike, the outermost ends."""
    joined: dict[int, Span] = {}
    for span in spans:
        first, last, jump = joined.get(span.jump, span)
        joined[jump] = Span(min(first, span.first), max(last, span.last), jump)
    return tuple(joined.values())


def _ends(spans: tuple[Span, ...], unit: int) -> Pair:
    return (
        min(span.first + unit * span.jump for span in spans),
        max(span.last + unit * span.jump for span in spans),
    )


def _field(path: Path, layer: Layer, units: UnitMap, seen: Seen, size: Pair) -> Field:
    kernel = (1, 1)
    if slides := window(layer):
        (kh, kw), (dh, dw) = slides.kernel, slides.dilation
        kernel = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    elif isinstance(layer, Dense | GlobalAvgPool):
        kernel = units.before
    if seen is None:
        middle = (size[0] - 1) / 2, (size[1] - 1) / 2
        return Field(path, layer, units.after, kernel, None, size, middle, True, size, None)
    (top, bottom), (left, right) = (_ends(spans, 0) for spans in seen)
    return Field(
        path,
        layer,
        units.after,
        kernel,
        jump=(seen[0][0].jump, seen[1][0].jump),
        size=(bottom - top + 1, right - left + 1),
        centre=((top + bottom) / 2, (left + right) / 2),
        whole=False,
        input=size,
        seen=seen,
    )
