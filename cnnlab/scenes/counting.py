"""A grid that counts, in words of a few numbers: how often cells are read, how stamps overlap."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.scenes.scene import Grid

Counts: TypeAlias = npt.NDArray[np.number[Any]]


def count_grid(
    identity: str, label: Message, counts: Counts, like: Array, place: tuple[int, int]
) -> Grid:
    """Finished whole numbers (H, W), in the dtype of ``like``; the note says from what to what.

    >>> grid = count_grid("reads", Message("Times read"), np.array([[1, 2]]), np.ones(1), (2, 1))
    >>> grid.shape, str(grid.note)
    ((1, 1, 2), '1 to 2')
    """
    return Grid(
        id=identity,
        label=label,
        shape=(1, *counts.shape),
        values=counts[None].astype(like.dtype),
        quantity="count",
        place=place,
        note=reach(counts),
    )


def reach(counts: Counts) -> Message:
    """From the smallest to the largest of some counts."""
    least, most = int(counts.min()), int(counts.max())
    if least == most:
        return Message("all {n}", {"n": most})
    return Message("{least} to {most}", {"least": least, "most": most})
