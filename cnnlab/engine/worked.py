"""Convolutions that introductory texts write out by hand, as data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class WorkedExample:
    """An input, its filters and the settings; float32, small integers, not writable.

    ``x`` (1, C, H, W), ``weight`` (F, C, KH, KW), ``bias`` (F,). ``steps`` are the outputs that
    the texts step through: ((filter, row, column), value), counted from 0.
    """

    name: str
    x: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    padding: int
    steps: tuple[tuple[tuple[int, int, int], float], ...]


def _maps(*maps: str) -> NDArray[np.float32]:
    """Maps written as rows of whole numbers: "0 1 2 / 2 2 0"."""
    cells = [[[int(cell) for cell in row.split()] for row in one.split("/")] for one in maps]
    return _frozen(cells)


def _frozen(cells: Sequence[object]) -> NDArray[np.float32]:
    array = np.array(cells, np.float32)
    array.setflags(write=False)
    return array


ONE_CHANNEL = WorkedExample(
    # Dumoulin & Visin (2016), figure 1.1
    name="one_channel",
    x=_frozen([_maps("3 3 2 1 0 / 0 0 1 3 1 / 3 1 2 2 3 / 2 0 0 2 2 / 2 0 0 0 1")]),
    weight=_frozen([_maps("0 1 2 / 2 2 0 / 0 1 2")]),
    bias=_frozen([0]),
    stride=1,
    padding=0,
    steps=(((0, 2, 0), 9.0), ((0, 2, 2), 14.0)),
)

THREE_CHANNELS = WorkedExample(
    # the step of filter 1 at the top left as texts print it; the cells it does not read, and
    # filter 0, are chosen here
    name="three_channels",
    x=_frozen(
        [
            _maps(
                "0 1 2 0 1 / 0 1 0 2 1 / 2 0 1 1 0 / 1 2 0 0 2 / 0 1 1 2 0",
                "1 1 0 2 0 / 0 2 1 0 1 / 1 0 2 2 0 / 0 1 0 1 2 / 2 0 1 0 1",
                "2 0 1 0 2 / 0 0 2 1 0 / 1 2 0 1 1 / 0 1 0 2 0 / 1 0 2 0 1",
            )
        ]
    ),
    weight=_frozen(
        [
            _maps("1 0 -1 / 0 1 1 / -1 0 1", "0 1 0 / 1 -1 1 / 0 -1 0", "-1 0 1 / 0 1 0 / 1 0 -1"),
            _maps(
                "-1 -1 0 / -1 1 0 / -1 1 0", "1 -1 0 / -1 0 -1 / -1 0 0", "-1 0 1 / 1 0 1 / 0 -1 0"
            ),
        ]
    ),
    bias=_frozen([1, 0]),
    stride=2,
    padding=1,
    steps=(((1, 0, 0), -1.0),),
)

ONE_WINDOW = WorkedExample(
    # a text prints 36 for this window; the products add up to 37. The cells outside are chosen here
    name="one_window",
    x=_frozen([_maps("1 2 3 0 / 4 5 6 1 / 7 8 1 2 / 3 0 2 1")]),
    weight=_frozen([_maps("1 1 0 / 0 2 0 / 1 2 1")]),
    bias=_frozen([0]),
    stride=1,
    padding=0,
    steps=(((0, 0, 0), 37.0),),
)

WORKED_EXAMPLES = (ONE_CHANNEL, THREE_CHANNELS, ONE_WINDOW)
