"""Connected pieces of a mask: what was drawn without lifting the pen, and the specks around it."""

import numpy as np
from numpy.typing import NDArray


def pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the pieces of a mask (H, W); pixels that touch, also at a corner, belong together.

    Returns the number of each pixel's piece (H, W), −1 outside the mask, and the pieces' boxes
    (N, 4): top, left, bottom, right, the last two excluded. Pieces are numbered from the top.

    >>> pieces(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool))[0]
    array([[ 0, -1, -1,  1],
           [-1,  0, -1,  1]])
    """
    row, start, end = _runs(mask)
    number = _joined(len(row), *_touching(row, start, end, mask.shape[1] + 2))
    _, number = np.unique(number, return_inverse=True)
    label = np.full(mask.shape, -1, np.int64)
    label[mask] = np.repeat(number, end - start)  # runs and pixels are in the same order
    count = int(number.max()) + 1 if number.size else 0
    boxes = np.tile(np.array([*mask.shape, 0, 0]), (count, 1))
    for side, place in enumerate((row, start)):
        np.minimum.at(boxes[:, side], number, place)
    for side, place in enumerate((row + 1, end), 2):
        np.maximum.at(boxes[:, side], number, place)
    return label, boxes


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    """The unbroken runs of each row: its row, its first column, and the column after its last."""
    framed = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    steps = np.diff(framed, axis=1)
    row, start = np.nonzero(steps == 1)
    return row, start, np.nonzero(steps == -1)[1]


def _touching(
    row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs that touch: each run, and those of the row above, from left to right."""
    above = (row - 1) * width
    first = np.searchsorted(row * width + end, above + start, side="left")
    after = np.searchsorted(row * width + start, above + end, side="right")
    count = np.maximum(after - first, 0)
    lower = np.repeat(np.arange(len(row)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return lower, first[lower] + place


def _joined(count: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of ``count`` runs, the first run of its piece."""
    root = np.arange(count)
    while True:
        a, b = root[one], root[other]
        if np.array_equal(a, b):
            return root
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))  # the later root under the earlier
        while not np.array_equal(root, root[root]):
            root = root[root]
