"""The sizes of gradients in a deep network, by the engine and by PyTorch."""

import numpy as np

from cnnlab.check.comparison import Check, exact
from cnnlab.check.network import network_gradients
from cnnlab.engine.checks import Array
from cnnlab.engine.deep import deep
from cnnlab.engine.gradient_flow import first_weights, flow
from cnnlab.engine.initial import Start
from cnnlab.engine.loss import Labels


def gradient_flow(
    depth: int, normalised: bool, seed: int, x: Array, labels: Labels, start: Start = "uniform"
) -> list[Check]:
    """The norm of the gradient of every layer's weights: "plain" and "residual", (depth,) each.

    Arguments as of `engine.gradient_flow.flow`; both in float64, PyTorch's by autograd.
    """
    checks = []
    for residual in (False, True):
        ours = flow(depth, residual, normalised, seed, x, labels, start)
        network = deep(depth, residual, normalised)
        weights = first_weights(depth, residual, normalised, seed, start)
        found = {c.name: c.torch for c in network_gradients(network, weights, x, labels)}
        theirs = np.array([np.linalg.norm(found[f"{name}.weight"]) for name in ours.names])
        name = "residual" if residual else "plain"
        checks.append(exact(name, ours.gradients, theirs, float(theirs.max())))
    return checks
