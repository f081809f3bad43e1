"""The digits of a training: cut, shuffled, and gathered batch by batch, all in NumPy."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cnnlab.data import mnist
from cnnlab.training import draws
from cnnlab.training.config import Config

Images = NDArray[np.uint8]  # (N, 28, 28), ink 255 on paper 0
Labels = NDArray[np.uint8]  # (N,), 0 to 9


@dataclass(frozen=True, eq=False)
class Part:
    """``images`` uint8 (N, 28, 28), ink 255 on paper 0, with ``labels`` uint8 (N,), 0 to 9."""

    images: Images
    labels: Labels


@dataclass(frozen=True, eq=False)
class Data:
    """What is trained on, what is kept back (perhaps nothing), and what is looked at in the end."""

    train: Part
    validation: Part
    test: Part


def prepared(config: Config) -> Data:
    """The first `images` of MNIST to train on, the last `validation` of them kept back, its test.

    The arrays are MNIST's own, shared and read-only; where pixels are shuffled, copies. Raises
    InvalidInput where MNIST's files are missing or damaged.

    >>> data = prepared(Config(images=1_000, validation=200))
    >>> [len(part.labels) for part in (data.train, data.validation, data.test)]
    [1000, 200, 10000]
    """
    train, test = mnist.load("train"), mnist.load("test")
    most = len(train.labels)
    cuts = (
        (train, slice(0, config.images)),
        (train, slice(most - config.validation, most)),
        (test, slice(None)),
    )
    places = pixel_order(config)
    return Data(*(Part(shuffled(m.images[cut], places), m.labels[cut]) for m, cut in cuts))


def pixel_order(config: Config) -> NDArray[np.intp] | None:
    """Where the pixels of each shuffled image come from, (784,); None where they stay."""
    return draws.pixel_order(config.seed) if config.shuffled else None


def shuffled(images: Images, places: NDArray[np.intp] | None) -> Images:
    """The pixels of each image (N, 28, 28) taken from ``places``; the images themselves if None.

    >>> image = np.arange(784).astype(np.uint8).reshape(1, 28, 28)
    >>> shuffled(image, np.arange(784)[::-1])[0, 0, :4]
    array([15, 14, 13, 12], dtype=uint8)
    """
    if places is None:
        return images
    return images.reshape(-1, draws.PIXELS)[:, places].reshape(images.shape)


def moved(images: Images, moves: NDArray[np.int64], most: int) -> Images:
    """Each image moved by (down, right) pixels, paper coming in from the border.

    ``images`` (N, 28, 28), ``moves`` (N, 2) from −most to most.

    >>> image = np.zeros((1, 28, 28), np.uint8)
    >>> image[0, 10, 10] = 255
    >>> np.argwhere(moved(image, np.array([[1, -2]]), 2)[0])
    array([[11,  8]])
    """
    n, h, w = images.shape
    wide = np.zeros((n, h + 2 * most, w + 2 * most), np.uint8)
    wide[:, most : most + h, most : most + w] = images
    cuts = sliding_window_view(wide, (h, w), axis=(1, 2))
    down, right = (most - moves).T  # a window further down shows the image further up
    found: Images = cuts[np.arange(n), down, right]
    return found


class Batches:
    """The batches of a training by step; remembers the order of the epoch that it is in."""

    def __init__(self, config: Config, part: Part) -> None:
        self._config, self._part = config, part
        self._epoch = -1
        self._places = pixel_order(config) if config.shift else None

    def at(self, step: int) -> tuple[Images, Labels]:
        """Images (B, 28, 28) and labels (B,) of a step, from 0; an epoch's last may be smaller."""
        epoch, batch = divmod(step, self._config.steps_per_epoch)
        if epoch != self._epoch:
            self._begin(epoch)
        size = self._config.batch_size
        chosen = self._order[batch * size : (batch + 1) * size]
        images = self._part.images[chosen]
        if self._config.shift:
            images = self._moved(images, self._moves[chosen])
        return images, self._part.labels[chosen]

    def _begin(self, epoch: int) -> None:
        seed, images, most = self._config.seed, self._config.images, self._config.shift
        self._epoch = epoch
        self._order = draws.order(seed, epoch, images)
        if most:
            self._moves = draws.moves(seed, epoch, images, most)

    def _moved(self, images: Images, moves: NDArray[np.int64]) -> Images:
        """Shuffled images are put in order, moved and shuffled again: the digit is what moves."""
        most, places = self._config.shift, self._places
        if places is None:
            return moved(images, moves, most)
        return shuffled(moved(shuffled(images, np.argsort(places)), moves, most), places)
