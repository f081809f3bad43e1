"""A training without a network, a clock that is set by hand, and registries made of both."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Semaphore

import numpy as np
import pytest

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.layers import Dense, Flatten
from cnnlab.training.config import Config, evaluation_steps, frame_steps
from cnnlab.training.events import (
    Batch,
    Changed,
    Evaluated,
    Finished,
    Frame,
    Look,
    Save,
    SetLearningRate,
    Snapshot,
    Stop,
)
from cnnlab.training.race.plan import Lane
from cnnlab.training.race.recording import Recording
from cnnlab.training.registry import Jobs
from cnnlab.training.runs import Runs

NET = Architecture("tiny", (1, 28, 28), (Flatten(), Dense(10)))
CONFIG = Config(network=NET, images=400, validation=20, batch_size=100, epochs=5.0)  # 20 steps
PATIENCE = 30.0  # seconds: only ever waited for where something is broken


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeTraining:
    """Makes the events of a training by arithmetic, in the order of `loop.train`.

    ``gate.release(n)`` lets n steps be made; unless it is ``free``, none is made without. An error
    in ``trouble`` is raised in place of the step after so many.
    """

    def __init__(self, free: bool = False) -> None:
        self.free = free
        self.gate = Semaphore(0)
        self.trouble: dict[int, BaseException] = {}
        self.resumed: list[int | None] = []
        self.heard: list[object] = []
        self.begun = self.closed = self.most = 0  # the most at once
        self.at_gate = -1  # the step after which somebody waits

    def __call__(self, config: Config, snapshot: Snapshot | None) -> Iterator:
        self.resumed.append(None if snapshot is None else snapshot.step)
        return FakeRun(self, config, snapshot).events()


class FakeRun:
    """One training of a `FakeTraining`: a weight that shrinks with every step."""

    def __init__(self, world: FakeTraining, config: Config, snapshot: Snapshot | None) -> None:
        self.world, self.config = world, config
        self.step = self.told = 0
        self.weight, self.changes = np.float32(1), ()
        self.looked = self.asked = self.stopped = False
        if snapshot is not None:
            self.step, self.changes = snapshot.step, snapshot.changes
            self.weight, self.told = snapshot.state["w"][0], int(snapshot.state["told"][0])

    def events(self) -> Iterator:
        self.world.begun += 1
        self.world.most = max(self.world.most, self.world.begun - self.world.closed)
        try:
            while True:
                while self.told < len(self.due()):
                    event = self.due()[self.told]
                    self.told += 1
                    yield from self.answered(event)
                if self.over:
                    yield Finished(self.step, "stopped" if self.stopped else "done")
                    return
                yield from self.make_step()
        finally:
            self.world.closed += 1

    @property
    def over(self) -> bool:
        return self.stopped or self.step == self.config.steps

    def due(self) -> list:
        regular = self.step in frame_steps(self.config)
        wanted = [
            (regular or self.asked, frame(self.step, self.weight, not regular)),
            (self.step in evaluation_steps(self.config), self.evaluated("validation")),
            (self.over, self.evaluated("test")),
        ]
        return [event for due, event in wanted if due]

    def evaluated(self, split: str) -> Evaluated:
        count = self.config.validation if split == "validation" else 10_000
        predicted = (np.arange(count) % 10).astype(np.uint8)
        confidence = np.full(count, self.weight, np.float32)
        return Evaluated(self.step, split, float(self.weight), 0.75, predicted, confidence)

    def make_step(self) -> Iterator:
        self.world.at_gate = self.step
        if not self.world.free:
            assert self.world.gate.acquire(timeout=PATIENCE)
        if self.step in self.world.trouble:
            raise self.world.trouble.pop(self.step)
        self.asked, self.looked = self.looked, False
        highest = self.changes[-1].learning_rate if self.changes else None
        rate = self.config.learning_rate_at(self.step, highest)
        loss, self.weight = float(self.weight) * 2, np.float32(self.weight * (1 - rate))
        self.step, self.told = self.step + 1, 0
        yield from self.answered(Batch(self.step, loss, 0.5, rate))

    def answered(self, event) -> Iterator:
        control = yield event
        while control is not None:
            answer = self.hear(control)
            control = None if answer is None else (yield answer)

    def hear(self, control):
        self.world.heard.append(control)
        if isinstance(control, SetLearningRate):
            self.changes = (*self.changes, Changed(self.step, control.value))
            return self.changes[-1]
        if isinstance(control, Save):
            state = {"w": np.array([self.weight]), "told": np.array([self.told], np.float32)}
            return Snapshot(self.config, self.step, self.changes, state)
        self.looked |= isinstance(control, Look)
        self.stopped |= isinstance(control, Stop)
        return None


def frame(step: int, weight: np.float32, asked: bool = False) -> Frame:
    weights = {n: np.full(shape, weight, np.float32) for n, shape in weight_shapes(NET).items()}
    sizes = {} if step == 0 else dict.fromkeys(weights, step / 7)
    return Frame(step, weights, sizes, sizes, asked)


def told(record) -> list:
    """All that a run has told, in a form that can be compared, bit for bit."""
    table = record.history.table()
    return [
        [column.tobytes() for column in vars(table).values()],
        [(f.step, dict(f.gradients), dict(f.updates), _bytes(f.weights)) for f in record.frames],
        [
            (e.step, e.split, e.loss, e.accuracy, e.predicted.tobytes(), e.confidence.tobytes())
            for e in record.evaluations
        ],
        list(record.changes),
    ]


def _bytes(weights) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in weights.items()}


class World:
    """A registry with its training, its clock, and waiting for what its threads do."""

    def __init__(self, folder) -> None:
        self.config, self.clock, self.training = CONFIG, Clock(), FakeTraining()
        self.runs = Runs(folder)
        self.told = told
        self.made: list[Jobs] = []
        self.jobs = self.registry()

    def registry(self, slots: int = 2, training=None, runs=None) -> Jobs:
        kept = self.runs if runs is None else runs or None
        jobs = Jobs(training or self.training, slots, self.clock, kept, nap=0.005)
        self.made.append(jobs)
        return jobs

    def start(self, owner: str = "mia", **changes):
        return self.jobs.find(self.jobs.start(replace(self.config, **changes), owner))

    def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "it does not happen"
            time.sleep(0.002)

    def state(self, job, *states: str) -> None:
        """Wait until the job is in one of these states."""
        self.until(lambda: job.state in states)

    def steps(self, job, count: int) -> None:
        """Let so many steps be made, and wait until they are."""
        at = job.step
        self.training.gate.release(count)
        self.until(lambda: job.step == at + count)

    def pause(self, job, owner: str) -> None:
        """Pause, and wait until it rests: after its next step, or the one after a begun one."""
        job.pause(owner)
        self.training.gate.release(2)
        self.until(lambda: job.state == "paused" and job.snapshot is not None)
        self.training.gate.acquire(blocking=False)  # what was not needed

    def steps_paused(self, job, owner: str) -> None:
        """One step by hand."""
        at = job.step
        job.step_once(owner)
        self.training.gate.release(1)
        self.until(lambda: job.latest.step == job.step == at + 1)

    def end(self) -> None:
        self.training.free = True
        self.training.gate.release(100)
        for jobs in self.made:
            jobs.shutdown()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "runs")
    yield world
    world.end()


@pytest.fixture
def recording() -> Callable[[np.ndarray], Recording]:
    """A recorded race of one network from how many digits it got wrong: (seeds, steps)."""

    def made(wrong: np.ndarray) -> Recording:
        wrong = np.asarray(wrong, np.uint8)[:, None]
        losses = (wrong / 20).astype(np.float32)
        seeds = tuple(range(len(wrong)))
        return Recording(seeds, (Lane(8, residual=True),), losses, wrong, {"NumPy": "1"})

    return made
