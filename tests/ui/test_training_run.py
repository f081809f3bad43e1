"""What the page says of a run: its state, its newest accuracy, its rate, and what to look for."""

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import streamlit as st

from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.training.events import Batch, Changed, Evaluated, Look, SetLearningRate
from cnnlab.training.history import History
from cnnlab.training.recipes import RECIPES
from cnnlab.ui.training import run, watch

FAST = RECIPES["fast"].config


@dataclass
class Job:
    """A run at one moment."""

    state: str = "running"
    config: Config = FAST
    id: str = "one"
    owner: str = "mia"
    right: float = 0.9
    step: int = 40
    place: int | None = None
    message: object = None
    images_per_second: float | None = 4321.0
    seconds_left: float | None = 65.0
    evaluations: list[Evaluated] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    wishes: deque = field(default_factory=deque)

    @property
    def active(self) -> bool:
        return self.state in ("queued", "loading", "running", "paused")

    @property
    def history(self) -> History:
        history = History()
        for step in range(1, self.step + 1):
            history.append(Batch(step, 2.0, self.right, 0.01))
        return history

    def may_control(self, owner: str) -> bool:
        return owner == self.owner


def evaluated(step: int, accuracy: float, split: str = "validation") -> Evaluated:
    return Evaluated(step, split, 0.1, accuracy, np.zeros(1, np.uint8), np.ones(1, np.float32))


@pytest.fixture(autouse=True)
def mia(monkeypatch) -> None:
    monkeypatch.setattr(run.owner, "current", lambda: "mia")
    monkeypatch.setattr(st, "session_state", {})


def test_before_anything_was_evaluated_the_newest_batches_count() -> None:
    job = Job(evaluations=[evaluated(0, 0.0816)])
    said = run.status(job)
    assert "90.00 % of the newest training images right" in said
    assert "8.16" not in said


def test_then_the_newest_evaluation_counts() -> None:
    job = Job(evaluations=[evaluated(0, 0.08), evaluated(39, 0.9712)])
    assert "**97.12 % of the validation digits right**" in run.status(job)
    job.state = "finished"
    job.evaluations += [evaluated(40, 0.98), evaluated(40, 0.9655, "test")]
    assert "**96.55 % of the test digits right**" in run.status(job)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("queued", "Waiting: place 3 in the queue"),
        ("loading", "PyTorch is loaded, once"),
        ("running", "Step 40 of 275"),
        ("paused", "Paused at step 40 of 275"),
        ("finished", "Done: 275 steps"),
        ("stopped", "Stopped at step 40 of 275"),
        ("suspended", "Put aside at step 40 of 275"),
        ("failed", "Ended at step 40 of 275"),
        ("loaded", "Weights from a file"),
    ],
)
def test_every_state_has_its_sentence(state: str, said: str) -> None:
    assert said in run.status(Job(state=state, place=3))


def test_the_end_is_told_while_the_test_digits_are_read() -> None:
    job = Job(step=FAST.steps)
    assert "now the test digits are read" in run.status(job)
    assert "left" not in run.status(job)
    assert "now the test digits" not in run.status(Job())


def test_a_stop_is_told_at_once() -> None:
    job = Job()
    job.stop = lambda _: True
    run._stop(job)
    assert "now the test digits are read" in run.status(job)
    assert "now the test digits" not in run.status(Job(id="another"))


def test_the_rate_is_the_last_one_asked_for() -> None:
    job = Job()
    assert run.highest_rate(job) == FAST.learning_rate
    job.changes.append(Changed(3, 0.1))
    assert run.highest_rate(job) == 0.1
    job.wishes.extend([SetLearningRate(0.3), Look()])
    assert run.highest_rate(job) == 0.3


def test_only_another_rate_is_asked_for() -> None:
    job, asked = Job(), []
    job.set_learning_rate = lambda rate, _: asked.append(rate)
    run._set_rate(job, FAST.learning_rate)
    run._set_rate(job, 0.3)
    assert asked == [0.3]


def test_who_looks_how_often() -> None:
    assert run.pace(None) is None
    assert run.pace(Job(state="finished")) is None
    assert run.pace(Job(state="queued")) > run.pace(Job()) == run.pace(Job(state="paused"))


def test_a_start_that_is_refused_is_told_once(monkeypatch) -> None:
    def full(*_: object) -> str:
        raise InvalidInput("there are {n} runs", n=64)

    told = []
    monkeypatch.setattr(run.jobs, "start", full)
    monkeypatch.setattr(run.lesson, "problem", lambda error: told.append(str(error)))
    run._start(FAST)
    run.refused()
    run.refused()
    assert told == ["there are 64 runs"]


def test_the_story_is_the_recipes_own() -> None:
    st.session_state["_lesson"] = "training"
    assert watch.story(FAST, Job()) == str(RECIPES["fast"].story)
    assert watch.story(FAST, Job(owner="noor")).startswith("You are watching")
    assert watch.story(FAST, Job(owner="noor", state="finished")) == str(RECIPES["fast"].story)


def test_the_story_says_when_nothing_is_learned() -> None:
    st.session_state["_lesson"] = "training"
    assert "No better than chance" in watch.story(FAST, Job(right=0.1))
    assert "No better than chance" not in watch.story(FAST, Job(right=0.1, step=5))
    assert watch.story(FAST, Job(state="failed", right=0.1)) == ""


def test_the_story_says_what_is_shown_where_the_controls_say_another() -> None:
    st.session_state["_lesson"] = "training"
    other = replace(FAST, batch_size=64, epochs=2.0)
    said = watch.story(FAST, Job(config=other))
    assert "Fast, AdamW, η 0.02, 2 epochs of 55,000 images in batches of 64" in said
