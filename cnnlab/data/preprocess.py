"""From pixels to what a network reads: the one conversion for training, drawings and uploads."""

import numpy as np
from numpy.typing import NDArray

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
