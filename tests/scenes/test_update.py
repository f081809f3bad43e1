"""One step of learning, replayed: W − η·dW for every weight."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.scenes.replay import finished
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.update import update


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rate=st.floats(0, 2))
def test_every_weight_goes_against_its_gradient(travel, seed, rate):
    weight, gradient = np.random.default_rng(seed).normal(size=(2, 2, 3, 1, 2))
    scene = update(weight, gradient, rate)
    np.testing.assert_allclose(finished(scene)["new"], weight - rate * gradient, atol=1e-12)
    np.testing.assert_allclose(finished(travel(scene))["new"], weight - rate * gradient, atol=1e-5)


def test_it_says_what_it_computes():
    weight, gradient = np.array([[[[1.0, 2]]]]), np.array([[[[4.0, -8]]]])
    scene = update(weight, gradient, 0.5)
    assert sentence(scene, 0, 0)[1] == "4·(−0.5) + 1 = ?"
    assert sentence(scene, 0, 1)[1] == "4·(−0.5) + 1 = −1"
    assert sentence(scene, 1, 1) == ("All 2 weights have moved.", "−8·(−0.5) + 2 = 6")
