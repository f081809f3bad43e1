"""What came of a race, as it is drawn and said: smoothed curves, and where each network ended."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.race.plan import LAST, STEPS, Lane
from cnnlab.training.race.recording import Recording
from cnnlab.training.race.state import Race

WINDOW = 25  # batches: one alone has 64 digits, and its error jumps by several per cent
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """The smoothed training error of a network after each batch, 0 to 1: (steps,).

    Of several seeds ``errors`` is the median, ``lowest`` and ``highest`` what they reach; of one
    all three are the same.
    """

    lane: Lane
    errors: Floats
    lowest: Floats
    highest: Floats


@dataclass(frozen=True)
class Ended:
    """Where a network stood after ``step`` batches: the mean error of its last `LAST`, 0 to 1.

    ``recorded``: it comes with the project; else it was trained on this server, in race
    ``number``.
    """

    lane: Lane
    seed: int
    error: float
    step: int
    recorded: bool
    number: int = 0


def smoothed(errors: Floats, window: int = WINDOW) -> Floats:
    """The mean of each number and those before it, at most ``window``; along the last axis.

    >>> smoothed(np.array([1.0, 0.0, 0.5, 0.0]), 2)
    array([1.  , 0.5 , 0.25, 0.25])
    """
    sums = np.cumsum(errors, axis=-1)
    later = sums[..., window:] - sums[..., :-window]
    counts = np.arange(1, min(window, errors.shape[-1]) + 1)
    made: Floats = np.concatenate([sums[..., :window] / counts, later / window], axis=-1)
    return made


def recorded_curves(recording: Recording) -> list[Curve]:
    """One curve for each network of a recording, over all its seeds."""
    return [_curve(lane, smoothed(recording.errors(lane))) for lane in recording.lanes]


def race_curves(race: Race) -> list[Curve]:
    """One curve for each network of a race, as far as it has come."""
    return [_curve(lane, smoothed(track.errors)[None]) for lane, track in race.tracks.items()]


def recorded_ends(recording: Recording) -> list[Ended]:
    """Where each network of a recording ended, seed by seed."""
    return [
        Ended(lane, seed, float(error), recording.steps, recorded=True)
        for lane in recording.lanes
        for seed, error in zip(
            recording.seeds, recording.errors(lane)[:, -LAST:].mean(axis=1), strict=True
        )
        if np.isfinite(error)
    ]


def race_ends(race: Race, *, so_far: bool = False) -> list[Ended]:
    """Where the networks of a race ended; ``so_far``: also of those that are under way.

    Only what has learned from as many batches as the recording can be put beside it.
    """
    return [
        Ended(lane, race.plan.seed, float(track.errors[-LAST:].mean()), track.step, False, n)
        for n in (race.number,)
        for lane, track in race.tracks.items()
        if track.step == STEPS or (so_far and track.step >= LAST)
    ]


def medians(ends: Iterable[Ended]) -> dict[Lane, float]:
    """The median over the seeds of where each network ended.

    >>> lane = Lane(8, residual=False)
    >>> medians(Ended(lane, seed, error, 300, True) for seed, error in enumerate((0.5, 0.1, 0.2)))
    {Lane(depth=8, residual=False): 0.2}
    """
    found: dict[Lane, list[float]] = {}
    for end in ends:
        found.setdefault(end.lane, []).append(end.error)
    return {lane: float(np.median(errors)) for lane, errors in found.items()}


def _curve(lane: Lane, seeds: Floats) -> Curve:
    """``seeds`` (seeds, steps)."""
    return Curve(lane, np.median(seeds, axis=0), seeds.min(axis=0), seeds.max(axis=0))
