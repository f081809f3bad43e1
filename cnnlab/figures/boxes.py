"""A network as a row of boxes, to scale: what `figures.architecture` draws, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import cbrt

from cnnlab.engine.architecture import Architecture, Row, Shape, trace
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.sizes import times
from cnnlab.message import Message

KINDS: Mapping[type, Message] = {
    Conv: Message("Convolution"),
    MaxPool: Message("Max pooling"),
    AvgPool: Message("Average pooling"),
    GlobalAvgPool: Message("Global average"),
    BatchNorm: Message("Batch norm"),
    ReLU: Message("ReLU"),
    Sigmoid: Message("Sigmoid"),
    Tanh: Message("tanh"),
    Dropout: Message("Dropout"),
    Flatten: Message("Flatten"),
    Dense: Message("Dense"),
}
POOLS = (MaxPool, AvgPool, GlobalAvgPool)
_DENSE = 0.3  # of the mean width of the maps, that a row of numbers takes
_THIN = 0.006  # of all widths together: nothing is narrower
_GAP = 0.35  # of the mean width, between two boxes
_LABEL = 0.075  # of the whole width, that the label under a run of boxes takes
_ROUNDS = 20


@dataclass
class Box:
    """What one layer makes, in its place.

    ``row`` None: the input. ``shape`` (C, H, W) or (N,). ``then``: the layers after it that work
    number by number, ``after`` those that come once the input of a block has been added.
    ``parameters`` and ``multiply_adds`` are its own and those of both.
    ``left`` and ``width`` in units of ∛channels, where that is not too narrow to be seen;
    ``height`` in cells of a map; None of a row of numbers, which has no side to draw to scale.
    """

    row: Row | None
    shape: Shape
    left: float = 0.0
    width: float = 0.0
    then: list[Layer] = field(default_factory=list)
    after: list[Layer] = field(default_factory=list)
    parameters: int = 0
    multiply_adds: int = 0

    @property
    def height(self) -> int | None:
        """How high its maps are."""
        return self.shape[1] if len(self.shape) == 3 else None

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width


@dataclass(frozen=True)
class Arch:
    """A way around the boxes from ``first`` to ``last``, both from 0; with layers on it or bare.

    ``parameters`` and ``multiply_adds`` are those of its layers.
    """

    first: int
    last: int
    layers: tuple[Layer, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Drawing:
    """All boxes from left to right, the first being the input, and the arches over them."""

    boxes: tuple[Box, ...]
    arches: tuple[Arch, ...]

    @property
    def width(self) -> float:
        """Where the last box ends."""
        return self.boxes[-1].right

    @property
    def height(self) -> float:
        """The height of the highest map."""
        return float(max(box.height or 0 for box in self.boxes))


def drawing(network: Architecture) -> Drawing:
    """The boxes of a network: one for each convolution, pooling and dense layer of its main way.

    What works number by number is noted on the box before it. Raises InvalidInput as `trace` does.

    >>> from cnnlab.engine.networks import LENET5
    >>> [box.shape for box in drawing(LENET5).boxes][:3]
    [(1, 28, 28), (6, 28, 28), (6, 14, 14)]
    """
    boxes = [Box(None, network.input)]
    arches: list[Arch] = []
    opened: dict[tuple[int, ...], int] = {}  # of a block: the first box of its body
    rows = trace(network)
    for row in rows:
        around = any(row.path[1::2])  # in a shortcut
        for depth in range(1, len(row.path), 2):
            opened.setdefault(row.path[:depth], len(boxes))
        if isinstance(row.layer, Residual):
            arches += _arch(row, opened.get(row.path, len(boxes)), len(boxes) - 1, rows)
        elif isinstance(row.layer, (Conv, Dense, *POOLS)) and not around:
            boxes.append(
                Box(
                    row,
                    row.output,
                    parameters=row.parameters,
                    multiply_adds=row.multiply_adds,
                )
            )
        elif not around:
            ended = bool(arches) and arches[-1].last == len(boxes) - 1
            (boxes[-1].after if ended else boxes[-1].then).append(row.layer)
            boxes[-1].parameters += row.parameters
    _place(boxes)
    return Drawing(tuple(boxes), tuple(arches))


def place(path: tuple[int, ...]) -> str:
    """Where a layer stands, counted from 1, as errors and tables say it.

    >>> place((4, 0, 3))
    '5.1.4'
    """
    return ".".join(str(n + 1) for n in path)


def window(layer: Layer) -> str:
    """The window of a layer, "3×3"; nothing where it has none."""
    size = getattr(layer, "kernel_size", None)
    return "" if size is None else times((size, size) if isinstance(size, int) else tuple(size))


def _arch(row: Row, first: int, last: int, rows: tuple[Row, ...]) -> list[Arch]:
    assert isinstance(row.layer, Residual)
    if last < first:
        return []  # nothing is drawn between its ends
    own = [one for one in rows if one.path[: len(row.path) + 1] == (*row.path, 1)]
    parameters, work = sum(one.parameters for one in own), sum(one.multiply_adds for one in own)
    return [Arch(first, last, row.layer.shortcut, parameters, work)]


def _place(boxes: list[Box]) -> None:
    """From left to right, with room for a label under each run of boxes of the same size.

    The room is a share of the whole width, which grows with it: some rounds come close enough.
    """
    _widen(boxes)
    gap = _GAP * sum(box.width for box in boxes) / len(boxes)
    runs = [list(run) for _, run in groupby(boxes, label_key)]
    spans = [sum(box.width for box in run) + gap * len(run) for run in runs]
    room = 0.0
    for _ in range(_ROUNDS):
        room = _LABEL * sum(max(span, room) for span in spans)
    left = gap
    for run, span in zip(runs, spans, strict=True):
        left += max(0.0, room - span) / 2
        for box in run:
            box.left = left
            left = box.right + gap
        left += max(0.0, room - span) / 2


def label_key(box: Box) -> object:
    """What boxes under one label have in common: their size; input and dense layers stand alone."""
    return box.shape[1:] if len(box.shape) == 3 and box.row is not None else id(box)


def _widen(boxes: list[Box]) -> None:
    maps = [box for box in boxes if len(box.shape) == 3]
    for box in maps:
        box.width = cbrt(box.shape[0])
    together = sum(box.width for box in maps)
    for box in boxes:
        box.width = max(box.width or _DENSE * together / len(maps), _THIN * together)
