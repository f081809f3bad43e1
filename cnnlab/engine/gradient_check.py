"""Back-propagation held against nudging, entry by entry, for a whole network."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.backprop import gradients, training_loss
from cnnlab.engine.checks import Array
from cnnlab.engine.gradient import numerical_gradient
from cnnlab.engine.loss import Labels


@dataclass(frozen=True)
class CheckedEntry:
    """One entry of the weight array ``name``: its gradient, found in two ways, in float64."""

    name: str
    entry: tuple[int, ...]
    back_propagated: float
    numerical: float


def numerical_check(
    network: Architecture,
    weights: Mapping[str, Array],
    x: Array,
    labels: Labels,
    label_smoothing: float = 0.0,
    count: int = 3,
    seed: int = 0,
    eps: float = 1e-6,
) -> tuple[CheckedEntry, ...]:
    """`gradients` beside (loss(w + ε) − loss(w − ε)) / 2ε, for ``count`` entries of every array.

    The entries are drawn from ``seed``. All is computed in float64, whatever is given: the two
    then agree to about 1e-8. A rectifier or a maximum has a kink where the difference, taken across
    it, is no derivative; ``eps`` is small so that hardly ever one lies between. Each entry costs
    two passes forward: meant for a few images. Raises InvalidInput as `gradients` does.

    >>> from cnnlab.engine.initial import initial_weights
    >>> from cnnlab.engine.networks import DENSE
    >>> x = np.random.default_rng(0).random((2, 1, 28, 28))
    >>> weights = initial_weights(DENSE, seed=0, dtype=np.float64)
    >>> checked = numerical_check(DENSE, weights, x, np.array([3, 4]))
    >>> max(abs(entry.back_propagated - entry.numerical) for entry in checked) < 1e-8
    True
    """
    exact = {name: array.astype(np.float64) for name, array in weights.items()}
    x = x.astype(np.float64)
    found = gradients(network, exact, x, labels, label_smoothing).gradients
    rng = np.random.default_rng(seed)
    checked = []
    for name, gradient in found.items():

        def loss(array: NDArray[np.float64], name: str = name) -> float:
            return training_loss(network, {**exact, name: array}, x, labels, label_smoothing)

        places = rng.choice(gradient.size, min(count, gradient.size), replace=False)
        entries = [tuple(map(int, np.unravel_index(place, gradient.shape))) for place in places]
        nudged = numerical_gradient(loss, exact[name], eps, entries)
        checked += [CheckedEntry(name, e, float(gradient[e]), float(nudged[e])) for e in entries]
    return tuple(checked)
