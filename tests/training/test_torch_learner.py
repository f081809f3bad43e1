"""PyTorch's learner beside the project's own engine, and what it must leave alone."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnlab.data.preprocess import standardised
from cnnlab.engine.backprop import gradients
from cnnlab.engine.forward import forward
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.networks import NETWORKS
from cnnlab.training.config import Config
from cnnlab.training.data import Batches, prepared
from cnnlab.training.torch_learner import TorchLearner

CONFIG = Config(images=100, validation=0, batch_size=12, optimizer="sgd", momentum=0.0)


def batch(config: Config) -> tuple[np.ndarray, np.ndarray]:
    images, labels = Batches(config, prepared(config).train).at(0)
    return standardised(images), labels


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_is_the_engines(name: str) -> None:
    config = replace(CONFIG, network=NETWORKS[name], label_smoothing=0.1, seed=4)
    x, labels = batch(config)
    learner = TorchLearner(config)
    first = initial_weights(config.network, 4)
    assert all((first[n] == values).all() for n, values in learner.weights().items())
    learner._model.double()  # in float32, a ReLU at nearly 0 may fall to the other side
    double = {n: values.astype(np.float64) for n, values in first.items()}
    loss, logits, expected, averages = gradients(
        config.network, double, x.astype(np.float64), labels, label_smoothing=0.1
    )
    found, right = learner.step(x.astype(np.float64), labels, 0.5, 0)
    assert found == pytest.approx(float(loss), rel=1e-9)
    assert right == (logits.argmax(1) == labels).sum()
    made, after = learner.gradients(), learner.weights()
    assert set(made) == set(expected)
    for n, gradient in expected.items():
        np.testing.assert_allclose(made[n], gradient, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(after[n], first[n] - 0.5 * gradient, rtol=1e-6, atol=1e-9)
    for n, values in averages.items():
        np.testing.assert_allclose(after[n], values, rtol=1e-6, atol=1e-9)
    ours = forward(config.network, after, x.astype(np.float64))
    np.testing.assert_allclose(learner.logits(x.astype(np.float64)), ours, rtol=1e-6, atol=1e-9)


def test_asking_changes_nothing() -> None:
    config = replace(CONFIG, optimizer="adam")
    x, labels = batch(config)
    asked, left_alone = TorchLearner(config), TorchLearner(config)
    for step in range(3):
        asked.logits(x)
        asked.weights()["0.weight"][:] = 0
        asked.state()["weights.0.weight"][:] = 0
        for values in asked.gradients().values():
            values[:] = 0
        assert asked.step(x, labels, 0.01, step) == left_alone.step(x, labels, 0.01, step)
    one, other = asked.state(), left_alone.state()
    assert set(one) == set(other)
    assert all((one[n] == other[n]).all() for n in one)
    assert one["optimizer.step.0.weight"] == 3


def test_no_gradients_before_the_first_step() -> None:
    assert TorchLearner(CONFIG).gradients() == {}


def test_each_thread_keeps_its_number_of_threads() -> None:
    x, labels = batch(CONFIG)
    learners = [TorchLearner(replace(CONFIG, threads=n)) for n in (1, 2)]
    seen: dict[int, list[int]] = {0: [], 1: []}
    turn = threading.Barrier(2)

    def work(n: int) -> None:
        for step in range(3):
            turn.wait()
            learners[n].step(x, labels, 0.01, step)
            turn.wait()
            seen[n].append(torch.get_num_threads())

    both = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert seen == {0: [1, 1, 1], 1: [2, 2, 2]}


def test_a_process_that_draws_from_torch_is_not_disturbed() -> None:
    x, labels = batch(CONFIG)
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    TorchLearner(CONFIG).step(x, labels, 0.01, 0)
    assert torch.equal(torch.rand(4), expected)
