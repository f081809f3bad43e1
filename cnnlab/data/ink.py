"""What in a picture is ink: a drawing, a scan, or a photograph of a digit on paper."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.pieces import pieces
from cnnlab.message import InvalidInput

LEAST = 8  # of 255: what differs less from the paper is not seen
EVEN = 4  # of 255: so little may the level of even paper change
FAINTEST = 1 / 16  # of the ink's own strength
NOISE = 4  # times the spread of the paper; beyond it lies one pixel in 16,000
CLEAR = 6  # times the spread of the paper: ink must stand out so far
SPECK = 1 / 40  # of the largest piece
SMALLEST = 1 / 20  # of a photograph's longer side: no digit is smaller
LARGE = 1 / 10  # of its longer side: as large a piece may be the digit
ALONG = 1 / 5  # of a side: more of the edge is touched by no stroke

Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ink:
    """``amount`` uint8 (H, W), 0 where there is paper and 255 at full strength.

    ``lighter``: the ink is lighter than its paper, chalk on a board.
    """

    amount: NDArray[np.uint8]
    lighter: bool


def ink(picture: NDArray[np.uint8]) -> Ink:
    """Find the ink in a picture uint8 (H, W) or (H, W, 3), whatever its colour and its paper's.

    The paper is what the picture's border is made of. Where its light is uneven, a quadratic
    surface is laid through it. Ink is what differs from it to the side on which more does, in the
    channel in which it differs most: beyond the paper's own unrest, and in pieces that get dark
    somewhere (the two thresholds of Canny, 1986). Specks and what lies along the edge, such as a
    shadow, are left out.

    Raises InvalidInput where nothing is drawn.

    >>> ink(np.array([[200] * 5, [200, 80, 140, 200, 200], [200] * 5], np.uint8)).amount[1]
    array([  0, 255, 127,   0,   0], dtype=uint8)
    """
    values = np.atleast_3d(picture).astype(np.float32)
    difference = values - _paper(values)
    unrest = 1.4826 * float(np.median(np.abs(difference)))  # the standard deviation, robustly
    floor = max(NOISE * unrest, LEAST)
    seen = np.where(np.abs(difference) > floor, difference, 0)
    lighter = bool(np.sum(seen * np.abs(seen)) > 0)
    amount = (difference if lighter else -difference).max(axis=2)
    strong, full = _strength(amount[amount > floor], max(CLEAR * unrest, LEAST))
    mask = amount > max(floor, full * FAINTEST)
    kept = mask & _stroke(mask, amount > strong, noisy=unrest > 1)
    if not kept.any():
        raise _nothing()
    share = np.where(kept, np.minimum(amount / full, 1), 0)
    return Ink((255 * share).astype(np.uint8), lighter)


def _nothing() -> InvalidInput:
    return InvalidInput("nothing is drawn")


def _strength(amounts: Float, least: float) -> tuple[float, float]:
    """From which amount on ink is strong, and how strong it is at most, without the strays."""
    if not amounts.size:
        raise _nothing()
    strong = otsu(amounts)
    full = float(np.percentile(amounts[amounts > strong], 90))
    if full < least:
        raise _nothing()
    return strong, full


def otsu(values: Float) -> float:
    """The threshold between two kinds of values ≥ 0 (N,): the lower kind is at most it.

    The one between whose sides the means differ most, weighted by how many there are (Otsu, 1979).
    Below all values where they are of one kind.

    >>> otsu(np.array([1, 2, 1, 9, 10], np.float32))
    2.0
    """
    ordered = np.sort(values).astype(np.float64)
    ends = np.flatnonzero(np.diff(ordered))  # the last place of each value but the highest
    if not ends.size:
        return float(ordered[0]) - 1
    below, sums = ends + 1, np.cumsum(ordered)
    low, high = sums[ends] / below, (sums[-1] - sums[ends]) / (ordered.size - below)
    between = below * (ordered.size - below) * (high - low) ** 2
    return float(ordered[ends[np.argmax(between)]])


def _paper(values: Float) -> Float:
    """The paper's level under each pixel of values (H, W, C).

    Even paper has one level, that of most of the border, or else of most of the picture.
    """
    for part in (
        values[_border(values.shape[0], values.shape[1])],
        values.reshape(-1, values.shape[2]),
    ):
        level = np.median(part, axis=0)
        if np.mean(np.abs(values - level) <= EVEN) >= 0.5:
            return np.broadcast_to(level.astype(np.float32), values.shape)
    return _surface(values)


def _border(rows: int, columns: int) -> NDArray[np.bool_]:
    """Which pixels are in the frame of a twentieth of the shorter side."""
    thick = max(1, min(rows, columns) // 20)
    border = np.ones((rows, columns), bool)
    border[thick : rows - thick, thick : columns - thick] = False
    return border


def _surface(values: Float, points: int = 48, rounds: int = 15) -> Float:
    """The quadratic surface nearest to most of values (H, W, C): least absolute distances.

    By iteratively reweighted least squares on at most ``points`` × ``points`` pixels; those of the
    border count four times, since there is paper.
    """
    rows, columns = values.shape[:2]
    terms = _terms(rows, columns)
    some = np.ix_(
        *(np.unique(np.linspace(0, n - 1, min(n, points)).astype(int)) for n in (rows, columns))
    )
    x = terms[some].reshape(-1, terms.shape[-1])
    y = values[some].reshape(len(x), -1)
    border = np.where(_border(rows, columns)[some].ravel(), 4.0, 1.0)
    weight = border
    for _ in range(rounds):
        weighted = x.T * weight
        found = np.linalg.lstsq(weighted @ x, weighted @ y, rcond=None)[0]
        weight = border / (np.abs(y - x @ found).max(axis=1) + 1)
    surface: Float = (terms @ found).astype(np.float32)
    return surface


def _terms(rows: int, columns: int) -> NDArray[np.float64]:
    """1, x, y, x², xy and y² of each pixel (rows, columns, 6), x and y from −1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _stroke(
    mask: NDArray[np.bool_], strong: NDArray[np.bool_], *, noisy: bool
) -> NDArray[np.bool_]:
    """The pieces of a mask (H, W) that belong to what was drawn."""
    label, boxes = pieces(mask)
    count = len(boxes)
    size = np.bincount(label[mask], minlength=count)
    span = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) / max(mask.shape)
    good = np.bincount(label[mask & strong], minlength=count) > 0
    if noisy:
        good &= span >= SMALLEST
    inside = good & ~_along(mask, label, count)
    if (inside & (span >= LARGE)).any():
        good = inside
    if not good.any():
        return np.zeros_like(mask)
    good &= size >= size[good].max() * SPECK
    stroke: NDArray[np.bool_] = np.append(good, False)[label]  # label −1 is paper
    return stroke


def _along(mask: NDArray[np.bool_], label: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Which pieces lie along an edge of the picture."""
    along = np.zeros(count, bool)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        touched = np.bincount(label[edge][mask[edge]], minlength=count)
        along |= touched > max(2, ALONG * mask[edge].size)
    return along
