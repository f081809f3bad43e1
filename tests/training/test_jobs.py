"""A run: its states, what may be asked of it and by whom, how it fails, how many are kept."""

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.layers import Dense, Dropout, Flatten, Residual
from cnnlab.message import InvalidInput
from cnnlab.training import jobs as module
from cnnlab.training import registry
from cnnlab.training.config import checked
from cnnlab.training.events import Changed, Look, SetLearningRate
from cnnlab.training.jobs import real_training
from cnnlab.training.record import Record
from cnnlab.training.registry import Jobs
from cnnlab.training.worker import LOOKS_APART

ROOT = Path(__file__).parents[2]


def direct(world, training=None):
    """The record of the same training without a thread."""
    record = Record("x", world.config, "")
    training = training or type(world.training)(free=True)
    for event in training(world.config, None):
        record.note(event)
    return record


def test_a_run_notes_all_that_the_training_tells(world) -> None:
    world.training.free = True
    job = world.start()
    world.state(job, "finished")
    assert world.told(job.record) == world.told(direct(world))
    assert (job.step, len(job.frames), len(job.evaluations)) == (20, 21, 7)
    assert job.latest is job.frames[-1]
    assert job.message is None
    assert job.place is None


def test_the_real_loop_gives_the_same_in_a_thread(world) -> None:
    world.config = replace(world.config, images=200, validation=100, batch_size=50, epochs=2)
    job = world.registry(training=real_training)
    job = job.find(job.start(world.config, "mia"))
    job.pause("mia")
    world.until(lambda: job.step == 1)
    job.set_learning_rate(0.5, "mia")
    job.step_once("mia")
    world.until(lambda: job.step == 2)
    job.go_on("mia")
    world.state(job, "finished", "failed")
    record, training = Record("x", world.config, ""), real_training(world.config, None)
    event = next(training)
    while event is not None:
        record.note(event)
        change = record.step == 1 and not record.changes
        try:
            event = training.send(SetLearningRate(0.5) if change else None)
        except StopIteration:
            event = None
    assert world.told(job.record)[3] == [Changed(1, 0.5)]
    assert world.told(job.record)[0] == world.told(record)[0]
    assert world.told(job.record)[2] == world.told(record)[2]


def test_ids_cannot_be_guessed_and_owners_not_read_off(world) -> None:
    ids = {world.jobs.start(world.config, f"secret {i}") for i in range(20)}
    assert len(ids) == 20
    assert {len(key) for key in ids} == {22}
    for key in ids:
        assert "secret" not in repr(vars(world.jobs.find(key).record))
    assert world.jobs.find("0" * 22) is None


def test_it_says_what_it_is_doing(world) -> None:
    job = world.start()
    assert job.state in ("loading", "running")
    world.steps(job, 3)
    assert job.state == "running"
    assert job.images_per_second is None  # the clock stands still
    job.pause("mia")
    assert job.state == "paused"


def test_speed_counts_the_time_of_steps_only(world) -> None:
    job = world.start()
    world.steps(job, 2)
    world.until(lambda: world.training.at_gate == 2)
    world.clock.now += 2  # while the third is waited for
    world.steps(job, 1)
    world.until(lambda: job.images_per_second is not None)
    assert job.images_per_second == pytest.approx(3 * 100 / 2)
    assert job.seconds_left == pytest.approx(17 * 100 / 150)
    world.until(lambda: world.training.at_gate == 3)  # the fourth is begun: it is made too
    job.pause("mia")
    world.steps(job, 2)
    world.until(lambda: job.snapshot is not None)
    world.clock.now += 30  # of a pause
    world.steps_paused(job, "mia")
    assert job.images_per_second == pytest.approx(6 * 100 / 2)


def test_a_pause_shows_the_step_it_came_to_and_waits(world) -> None:
    world.config = replace(world.config, epochs=200.0 / 4)  # 200 steps: not each has a frame
    job = world.start()
    world.steps(job, 150)
    job.pause("mia")
    world.training.gate.release(50)
    world.until(lambda: job.latest.step == job.step > 150)
    world.until(lambda: job.snapshot is not None)
    at = job.step
    assert at in (151, 152)  # the one that was under way, and the one that is shown
    assert job.latest.asked or job.latest is job.frames[-1]
    for expected in (at + 1, at + 2):
        job.step_once("mia")
        world.until(lambda step=expected: job.latest.step == step)
        assert job.step == expected
        assert job.state == "paused"
    job.go_on("mia")
    world.until(lambda: job.step == 200)


def test_single_steps_to_the_end_come_to_the_same(world) -> None:
    world.training.free = True
    job = world.start()
    job.pause("mia")
    for _ in range(25):
        job.step_once("mia")
    world.state(job, "finished")
    assert world.told(job.record) == world.told(direct(world))


def test_the_last_single_step_ends_the_run(world) -> None:
    job = world.start()
    job.pause("mia")
    world.training.free = True
    world.training.gate.release(2)
    world.until(lambda: job.snapshot is not None)
    while job.step < 20:
        at = job.step
        job.step_once("mia")
        world.until(lambda at=at: job.step == at + 1)
    world.state(job, "finished")  # without being asked once more
    assert job.evaluations[-1].split == "test"


def test_asked_for_frames_are_not_kept(world) -> None:
    world.config = replace(world.config, epochs=50.0)
    job = world.start()
    world.steps(job, 100)
    world.until(lambda: world.training.at_gate == 100)
    world.clock.now += LOOKS_APART
    job.look()
    world.steps(job, 2)
    world.until(lambda: job.latest.asked)
    assert job.latest.step in (101, 102)
    assert not any(frame.asked for frame in job.frames)


def test_nobody_gets_more_frames_than_a_few_a_second(world) -> None:
    job = world.start()
    for _ in range(10):
        job.look()
        world.steps(job, 1)
    assert world.training.heard.count(Look()) <= 1


def test_stopping_keeps_what_there_is_and_evaluates(world) -> None:
    job = world.start()
    world.steps(job, 6)
    job.stop("mia")
    world.training.gate.release(1)
    world.state(job, "stopped")
    assert job.step in (6, 7)
    assert job.evaluations[-1].split == "test"
    assert world.training.closed == 1


def test_a_paused_run_can_be_stopped(world) -> None:
    job = world.start()
    job.pause("mia")
    world.training.gate.release(1)
    world.until(lambda: job.snapshot is not None)
    job.stop("mia")
    world.state(job, "stopped")
    assert job.step == 1


def test_the_newest_learning_rate_counts(world) -> None:
    job = world.start()
    world.steps(job, 3)
    job.set_learning_rate(0.1, "mia")
    job.set_learning_rate(0.25, "mia")
    world.steps(job, 3)
    world.until(lambda: job.changes)
    assert [change.learning_rate for change in job.changes] == [0.25]
    at = job.changes[0].step
    rates = job.history.table().learning_rates
    assert rates[at] == job.config.learning_rate_at(at, 0.25)
    assert rates[at - 1] == job.config.learning_rate_at(at - 1)


@pytest.mark.parametrize("value", [0.0, -1.0, 11.0, float("nan"), float("inf")])
def test_a_learning_rate_out_of_range_is_refused(world, value: float) -> None:
    job = world.start()
    with pytest.raises(InvalidInput, match="learning_rate is from"):
        job.set_learning_rate(value, "mia")
    assert not job.wishes


@pytest.mark.parametrize("stranger", ["", "Mia", "mia ", "noor"])
def test_a_watcher_changes_nothing(world, stranger: str) -> None:
    job = world.start()
    world.steps(job, 2)
    assert not job.may_control(stranger)
    asked = [
        job.pause(stranger),
        job.stop(stranger),
        job.step_once(stranger),
        job.set_learning_rate(0.5, stranger),
        job.go_on(stranger),
        world.jobs.delete(job.id, stranger),
    ]
    assert asked == [False] * 6
    world.training.gate.release(100)
    world.state(job, "finished")
    assert world.told(job.record) == world.told(direct(world))
    assert not world.jobs.delete(job.id, stranger)
    assert world.jobs.find(job.id) is job


def test_nobody_owns_a_run_without_a_secret(world) -> None:
    job = world.start(owner="")
    assert not job.may_control("")


def test_one_browser_has_as_many_runs_as_run_at_once(world) -> None:
    first = world.start()
    world.steps(first, 2)
    second = world.start()  # in another tab
    other = world.start(owner="noor")
    assert (first.active, second.active) == (True, True)
    third = world.start()
    world.until(lambda: world.training.gate.release() or first.state == "suspended")
    assert first.step == first.snapshot.step < first.config.steps
    first.renew("mia")  # it is another's turn: only who asks goes on with it
    assert first.state == "suspended"
    world.training.gate.release(100)
    for job in (second, third, other):
        world.state(job, "finished")
    assert first.go_on("mia")
    world.state(first, "finished")
    assert world.told(first.record) == world.told(direct(world))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidInput("the loss is {no} number", no="no"), "the loss is no number"),
        (MemoryError(), "there is not enough memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "there is not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "there is not enough memory"),
        (RuntimeError("shape mismatch"), "the training has met an error (RuntimeError)"),
        (ZeroDivisionError(), "the training has met an error (ZeroDivisionError)"),
    ],
)
def test_an_error_is_told_and_what_was_learned_kept(world, caplog, error, said: str) -> None:
    world.training.trouble[6] = error
    world.jobs = world.registry(slots=1)
    job, waiting = world.start(), world.start(owner="noor")
    with caplog.at_level(logging.ERROR):
        world.training.gate.release(7)
        world.state(job, "failed")
    assert str(job.message).startswith(said)
    assert (job.step, job.frames[-1].step) == (6, 6)
    assert ("Traceback" in caplog.text) == (not isinstance(error, InvalidInput))
    world.state(waiting, "running")


def test_a_training_that_cannot_begin_fails(world) -> None:
    def broken(*_: object) -> None:
        raise InvalidInput("no data")

    jobs = world.registry(training=broken)
    job = jobs.find(jobs.start(world.config, "mia"))
    world.state(job, "failed")
    assert str(job.message) == "no data"


def test_what_cannot_be_trained_does_not_start(world) -> None:
    with pytest.raises(InvalidInput, match="batch_size is from"):
        world.jobs.start(replace(world.config, batch_size=0), "mia")


@pytest.mark.parametrize(
    "wrapped", [Dropout(0.5), Residual((Flatten(), Dropout(0.5)), (Flatten(),))]
)
def test_dropout_is_refused_before_the_numpy_engine_starts(world, wrapped) -> None:
    network = replace(world.config.network, layers=(wrapped, Flatten(), Dense(10)))
    config = replace(world.config, network=network)
    assert checked(config) is config
    with pytest.raises(InvalidInput, match="without dropout"):
        world.jobs.start(replace(config, backend="numpy"), "mia")
    assert not world.jobs._jobs


def test_there_is_a_bound_to_runs(world, monkeypatch) -> None:
    monkeypatch.setattr(registry, "MOST_JOBS", 4)
    jobs = world.jobs = world.registry(slots=1)
    active = [world.start(owner=str(i)) for i in range(4)]
    with pytest.raises(InvalidInput, match="4 runs are under way"):
        world.start(owner="4")
    assert [jobs.find(job.id) for job in active] == active
    with pytest.raises(InvalidInput, match="4 runs are under way"):
        world.start(owner="0")  # nor does it cost the run that they have
    assert not active[0].closing
    world.steps(active[0], 1)
    assert active[0].state == "running"


def test_where_there_is_no_room_a_link_still_opens_its_run(world, monkeypatch) -> None:
    world.training.free = True
    job = world.start()
    world.state(job, "finished")
    world.until(lambda: world.runs.opened(job.id))
    world.training.free = False
    monkeypatch.setattr(registry, "MOST_JOBS", 3)
    world.jobs = world.registry(slots=1)
    active = [world.start(owner=str(i)) for i in range(3)]
    seen = world.jobs.find(job.id)
    assert world.told(seen.record) == world.told(job.record)
    assert seen.go_on("mia")
    assert (seen.state, seen.place) == ("finished", None)
    assert list(world.jobs._jobs.values()) == active


def test_those_nobody_looks_at_go_first(world, monkeypatch) -> None:
    monkeypatch.setattr(registry, "MOST_JOBS", 4)
    jobs = world.jobs = world.registry(runs=False)
    weights = {n: np.zeros(s, np.float32) for n, s in weight_shapes(world.config.network).items()}
    loaded = []
    for i in range(4):
        loaded.append(jobs.adopt(world.config, weights, str(i)))
        world.clock.now += 1
    jobs.find(loaded[0]).renew()
    world.clock.now += 1
    monkeypatch.setattr(registry, "MOST_BYTES", 4 * 31_400)
    jobs.adopt(world.config, weights, "4")
    assert [jobs.find(key) is None for key in loaded] == [False, True, False, False]
    monkeypatch.setattr(registry, "MOST_BYTES", 3 * 31_400)
    jobs.adopt(world.config, weights, "5")
    assert [jobs.find(key) is None for key in loaded] == [False, True, True, True]


def test_loaded_weights_can_be_looked_at(world) -> None:
    weights = {n: np.zeros(s, np.float32) for n, s in weight_shapes(world.config.network).items()}
    job = world.jobs.find(world.jobs.adopt(world.config, weights, "mia"))
    assert job.state == "loaded"
    assert job.latest.weights.keys() == weights.keys()
    assert len(job.history) == 0
    job.go_on("mia")
    job.stop("mia")
    job.pause("mia")
    assert job.state == "loaded"


def test_weights_of_another_network_are_refused(world) -> None:
    with pytest.raises(InvalidInput):
        world.jobs.adopt(world.config, {"1.weight": np.zeros((10, 784), np.float32)}, "mia")


def test_a_run_that_has_ended_can_be_deleted(world) -> None:
    job = world.start()
    assert not world.jobs.delete(job.id, "mia")
    job.stop("mia")
    world.state(job, "stopped")
    world.until(lambda: world.jobs.delete(job.id, "mia"))
    assert world.jobs.find(job.id) is None
    assert world.jobs.listed("mia") == ([], [])


def test_torch_is_not_loaded_before_a_training() -> None:
    program = (
        "import sys, cnnlab.training.jobs, cnnlab.training.runs as runs;"
        "print(sorted({'torch', 'plotly', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_server_has_one_registry(monkeypatch, world) -> None:
    monkeypatch.setattr(module, "_JOBS", world.jobs)
    key = module.start(world.config, "mia")
    assert module.find(key) is world.jobs.find(key)
    assert module.listed("mia")[1] == []
    assert not module.delete(key, "noor")
    module.shutdown()
    assert module.find(key).closing  # suspended, or about to be: it may be in the middle of a step
    assert isinstance(world.jobs, Jobs)
