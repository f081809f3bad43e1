"""What a training has told so far, as it is drawn: neighbouring batches as one point."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.events import Changed, Evaluated

Floats = NDArray[np.floating[Any]]
MOST_BINS = 300


@dataclass(frozen=True, eq=False)
class Progress:
    """What a training has told so far.

    ``planned`` steps of which ``per_epoch`` make an epoch; of the steps done so far, from 1 (N,),
    the ``losses`` and ``accuracies`` (N,) of the batches. ``published``: test accuracies after each
    epoch that somebody else had. ``marked``: the step that the time machine shows.
    """

    planned: int
    per_epoch: int
    steps: Floats
    losses: Floats
    accuracies: Floats
    evaluations: Sequence[Evaluated] = ()
    changes: Sequence[Changed] = ()
    published: Sequence[float] = ()
    marked: int | None = None


@dataclass(frozen=True, eq=False)
class Bins:
    """Neighbouring batches as one point: each array (B,), ``counts`` how many they were."""

    steps: Floats
    means: Floats
    lows: Floats
    highs: Floats
    counts: NDArray[np.integer[Any]] = field(repr=False)


def binned(steps: Floats, values: Floats, planned: int, most: int = MOST_BINS) -> Bins:
    """Values (N,) over steps from 1 as at most ``most`` means; the bins are cut by what is planned.

    So a bin that is full never changes again. Steps and means are those of the batches in it.

    >>> bins = binned(np.array([1.0, 2, 3]), np.array([4.0, 2, 9]), planned=4, most=2)
    >>> bins.steps.tolist(), bins.means.tolist(), bins.lows.tolist(), bins.highs.tolist()
    ([1.5, 3.0], [3.0, 9.0], [2.0, 9.0], [4.0, 9.0])
    """
    return _binned(steps, values, max(1, ceil(planned / most)))


def epoch_means(progress: Progress, values: Floats) -> tuple[Floats, Floats]:
    """The mean over the batches of each epoch, and the step at its end; the last may be cut short.

    Each batch was answered by the weights of its own moment, so this is a mean over past weights.
    """
    bins = _binned(progress.steps, values, progress.per_epoch)
    return np.cumsum(bins.counts).astype(np.float64), bins.means


def _binned(steps: Floats, values: Floats, width: int) -> Bins:
    """Bins of ``width`` steps each."""
    if not len(values):
        empty = np.zeros(0)
        return Bins(empty, empty, empty, empty, np.zeros(0, int))
    of = (np.asarray(steps, np.int64) - 1) // width
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    counts = np.diff(starts, append=len(of))
    return Bins(
        np.add.reduceat(steps, starts, dtype=np.float64) / counts,
        np.add.reduceat(values, starts, dtype=np.float64) / counts,
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
        counts,
    )
