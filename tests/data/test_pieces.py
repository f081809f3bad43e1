"""Pieces of a mask against filling them one after the other."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab.data.pieces import pieces


def filled(mask: np.ndarray) -> np.ndarray:
    """The same numbers, pixel by pixel."""
    label = np.full(mask.shape, -1)
    count = 0
    for start in zip(*np.nonzero(mask), strict=True):
        if label[start] >= 0:
            continue
        waiting = [start]
        while waiting:
            row, column = waiting.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] and label[row, column] < 0:
                label[row, column] = count
                waiting += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        count += 1
    return label


@settings(deadline=None, max_examples=200)
@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 13))))
def test_pieces_are_those_that_flow_together(mask: np.ndarray) -> None:
    label, boxes = pieces(mask)
    assert np.array_equal(label, filled(mask))
    for number, (top, left, bottom, right) in enumerate(boxes):
        rows, columns = np.nonzero(label == number)
        assert (top, left) == (rows.min(), columns.min())
        assert (bottom, right) == (rows.max() + 1, columns.max() + 1)
    assert len(boxes) == label.max() + 1


def test_a_spiral_is_one_piece() -> None:
    mask = np.zeros((31, 31), bool)
    for i in range(0, 15, 2):
        mask[i, i : 31 - i] = mask[i : 31 - i, 30 - i] = mask[30 - i, i : 31 - i] = True
        mask[i + 2 : 31 - i, i] = True
        mask[i + 2, i : i + 2] = True
    assert len(pieces(mask)[1]) == 1
