"""Sizes of signals and gradients, against PyTorch's autograd and numbers by a pencil."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.deep import deep
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.gradient_flow import flow, flow_of
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import Conv, Dense, Flatten, ReLU, Residual
from cnnlab.message import InvalidInput

LABELS = np.array([3, 0, 9, 3, 7], np.uint8)


def by_torch(network, weights, x, labels, model):
    """Names, gradients, deltas and signals by hooks on PyTorch's modules."""
    model = model(network, weights).train()
    outputs = {}

    def keep(name):
        def hook(_module, _inputs, y):
            y.retain_grad()
            outputs[name] = y
            return y.clone()  # what comes next may not write over it

        return hook

    modules = dict(model.named_modules())
    weighted = [n for n, m in modules.items() if isinstance(m, nn.Conv2d | nn.Linear)]
    places = []
    for name in weighted:
        head, _, last = name.rpartition(".")
        after = f"{head}.{int(last) + 1}".lstrip(".")
        places.append(after if isinstance(modules.get(after), nn.BatchNorm2d) else name)
    for name in places:
        modules[name].register_forward_hook(keep(name))
    loss = functional.cross_entropy(model(torch.from_numpy(x)), torch.tensor(labels.tolist()))
    loss.backward()
    return (
        tuple(weighted),
        loss.item(),
        [modules[name].weight.grad.norm().item() for name in weighted],
        [outputs[name].grad.norm().item() for name in places],
        [outputs[name].pow(2).mean().sqrt().item() for name in places],
    )


def agrees(found, expected):
    names, loss, gradients, deltas, signals = expected
    assert found.names == names
    assert found.loss == pytest.approx(loss, rel=1e-9)
    np.testing.assert_allclose(found.gradients, gradients, rtol=1e-6)
    np.testing.assert_allclose(found.deltas, deltas, rtol=1e-6)
    np.testing.assert_allclose(found.signals, signals, rtol=1e-9)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_a_deep_network_as_pytorch_sees_it(residual, normalised, nets):
    network = deep(8, residual, normalised)
    weights, x = nets.drawn(network, np.float64), nets.images(network, 5, np.float64)
    expected = by_torch(network, weights, x, LABELS, nets.loaded)
    agrees(flow_of(network, weights, x, LABELS), expected)


def test_a_network_with_a_projection_as_pytorch_sees_it(nets):
    network = nets.all["resnet"]
    weights, x = nets.drawn(network, np.float64), nets.images(network, 5, np.float64)
    found = flow_of(network, weights, x, LABELS)
    agrees(found, by_torch(network, weights, x, LABELS, nets.loaded))
    assert "5.shortcut.0" in found.names


@pytest.mark.parametrize("start", ["uniform", "small", "he"])
@pytest.mark.parametrize("normalised", [True, False])
def test_plain_and_residual_start_from_the_same_weights(start, normalised):
    """Seen where no way leads around anything yet: the first layer's signal."""
    x, labels = batch(8)
    plain, residual = (flow(12, kind, normalised, 3, x, labels, start) for kind in (False, True))
    assert plain.signals[:2] == pytest.approx(residual.signals[:2], rel=1e-12)
    assert plain.signals[-1] != pytest.approx(residual.signals[-1], rel=1e-3)
    other = flow(12, True, normalised, 4, x, labels, start)
    assert (other.gradients != residual.gradients).all()


@pytest.mark.parametrize("residual", [True, False])
def test_flow_is_that_of_the_network_of_its_depth(residual, nets):
    x, labels = batch(6)
    network = deep(10, residual)
    names = weight_shapes(network)
    drawn = initial_weights(deep(10, False), 5, "he", np.float64)
    weights = dict(zip(names, drawn.values(), strict=True))
    expected = by_torch(network, weights, x.astype(np.float64), labels, nets.loaded)
    agrees(flow(10, residual, True, 5, x, labels, "he"), expected)


def test_a_sum_copies_the_gradient_to_both_lanes_by_a_pencil():
    """Two scores from one pixel: y = w·x and, with a way around, y = w·x + x; the loss on top."""
    body = (Conv(1, 1, bias=False),)
    head = (Flatten(), Dense(2, bias=False))
    x, dense = np.full((1, 1, 1, 1), 3.0), np.array([[1.0], [-1.0]])
    for residual in (False, True):
        layers = ((Residual(body),) if residual else body) + head
        name = "0.body.0.weight" if residual else "0.weight"
        network = Architecture("", (1, 1, 1), layers)
        weights = {name: np.full((1, 1, 1, 1), 0.5), "2.weight": dense}
        found = flow_of(network, weights, x, np.array([1]))
        y = 0.5 * 3 + 3 * residual
        p = 1 / (1 + np.exp(-2 * y))  # of the first of the scores y and −y
        dy = 2 * p  # w·(p − 0) + (−w)·((1 − p) − 1), w = 1
        np.testing.assert_allclose(found.deltas, [dy, np.sqrt(2) * p])
        np.testing.assert_allclose(found.gradients, [3 * dy, np.sqrt(2) * p * y])
        np.testing.assert_allclose(found.signals, [1.5, y])


def test_what_the_page_says_is_so():
    """Without batch norm the plain gradient vanishes on its way down, the residual one does not.

    With batch norm it does not vanish in either, so that is not what makes the plain one worse.
    """
    x, labels = batch(12)
    ratios = {}
    for residual in (False, True):
        for normalised in (False, True):
            found = [flow(56, residual, normalised, seed, x, labels) for seed in range(2)]
            ratios[residual, normalised] = [one.gradients[0] / one.gradients[-2] for one in found]
    assert max(ratios[False, False]) < 1e-15
    assert min(ratios[True, False]) > 0.1
    assert min(ratios[False, True]) > 1
    assert min(ratios[True, True]) > 0.1


def test_batch_norm_makes_every_output_as_large_as_1():
    x, labels = batch(16)
    for residual in (False, True):
        signals = flow(12, residual, True, 0, x, labels).signals
        assert signals[:-1] == pytest.approx(1, abs=0.01)


def test_he_keeps_the_signal_where_uniform_lets_it_fade():
    """Wide layers without biases, ReLU between: the mean square of the outputs stays 2·E[x²]."""
    layers = tuple(layer for _ in range(8) for layer in (Dense(400, bias=False), ReLU()))
    network = Architecture("", (1, 20, 20), (Flatten(), *layers, Dense(10, bias=False)))
    x = np.random.default_rng(0).standard_normal((30, 1, 20, 20))
    found = {}
    for start in ("he", "uniform"):
        weights = initial_weights(network, 0, start, np.float64)
        found[start] = flow_of(network, weights, x, np.zeros(30, int)).signals
    assert found["he"][:8] == pytest.approx(np.sqrt(2), rel=0.25)
    assert found["uniform"][7] / found["uniform"][0] == pytest.approx((1 / 6) ** 3.5, rel=0.5)


def test_nothing_is_lost_below_what_float32_holds():
    x, labels = batch(4)
    found = flow(56, False, False, 0, x * np.float32(1e-20), labels, "small")
    assert 0 < found.gradients[0] < 1e-45


def test_odd_depths_and_foreign_images_are_refused():
    x, labels = batch(2)
    with pytest.raises(InvalidInput, match="even"):
        flow(7, True, True, 0, x, labels)
    with pytest.raises(InvalidInput):
        flow(8, True, True, 0, x[:, :, :20], labels)


def batch(n):
    digits = mnist.load("train")
    return standardised(digits.images[:n]), digits.labels[:n]
