"""Back-propagation through a whole network, by the engine's own derivatives of every layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cnnlab.engine.activations import _sigmoid, _sigmoid_backward, _tanh_backward
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.average import avg_pool2d, avg_pool2d_backward
from cnnlab.engine.batch_norm import batch_norm, batch_norm_backward
from cnnlab.engine.checks import Array
from cnnlab.engine.conv import conv2d, conv2d_backward
from cnnlab.engine.dense import _linear, _linear_backward, _relu, _relu_backward
from cnnlab.engine.forward import Path, _check, layer_name
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.loss import Labels, cross_entropy, cross_entropy_backward
from cnnlab.engine.pool import max_pool2d, max_pool2d_backward
from cnnlab.message import InvalidInput

Back = Callable[[Array], Array]  # from how the loss changes with a layer's output to its input


class Gradients(NamedTuple):
    """What one batch says: its ``loss``, the ``logits`` (N, K), and two dicts by weight name.

    ``gradients`` holds how the loss changes with every learned array, in its shape; ``running`` the
    running averages of batch norm, after this batch.
    """

    loss: float
    logits: Array
    gradients: dict[str, Array]
    running: dict[str, Array]


def gradients(
    network: Architecture,
    weights: Mapping[str, Array],
    x: Array,
    labels: Labels,
    label_smoothing: float = 0.0,
) -> Gradients:
    """How the cross-entropy of a batch changes with every weight of a network, in training mode.

    ``x`` (N, C, H, W), ``labels`` (N,) whole numbers; ``weights`` as `forward` takes them. Each
    layer hands on how the loss changes with its input, from the last to the first: the chain rule.
    Nothing that is given is changed; batch norm uses the batch's own mean and variance.

    Raises InvalidInput for a dropout, and as `forward` does. Source: Rumelhart, Hinton & Williams,
    "Learning representations by back-propagating errors" (1986).

    >>> from cnnlab.engine.initial import initial_weights
    >>> from cnnlab.engine.networks import DENSE
    >>> x, labels = np.zeros((2, 1, 28, 28)), np.array([3, 4])
    >>> weights = initial_weights(DENSE, seed=0, start="small", dtype=np.float64)
    >>> loss, logits, found, running = gradients(DENSE, weights, x, labels)
    >>> round(loss, 4), found["3.bias"].round(2).tolist()
    (2.3026, [0.1, 0.1, 0.1, -0.4, -0.4, 0.1, 0.1, 0.1, 0.1, 0.1])
    """
    _check(network, weights, x)
    tape = Tape(weights)
    logits, back = chain(network.layers, x, (), tape)
    loss = float(cross_entropy(logits, labels, label_smoothing))
    back(cross_entropy_backward(logits, labels, label_smoothing))
    found = {name: tape.gradients[name] for name in weights if name in tape.gradients}
    return Gradients(loss, logits, found, tape.running)


def training_loss(
    network: Architecture,
    weights: Mapping[str, Array],
    x: Array,
    labels: Labels,
    label_smoothing: float = 0.0,
) -> float:
    """The loss of which `gradients` finds the gradients, without going back; not checked again."""
    logits, _ = chain(network.layers, x, (), Tape(weights))
    return float(cross_entropy(logits, labels, label_smoothing))


@dataclass(frozen=True)
class Tape:
    """The weights that a pass reads, and what it finds for them on the way.

    ``gradients`` by the names of ``weights``, filled on the way back; ``running`` what batch norm
    has found of its batch. A subclass may look on in `watched`.
    """

    weights: Mapping[str, Array]
    gradients: dict[str, Array] = field(default_factory=dict)
    running: dict[str, Array] = field(default_factory=dict)

    def found(self, name: str, weight: Array, bias: Array) -> None:
        """Note the gradients of a layer's weight and, if it has one, of its bias."""
        self.gradients[f"{name}.weight"] = weight
        if f"{name}.bias" in self.weights:
            self.gradients[f"{name}.bias"] = bias

    def watched(self, path: Path, y: Array, back: Back) -> Back:  # noqa: ARG002 (to look at)
        """The way back through a layer whose output is y; `gradient_flow` looks on there."""
        return back


def chain(layers: tuple[Layer, ...], x: Array, path: Path, tape: Tape) -> tuple[Array, Back]:
    """Layers one after the other in training mode: their output, and the way back through all.

    ``x`` (N, C, H, W), or (N, F) where they begin behind a flatten; ``path`` is where the layers
    stand in their network, () for a whole one. The way back takes the gradient with respect to
    the output, returns that with respect to x, and notes those of the weights on the tape. The
    weights are not checked. Raises InvalidInput for a dropout.

    >>> from cnnlab.engine.layers import ReLU
    >>> y, back = chain((ReLU(),), np.array([[-1.0, 2.0]]), (), Tape({}))
    >>> y.tolist(), back(np.array([[5.0, 7.0]])).tolist()
    ([[0.0, 2.0]], [[0.0, 7.0]])
    """
    backs = []
    for place, layer in enumerate(layers):
        x, back = _layer(layer, x, (*path, place), tape)
        backs.append(tape.watched((*path, place), x, back))

    def back_through_all(dy: Array) -> Array:
        for back in reversed(backs):
            dy = back(dy)
        return dy

    return x, back_through_all


def _layer(layer: Layer, x: Array, path: Path, tape: Tape) -> tuple[Array, Back]:
    """A layer's output in training, and the way back through it."""
    name = layer_name(path)
    match layer:
        case Conv():
            return _conv(layer, x, name, tape)
        case Dense():
            return _dense(x, name, tape)
        case BatchNorm():
            return _normalised(x, name, tape)
        case Residual(body, shortcut):
            y, back = chain(body, x, (*path, 0), tape)
            around, back_around = chain(shortcut, x, (*path, 1), tape)
            return y + around, lambda dy: back(dy) + back_around(dy)
        case Dropout():
            raise InvalidInput(
                "the NumPy engine trains without dropout: take it out, or train with PyTorch"
            )
    return _without_weights(layer, x)


def _conv(layer: Conv, x: Array, name: str, tape: Tape) -> tuple[Array, Back]:
    weight, bias = tape.weights[f"{name}.weight"], tape.weights.get(f"{name}.bias")
    settings = {n: getattr(layer, n) for n in ("stride", "padding", "dilation", "groups")}
    y, columns = conv2d(x, weight, bias, **settings, return_columns=True)

    def back(dy: Array) -> Array:
        dx, dweight, dbias = conv2d_backward(dy, x, weight, columns=columns, **settings)
        tape.found(name, dweight, dbias)
        return dx

    return y, back


def _dense(x: Array, name: str, tape: Tape) -> tuple[Array, Back]:
    weight, bias = tape.weights[f"{name}.weight"], tape.weights.get(f"{name}.bias")

    def back(dy: Array) -> Array:
        dx, dweight, dbias = _linear_backward(dy, x, weight)
        tape.found(name, dweight, dbias)
        return dx

    return _linear(x, weight, bias), back


def _normalised(x: Array, name: str, tape: Tape) -> tuple[Array, Back]:
    weight, bias = tape.weights[f"{name}.weight"], tape.weights[f"{name}.bias"]
    mean, var = f"{name}.running_mean", f"{name}.running_var"
    y, statistics = batch_norm(
        x, tape.weights[mean], tape.weights[var], weight, bias, training=True
    )
    if statistics.running_mean is not None and statistics.running_var is not None:  # they are given
        tape.running[mean] = statistics.running_mean
        tape.running[var] = statistics.running_var

    def back(dy: Array) -> Array:
        dx, dweight, dbias = batch_norm_backward(dy, x, statistics, weight)
        tape.found(name, dweight, dbias)
        return dx

    return y, back


def _without_weights(layer: Layer, x: Array) -> tuple[Array, Back]:
    match layer:
        case MaxPool(kernel, stride, padding, ceil_mode):
            y, indices = max_pool2d(
                x, kernel, stride, padding, ceil_mode=ceil_mode, return_indices=True
            )
            return y, lambda dy: max_pool2d_backward(dy, indices, x.shape[2:])
        case AvgPool(kernel, stride, padding, ceil_mode):
            y = avg_pool2d(x, kernel, stride, padding, ceil_mode)
            settings = x.shape[2:], kernel, stride, padding, ceil_mode
            return y, lambda dy: avg_pool2d_backward(dy, *settings)
        case GlobalAvgPool():
            cells = x.shape[2] * x.shape[3]
            y = x.mean(axis=(2, 3), keepdims=True)
            return y, lambda dy: np.broadcast_to(dy / cells, x.shape)
        case Sigmoid():
            y = _sigmoid(x)
            return y, lambda dy: _sigmoid_backward(dy, y)
        case Tanh():
            y = np.tanh(x)
            return y, lambda dy: _tanh_backward(dy, y)
        case ReLU():
            return _relu(x), lambda dy: _relu_backward(dy, x)
        case Flatten():
            return x.reshape(len(x), -1), lambda dy: dy.reshape(x.shape)
    raise TypeError(f"no layer: {layer!r}")
