"""The gradient dY that comes into a layer in a backward view: chosen by the class, made here."""

from collections.abc import Mapping

import numpy as np

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.ui import choice
from cnnlab.ui.language import t

KINDS: Mapping[str, Message] = {
    "one": Message("one 1"),
    "two": Message("two 1s"),
    "many": Message("many"),
}


def choose() -> str:
    """A row of buttons over `KINDS`, the same one in every lesson; returns the slug."""
    said = {slug: t(message) for slug, message in KINDS.items()}
    return choice.segments("backward-dy", "dY", said, bare=True)


def gradient_of(y: Array, kind: str) -> Array:
    """dY for maps ``y`` (F, OH, OW): a single 1 in the middle, two neighbours, or small numbers.

    >>> gradient_of(np.zeros((1, 2, 3)), "two").tolist()
    [[[0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]]
    """
    dy = np.zeros_like(y)
    _, rows, columns = dy.shape
    if kind == "many":
        return np.random.default_rng(0).integers(-2, 3, dy.shape).astype(dy.dtype)
    dy[0, rows // 2, columns // 2] = 1
    if kind == "two":
        dy[0].flat[(rows // 2 * columns + columns // 2 + 1) % (rows * columns)] = 1
    return dy
