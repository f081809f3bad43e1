"""The fused path against the general engine and PyTorch: sizes of batches, ties, many steps."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.backprop import gradients
from cnnlab.engine.booknet import BookNet, fits
from cnnlab.engine.forward import forward
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import AvgPool, Conv, Dense, Dropout, Flatten, MaxPool, ReLU, Tanh
from cnnlab.engine.networks import BOOKNET, NETWORKS
from cnnlab.engine.optimizers import adam

MNIST = (1, 28, 28)


def shaped(filters=30, hidden=100, classes=10):
    layers = (
        *(Conv(filters, 5), ReLU(), MaxPool(2), Flatten()),
        *(Dense(hidden), ReLU(), Dense(classes)),
    )
    return Architecture("like BookNet", MNIST, layers)


def digits(n, seed=0, dtype=np.float64):
    """Strokes on paper that is the same everywhere, so that many windows tie, and their labels."""
    rng = np.random.default_rng(seed)
    x = np.full((n, *MNIST), -0.42)
    for image in x[:, 0]:
        top, left = rng.integers(0, 20, 2)
        image[top : top + 9, left : left + 4] = rng.standard_normal((9, min(4, 28 - left)))
    return x.astype(dtype), rng.integers(0, 10, n).astype(np.uint8)


def made(network, seed=0, dtype=np.float64):
    weights = initial_weights(network, seed, dtype=dtype)
    found = {name: np.full_like(array, np.nan) for name, array in weights.items()}
    return weights, found, BookNet(weights, found)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("n", "filters", "hidden"), [(1, 30, 100), (7, 30, 100), (50, 3, 11)])
def test_it_finds_what_the_general_engine_finds(n, filters, hidden, label_smoothing):
    network = shaped(filters, hidden)
    weights, found, net = made(network)
    x, labels = digits(n)
    loss, logits = net.back_propagate(x, labels, label_smoothing)
    expected = gradients(network, weights, x, labels, label_smoothing)
    assert loss == pytest.approx(expected.loss, rel=1e-12)
    np.testing.assert_allclose(logits, expected.logits, rtol=1e-10, atol=1e-12)
    assert found.keys() == expected.gradients.keys()
    for name, gradient in expected.gradients.items():
        scale = abs(gradient).max()
        np.testing.assert_allclose(found[name], gradient, rtol=1e-9, atol=1e-12 * scale)


def test_ties_go_to_the_first_as_they_do_everywhere_else():
    """Candidates that are equal read different pixels: which one wins decides the gradient."""
    network = shaped(3, 5)
    weights, found, net = made(network)
    x = np.random.default_rng(0).standard_normal((2, *MNIST))
    x[:, :, 1::2] = x[:, :, ::2]
    weights["0.weight"][0] = 0.0  # makes all four candidates 0
    weights["0.weight"][1] = 0.0
    weights["0.weight"][1, 0, 0, 0] = 1.0  # makes the lower two what the upper two are
    weights["0.bias"][...] = 0.5  # lets them pass
    net.back_propagate(x, np.array([1, 2]))
    expected = gradients(network, weights, x, np.array([1, 2])).gradients
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-9, atol=1e-15)


def test_pytorch_agrees():
    weights, found, net = made(BOOKNET)
    x, labels = digits(13)
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in weights.items()}
    maps = F.conv2d(torch.from_numpy(x), leaves["0.weight"], leaves["0.bias"])
    flat = F.max_pool2d(F.relu(maps), 2).flatten(1)
    hidden = F.relu(F.linear(flat, leaves["4.weight"], leaves["4.bias"]))
    logits = F.linear(hidden, leaves["6.weight"], leaves["6.bias"])
    expected = F.cross_entropy(logits, torch.from_numpy(labels).long())
    expected.backward()
    loss, scores = net.back_propagate(x, labels)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(scores, logits.detach().numpy(), rtol=1e-9, atol=1e-12)
    for name, leaf in leaves.items():
        np.testing.assert_allclose(found[name], leaf.grad.numpy(), rtol=1e-7, atol=1e-12)


def test_dozens_of_steps_lead_to_the_same_weights():
    network = shaped(5, 12)
    weights, found, net = made(network)
    slow = {name: array.copy() for name, array in weights.items()}
    moments = {name: [np.zeros_like(array)] * 2 for name, array in weights.items()}
    slow_moments = dict(moments)
    for step in range(1, 41):
        x, labels = digits(20 if step % 5 else 6, seed=step % 4)  # a smaller last batch too
        net.back_propagate(x, labels)
        expected = gradients(network, slow, x, labels).gradients
        for name in weights:
            moved, *moments[name] = adam(weights[name], found[name], *moments[name], step, 0.01)
            weights[name][...] = moved
            slow[name], *slow_moments[name] = adam(
                slow[name], expected[name], *slow_moments[name], step, 0.01
            )
    for name, array in weights.items():
        assert abs(array - initial_weights(network, 0)[name]).max() > 0.05  # it went somewhere
        np.testing.assert_allclose(array, slow[name], rtol=1e-6, atol=1e-8)


def test_float32_stays_float32_and_near():
    weights, found, net = made(BOOKNET, dtype=np.float32)
    x, labels = digits(10)
    loss, logits = net.back_propagate(x.astype(np.float32), labels)
    exact = {name: array.astype(np.float64) for name, array in weights.items()}
    expected = gradients(BOOKNET, exact, x, labels)
    assert logits.dtype == np.float32
    assert loss == pytest.approx(expected.loss, rel=1e-5)
    for name, gradient in expected.gradients.items():
        np.testing.assert_allclose(found[name], gradient, atol=1e-4 * abs(gradient).max())


def test_what_one_call_leaves_does_not_reach_the_next():
    weights, found, net = made(BOOKNET)
    before = {name: array.copy() for name, array in weights.items()}
    x, labels = digits(9)
    loss, logits = net.back_propagate(x, labels)
    first = {name: array.copy() for name, array in found.items()}
    kept = logits.copy()
    for n, seed in ((9, 5), (4, 6), (9, 7)):
        net.back_propagate(*digits(n, seed))
        net.logits(digits(n, seed)[0])
    np.testing.assert_array_equal(logits, kept)  # what was given away is not written into
    again = net.back_propagate(x, labels)
    assert again[0] == loss
    for name, array in found.items():
        np.testing.assert_array_equal(array, first[name])
        np.testing.assert_array_equal(weights[name], before[name])


@pytest.mark.parametrize("n", [1, 100, 230])
def test_scores_alone_are_those_of_forward(n):
    weights, _, net = made(BOOKNET)
    x, _ = digits(n)
    np.testing.assert_allclose(net.logits(x), forward(BOOKNET, weights, x), rtol=1e-9, atol=1e-12)


def replaced(place, layer):
    layers = list(BOOKNET.layers)
    layers[place] = layer
    return Architecture("", MNIST, tuple(layers))


NEAR = [
    replaced(0, Conv(30, 3)),
    replaced(0, Conv(30, 5, padding=2)),
    replaced(0, Conv(30, 5, stride=2)),
    replaced(0, Conv(30, 5, bias=False)),
    replaced(0, Conv(30, 5, dilation=2)),
    replaced(1, Tanh()),
    replaced(2, MaxPool(3)),
    replaced(2, MaxPool(2, 1)),
    replaced(2, MaxPool(2, padding=1)),
    replaced(2, AvgPool(2)),
    replaced(4, Dense(100, bias=False)),
    replaced(6, Dense(10, bias=False)),
    replaced(5, Dropout()),
    Architecture("", (1, 30, 30), BOOKNET.layers),
    Architecture("", (2, 28, 28), BOOKNET.layers),
    Architecture("", MNIST, BOOKNET.layers[:-1]),
    Architecture("", MNIST, (*BOOKNET.layers, ReLU())),
    *(network for name, network in NETWORKS.items() if name != "booknet"),
]


def test_only_its_own_shape_fits():
    assert fits(BOOKNET)
    assert fits(shaped(7, 3))
    assert fits(replaced(2, MaxPool(2, 2)))
    assert [network for network in NEAR if fits(network)] == []
