"""What is kept: one picture under larger and larger windows, bright on dark and dark on bright."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import streamlit as st

from cnnlab.data import mnist
from cnnlab.engine import Array, max_pool2d
from cnnlab.message import Message
from cnnlab.scenes.pooling import Pool, pooled
from cnnlab.scenes.pooling_compare import kept, mean
from cnnlab.ui import choice, lesson
from cnnlab.ui.language import t
from cnnlab.ui.player import play
from cnnlab.ui.pooling.bar import one_channel
from cnnlab.ui.pooling.picture import is_picture, picture
from cnnlab.ui.pooling.setting import Setting

WINDOWS = (2, 4, 8)
_EVEN = (2, 4, 7)  # where these leave nothing over, as of a digit's 28 rows, and the others do
_POLARITIES: Mapping[str, Message] = {
    "stored": Message("As stored"),
    "inverted": Message("Inverted"),
}
_PICTURES: Mapping[str, Message] = {"digit": Message("Digit"), "photo": Message("Photograph")}
_BRIGHTEST = np.float32(255)
_WINDOW = 4  # of the maxima of all test digits
_AT_ONCE = 1000  # digits: all of them as float32 would be 31 MB, and their windows again


def view(shown: Setting, digit: int) -> None:
    """Maxima above averages, in both polarities; below, the same of all test digits."""
    with st.container(key="bar-kept", horizontal=True, vertical_alignment="center"):
        polarity = _segments("polarity", t("Polarity"), _POLARITIES)
        with choice.drawing(not is_picture(shown)):
            instead = _segments("kept-picture", t("Picture"), _PICTURES)
        made = picture(one_channel(shown, "kept"), digit, instead)
    x = _BRIGHTEST - made.x if polarity == "inverted" else made.x
    windows = windows_for(x.shape[1:])
    scene = kept(x, windows)
    lesson.line(
        "inverted_digit" if polarity == "inverted" and made.name == "digit" else polarity,
        input=mean(x),
        maxima=", ".join(mean(_pooled(x, "max", n)) for n in windows),
        averages=", ".join(mean(_pooled(x, "average", n)) for n in windows),
    )
    play(scene, key="pooling-kept", topic=f"{made.name} {polarity}")
    ink, white, black = (f"{n:.4f}" for n in all_digits())
    rule = lesson.prose(
        "kept_digits", ink=ink, white=white, black=black, window=f"{_WINDOW}×{_WINDOW}"
    )
    lesson.rule(rule if made.note is None else f"{rule}\n\n{t(made.note)}")


def windows_for(size: Sequence[int]) -> tuple[int, ...]:
    """The windows that fit into a map of that size, and leave nothing over if they can.

    >>> windows_for((32, 24)), windows_for((28, 28)), windows_for((5, 32)), windows_for((1, 9))
    ((2, 4, 8), (2, 4, 7), (2, 4), (2,))
    """
    wanted = _EVEN if not any(n % k for n in size for k in _EVEN) else WINDOWS
    return tuple(k for k in wanted if k <= min(size)) or wanted[:1]


@cache
def all_digits() -> tuple[float, float, float]:
    """Mean ink, from 0 to 1, of the 10,000 test digits; after 4×4 maxima; and so black on white.

    Black on white the paper is 1 and the ink 0: a maximum keeps the paper, and the ink that is
    left is 1 less what it keeps.
    """
    sums = np.zeros(3)
    images = mnist.load("test").images
    for first in range(0, len(images), _AT_ONCE):
        x = images[first : first + _AT_ONCE, None].astype(np.float32) / _BRIGHTEST
        inks = x, max_pool2d(x, _WINDOW), 1 - max_pool2d(1 - x, _WINDOW)
        sums += [ink.mean(dtype=np.float64) * len(x) for ink in inks]
    ink, white, black = (sums / len(images)).tolist()
    return ink, white, black


def _pooled(x: Array, kind: str, n: int) -> Array:
    return pooled(x, Pool("max" if kind == "max" else "average", (n, n), (n, n)))


def _segments(key: str, label: str, options: Mapping[str, Message]) -> str:
    return choice.segments(key, label, {slug: t(name) for slug, name in options.items()}, bare=True)
