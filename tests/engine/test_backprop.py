"""Back-propagation through whole networks against PyTorch's autograd, nudging, and a pencil."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.backprop import gradients, training_loss
from cnnlab.engine.gradient_check import numerical_check
from cnnlab.engine.layers import BatchNorm, Conv, Dense, Dropout, Flatten, ReLU, Residual
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput

LABELS = np.array([3, 0, 9, 3, 7], np.uint8)


def without_dropout(network):
    def kept(layers):
        return tuple(
            Residual(kept(layer.body), kept(layer.shortcut))
            if isinstance(layer, Residual)
            else layer
            for layer in layers
            if not isinstance(layer, Dropout)
        )

    return Architecture(network.name, network.input, kept(network.layers))


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", [*NETWORKS, "odd"])
def test_loss_scores_gradients_and_running_averages_are_pytorchs(name, label_smoothing, nets):
    network = without_dropout(nets.all[name])
    weights, x = nets.drawn(network, np.float64), nets.images(network, 5, np.float64)
    model = nets.loaded(network, weights).train()
    logits = model(torch.from_numpy(x))
    loss = F.cross_entropy(logits, torch.from_numpy(LABELS).long(), label_smoothing=label_smoothing)
    loss.backward()
    ours = gradients(network, weights, x, LABELS, label_smoothing)
    assert ours.loss == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(ours.logits, logits.detach().numpy(), rtol=1e-9, atol=1e-9)
    expected = {n: p.grad.numpy() for n, p in model.named_parameters()}
    assert list(ours.gradients) == list(expected)
    for n, gradient in expected.items():
        assert ours.gradients[n].shape == gradient.shape
        scale = abs(gradient).max()
        np.testing.assert_allclose(
            ours.gradients[n], gradient, rtol=1e-7, atol=1e-9 * scale + 1e-15
        )
    running = {n: b.numpy() for n, b in model.named_buffers() if "num_batches" not in n}
    assert ours.running.keys() == running.keys()
    for n, average in running.items():
        np.testing.assert_allclose(ours.running[n], average, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*NETWORKS, "odd"])
def test_the_page_s_check_agrees_entry_by_entry(name, nets):
    network = without_dropout(nets.all[name])
    weights, x = nets.drawn(network, np.float32), nets.images(network, 5, np.float32)
    checked = numerical_check(network, weights, x[:2], LABELS[:2], 0.1, count=2, seed=5)
    learned = [n for n in weights if "running" not in n]
    expected = [n for n in learned for _ in range(min(2, weights[n].size))]
    assert [entry.name for entry in checked] == expected
    assert len({(entry.name, entry.entry) for entry in checked}) == len(checked)
    for entry in checked:
        assert len(entry.entry) == weights[entry.name].ndim
        assert entry.numerical == pytest.approx(entry.back_propagated, rel=1e-5, abs=1e-7)
    assert sum(abs(entry.numerical) > 1e-5 for entry in checked) > len(checked) / 3


def test_float32_stays_float32(nets):
    network = nets.all["resnet"]
    weights, x = nets.drawn(network, np.float32), nets.images(network, 3, np.float32)
    ours = gradients(network, weights, x, LABELS[:3])
    arrays = (ours.logits, *ours.gradients.values(), *ours.running.values())
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_nothing_given_is_changed(nets):
    network = without_dropout(nets.all["odd"])
    weights, x = nets.drawn(network, np.float64), nets.images(network, 5, np.float64)
    before = {name: array.copy() for name, array in weights.items()}, x.copy()
    gradients(network, weights, x, LABELS)
    numerical_check(network, weights, x[:2], LABELS[:2], count=1)
    np.testing.assert_array_equal(x, before[1])
    for name, array in weights.items():
        np.testing.assert_array_equal(array, before[0][name])


def test_one_weight_by_hand():
    """Scores (0, w·x): the loss is ln(1 + e^(w·x)) for class 0, its slope x / (1 + e^(−w·x))."""
    network = Architecture("one", (1, 1, 1), (Flatten(), Dense(2, bias=False)))
    weights = {"1.weight": np.array([[0.0], [np.log(3) / 2]])}
    x = np.full((1, 1, 1, 1), 2.0)
    loss, logits, found, running = gradients(network, weights, x, np.array([0]))
    assert loss == pytest.approx(np.log(4)) == training_loss(network, weights, x, np.array([0]))
    np.testing.assert_allclose(logits, [[0, np.log(3)]])
    np.testing.assert_allclose(found["1.weight"], [[-1.5], [1.5]])
    assert running == {}


def test_what_cannot_be_trained_is_refused():
    network = Architecture("drops", (1, 2, 2), (Residual((Dropout(0.5),)), Flatten(), Dense(2)))
    weights = {"2.weight": np.ones((2, 4)), "2.bias": np.ones(2)}
    x, label = np.ones((1, 1, 2, 2)), np.array([0])
    with pytest.raises(InvalidInput, match="without dropout"):
        gradients(network, weights, x, label)
    network = Architecture("narrow", (1, 2, 2), (Conv(2, 2), BatchNorm(), ReLU(), Flatten()))
    names = ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var")
    weights = {n: np.ones((2, 1, 2, 2) if n == "0.weight" else 2) for n in names}
    with pytest.raises(InvalidInput, match="no variance"):
        gradients(network, weights, x, label)
    with pytest.raises(InvalidInput, match="x must have the shape"):
        gradients(network, weights, x[..., :1], label)
