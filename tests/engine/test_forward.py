"""Whole networks against PyTorch: names, shapes, and every layer's output outside training."""

import numpy as np
import pytest
import torch

from cnnlab.engine import forward as module
from cnnlab.engine.architecture import trace
from cnnlab.engine.forward import activations, check_weights, forward, weight_shapes
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput

NAMES = [*NETWORKS, "odd"]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_shapes_are_those_of_a_pytorch_sequential(name, nets):
    state = nets.module(nets.all[name].layers, nets.all[name].input).state_dict()
    expected = [(n, tuple(t.shape)) for n, t in state.items() if "num_batches" not in n]
    assert list(weight_shapes(nets.all[name]).items()) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_are_pytorchs_in_eval_mode(name, nets):
    network = nets.all[name]
    weights, x = nets.drawn(network, np.float64), nets.images(network, 5, np.float64)
    expected = nets.loaded(network, weights).eval()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(forward(network, weights, x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32_and_near(name, nets):
    network = nets.all[name]
    weights, x = nets.drawn(network, np.float32), nets.images(network, 5, np.float32)
    scores = forward(network, weights, x)
    exact = forward(
        network, {n: a.astype(np.float64) for n, a in weights.items()}, x.astype(np.float64)
    )
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, exact, rtol=1e-4, atol=1e-4 * abs(exact).max())


def test_chunks_change_nothing(monkeypatch, nets):
    odd = nets.all["odd"]
    weights, x = nets.drawn(odd, np.float64), nets.images(odd, 7, np.float64)
    whole = forward(odd, weights, x)
    for images in (1, 3, 7, 100):
        monkeypatch.setattr(module, "_chunk", lambda *_, n=images: n)
        np.testing.assert_allclose(forward(odd, weights, x), whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["odd", "resnet", "fast"])
def test_activations_are_every_layers_in_the_order_of_the_trace(name, nets):
    network = nets.all[name]
    weights, x = nets.drawn(network, np.float64), nets.images(network, 3, np.float64)
    seen = {}
    model = nets.loaded(network, weights).eval()
    for place, part in model.named_modules():
        part.register_forward_hook(lambda *given, place=place: seen.update({place: given[2]}))
    model(torch.from_numpy(x))
    outputs = activations(network, weights, x)
    assert [(path, y.shape[1:]) for path, y in outputs] == [
        (row.path, row.output) for row in trace(network)
    ]
    for path, y in outputs:
        expected = seen[module.layer_name(path)].detach().numpy()
        np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9)


def test_nothing_given_is_changed(nets):
    odd = nets.all["odd"]
    weights, x = nets.drawn(odd, np.float64), nets.images(odd, 3, np.float64)
    before = {name: array.copy() for name, array in weights.items()}, x.copy()
    forward(odd, weights, x)
    activations(odd, weights, x)
    np.testing.assert_array_equal(x, before[1])
    for name, array in weights.items():
        np.testing.assert_array_equal(array, before[0][name])


def test_weights_and_images_of_another_network_are_refused(nets):
    odd = nets.all["odd"]
    weights = nets.drawn(odd, np.float64)
    x = nets.images(odd, 1, np.float64)
    without = {name: array for name, array in weights.items() if name != "1.running_var"}
    for wrong, sentence in (
        (without, r"the weights have no array 1\.running_var"),
        ({**weights, "99.bias": np.ones(1)}, r"no layer of the network has an array 99\.bias"),
        ({**weights, "11.bias": np.ones(11)}, r"11\.bias must have the shape \(10,\)"),
        ({**weights, "11.bias": np.ones(10, np.float32)}, r"11\.bias holds float32"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            check_weights(odd, wrong)
        with pytest.raises(InvalidInput, match=sentence):
            forward(odd, wrong, x)
    with pytest.raises(InvalidInput, match=r"x must have the shape"):
        forward(odd, weights, x[..., 1:])
    with pytest.raises(InvalidInput, match=r"x holds float32"):
        activations(odd, weights, x.astype(np.float32))
