"""Convolutions one after another, and the one convolution that they come to."""

import numpy as np

from cnnlab.engine.checks import Array
from cnnlab.engine.conv import conv2d
from cnnlab.engine.dense import relu


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
