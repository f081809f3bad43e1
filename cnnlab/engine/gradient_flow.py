"""How large numbers are on their way through a deep network, and gradients on the way back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.backprop import Back, Tape, chain
from cnnlab.engine.checks import Array
from cnnlab.engine.deep import deep
from cnnlab.engine.forward import Path, _check, layer_name, weight_shapes
from cnnlab.engine.initial import Start, initial_weights
from cnnlab.engine.layers import BatchNorm, Conv, Dense
from cnnlab.engine.loss import Labels, cross_entropy, cross_entropy_backward

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Flow:
    """One batch through a network and back, at each of its L layers with weights, first to last.

    ``names`` are the layers' (see `forward.layer_name`). ``gradients`` (L,) are the norms of the
    loss's gradient with respect to a layer's weights, without its bias; ``deltas`` (L,) the norms
    of that with respect to its output, all images together; ``signals`` (L,) the root mean square
    of its output. The output is taken behind the layer's batch norm, where it has one, and before
    the ReLU or the addition.
    """

    names: tuple[str, ...]
    loss: float
    gradients: Floats
    deltas: Floats
    signals: Floats


def flow(
    depth: int,
    residual: bool,
    normalised: bool,
    seed: int,
    x: Array,
    labels: Labels,
    start: Start = "uniform",
) -> Flow:
    """The flow in a network of `engine.deep` before any training, its weights drawn from a seed.

    ``x`` (N, 1, 28, 28) and ``labels`` (N,) are one batch of digits; all is computed in float64,
    since float32 ends at 1e-38, which a deep network reaches. Plain and residual start from the
    same weights. Raises InvalidInput for an odd depth.
    Source: He et al., "Deep Residual Learning for Image Recognition" (2016), figure 7, for the
    place at which the outputs are taken.

    >>> x, labels = np.ones((2, 1, 28, 28)), np.array([3, 4])
    >>> flow(6, residual=True, normalised=True, seed=0, x=x, labels=labels).names
    ('1', '4.body.0', '4.body.3', '6.body.0', '6.body.3', '10')
    """
    weights = first_weights(depth, residual, normalised, seed, start)
    return flow_of(deep(depth, residual, normalised), weights, x.astype(np.float64), labels)


def first_weights(
    depth: int, residual: bool, normalised: bool, seed: int, start: Start
) -> dict[str, Array]:
    """What the networks of `flow` start from, float64: plain and residual from the same numbers.

    >>> plain, residual = (first_weights(4, way, True, 0, "he") for way in (False, True))
    >>> bool((plain["4.weight"] == residual["4.body.0.weight"]).all())
    True
    """
    drawn = initial_weights(deep(depth, False, normalised), seed, start, np.float64)
    names = weight_shapes(deep(depth, residual, normalised))
    return dict(zip(names, drawn.values(), strict=True))


def flow_of(network: Architecture, weights: Mapping[str, Array], x: Array, labels: Labels) -> Flow:
    """The flow of one batch in any network, in training mode, as `backprop.gradients` takes it.

    >>> from cnnlab.engine.networks import DENSE
    >>> weights = initial_weights(DENSE, seed=0, dtype=np.float64)
    >>> flow_of(DENSE, weights, np.zeros((1, 1, 28, 28)), np.array([3])).names
    ('1', '3')
    """
    _check(network, weights, x)
    tape = _Watched(weights)
    logits, back = chain(network.layers, x, (), tape)
    back(cross_entropy_backward(logits, labels))
    layers, outputs = _places(network)
    names = tuple(layer_name(path) for path in layers)
    return Flow(
        names,
        float(cross_entropy(logits, labels)),
        np.array([_norm(tape.gradients[f"{name}.weight"]) for name in names]),
        np.array([_norm(tape.deltas[path]) for path in outputs]),
        np.array([float(np.sqrt(np.mean(tape.outputs[path] ** 2))) for path in outputs]),
    )


@dataclass(frozen=True)
class _Watched(Tape):
    """A tape that also keeps every layer's output, and the gradient that arrives there."""

    outputs: dict[Path, Array] = field(default_factory=dict)
    deltas: dict[Path, Array] = field(default_factory=dict)

    def watched(self, path: Path, y: Array, back: Back) -> Back:
        self.outputs[path] = y

        def noted(dy: Array) -> Array:
            self.deltas[path] = dy
            return back(dy)

        return noted


def _places(network: Architecture) -> tuple[list[Path], list[Path]]:
    """The layers with weights, and where the output of each is taken: behind its batch norm."""
    layer = {row.path: row.layer for row in trace(network)}
    weighted = [path for path, one in layer.items() if isinstance(one, Conv | Dense)]
    behind = [(*path[:-1], path[-1] + 1) for path in weighted]
    outputs = [
        after if isinstance(layer.get(after), BatchNorm) else path
        for path, after in zip(weighted, behind, strict=True)
    ]
    return weighted, outputs


def _norm(array: Array) -> float:
    return float(np.linalg.norm(array))
