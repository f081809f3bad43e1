"""The queue: as many at once as there are places, the rest in the order in which they came."""

import os
import threading

import pytest

from cnnlab.training import jobs as module


def test_the_rest_wait_in_order(world) -> None:
    runs = [world.start(owner=str(i)) for i in range(5)]
    assert [job.place for job in runs] == [None, None, 1, 2, 3]
    assert [job.state for job in runs[2:]] == ["queued"] * 3
    for i in (0, 1):
        runs[i].stop(str(i))
    world.training.gate.release(2)
    world.until(lambda: runs[3].state != "queued")
    assert [job.place for job in runs] == [None, None, None, None, 1]


def test_no_more_run_than_there_are_places(world) -> None:
    world.jobs = world.registry(slots=3)
    runs = [world.start(owner=str(i)) for i in range(9)]
    world.training.gate.release(9 * 20)
    world.until(lambda: not any(job.active for job in runs))
    assert {job.state for job in runs} == {"finished"}
    assert world.training.most == 3


def test_who_is_stopped_leaves_the_queue(world) -> None:
    runs = [world.start(owner=str(i)) for i in range(5)]
    runs[2].stop("2")
    assert runs[2].state == "stopped"
    assert [job.place for job in runs] == [None, None, None, 1, 2]
    assert len(world.training.resumed) <= 2
    runs[2].go_on("2")
    assert runs[2].state == "stopped"


def test_a_waiting_run_gives_way_to_the_owners_next(world) -> None:
    world.jobs = world.registry(slots=1)
    runs = [world.start(owner=str(i)) for i in range(2)]
    again = world.start(owner="1")
    assert runs[1].state == "suspended"
    assert again.place == 1


@pytest.mark.parametrize("how", ["finished", "failed", "stopped", "suspended"])
def test_every_end_frees_the_place(world, how: str) -> None:
    world.jobs = world.registry(slots=1)
    first, second = (world.start(owner=str(i)) for i in range(2))
    world.steps(first, 3)
    if how == "failed":
        world.training.trouble[3] = ValueError("no")
    elif how == "stopped":
        first.stop("0")
    elif how == "suspended":
        world.clock.now += 59
        second.renew()
        world.clock.now += 2
    world.training.gate.release(17 if how == "finished" else 1)
    world.until(lambda: second.state == "running")
    assert first.state == how
    assert second.place is None


def test_a_paused_run_keeps_its_place(world) -> None:
    world.jobs = world.registry(slots=1)
    first, second = (world.start(owner=str(i)) for i in range(2))
    world.pause(first, "0")
    assert (first.state, second.place) == ("paused", 1)


def test_a_paused_run_rests_half_a_minute_on_a_place_that_others_want(world) -> None:
    world.jobs = world.registry(slots=1)
    first = world.start(owner="0")
    world.pause(first, "0")
    world.clock.now += 55  # nobody waits
    first.renew("0")
    second = world.start(owner="1")
    second.pause("1")
    world.state(first, "suspended")
    assert first.step == first.snapshot.step in (1, 2)
    world.training.gate.release(1)
    world.state(second, "paused")
    world.until(lambda: second.snapshot is not None)
    world.clock.now += 29
    assert first.go_on("0")
    third = world.start(owner="2")
    third.pause("2")
    assert (first.place, third.place) == (1, 2)
    world.clock.now += 2  # 31 s of the second's pause
    world.state(second, "suspended")
    second.renew("1")
    assert second.state == "suspended"
    world.clock.now += 40  # a pause in the queue takes nobody's place
    third.renew("2")
    first.renew("0")
    assert third.place == 1
    fourth = world.start(owner="3")
    first.stop("0")
    world.training.gate.release(2)
    world.until(lambda: third.snapshot is not None)
    world.clock.now += 29  # from the moment it has its place
    assert (third.state, fourth.place) == ("paused", 1)


def test_a_pause_asked_for_in_the_queue_is_made(world) -> None:
    world.jobs = world.registry(slots=1)
    first, second = (world.start(owner=str(i)) for i in range(2))
    second.pause("1")
    assert second.state == "queued"
    first.stop("0")
    world.training.gate.release(30)
    world.until(lambda: second.state == "paused" and second.snapshot is not None)
    assert second.step == 1


def test_many_hands_at_once(world) -> None:
    world.training.free = True
    found: list[object] = []

    def student(name: str) -> None:
        for _ in range(3):
            job = world.start(owner=name)
            for ask in (job.pause, job.step_once, job.go_on, job.stop):
                ask(name)
                assert (job.place or 1) > 0
            found.append(job)

    threads = [threading.Thread(target=student, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 24
    world.until(lambda: not any(job.active for job in found))
    assert {job.state for job in found} <= {"finished", "stopped"}
    assert not world.jobs._working


def test_as_many_places_as_cores() -> None:
    assert module._JOBS._slots == os.cpu_count()
