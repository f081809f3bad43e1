"""From pixels to what a network reads: the one conversion for training, drawings and uploads."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.data.ink import ink
from cnnlab.data.shrink import shrink, to_planes

SIDE = 400  # larger pictures are averaged down to it
BOX = 20
DIGIT = 28
CENTRE = 14  # the row and the column, from 0, of the centre of mass in MNIST's own images
MEAN, STD = 0.13066, 0.30811  # of MNIST's 60,000 training images, scaled to 0 to 1


def standardised(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale digits uint8 (N, 28, 28), ink 255 on paper 0, to float32 (N, 1, 28, 28).

    (p/255 − mean)/std with the mean and the standard deviation of MNIST's training images, so
    that over these it is 0 on average and spreads by 1.

    >>> paper, ink = standardised(np.array([[[0, 255]]], np.uint8))[0, 0, 0]
    >>> f"{paper:.4f} {ink:.4f}"
    '-0.4241 2.8215'
    """
    x = pixels[:, None].astype(np.float32)
    x -= np.float32(255 * MEAN)
    x *= np.float32(1 / (255 * STD))
    return x


@dataclass(frozen=True, eq=False)
class Steps:
    """How a picture became a digit as MNIST's makers made them; every array is uint8.

    ``grey`` (H, W) is the picture, at most 400 pixels a side. ``ink`` (H, W) is what was drawn in
    it, from 0 for paper to 255; ``lighter``: it was lighter than its paper, so light and dark have
    changed places. ``box`` (top, left, bottom, right, the last two excluded) is what the ink fills,
    ``cropped`` the ink in it, ``boxed`` (20, 20) the same at a scale at which its longer side is
    20. Centres of mass are (row, column), pixels counted from 0: ``mass_before`` with the 20×20 in
    the middle of 28×28, ``mass`` in ``digit`` (28, 28), the result.
    """

    grey: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    lighter: bool
    box: tuple[int, int, int, int]
    cropped: NDArray[np.uint8]
    boxed: NDArray[np.uint8]
    mass_before: tuple[float, float]
    mass: tuple[float, float]
    digit: NDArray[np.uint8]


def as_digit(picture: NDArray[np.uint8]) -> Steps:
    """Make a digit like MNIST's of a picture uint8 (H, W) or (H, W, 3) of one.

    Scaled into 20×20, proportions kept, with anti-aliasing, and moved so that its centre of mass
    comes to the centre of 28×28 (LeCun, Bottou, Bengio & Haffner, 1998, section III.A). The
    images of MNIST themselves, of any size and anywhere in a larger picture, come back nearly as
    they were.

    Raises InvalidInput where nothing is drawn.
    """
    small = shrink(picture, SIDE)
    if small.ndim == 3 and (small == small[..., :1]).all():
        small = small[..., 0]
    found = ink(small)
    box = _box(found.amount)
    cropped = found.amount[box[0] : box[2], box[1] : box[3]]
    fitted = _fitted(cropped)
    middle = [(DIGIT - n) // 2 for n in fitted.shape]
    top, left = _place(fitted)
    digit = _set(fitted, DIGIT, top, left)
    return Steps(
        grey=to_planes(small, 1)[0].astype(np.uint8),
        ink=found.amount,
        lighter=found.lighter,
        box=box,
        cropped=cropped,
        boxed=_set(fitted, BOX, *((BOX - n) // 2 for n in fitted.shape)),
        mass_before=centre_of_mass(_set(fitted, DIGIT, *middle)),
        mass=centre_of_mass(digit),
        digit=digit,
    )


def centre_of_mass(values: NDArray[np.uint8]) -> tuple[float, float]:
    """Where the ink (H, W) would balance: (row, column), pixels counted from 0.

    >>> centre_of_mass(np.array([[0, 10, 0], [0, 0, 0], [0, 10, 20]], np.uint8))
    (1.5, 1.5)
    """
    weight = values.astype(np.float64)
    total = weight.sum()
    rows, columns = (np.arange(n) for n in values.shape)
    return float(weight.sum(1) @ rows / total), float(weight.sum(0) @ columns / total)


def _box(amount: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """What the ink fills."""
    rows, columns = np.flatnonzero(amount.any(1)), np.flatnonzero(amount.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _fitted(cropped: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At a scale at which the longer side is 20; averaged thin strokes are made dark again."""
    scale = BOX / max(cropped.shape)
    height, width = (max(1, round(n * scale)) for n in cropped.shape)
    sampling = Image.Resampling.BILINEAR if scale > 1 else Image.Resampling.BOX
    image = Image.fromarray(np.ascontiguousarray(cropped)).resize((width, height), sampling)
    values = np.asarray(image).astype(np.float64)
    values *= 255 / values.max()
    return np.rint(values).astype(np.uint8)


def _place(fitted: NDArray[np.uint8]) -> tuple[int, int]:
    """The top left corner at which the centre of mass is nearest to the centre, all inside."""
    top, left = (
        min(max(ceil(CENTRE - 0.5 - mass), 0), DIGIT - n)
        for mass, n in zip(centre_of_mass(fitted), fitted.shape, strict=True)
    )
    return top, left


def _set(values: NDArray[np.uint8], side: int, top: int, left: int) -> NDArray[np.uint8]:
    """Values on empty paper of side × side."""
    paper = np.zeros((side, side), np.uint8)
    paper[top : top + values.shape[0], left : left + values.shape[1]] = values
    return paper
