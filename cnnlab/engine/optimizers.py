"""How gradients change weights: SGD with momentum, Adam and AdamW, one step each.

Every function works number by number, so it takes one weight array or all of them laid end to end.
It changes nothing: it returns the new weights, and what is to be given to it at the next step.
"""

from collections.abc import Mapping
from math import prod, sqrt

import numpy as np

from cnnlab.engine.checks import Array


def laid_out(vector: Array, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """One vector as arrays of ``shapes`` end to end, by name: views, so both change together.

    >>> parts = laid_out(np.arange(6.0), {"weight": (2, 2), "bias": (2,)})
    >>> parts["weight"].tolist(), parts["bias"].tolist()
    ([[0.0, 1.0], [2.0, 3.0]], [4.0, 5.0])
    """
    ends = np.cumsum([prod(shape) for shape in shapes.values()])
    pieces = np.split(vector, ends[:-1])
    return {
        name: piece.reshape(shape)
        for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
    }


def sgd(
    weight: Array,
    gradient: Array,
    velocity: Array,
    learning_rate: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
) -> tuple[Array, Array]:
    """One step of stochastic gradient descent: returns ``(weight, velocity)``, new, in its shape.

    ``velocity`` is 0 at the first step. v ← μ·v + g; w ← w − η·v, where g is the gradient plus
    ``weight_decay`` times the weight. As torch.optim.SGD; the learning rate stands outside the
    velocity, so changing it works at once. Source: Sutskever et al., "On the importance of
    initialization and momentum in deep learning" (2013), equations 1 and 2.

    >>> weight, velocity = np.array([1.0]), np.zeros(1)
    >>> for _ in range(2):
    ...     weight, velocity = sgd(weight, np.array([1.0]), velocity, 0.1, momentum=0.5)
    >>> weight, velocity  # 1 − 0.1·1 − 0.1·1.5
    (array([0.75]), array([1.5]))
    """
    velocity = momentum * velocity + _decayed(gradient, weight, weight_decay)
    return weight - learning_rate * velocity, velocity


def adam(
    weight: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    step: int,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    weight_decay: float = 0.0,
    eps: float = 1e-8,
) -> tuple[Array, Array, Array]:
    """One step of Adam: returns ``(weight, mean, square)``, new, in the weight's shape.

    ``mean`` and ``square`` are running averages of the gradient and of its square, 0 at the first
    step, and too small by 1 − βᵗ at step t, which ``step``, counted from 1, makes up for. Each
    weight moves by about the learning rate, however large its gradient is. ``weight_decay`` times
    the weight is added to the gradient. As torch.optim.Adam. Source: Kingma & Ba, "Adam: A Method
    for Stochastic Optimization" (2015), algorithm 1.

    >>> start = np.array([1.0, 1.0]), np.array([1e-3, -1e3]), np.zeros(2), np.zeros(2)
    >>> adam(*start, step=1, learning_rate=0.1)[0].round(4)
    array([0.9, 1.1])
    """
    gradient = _decayed(gradient, weight, weight_decay)
    mean = beta1 * mean + (1 - beta1) * gradient
    square = beta2 * square + (1 - beta2) * (gradient * gradient)
    # η · mean / (1 − β₁ᵗ) / (√(square / (1 − β₂ᵗ)) + ε), with all that is one number multiplied out
    root = sqrt(1 - beta2**step)
    change = np.sqrt(square)
    change += eps * root
    np.divide(mean, change, out=change)
    change *= learning_rate * root / (1 - beta1**step)
    return weight - change, mean, square


def adamw(
    weight: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    step: int,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    weight_decay: float = 0.0,
    eps: float = 1e-8,
) -> tuple[Array, Array, Array]:
    """`adam`, with the decay taken off the weight itself: returns ``(weight, mean, square)``.

    Every step makes each weight smaller by the learning rate times ``weight_decay``, whatever its
    gradients are; `adam` would divide the decay by their size. As torch.optim.AdamW. Source:
    Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.

    >>> start = np.array([1.0]), np.zeros(1), np.zeros(1), np.zeros(1)
    >>> adamw(*start, step=1, learning_rate=0.1, weight_decay=0.5)[0]
    array([0.95])
    """
    if weight_decay:
        weight = weight * (1 - learning_rate * weight_decay)
    return adam(weight, gradient, mean, square, step, learning_rate, beta1, beta2, 0.0, eps)


def _decayed(gradient: Array, weight: Array, weight_decay: float) -> Array:
    return gradient + weight_decay * weight if weight_decay else gradient
