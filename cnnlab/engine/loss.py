"""From scores to probabilities to a loss: soft-max and cross-entropy, beside its derivative."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array, array
from cnnlab.message import InvalidInput

Labels = NDArray[np.integer[Any]]


def softmax(logits: Array) -> Array:
    """Probabilities from scores, row by row: e^z over the sum of all e^z.

    ``logits`` (N, K); returns (N, K), every row summing to 1. Adding a number to all scores of a
    row changes nothing, so the largest is taken off first and no power overflows. As
    torch.nn.functional.softmax with dim=1. Source: Goodfellow et al. (2016), section 6.2.2.3.

    >>> softmax(np.array([[0.0, np.log(3.0)], [1000.0, 1000.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    array("logits", logits, "(N, K)")
    return np.exp(_log_softmax(logits))


def cross_entropy(logits: Array, labels: Labels, label_smoothing: float = 0.0) -> Array:
    """The mean over a batch of −log of the probability that the true class was given.

    ``logits`` (N, K), ``labels`` (N,) whole numbers from 0 to K − 1; returns a scalar array in the
    dtype of the logits. With ``label_smoothing`` ε the target is 1 − ε on the true class plus ε/K
    on every class. As torch.nn.functional.cross_entropy. A guess among K classes costs ln K: 2.30
    for ten. Source: Goodfellow et al. (2016), section 6.2.2.3; smoothing: Szegedy et al.,
    "Rethinking the Inception Architecture for Computer Vision" (2016), section 7.

    >>> cross_entropy(np.zeros((1, 10)), np.array([3])).round(4)
    np.float64(2.3026)
    """
    _check(logits, labels, label_smoothing)
    return _cross_entropy(logits, labels, label_smoothing)


def cross_entropy_backward(logits: Array, labels: Labels, label_smoothing: float = 0.0) -> Array:
    """How `cross_entropy` changes with the logits: (probability − target) / N, in their shape.

    Source: Goodfellow et al. (2016), section 6.2.2.3.

    >>> cross_entropy_backward(np.zeros((1, 4)), np.array([1]))
    array([[ 0.25, -0.75,  0.25,  0.25]])
    """
    _check(logits, labels, label_smoothing)
    return _cross_entropy_backward(logits, labels, label_smoothing)


def _cross_entropy(logits: Array, labels: Labels, label_smoothing: float) -> Array:
    target = _targets(logits, labels, label_smoothing)
    loss: Array = -(target * _log_softmax(logits)).sum(axis=1).mean()
    return loss


def _cross_entropy_backward(logits: Array, labels: Labels, label_smoothing: float) -> Array:
    target = _targets(logits, labels, label_smoothing)
    dlogits: Array = (np.exp(_log_softmax(logits)) - target) / len(logits)
    return dlogits


def _log_softmax(logits: Array) -> Array:
    below = logits - logits.max(axis=1, keepdims=True)
    logs: Array = below - np.log(np.exp(below).sum(axis=1, keepdims=True))
    return logs


def _targets(logits: Array, labels: Labels, label_smoothing: float) -> Array:
    """What the probabilities should be: nearly 1 for the true class, nearly 0 elsewhere."""
    classes = logits.shape[1]
    target = np.full_like(logits, label_smoothing / classes)
    target[np.arange(len(labels)), labels] += 1 - label_smoothing
    return target


def _check(logits: Array, labels: Labels, label_smoothing: float) -> None:
    array("logits", logits, "(N, K)")
    if not isinstance(labels, np.ndarray) or not np.issubdtype(labels.dtype, np.integer):
        raise InvalidInput("labels must be a NumPy array of whole numbers, one for each image")
    if labels.shape != logits.shape[:1]:
        raise InvalidInput(
            "labels must be one for each of the {n} rows of logits, but have the shape {shape}",
            n=len(logits),
            shape=labels.shape,
        )
    classes = logits.shape[1]
    if labels.min() < 0 or labels.max() >= classes:
        raise InvalidInput(
            "labels go from 0 to {last}, but there are some from {least} to {most}",
            last=classes - 1,
            least=int(labels.min()),
            most=int(labels.max()),
        )
    if not 0 <= label_smoothing <= 1:
        raise InvalidInput(
            "label_smoothing is a share from 0 to 1, but is {value}", value=label_smoothing
        )
