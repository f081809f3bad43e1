"""The loop tells the same story bit for bit: again, beside another, looked at, broken off."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.data import mnist
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    ReLU,
    Residual,
)
from cnnlab.engine.networks import DENSE
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config, frame_steps
from cnnlab.training.data import Data, Part, prepared
from cnnlab.training.events import (
    Batch,
    Changed,
    Control,
    Evaluated,
    Event,
    Finished,
    Frame,
    Look,
    Save,
    SetLearningRate,
    Snapshot,
    Stop,
)
from cnnlab.training.loop import train
from cnnlab.training.snapshots import from_bytes, to_bytes

EVERYTHING = Architecture(  # every kind of state there is: draws, running averages, two ways
    "everything",
    (1, 28, 28),
    (
        Conv(4, 5, stride=2),
        BatchNorm(),
        ReLU(),
        Dropout(0.2),
        Residual((Conv(4, 3, padding=1, bias=False), BatchNorm()), ()),
        MaxPool(2),
        Flatten(),
        Dropout(0.5),
        Dense(10),
    ),
)
SMALL = Config(
    network=EVERYTHING, images=230, validation=50, batch_size=40, epochs=2.5, shift=1, shuffled=True
)
OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05, "weight_decay": 0.01},
    {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 0.05},
    {"optimizer": "adam", "learning_rate": 0.01, "weight_decay": 0.01},
    {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.1, "label_smoothing": 0.1},
]


@lru_cache
def small_data(config: Config) -> Data:
    data = prepared(config)
    return replace(data, test=Part(data.test.images[:100], data.test.labels[:100]))


def told(
    config: Config,
    answer: Callable[[Event], Iterable[Control]] = lambda _: (),
    resume: Snapshot | None = None,
) -> list[Event]:
    """All events of a training; ``answer`` gives the controls that each is answered with."""
    training = train(config, small_data(config), resume)
    events: list[Event] = []
    event: Event | None = next(training)
    while event is not None:
        events.append(event)
        event = _sent(training, events, list(answer(event)))
    return events


def _sent(training: Any, events: list[Event], controls: list[Control]) -> Event | None:
    """Answer with the controls one after the other; what they are answered with is kept, too."""
    try:
        for control in controls[:-1]:
            assert not isinstance(control, Look | Stop), "these are followed by the next event"
            events.append(training.send(control))
        return training.send(controls[-1] if controls else None)
    except StopIteration:
        return None


def plain(event: Event) -> Any:
    """An event in plain Python, to compare exactly."""

    def value(found: Any) -> Any:
        if isinstance(found, np.ndarray):
            return found.dtype.str, found.shape, found.tobytes()
        if isinstance(found, Mapping):
            return {name: value(inner) for name, inner in found.items()}
        return found

    return type(event).__name__, {name: value(found) for name, found in vars(event).items()}


def same(events: list[Event], others: list[Event]) -> bool:
    return [plain(e) for e in events] == [plain(e) for e in others]


def kinds(events: list[Event]) -> list[str]:
    return [f"{type(e).__name__} {e.step}" for e in events]


def at(kind: type, step: int, *controls: Control) -> Callable[[Event], Iterable[Control]]:
    """An answer to the first event of a kind and step."""
    left = list(controls)

    def answer(event: Event) -> Iterator[Control]:
        while left and isinstance(event, kind) and event.step == step:
            yield left.pop(0)

    return answer


def test_tells_everything_in_its_order() -> None:
    config = replace(SMALL, network=DENSE, images=200, batch_size=100, epochs=2, validation=0)
    assert kinds(told(config)) == [
        *("Frame 0", "Evaluated 0"),
        *("Batch 1", "Frame 1"),
        *("Batch 2", "Frame 2", "Evaluated 2"),
        *("Batch 3", "Frame 3"),
        *("Batch 4", "Frame 4", "Evaluated 4", "Finished 4"),
    ]
    events = told(replace(config, validation=70, epochs=1))
    looked = [e for e in events if isinstance(e, Evaluated)]
    assert [(e.step, e.split, len(e.predicted)) for e in looked] == [
        (0, "validation", 70),
        (2, "validation", 70),
        (2, "test", 100),
    ]
    assert events[-1] == Finished(2, "done")


def test_an_untrained_network_guesses_and_a_trained_one_does_not() -> None:
    config = Config(images=1_000, validation=0, batch_size=50, epochs=2)
    looked = [e for e in told(config) if isinstance(e, Evaluated)]
    assert looked[0].accuracy < 0.3
    assert looked[0].loss == pytest.approx(2.3, abs=0.15)
    assert looked[-1].accuracy > 0.85


def test_evaluated_is_what_the_weights_say() -> None:
    config = replace(SMALL, epochs=1)
    events = told(config)
    found = next(e for e in events if isinstance(e, Evaluated) and e.split == "test")
    weights = next(e for e in reversed(events) if isinstance(e, Frame)).weights
    labels = mnist.load("test").labels[:100]
    logits = _by_engine(config, weights)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert (found.predicted == logits.argmax(1)).all()
    assert found.accuracy == (found.predicted == labels).mean()
    assert found.loss == pytest.approx(-np.log(probabilities[range(100), labels]).mean(), rel=1e-5)
    np.testing.assert_allclose(found.confidence, probabilities.max(1), rtol=1e-4)
    assert (found.predicted.dtype, found.confidence.dtype) == (np.uint8, np.float32)


def _by_engine(config: Config, weights: Mapping[str, Any]) -> Any:
    from cnnlab.data.preprocess import standardised
    from cnnlab.engine.forward import forward

    x = standardised(small_data(config).test.images)
    double = {name: values.astype(np.float64) for name, values in weights.items()}
    return forward(config.network, double, x.astype(np.float64))


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=lambda s: f"{s['optimizer']}")
def test_the_same_again_and_torchs_generator_untouched(settings: dict[str, Any]) -> None:
    config = replace(SMALL, **settings)
    before = torch.get_rng_state()
    first = told(config)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert same(first, told(config))
    losses = [e.loss for e in first if isinstance(e, Batch)]
    others = [e.loss for e in told(replace(config, seed=1)) if isinstance(e, Batch)]
    assert all(a != b for a, b in zip(losses, others, strict=True))


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=lambda s: f"{s['optimizer']}")
def test_gone_on_with_as_if_never_broken_off(settings: dict[str, Any]) -> None:
    config = replace(SMALL, **settings, epochs=1.5)
    whole = told(config)
    places = range(len(whole) - 1) if config.optimizer == "adamw" else (0, 9, len(whole) - 2)
    for n in places:  # broken off after each event there is
        saved = told(config, _once(n, Save()))
        snapshot = saved.pop(n + 1)
        assert isinstance(snapshot, Snapshot)
        assert same(saved, whole), f"Save after {kinds(whole)[n]} changed the training"
        resumed = told(config, resume=from_bytes(to_bytes(snapshot)))
        assert same(resumed, whole[n + 1 :]), f"after {kinds(whole)[n]}"


def test_a_changed_rate_outlives_the_break() -> None:
    whole = told(SMALL, at(Batch, 3, SetLearningRate(0.003)))
    saved = told(SMALL, at(Batch, 3, SetLearningRate(0.003), Save()))
    n = next(i for i, e in enumerate(saved) if isinstance(e, Snapshot))
    snapshot = saved.pop(n)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.changes == (Changed(3, 0.003),)
    assert same(saved, whole)
    assert same(told(SMALL, resume=from_bytes(to_bytes(snapshot))), whole[n:])


def _once(n: int, *controls: Control) -> Callable[[Event], Iterable[Control]]:
    """The answer to the n-th event, from 0."""
    count = iter(range(1_000_000))
    return lambda _: controls if next(count) == n else ()


def test_looking_changes_nothing_else() -> None:
    config = replace(SMALL, images=4_000, batch_size=10, epochs=0.5)  # not every step has a frame
    whole = told(config)
    looked = told(config, lambda event: [Look()] if isinstance(event, Batch) else [])
    asked = [e for e in looked if isinstance(e, Frame) and e.asked]
    assert same([e for e in looked if not (isinstance(e, Frame) and e.asked)], whole)
    regular = {e.step for e in whole if isinstance(e, Frame)}
    assert {e.step for e in asked} == set(range(2, 201)) - regular
    assert asked
    assert all(e.gradients and e.updates for e in asked)


def test_a_frame_measures_the_last_step() -> None:
    config = replace(SMALL, network=DENSE, optimizer="sgd", momentum=0.0, schedule="constant")
    config = replace(config, learning_rate=0.1, epochs=0.5)
    frames = {e.step: e for e in told(config) if isinstance(e, Frame)}
    assert not frames[0].gradients
    assert not frames[0].updates
    for name in ("1.weight", "3.bias"):
        before, after = frames[1].weights[name], frames[2].weights[name]
        change = np.linalg.norm(after - before)
        assert frames[2].gradients[name] == pytest.approx(change / 0.1, rel=1e-3)
        assert frames[2].updates[name] == pytest.approx(change / np.linalg.norm(before), rel=1e-3)
    assert set(frames[1].gradients) == set(frames[1].weights)
    with pytest.raises(ValueError, match="read-only"):
        frames[1].weights["1.weight"][0, 0] = 1


def test_running_averages_have_no_gradient() -> None:
    frame = next(e for e in told(SMALL) if isinstance(e, Frame) and e.step == 2)
    assert set(frame.weights) - set(frame.gradients) == {
        f"{layer}.{name}" for layer in ("1", "4.body.1") for name in ("running_mean", "running_var")
    }


def test_a_new_learning_rate_counts_from_the_next_step() -> None:
    config = replace(SMALL, schedule="cosine", epochs=2)
    events = told(config, at(Batch, 5, SetLearningRate(0.5), SetLearningRate(0.25)))
    changes = [e for e in events if isinstance(e, Changed)]
    assert changes == [Changed(5, 0.5), Changed(5, 0.25)]
    rates = [e.learning_rate for e in events if isinstance(e, Batch)]
    expected = [config.learning_rate_at(step) for step in range(5)]
    expected += [config.learning_rate_at(step, 0.25) for step in range(5, 12)]
    assert rates == expected
    kept = told(config, at(Batch, 5, SetLearningRate(0.5), Save()))
    assert [e.changes for e in kept if isinstance(e, Snapshot)] == [(Changed(5, 0.5),)]
    with pytest.raises(InvalidInput, match="learning_rate is from"):
        told(config, at(Batch, 5, SetLearningRate(1e9)))


@pytest.mark.parametrize(("kind", "step"), [(Frame, 0), (Batch, 3), (Batch, 150), (Evaluated, 6)])
def test_stopped_it_is_tested_and_finished(kind: type, step: int) -> None:
    config = replace(SMALL, images=4_000, batch_size=10, epochs=0.5)
    assert 150 not in frame_steps(config)
    events = told(config, at(kind, step, Stop())) if step != 6 else _stopped_at_epoch()
    assert events[-1] == Finished(step, "stopped")
    test = events[-2]
    assert isinstance(test, Evaluated)
    assert (test.step, test.split) == (step, "test")
    assert [e.step for e in events if isinstance(e, Frame) and not e.asked][-1] == step
    assert sum(isinstance(e, Evaluated) and e.split == "test" for e in events) == 1
    assert sum(isinstance(e, Frame) and e.step == step for e in events) == 1


def _stopped_at_epoch() -> list[Event]:
    return told(replace(SMALL, validation=0), at(Evaluated, 6, Stop()))[3:]


def test_a_stop_at_the_last_step_is_a_training_done() -> None:
    events = told(SMALL, at(Batch, SMALL.steps, Stop()))
    assert events[-1] == Finished(SMALL.steps, "done")
    assert same(events, told(SMALL))


def test_side_by_side_with_another() -> None:
    configs = [
        replace(SMALL, epochs=4),
        replace(SMALL, network=DENSE, optimizer="sgd", threads=2, epochs=4, seed=7),
    ]
    alone = [told(config) for config in configs]
    together: dict[int, list[Event]] = {}
    both = threading.Barrier(2)

    def run(n: int) -> None:
        both.wait()
        together[n] = told(configs[n])

    threads = [threading.Thread(target=run, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same(together[0], alone[0])
    assert same(together[1], alone[1])


def test_two_driven_in_turns_by_one_thread() -> None:
    configs = [SMALL, replace(SMALL, seed=5, threads=2)]
    alone = [told(config) for config in configs]
    turns = zip(*(train(config, small_data(config)) for config in configs), strict=True)
    first, second = zip(*turns, strict=True)
    assert same(list(first), alone[0])
    assert same(list(second), alone[1])


def test_a_loss_that_is_no_number_is_told() -> None:
    config = replace(SMALL, optimizer="sgd", learning_rate=10.0, weight_decay=1.0, epochs=20)
    config = replace(config, schedule="constant", network=DENSE, validation=0)
    events: list[Event] = []
    with pytest.raises(InvalidInput, match=r"after step (\d+) .* lower the learning rate") as error:
        events.extend(_until_it_breaks(config, events))
    batches = [e for e in events if isinstance(e, Batch)]
    assert error.value.message.fields["step"] == batches[-1].step
    assert all(np.isfinite(e.loss) for e in batches[:-1])
    assert all(np.isfinite(e.loss) for e in events if isinstance(e, Evaluated))


def _until_it_breaks(config: Config, events: list[Event]) -> Iterator[Event]:
    for event in train(config, small_data(config)):
        events.append(event)
    return iter(())


def _snapshot() -> Snapshot:
    return next(e for e in told(SMALL, at(Batch, 3, Save())) if isinstance(e, Snapshot))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: replace(s, config=replace(s.config, seed=9)),
        lambda s: replace(s, step=s.config.steps + 1),
        lambda s: replace(s, step=-1),
        lambda s: replace(s, state={n: a for n, a in s.state.items() if n != "told"}),
        lambda s: replace(s, state={**s.state, "told": np.float32(-1)}),
        lambda s: replace(s, state={**s.state, "told": np.zeros(2, np.float32)}),
        lambda s: replace(s, state={**s.state, "learner.more": np.zeros(2, np.float32)}),
        lambda s: replace(s, state=dict(list(s.state.items())[1:])),
        lambda s: replace(s, state={n: a[None] for n, a in s.state.items()}),
    ],
)
def test_a_snapshot_of_something_else_is_refused(spoil: Callable[[Snapshot], Snapshot]) -> None:
    with pytest.raises(InvalidInput, match="snapshot"):
        told(SMALL, resume=spoil(_snapshot()))


def test_gone_on_with_by_another_number_of_threads() -> None:
    snapshot = _snapshot()
    events = told(replace(SMALL, threads=2), resume=snapshot)
    assert events[-1] == Finished(SMALL.steps, "done")
