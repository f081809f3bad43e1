"""What a network of a run says of many digits, computed once for each moment and then kept."""

from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data.mnist import load
from cnnlab.engine import Array, softmax
from cnnlab.engine.forward import forward
from cnnlab.engine.layers import Dense
from cnnlab.training.events import Split
from cnnlab.ui.training.shown import Shown, inputs

MANY = 1_000  # digits that any moment of a run is tried on
GALLERY = 2_000  # test digits among which neighbours are looked for
HELD = 5.0  # seconds
_HELD = "moment-held"  # the moment, and since when
_KEPT = 128  # moments, over all runs


@dataclass(frozen=True, eq=False)
class Answers:
    """Digits of a split, images (N, 28, 28), labels (N,), what was said and how surely, (N,)."""

    split: Split
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.floating[Any]]


def held(shown: Shown) -> Shown:
    """A moment of a run that goes on, the same for `HELD` seconds: trying many digits takes time.

    Two cores train and answer: what is tried at each look would be missing in the training.
    """
    if not shown.active:
        return shown
    before, since = st.session_state.get(_HELD, (shown, -HELD))
    now = monotonic()
    if before.run != shown.run or now - since >= HELD:
        before, since = st.session_state[_HELD] = (shown, now)
    return replace(before, digit=shown.digit)


def of_moment(shown: Shown) -> Answers:
    """The answers at the moment that is shown.

    Of the last weights those to all test images, once they are there; else to at most `MANY`
    images kept back from training, which are test images only where none are kept back.
    """
    if shown.is_last:
        event = next(event for event in reversed(shown.evaluations) if event.split == "test")
        test = load("test")
        return Answers("test", test.images, test.labels, event.predicted, event.confidence)
    split, images, labels = _kept_back(shown)
    predicted, confidence = _answers(shown)
    return Answers(split, images, labels, predicted, confidence)


def feature(shown: Shown) -> Array:
    """What the last dense layer reads of the chosen digit, (1, D)."""
    return _before_last(shown, shown.pixels[None])


def nearest(rows: Array, row: Array, count: int) -> tuple[NDArray[np.intp], Array]:
    """The ``count`` rows (N, D) nearest to one (1, D) by cosine distance, and their distances.

    1 − the cosine of the angle between them: 0 in the same direction, whatever the lengths.

    >>> places, distances = nearest(np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[5.0, 0.0]]), 1)
    >>> places.tolist(), distances.tolist()
    ([1], [0.0])
    """
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(row)
    distances = 1 - (rows @ row[0]) / np.maximum(lengths, 1e-12)
    first = np.argsort(distances, kind="stable")[:count]
    return first, distances[first]


def worst(answers: Answers, count: int) -> NDArray[np.intp]:
    """Places of the surest wrong answers, at most ``count``, the surest first."""
    wrong = np.flatnonzero(answers.predicted != answers.labels)
    order = np.argsort(-answers.confidence[wrong], kind="stable")
    return wrong[order[:count]]


def _moment(shown: Shown) -> tuple[object, ...]:
    """What decides the weights and the digits that they are tried on."""
    return shown.run, repr(shown.config), shown.frame.step


def _kept_back(shown: Shown) -> tuple[Split, NDArray[np.uint8], NDArray[np.uint8]]:
    count = shown.config.validation
    if not count:
        test = load("test")
        return "test", test.images[:MANY], test.labels[:MANY]
    train = load("train")
    kept = slice(len(train.labels) - count, len(train.labels) - count + min(count, MANY))
    return "validation", train.images[kept], train.labels[kept]


@st.cache_data(max_entries=_KEPT, show_spinner=False, hash_funcs={Shown: _moment})
def _answers(shown: Shown) -> tuple[NDArray[np.uint8], NDArray[np.floating[Any]]]:
    _, images, _ = _kept_back(shown)
    x = inputs(shown.config, images)
    chances = softmax(forward(shown.network, shown.frame.weights, x))
    return chances.argmax(axis=1).astype(np.uint8), chances.max(axis=1)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs={Shown: _moment})
def features(shown: Shown) -> Array:
    """What the last dense layer reads of the first `GALLERY` test digits, (N, D)."""
    return _before_last(shown, load("test").images[:GALLERY])


def _before_last(shown: Shown, images: NDArray[np.uint8]) -> Array:
    """What the last dense layer reads of images (N, 28, 28): (N, D)."""
    layers = shown.network.layers
    last = max((i for i, layer in enumerate(layers) if isinstance(layer, Dense)), default=0)
    before = replace(shown.network, layers=layers[:last])
    kept = {
        name: array for name, array in shown.frame.weights.items() if int(name.split(".")[0]) < last
    }
    x = inputs(shown.config, images)
    y = forward(before, kept, x) if before.layers else x
    return y.reshape(len(y), -1)
