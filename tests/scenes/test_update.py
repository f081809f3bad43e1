"""One step of learning, replayed: W − η·dW for every weight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.scenes.replay import at, finished
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.update import update


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rate=st.floats(0, 2))
def test_every_weight_goes_against_its_gradient(travel, seed, rate):
    weight, gradient = np.random.default_rng(seed).normal(size=(2, 2, 3, 1, 2))
    scene = update(weight, gradient, rate)
    np.testing.assert_allclose(scene.grid("new").values, weight - rate * gradient, atol=1e-12)
    np.testing.assert_allclose(finished(scene)["new"], weight - rate * gradient, atol=1e-12)
    np.testing.assert_allclose(finished(travel(scene))["new"], weight - rate * gradient, atol=1e-5)


def test_it_says_what_it_computes():
    weight, gradient = np.array([[[[1.0, 2]]]]), np.array([[[[4.0, -8]]]])
    scene = update(weight, gradient, 0.5)
    assert sentence(scene, 0, 0) == (
        "W, row 1, column 1 is about to move against its gradient.",
        "4·(−0.5) + 1 = ?",
    )
    assert sentence(scene, 0, 1) == (
        "W, row 1, column 1 has moved a little against its gradient.",
        "4·(−0.5) + 1 = −1",
    )
    assert sentence(scene, 1, 1) == ("All weights have moved: 2.", "−8·(−0.5) + 2 = 6")


def test_weights_move_one_by_one_and_the_old_ones_stay():
    weight, gradient = np.random.default_rng(0).normal(size=(2, 2, 1, 3, 2))
    scene = update(weight, gradient, 0.1)
    assert scene.steps == weight.size
    halfway = at(scene, 5, 0).values
    moved = (weight - 0.1 * gradient).ravel()
    np.testing.assert_allclose(halfway["new"].ravel()[:5], moved[:5])
    assert np.isnan(halfway["new"].ravel()[5:]).all()
    np.testing.assert_array_equal(halfway["weight"], weight)
    np.testing.assert_array_equal(halfway["dw"], gradient)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_keep_their_kind(dtype):
    scene = update(np.ones((1, 1, 2, 3), dtype), np.ones((1, 1, 2, 3), dtype), 0.1)
    assert {grid.values.dtype for grid in scene.grids} == {np.dtype(dtype)}
    assert scene.grid("rate").values.item() == dtype(-0.1)


@pytest.mark.parametrize(
    ("filters", "planes", "names"),
    [
        (1, 1, []),
        (1, 2, ["channel 1", "channel 2"]),
        (1, 3, ["R", "G", "B"]),
        (2, 2, [f"filter {f}, channel {c}" for f in (1, 2) for c in (1, 2)]),
        (2, 1, ["filter 1", "filter 2"]),
    ],
)
def test_every_plane_has_its_name(filters, planes, names):
    array = np.ones((filters, planes, 2, 2))
    scene = update(array, array, 0.1)
    for identity in ("weight", "dw", "new"):
        assert [str(name) for name in scene.grid(identity).planes] == names
