"""A whole network, forward and backward, computed by both in float64."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.comparison import Check, exact
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.backprop import gradients
from cnnlab.engine.checks import Array


def network_gradients(
    network: Architecture,
    weights: Mapping[str, Array],
    x: Array,
    labels: NDArray[np.integer],
) -> list[Check]:
    """The scores of a batch in training mode, and the gradient of every learned array.

    ``x`` (N, C, H, W), ``labels`` (N,), ``weights`` by name; all is computed in float64, so that
    nothing but a mistake makes a difference worth seeing. Raises InvalidInput for dropout, which
    PyTorch would draw in its own way.
    """
    double = {name: array.astype(np.float64) for name, array in weights.items()}
    x = x.astype(np.float64)
    ours = gradients(network, double, x, labels)
    scores, theirs = _by_torch(network, double, x, labels)
    largest = max(float(abs(gradient).max()) for gradient in theirs.values())
    return [
        exact("logits", ours.logits, scores, float(abs(scores).max())),
        *(exact(name, array, theirs[name], largest) for name, array in ours.gradients.items()),
    ]


def _by_torch(
    network: Architecture, weights: Mapping[str, Array], x: Array, labels: NDArray[np.integer]
) -> tuple[Array, dict[str, Array]]:
    import torch
    from torch.nn import functional

    from cnnlab.nets.build import build

    model = build(network, weights).double()
    with torch.no_grad():  # what `build` gave in float32, to the last digit
        for name, array in model.named_parameters():
            array.copy_(torch.from_numpy(weights[name]))
    scores = model(torch.from_numpy(x))
    loss = functional.cross_entropy(scores, torch.from_numpy(labels.astype(np.int64)))
    names, arrays = zip(*model.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, arrays)
    return scores.detach().numpy(), {
        name: gradient.numpy() for name, gradient in zip(names, found, strict=True)
    }
