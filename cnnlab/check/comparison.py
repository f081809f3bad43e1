"""When two answers agree, and one operation computed by both libraries."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from cnnlab import engine
from cnnlab.engine import Array

# float64 rounds by 1e-16; tens of thousands of additions, layer after layer, leave some more.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Check:
    """One array computed twice. ``largest_relative`` is in units of the largest torch value.

    They agree where no cell differs by more than ``tolerance``, which is what rounding explains.
    """

    name: str
    engine: Array
    torch: Array
    largest_absolute: float
    largest_relative: float
    tolerance: float
    agrees: bool


def compare(name: str, ours: Array, theirs: Array, magnitude: Array, terms: int) -> Check:
    """Two sums of ``terms`` products, whose absolute values add up to ``magnitude``.

    In any order of adding, rounding is off by about √terms·u·magnitude, u being half the distance
    from 1 to the next number, and very unlikely by more than a few times that; four for each side
    are granted. Source: Higham & Mary, "A New Approach to Probabilistic Rounding Error Analysis"
    (2019).
    """
    unit = float(np.finfo(ours.dtype).eps) / 2
    tolerance = 8 * sqrt(terms) * unit * float(magnitude.max())
    unequal = ours != theirs  # where both overflowed to infinity there is no difference to take
    difference = float(abs(ours[unequal] - theirs[unequal]).max(initial=0.0))
    largest = float(abs(theirs).max())
    return Check(
        name=name,
        engine=ours,
        torch=theirs,
        largest_absolute=difference,
        largest_relative=difference / largest if largest else difference,
        tolerance=tolerance,
        agrees=difference <= tolerance,
    )


def exact(
    name: str, ours: Array, theirs: Array, largest: float, rounding: float = ROUNDING
) -> Check:
    """Two results of many layers, both in float64; ``largest`` is the largest of all compared.

    ``rounding`` is relative to that: a bias before batch norm has no gradient, only rounding.
    """
    difference = float(abs(ours - theirs).max())
    return Check(
        name=name,
        engine=ours,
        torch=theirs,
        largest_absolute=difference,
        largest_relative=difference / largest if largest else difference,
        tolerance=rounding * largest,
        agrees=difference <= rounding * largest,
    )


def forward(
    name: str, arrays: Sequence[Array | None], settings: dict[str, Any], terms: int
) -> Check:
    """The operation of that name, which the engine and PyTorch share, computed by both."""
    operation = getattr(engine, name)
    ours = operation(*arrays, **settings)
    from torch.nn import functional

    theirs = getattr(functional, name)(*tensors(*arrays), **settings).numpy()
    magnitude = operation(*magnitudes(*arrays), **settings)
    return compare("y", ours, theirs, magnitude, terms)


def tensors(*arrays: Array | None) -> list[Any]:
    """The same for PyTorch, which warns of arrays not to be written to and refuses flipped ones."""
    import torch

    return [None if a is None else torch.from_numpy(a.copy()) for a in arrays]


def magnitudes(*arrays: Array | None) -> list[Any]:
    """The same without signs: what `compare` takes its tolerance from."""
    return [None if a is None else abs(a) for a in arrays]
