"""The engine as a learner: PyTorch's tells the same, and what is resumed goes on the same."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
)
from cnnlab.engine.networks import BOOKNET, DENSE
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.training.learner import Learner
from cnnlab.training.numpy_learner import NumpyLearner

SMALL_RESNET = Architecture(
    "small residual",
    (1, 28, 28),
    (
        Conv(4, 3, 2, bias=False),
        BatchNorm(),
        ReLU(),
        MaxPool(2),
        Residual(
            (Conv(6, 3, padding=1, bias=False), BatchNorm()), (Conv(6, 1, bias=False), BatchNorm())
        ),
        ReLU(),
        GlobalAvgPool(),
        Flatten(),
        Dense(10),
    ),
)
SHORT = Config(network=BOOKNET, backend="numpy", optimizer="adam", images=300, validation=0)
OPTIMIZERS = [
    {"optimizer": "sgd", "momentum": 0.0},
    {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1},
    {"optimizer": "adam", "beta1": 0.8, "beta2": 0.99, "weight_decay": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.1, "label_smoothing": 0.1},
]


@pytest.fixture(scope="module")
def batches():
    train = mnist.load("train")
    x, labels = standardised(train.images[:300]), train.labels[:300]
    return [(x[i : i + 32], labels[i : i + 32]) for i in range(0, 300, 32)]  # the last has 12


def walk(learner: Learner, batches, first=0, rate=0.01):
    steps = enumerate(batches, first)
    return [learner.step(x, labels, rate * (1 + step % 3), step) for step, (x, labels) in steps]


@pytest.mark.parametrize("settings", OPTIMIZERS)
@pytest.mark.parametrize("network", [BOOKNET, SMALL_RESNET], ids=["booknet", "residual"])
def test_pytorch_learns_the_same(network, settings, batches):
    from cnnlab.training.torch_learner import TorchLearner

    config = replace(SHORT, network=network, **settings)
    ours, theirs = NumpyLearner(config), TorchLearner(config)
    ours_told, theirs_told = walk(ours, batches, rate=0.002), walk(theirs, batches, rate=0.002)
    np.testing.assert_allclose(ours_told, theirs_told, rtol=1e-3)
    gradients, weights = theirs.gradients(), theirs.weights()
    assert list(ours.gradients()) == list(gradients)
    assert list(ours.weights()) == list(weights) == list(weight_shapes(network))
    for name, array in ours.gradients().items():
        np.testing.assert_allclose(array, gradients[name], atol=0.01 * abs(gradients[name]).max())
    for name, array in ours.weights().items():
        np.testing.assert_allclose(array, weights[name], atol=1e-3)
    x = batches[0][0]
    np.testing.assert_allclose(ours.logits(x), theirs.logits(x), atol=5e-3)


def test_the_fused_path_and_the_general_one_tell_the_same(batches):
    written_otherwise = replace(BOOKNET, layers=(Conv(30, (5, 5)), *BOOKNET.layers[1:]))
    fused, general = NumpyLearner(SHORT), NumpyLearner(replace(SHORT, network=written_otherwise))
    np.testing.assert_allclose(
        walk(fused, batches, rate=0.001), walk(general, batches, rate=0.001), rtol=1e-3
    )
    x = batches[0][0]
    np.testing.assert_allclose(fused.logits(x), general.logits(x), atol=1e-3)


def test_it_starts_from_the_configs_weights():
    for start, seed in (("uniform", 0), ("small", 5)):
        weights = NumpyLearner(replace(SHORT, start=start, seed=seed)).weights()
        for name, array in initial_weights(BOOKNET, seed, start).items():
            np.testing.assert_array_equal(weights[name], array)


@pytest.mark.parametrize("settings", OPTIMIZERS)
@pytest.mark.parametrize("network", [BOOKNET, SMALL_RESNET], ids=["booknet", "residual"])
def test_what_is_resumed_goes_on_bit_for_bit(network, settings, batches):
    config = replace(SHORT, network=network, **settings)
    straight, broken_off = NumpyLearner(config), NumpyLearner(config)
    walk(broken_off, batches[:5])
    state = broken_off.state()
    walk(broken_off, batches[5:], 5)  # what it does later is not in the state
    resumed = NumpyLearner(replace(config, seed=9))
    resumed.restore(state)
    told = walk(straight, batches)
    assert walk(resumed, batches[5:], 5) == told[5:]
    same(resumed, straight)
    same(broken_off, straight)


def same(one, other):
    for mine, theirs in ((one.state(), other.state()), (one.gradients(), other.gradients())):
        assert mine.keys() == theirs.keys()
        for name, array in mine.items():
            np.testing.assert_array_equal(array, theirs[name])


def test_trainings_side_by_side_do_not_disturb_each_other(batches):
    configs = [SHORT, replace(SHORT, network=SMALL_RESNET), replace(SHORT, seed=3), SHORT]

    def trained(config):
        learner = NumpyLearner(config)
        return walk(learner, batches), learner

    alone = [trained(config) for config in configs]
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(trained, configs))
    for (told, learner), (told_beside, learner_beside) in zip(alone, beside, strict=True):
        assert told == told_beside
        same(learner, learner_beside)


def test_looking_changes_nothing(batches):
    watched, left_alone = NumpyLearner(SHORT), NumpyLearner(SHORT)
    for step, (x, labels) in enumerate(batches):
        left_alone.step(x, labels, 0.01, step)
        watched.step(x, labels, 0.01, step)
        watched.logits(batches[0][0])
        for arrays in (watched.weights(), watched.gradients(), watched.state()):
            for array in arrays.values():
                array[...] = 99.0  # they are copies
    same(watched, left_alone)


def test_it_counts_what_was_right_before_the_step(batches):
    learner = NumpyLearner(SHORT)
    walk(learner, batches, rate=0.001)
    x, labels = batches[0]
    right = int((learner.logits(x).argmax(axis=1) == labels).sum())
    assert learner.step(x, labels, 1.0, 10)[1] == right
    assert 0 < right < len(labels)


def test_it_learns(batches):
    for network in (BOOKNET, DENSE):
        learner = NumpyLearner(replace(SHORT, network=network))
        told = walk(learner, batches * 4, rate=0.001)
        assert told[0][0] == pytest.approx(np.log(10), abs=0.25)
        assert told[-1][0] < 0.5


def test_growing_beyond_numbers_is_told_by_the_loss(batches):
    for network in (BOOKNET, DENSE):
        learner = NumpyLearner(replace(SHORT, network=network, optimizer="sgd", momentum=0.999))
        told = walk(learner, batches * 3, rate=1e30)
        assert not np.isfinite([loss for loss, _ in told]).all()
        learner.logits(batches[0][0])


def test_a_state_of_another_training_and_dropout_are_refused():
    learner = NumpyLearner(SHORT)
    state = learner.state()
    without = {name: array for name, array in state.items() if name != "optimizer.square"}
    for wrong in (without, state | {"4.weight": np.ones((2, 2), np.float32)}):
        with pytest.raises(InvalidInput, match=r"not that of this training: (4\.weight|optimizer)"):
            learner.restore(wrong)
    layers = (Residual((Dropout(0.5),)), *BOOKNET.layers)
    with pytest.raises(InvalidInput, match="without dropout"):
        NumpyLearner(replace(SHORT, network=replace(BOOKNET, layers=layers)))


def test_torch_is_not_loaded():
    code = "import sys, cnnlab.training.numpy_learner; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
