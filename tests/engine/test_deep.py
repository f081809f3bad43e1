"""The plain and the residual networks of any depth: alike in all but the way around."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.architecture import parameters, trace
from cnnlab.engine.deep import deep
from cnnlab.engine.forward import forward, weight_shapes
from cnnlab.engine.layers import BatchNorm, Conv, Dense, Residual
from cnnlab.message import InvalidInput

even = st.integers(1, 28).map(lambda half: 2 * half)


def flat(layers):
    """The layers one after the other, as if no way led around any."""
    for layer in layers:
        if isinstance(layer, Residual):
            assert layer.shortcut == ()  # the way around changes nothing
            yield from flat(layer.body)
        else:
            yield layer


@given(even, st.booleans(), st.booleans())
@settings(deadline=None, max_examples=40)
def test_the_depth_counts_the_layers_with_weights(depth, residual, normalised):
    layers = [row.layer for row in trace(deep(depth, residual, normalised))]
    assert sum(isinstance(layer, Conv | Dense) for layer in layers) == depth
    assert sum(isinstance(layer, BatchNorm) for layer in layers) == (depth - 1) * normalised
    assert sum(isinstance(layer, Residual) for layer in layers) == (depth - 2) // 2 * residual


@given(even, st.booleans(), st.integers(1, 9))
@settings(deadline=None, max_examples=40)
def test_the_residual_one_differs_by_the_way_around_and_nothing_else(depth, normalised, channels):
    plain, residual = (deep(depth, kind, normalised, channels) for kind in (False, True))
    assert list(flat(residual.layers)) == list(plain.layers)
    assert parameters(plain) == parameters(residual)
    shapes = (list(weight_shapes(network).values()) for network in (plain, residual))
    assert next(shapes) == next(shapes)


@pytest.mark.parametrize("depth", [2, 8, 20, 56])
def test_parameters_by_a_pencil(depth):
    """8 channels: 3×3 of 1 channel, then of 8; with batch norm 2 each and no bias; the dense."""
    normed = 8 * 9 + 16 + (depth - 2) * (8 * 8 * 9 + 16) + 8 * 10 + 10
    biased = 8 * 9 + 8 + (depth - 2) * (8 * 8 * 9 + 8) + 8 * 10 + 10
    assert parameters(deep(depth, residual=True)) == normed
    assert parameters(deep(depth, residual=False, normalised=False)) == biased


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_it_computes_what_pytorch_does(residual, normalised, nets):
    network = deep(8, residual, normalised, channels=3)
    weights, x = nets.drawn(network, np.float64), nets.images(network, 4, np.float64)
    theirs = nets.loaded(network, weights).eval()(torch.from_numpy(x)).detach().numpy()
    assert theirs.shape == (4, 10)
    np.testing.assert_allclose(forward(network, weights, x), theirs, rtol=1e-9)


@pytest.mark.parametrize("residual", [True, False])
def test_with_weights_of_zero_only_the_residual_one_hands_its_input_on(residual):
    """What a deep network must be able to do to be no worse than a shallow one."""
    network = deep(20, residual, normalised=False)
    rng = np.random.default_rng(0)
    weights = {
        name: rng.standard_normal(shape) if name.startswith("1.") else np.zeros(shape)
        for name, shape in weight_shapes(network).items()
    }
    dense = next(name for name, shape in weight_shapes(network).items() if shape == (10, 8))
    weights[dense] = rng.standard_normal((10, 8))
    x = rng.random((2, 1, 28, 28))
    first = deep(2, residual=False, normalised=False)
    shallow = {name: weights[name] for name in ("1.weight", "1.bias")}
    shallow |= {"5.weight": weights[dense], "5.bias": np.zeros(10)}
    expected = forward(first, shallow, x)
    assert abs(expected).min() > 0
    assert np.array_equal(forward(network, weights, x), expected * residual)


@pytest.mark.parametrize("depth", [3, 7, 55, 1, 0, -2])
def test_an_odd_depth_or_none_is_refused(depth):
    with pytest.raises(InvalidInput, match=str(depth)):
        deep(depth, residual=True)


def test_their_names_say_what_they_are():
    assert deep(56, residual=False).name == "plain-56"
    assert deep(8, residual=True).name == "residual-8"
