"""Everything random in a training, drawn from the seed and the place where it is needed.

No generator is carried along: each draw has one of its own, made from the seed, the purpose and the
epoch or step. So a training can go on from any step without a generator's state, and nothing that
another training draws can change it.
"""

import numpy as np
from numpy.typing import NDArray

PIXELS = 784
_PIXELS, _ORDER, _MOVES, _DROPOUT = range(4)  # the purposes


def pixel_order(seed: int) -> NDArray[np.intp]:
    """The places (784,) that the pixels of a shuffled image are taken from.

    >>> pixel_order(0)[:3], sorted(pixel_order(0)) == list(range(784))
    (array([318,   2, 606]), True)
    """
    return _generator(seed, _PIXELS).permutation(PIXELS)


def order(seed: int, epoch: int, images: int) -> NDArray[np.intp]:
    """The order (images,) in which an epoch, from 0, goes through the training images.

    >>> order(0, 0, 5), order(0, 1, 5)
    (array([1, 4, 3, 0, 2]), array([0, 4, 3, 1, 2]))
    """
    return _generator(seed, _ORDER, epoch).permutation(images)


def moves(seed: int, epoch: int, images: int, most: int) -> NDArray[np.int64]:
    """How far each image is moved in an epoch: (images, 2), down and right, from −most to most."""
    return _generator(seed, _MOVES, epoch).integers(-most, most + 1, (images, 2))


def kept(seed: int, step: int, layer: int, shape: tuple[int, ...], p: float) -> NDArray[np.float32]:
    """What dropout multiplies by: 0 with probability p, else 1 / (1 − p).

    ``step`` is the number of steps done before, ``layer`` counts the network's dropouts from 0.
    Source: Srivastava et al., "Dropout" (2014), section 10, for growing in training what is kept.

    >>> kept(0, 0, 0, (2, 4), 0.5)
    array([[2., 2., 2., 2.],
           [2., 0., 2., 0.]], dtype=float32)
    """
    draws = _generator(seed, _DROPOUT, step, layer).random(shape, np.float32)
    return np.where(draws < p, np.float32(0), np.float32(1 / (1 - p)))


def _generator(*place: int) -> np.random.Generator:
    return np.random.default_rng(place)
