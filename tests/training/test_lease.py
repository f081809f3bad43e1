"""The lease: who is not looked at makes room, and goes on bit for bit when the owner comes back."""

from dataclasses import replace

import pytest

from cnnlab.training.config import Config
from cnnlab.training.events import Changed, Snapshot
from cnnlab.training.jobs import real_training
from cnnlab.training.record import Record


def undisturbed(world, training) -> list:
    record = Record("x", world.config, "")
    for event in training(world.config, None):
        record.note(event)
    return world.told(record)


def leave(world, job, seconds: float = 61) -> None:
    """Nobody looks any more, and the step that is under way is made."""
    world.clock.now += seconds
    world.training.gate.release(1)
    world.state(job, "suspended")


def test_a_run_is_kept_for_a_minute(world) -> None:
    job = world.start()
    for _ in range(3):
        world.clock.now += 59
        job.renew()
        world.steps(job, 1)
    world.clock.now += 60
    world.steps(job, 1)
    assert job.state == "running"
    leave(world, job, 1)
    assert job.snapshot.step == job.step


def test_it_goes_on_bit_for_bit_when_its_owner_is_back(world) -> None:
    job = world.start()
    world.steps(job, 7)
    leave(world, job)
    at = job.step
    job.renew("mia")
    assert job.state in ("queued", "loading", "running")
    world.training.gate.release(100)
    world.state(job, "finished")
    assert world.training.resumed == [None, at]
    assert world.training.closed == 2
    assert world.told(job.record) == undisturbed(world, type(world.training)(free=True))


def test_a_watcher_does_not_bring_it_back(world) -> None:
    job = world.start()
    leave(world, job)
    for stranger in ("", "noor"):
        job.renew(stranger)
    assert job.state == "suspended"


def test_it_queues_again_behind_the_others(world) -> None:
    world.jobs = world.registry(slots=1)
    first, second, third = (world.start(owner=str(i)) for i in range(3))
    world.steps(first, 2)
    world.clock.now += 61
    second.renew()
    third.renew()
    world.training.gate.release(1)
    world.state(first, "suspended")
    world.until(lambda: second.state == "running")
    first.renew("0")
    assert (first.state, first.place, third.place) == ("queued", 2, 1)


def test_who_waits_and_is_not_looked_at_leaves(world) -> None:
    world.jobs = world.registry(slots=1)
    first, second, third = (world.start(owner=str(i)) for i in range(3))
    world.clock.now += 61
    first.renew()
    third.renew()
    assert third.place == 1
    assert second.state == "suspended"
    second.renew("1")
    assert second.place == 2


def test_a_change_asked_for_meanwhile_is_not_lost(world) -> None:
    job = world.start()
    world.steps(job, 3)
    job.set_learning_rate(0.5, "mia")
    leave(world, job)
    assert job.changes == [Changed(job.step, 0.5)]
    assert job.snapshot.changes == tuple(job.changes)


def test_a_pause_keeps_the_place_for_five_minutes(world) -> None:
    job = world.start()
    world.pause(job, "mia")
    for _ in range(5):
        world.clock.now += 59.9
        job.renew("mia")
    world.steps_paused(job, "mia")  # counts from here again
    for _ in range(5):
        world.clock.now += 59.9
        job.renew("mia")
    assert job.state == "paused"
    world.clock.now += 10
    world.state(job, "suspended")
    job.renew("mia")
    assert job.state == "suspended"  # it was paused: it stays so until it is asked to go on
    assert job.go_on("mia")
    world.training.gate.release(100)
    world.state(job, "finished")
    assert world.told(job.record) == undisturbed(world, type(world.training)(free=True))


def test_a_paused_run_that_nobody_looks_at_waits_to_be_asked(world) -> None:
    job = world.start()
    world.pause(job, "mia")
    leave(world, job)
    job.renew("mia")
    assert job.state == "suspended"
    assert not job.go_on("noor")
    job.go_on("mia")
    world.training.gate.release(100)
    world.state(job, "finished")


def test_a_suspended_run_can_be_given_up(world) -> None:
    job = world.start()
    world.steps(job, 4)
    leave(world, job)
    job.stop("mia")
    job.go_on("mia")
    assert job.state == "stopped"
    assert len(job.history) == job.step > 3
    assert world.runs.opened(job.id).state == "stopped"


@pytest.mark.parametrize("broken_off_at", [1, 3, 4])
def test_the_real_loop_goes_on_bit_for_bit(world, broken_off_at: int) -> None:
    world.config = replace(world.config, images=200, validation=100, batch_size=50, epochs=2)

    def counted(config: Config, snapshot: Snapshot | None):
        training = real_training(config, snapshot)
        control = None
        while True:
            try:
                event = training.send(control)
            except StopIteration:
                return
            if getattr(event, "step", 0) == broken_off_at and snapshot is None:
                world.clock.now += 61  # noticed before the next event
            control = yield event

    jobs = world.registry(training=counted)
    job = jobs.find(jobs.start(world.config, "mia"))
    world.state(job, "suspended", "failed")
    assert job.step == broken_off_at
    job.renew("mia")
    world.state(job, "finished", "failed")
    assert world.told(job.record) == undisturbed(world, real_training)


def test_the_end_of_the_server_suspends_all(world) -> None:
    world.jobs = world.registry(slots=2)
    runs = [world.start(owner=str(i)) for i in range(3)]
    for job in runs[:2]:
        world.until(lambda job=job: job.state == "running")
    runs[1].pause("1")
    world.training.free = True
    world.training.gate.release(3)
    world.jobs.shutdown()
    assert [job.state for job in runs] == ["suspended"] * 3
    assert [job.snapshot is None for job in runs] == [False, False, True]
    for job in runs:
        assert world.runs.opened(job.id).step == job.step
        job.renew("0")
        assert job.state == "suspended"
