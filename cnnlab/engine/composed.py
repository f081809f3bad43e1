"""Convolutions one after another, and the one convolution that they come to."""

from dataclasses import dataclass

import numpy as np

from cnnlab.engine.checks import Array
from cnnlab.engine.conv import conv2d
from cnnlab.engine.dense import relu


@dataclass(frozen=True, eq=False)
class Apart:
    """What a chain of kernels makes of a map, what their one kernel does, and how far apart.

    ``chain``, ``one``, and ``rectified``, the chain with a ReLU between: maps (H, W). ``interior``
    and ``border``: the largest differences there between chain and one; ``bent``: the largest in
    the interior between the rectified chain and the one.
    """

    chain: Array
    one: Array
    rectified: Array
    interior: float
    border: float
    bent: float


def apart(x: Array, kernels: Array) -> Apart:
    """The kernels (n, k, k), k odd, in turn on x (H, W), and the one kernel that they come to.

    All pad with zeros so that the size stays: the chain between its kernels too, the one only
    around x. So they differ in the border, the n(k − 1)/2 outermost cells.

    >>> made = apart(np.arange(25.0).reshape(5, 5), np.ones((2, 3, 3)))
    >>> made.interior, made.border, made.bent
    (0.0, 240.0, 0.0)
    """
    reach = len(kernels) * (kernels.shape[-1] // 2)
    one = conv2d(x[None, None], composed(kernels)[None, None], padding=reach)[0, 0]
    chain, rectified = chained(x, kernels), chained(x, kernels, rectified=True)
    inside = np.zeros(x.shape, bool)
    inside[reach : x.shape[0] - reach, reach : x.shape[1] - reach] = True
    off, bent = abs(chain - one), abs(rectified - one)
    return Apart(
        chain, one, rectified, _most(off[inside]), _most(off[~inside]), _most(bent[inside])
    )


def _most(differences: Array) -> float:
    return float(differences.max(initial=0))


def composed(kernels: Array) -> Array:
    """The one kernel (K, K), K = n(k − 1) + 1, that does what the n kernels (n, k, k) do in turn.

    It is what they make of a single 1, seen from the input: the other way round. Convolution is
    associative, so where nothing comes between them and no border is near, the maps are the same.

    >>> ones = np.ones((2, 2, 2))
    >>> composed(ones).tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    reach = len(kernels) * (kernels.shape[-1] - 1)
    stamp = np.zeros((1, 1, 2 * reach + 1, 2 * reach + 1), kernels.dtype)
    stamp[..., reach, reach] = 1
    for kernel in kernels:
        stamp = conv2d(stamp, kernel[None, None])
    return stamp[0, 0, ::-1, ::-1].copy()


def chained(x: Array, kernels: Array, *, rectified: bool = False) -> Array:
    """What the kernels (n, k, k), k odd, make of x (H, W) in turn, each with zeros around its map.

    ``rectified`` puts a ReLU between them, though not after the last. The size stays.

    >>> chained(np.array([[0.0, 1.0, 0.0]]), np.ones((2, 3, 3))).tolist()
    [[2.0, 3.0, 2.0]]
    """
    y = x[None, None]
    for place, kernel in enumerate(kernels):
        if place and rectified:
            y = relu(y)
        y = conv2d(y, kernel[None, None], padding=kernel.shape[-1] // 2)
    made: Array = y[0, 0]
    return made
