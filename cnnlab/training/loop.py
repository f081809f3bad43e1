"""The training loop: a generator of events, told by `send` what to do next.

No thread, no clock, no screen. The same config, data and controls give the same events bit for bit
on the same machine, also beside other trainings, and also when broken off and gone on with.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from functools import partial
from math import isfinite
from types import MappingProxyType

import numpy as np

from cnnlab.data.preprocess import standardised
from cnnlab.engine.checks import Array
from cnnlab.engine.loss import cross_entropy, softmax
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config, checked, evaluation_steps, frame_steps
from cnnlab.training.data import Batches, Data, Part
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
    Split,
    Stop,
)
from cnnlab.training.learner import Learner

CHUNK = 1_000  # images evaluated at a time
Training = Generator[Event, Control | None, None]
Sizes = dict[str, float]


def train(config: Config, data: Data, resume: Snapshot | None = None) -> Training:
    """Train, telling what happens; from the start, or from where a snapshot was taken.

    Each step gives its `Batch`; then come, where they are due and also before the first step,
    `Frame` and `Evaluated` on what is kept back (on the test images where nothing is). In the end
    come `Evaluated` on the test images, unless they were just evaluated, and `Finished`.

    Any event may be answered by a control (`generator.send`): the next event is then the `Changed`
    of a new learning rate or the `Snapshot` that was asked for, which may be answered in turn.
    `Look` gives a `Frame` after the next step, `Stop` ends the training after what is due at this
    step, with a last `Frame` if there was none. `Look` and `Save` change nothing else, and a
    training resumed from a snapshot tells what would have come after it.

    Raises InvalidInput for a config that cannot be trained, a new learning rate out of range, a
    snapshot of another training, and after the `Batch` (or in place of the `Evaluated`) whose
    numbers are no numbers any more.
    """
    training = _Training(checked(config), data)
    if resume is not None:
        training.go_back_to(resume)
    return training.events()


def evaluated(learner: Learner, part: Part, step: int, split: Split) -> Evaluated:
    """The learner's network on all images of a part, in eval mode; see `Evaluated`.

    Raises InvalidInput where its scores are no numbers any more.
    """
    images = part.images
    chunks = [
        learner.logits(standardised(images[i : i + CHUNK])) for i in range(0, len(images), CHUNK)
    ]
    logits = np.concatenate(chunks).astype(np.float64)
    if not np.isfinite(logits).all():
        raise _beyond_numbers(step)
    predicted = logits.argmax(axis=1).astype(np.uint8)
    return Evaluated(
        step,
        split,
        float(cross_entropy(logits, part.labels)),
        int((predicted == part.labels).sum()) / len(images),
        predicted,
        softmax(logits).max(axis=1).astype(np.float32),
    )


class _Training:
    """Where a training is: the steps done, and how much of what is due was told."""

    def __init__(self, config: Config, data: Data) -> None:
        self.config, self.data = config, data
        self.batches = Batches(config, data.train)
        self.learner = _learner(config)
        self.evaluations, self.frames = set(evaluation_steps(config)), set(frame_steps(config))
        self.step = self.told = 0
        self.changes: tuple[Changed, ...] = ()
        self.gradients: Sizes = {}
        self.updates: Sizes = {}
        self.looked = self.asked = self.stopped = False

    def events(self) -> Training:
        while True:
            yield from self._tell()
            if self._over:
                yield Finished(self.step, "stopped" if self.step < self.config.steps else "done")
                return
            yield from self._make_step()

    @property
    def _over(self) -> bool:
        return self.stopped or self.step == self.config.steps

    def _tell(self) -> Training:
        while self.told < len(self._due()):  # a Stop meanwhile makes it longer
            event = self._due()[self.told]()
            self.told += 1
            yield from self._answered(event)

    def _due(self) -> list[Callable[[], Event]]:
        """What makes the events of this step, after its Batch and in this order."""
        step, validation = self.step, self.data.validation
        kept_back = partial(evaluated, self.learner, validation, step, "validation")
        on_test = partial(evaluated, self.learner, self.data.test, step, "test")
        any_kept = len(validation.labels) > 0
        regular, looked_at = step in self.frames, step in self.evaluations
        due: list[tuple[bool, Callable[[], Event]]] = [
            (regular or self.asked, partial(self._frame, not regular)),
            (looked_at, kept_back if any_kept else on_test),
            (self.stopped and not regular, partial(self._frame, False)),
            (self._over and (any_kept or not looked_at), on_test),
        ]
        return [make for wanted, make in due if wanted]

    def _answered(self, event: Event) -> Training:
        control = yield event
        while control is not None:
            answer = self._heard(control)
            control = None if answer is None else (yield answer)

    def _heard(self, control: Control) -> Event | None:
        match control:
            case SetLearningRate(value):
                checked(replace(self.config, learning_rate=value))
                self.changes += (Changed(self.step, value),)
                return self.changes[-1]
            case Save():
                return self._snapshot()
            case Look():
                self.looked = True
            case Stop():
                self.stopped = True
        return None

    def _make_step(self) -> Training:
        self.asked, self.looked = self.looked, False
        highest = self.changes[-1].learning_rate if self.changes else None
        rate = self.config.learning_rate_at(self.step, highest)
        measured = self.asked or self.step + 1 in self.frames
        before = self.learner.weights() if measured else {}
        images, labels = self.batches.at(self.step)
        loss, right = self.learner.step(standardised(images), labels, rate, self.step)
        self.step, self.told = self.step + 1, 0
        self.gradients, self.updates = _sizes(before, self.learner) if measured else ({}, {})
        yield from self._answered(Batch(self.step, loss, right / len(labels), rate))
        if not all(map(isfinite, (loss, *self.gradients.values(), *self.updates.values()))):
            raise _beyond_numbers(self.step)

    def _frame(self, asked: bool) -> Frame:
        weights = self.learner.weights()
        for values in weights.values():
            values.flags.writeable = False
        gradients, updates = dict(self.gradients), dict(self.updates)
        return Frame(self.step, MappingProxyType(weights), gradients, updates, asked)

    def _snapshot(self) -> Snapshot:
        state = {f"learner.{name}": values for name, values in self.learner.state().items()}
        state["told"] = np.array(self.told, np.float32)
        for kind, sizes in (("gradient", self.gradients), ("update", self.updates)):
            for name, size in sizes.items():
                state[f"{kind}.{name}"] = np.array(size, np.float32)
        return Snapshot(self.config, self.step, self.changes, state)

    def go_back_to(self, snapshot: Snapshot) -> None:
        """Take over the state of a snapshot, if it is one of this training."""
        state = dict(snapshot.state)
        learned, told = _taken(state, "learner."), state.get("told", np.zeros(1))
        same = replace(snapshot.config, threads=self.config.threads) == self.config
        fits = _shapes(learned) == _shapes(self.learner.state()) and told.shape == ()
        if not (same and fits and 0 <= snapshot.step <= self.config.steps and told >= 0):
            raise InvalidInput("the snapshot is damaged, or of another training: start anew")
        self.learner.restore(learned)
        self.step, self.changes, self.told = snapshot.step, snapshot.changes, int(told)
        self.gradients = {n: float(size) for n, size in _taken(state, "gradient.").items()}
        self.updates = {n: float(size) for n, size in _taken(state, "update.").items()}


def _learner(config: Config) -> Learner:
    if config.backend == "numpy":
        from cnnlab.training.numpy_learner import NumpyLearner

        return NumpyLearner(config)
    from cnnlab.training.torch_learner import TorchLearner  # loads torch: not before it is needed

    return TorchLearner(config)


def _sizes(before: Mapping[str, Array], learner: Learner) -> tuple[Sizes, Sizes]:
    """Norms of the last gradients, and of the last change of each weight divided by the weight's.

    Where the weight was all 0, any change is 1.
    """
    after = learner.weights()
    gradients, updates = {}, {}
    for name, gradient in learner.gradients().items():
        with np.errstate(over="ignore", invalid="ignore"):
            change, weight = _norm(after[name] - before[name]), _norm(before[name])
            updates[name] = float(change / (weight or change or np.float32(1)))
        gradients[name] = float(_norm(gradient))
    return gradients, updates


def _norm(values: Array) -> np.float32:
    """Summed in float64, and rounded to float32, as a snapshot keeps it; too large is infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.float32(np.linalg.norm(values.astype(np.float64)))


def _beyond_numbers(step: int) -> InvalidInput:
    return InvalidInput(
        "after step {step} the network's numbers have grown beyond what can be computed with: the "
        "steps were too large; lower the learning rate and start again",
        step=step,
    )


def _taken(state: dict[str, Array], prefix: str) -> dict[str, Array]:
    """The part of a state whose names begin so, without the beginning."""
    return {n.removeprefix(prefix): values for n, values in state.items() if n.startswith(prefix)}


def _shapes(arrays: Mapping[str, Array]) -> dict[str, tuple[int, ...]]:
    return {name: values.shape for name, values in arrays.items()}
