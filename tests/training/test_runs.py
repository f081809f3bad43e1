"""Run folders: what is written is read again, bounds are kept, damage is skipped with a word."""

import json
import os
import random
import time
from dataclasses import replace

import numpy as np
import pytest

from cnnlab.data.arrays import pack
from cnnlab.message import InvalidInput, Message
from cnnlab.training import runs as module
from cnnlab.training.events import Batch, Changed, Save, Snapshot
from cnnlab.training.folder import HISTORY, RUN, SNAPSHOT
from cnnlab.training.record import Record, digest
from cnnlab.training.runs import Runs, place


def recorded(world, key: str = "a" * 22, until: int = 20, owner: str = "mia") -> Record:
    """A run after so many steps, with a snapshot."""
    record = Record(key, world.config, digest(owner), started=1_700_000_000.0, state="running")
    training = type(world.training)(free=True)(world.config, None)
    event = next(training)
    while True:
        record.note(event)
        if isinstance(event, Batch) and event.step == until:
            break
        event = training.send(None)
    while not isinstance(event, Snapshot):
        event = training.send(Save())
        record.note(event)
    return record


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "suspended"])
def test_what_is_written_is_read_again(world, state: str) -> None:
    record = recorded(world, until=13)
    record.changes = [Changed(3, 0.25), Changed(7, 0.5)]
    record.snapshot = replace(record.snapshot, changes=tuple(record.changes))
    record.message = Message("the loss after step {step} is no number", {"step": 13})
    assert world.runs.save(record, state) is None
    again = world.runs.opened(record.id)
    assert world.told(again) == world.told(record)
    assert str(again.message) == "the loss after step 13 is no number"
    assert (again.id, again.config, again.owner) == (record.id, record.config, record.owner)
    assert (again.state, again.started) == (state, record.started)
    assert again.latest is again.frames[-1]
    assert again.latest.step == 12 or record.frames[-1].step == 13
    assert (again.snapshot is not None) == (state == "suspended")


def test_the_folder_of_a_run_appears_whole(world, monkeypatch) -> None:
    record = recorded(world)
    seen = []
    real = os.replace

    def watched(source, target):
        seen.append([path.name for path in world.runs.at.iterdir() if path.name == record.id])
        real(source, target)

    monkeypatch.setattr(os, "replace", watched)
    world.runs.save(record, "running")
    assert seen
    assert not any(seen)
    assert {RUN, HISTORY, SNAPSHOT} < {p.name for p in (world.runs.at / record.id).iterdir()}


def test_frames_are_written_once(world) -> None:
    record = recorded(world, until=10)
    world.runs.save(record, "running")
    folder = world.runs.at / record.id
    written = {path.name: path.stat().st_ino for path in folder.iterdir()}
    world.runs.save(record, "running")
    after = {path.name: path.stat().st_ino for path in folder.iterdir()}
    assert written.keys() == after.keys()
    once = [name for name in written if name.startswith(("frame", "test", "valid"))]
    assert len(once) > 10
    assert all(written[name] == after[name] for name in once)


def test_a_run_that_was_broken_off_is_suspended_at_its_snapshot(world) -> None:
    record = recorded(world, until=8)
    later = recorded(world, until=12)
    later.snapshot = record.snapshot
    world.runs.save(later, "running")
    again = world.runs.opened(record.id)
    assert (again.state, again.step, again.snapshot.step) == ("suspended", 8, 8)
    assert {frame.step for frame in again.frames} == set(range(9))


def test_what_came_after_the_snapshot_leaves_the_disk(world) -> None:
    record, later = recorded(world, until=8), recorded(world, until=12)
    later.snapshot = record.snapshot
    world.runs.save(later, "running")
    again = world.runs.opened(record.id)
    world.runs.save(again, "stopped")
    assert world.told(world.runs.opened(record.id)) == world.told(again)
    assert not list((world.runs.at / record.id).glob("*-0000011*"))


def test_after_a_restart_it_goes_on_bit_for_bit(world) -> None:
    record, later = recorded(world, until=8), recorded(world, until=12)
    later.snapshot = record.snapshot
    world.runs.save(later, "running")
    jobs = world.registry(runs=Runs(world.runs.at))
    job = jobs.find(record.id)
    assert job is jobs.find(record.id)
    assert job.state == "suspended"
    assert not job.go_on("noor")
    job.renew("mia")
    assert job.state == "suspended"
    job.go_on("mia")
    job.set_learning_rate(0.5, "mia")
    world.training.gate.release(1)
    world.until(lambda: job.step == 9)
    world.training.gate.release(100)
    world.state(job, "finished")
    assert world.training.resumed == [8]
    assert world.told(world.runs.opened(record.id)) == world.told(job.record)
    assert [f.step for f in job.frames] == list(range(21))
    assert job.changes[0].learning_rate == 0.5


def test_the_same_without_a_change_is_as_if_never_broken_off(world) -> None:
    whole = Record("x", world.config, "")
    for event in type(world.training)(free=True)(world.config, None):
        whole.note(event)
    record, later = recorded(world, until=8), recorded(world, until=12)
    later.snapshot = record.snapshot
    world.runs.save(later, "running")
    job = world.registry(runs=Runs(world.runs.at)).find(record.id)
    job.go_on("mia")
    world.training.gate.release(100)
    world.state(job, "finished")
    assert world.told(job.record) == world.told(whole)


def test_a_running_training_is_written_every_ten_seconds(world) -> None:
    job = world.start()
    world.steps(job, 3)
    assert world.runs.opened(job.id) is None
    world.clock.now += 10
    world.steps(job, 2)
    world.until(lambda: world.runs.opened(job.id))
    job.renew()
    assert world.runs.opened(job.id).snapshot.step == job.snapshot.step
    assert 3 <= job.snapshot.step <= 5


def test_slow_writing_is_done_less_often(world) -> None:
    class Slow(Runs):
        saves = 0

        def save(self, record, state):  # noqa: ARG002
            self.saves += 1
            world.clock.now += 2
            return

    runs = Slow(world.runs.at)
    world.jobs = world.registry(runs=runs)
    job = world.start()
    world.steps(job, 1)
    for expected in (1, 1, 1, 1, 2):
        world.clock.now += 10
        job.renew()
        world.steps(job, 2)
        world.until(lambda: world.training.at_gate == job.step)
        assert runs.saves == expected


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../" + "a" * 19,
        "/" + "a" * 21,
        "a" * 21,
        "a" * 23,
        "a" * 21 + "\n",
        "é" * 22,
    ],
)
def test_what_is_no_id_opens_nothing(world, key: str) -> None:
    world.runs.save(recorded(world), "finished")
    outside = world.runs.at.parent / ("b" * 22)
    (world.runs.at / ("a" * 22)).rename(outside)
    assert world.runs.opened(key) is None
    world.runs.delete(key)
    assert outside.is_dir()
    assert world.jobs.find(key) is None


def test_only_the_owners_runs_are_listed_newest_first(world) -> None:
    for i, owner in enumerate(["mia", "noor", "mia"]):
        record = recorded(world, key=str(i) * 22, owner=owner)
        record.started += i
        world.runs.save(record, "finished")
    found, skipped = world.jobs.listed("mia")
    assert [summary.id for summary in found] == ["2" * 22, "0" * 22]
    assert (found[0].accuracy, found[0].tested, found[0].step) == (0.75, False, 20)
    assert (found[0].config, found[0].state, skipped) == (world.config, "finished", [])
    assert world.jobs.listed("")[0] == []


def test_the_list_knows_what_runs_now(world) -> None:
    world.runs.save(recorded(world, key="b" * 22), "running")
    job = world.start()
    job.pause("mia")
    world.training.gate.release(2)
    world.until(lambda: job.snapshot is not None and (world.runs.at / job.id).is_dir())
    states = {summary.id: summary.state for summary in world.jobs.listed("mia")[0]}
    assert states == {job.id: "paused", "b" * 22: "suspended"}


def test_the_list_has_what_is_not_on_disk_yet(world) -> None:
    world.runs.save(recorded(world, key="b" * 22), "finished")  # started in 2023
    job = world.start()
    world.start(owner="noor")
    world.until(lambda: job.state == "running")
    world.until(lambda: world.training.gate.release() or job.step >= 2)
    weights = dict(job.frames[0].weights)
    world.jobs.adopt(world.config, weights, "mia")
    assert not (world.runs.at / job.id).exists()
    found, _ = world.jobs.listed("mia")
    assert [summary.id for summary in found] == [job.id, "b" * 22]
    assert (found[0].state, found[0].config, found[0].tested) == ("running", job.config, False)
    assert found[0].step >= 2
    assert found[0].accuracy == job.evaluations[-1].accuracy
    world.training.free = True
    world.training.gate.release(50)
    world.state(job, "finished")
    assert (world.jobs.listed("mia")[0][0].state, job.step) == ("finished", 20)
    assert world.jobs.listed("mia")[0][0].tested


def test_the_oldest_that_have_ended_are_removed(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNS", 3)
    for i, state in enumerate(["running", "finished", "suspended", "finished"]):
        key = str(i) * 22
        world.runs.save(recorded(world, key=key), state)
        os.utime(world.runs.at / key / RUN, (time.time() - 1000 + i,) * 2)
    assert sorted(path.name[0] for path in world.runs.at.iterdir()) == ["0", "2", "3"]
    world.runs.save(recorded(world, key="4" * 22), "finished")
    assert sorted(path.name[0] for path in world.runs.at.iterdir()) == ["0", "2", "4"]


def kept_by(world) -> str:
    """The first signs of the folders that there are."""
    return "".join(sorted(path.name[0] for path in world.runs.at.iterdir()))


def finished(world, key: str, owner: str = "mia", state: str = "finished") -> None:
    """A run that began as runs do, ended, and was last written so long ago."""
    record = recorded(world, key=key * 22, owner=owner, until=2)
    world.runs.save(record, "running")
    assert world.runs.save(record, state) is None
    age = 1000 - ord(key)
    os.utime(world.runs.at / record.id / RUN, (time.time() - age,) * 2)


def test_each_owner_has_a_share(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_OWN", 3)
    for key in "01":
        finished(world, key, "teacher")
    finished(world, "2", state="suspended")
    world.runs.save(recorded(world, key="3" * 22), "running")
    for key in "45678":
        finished(world, key)
        assert len(kept_by(world)) <= 6
    assert kept_by(world) == "012378"  # one that can be gone on with outlives those that ended
    for key in "9a":
        finished(world, key, state="suspended")
    assert kept_by(world) == "01239a"
    finished(world, "b")
    assert kept_by(world) == "0139ab"


def test_many_owners_leave_each_other_some(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNS", 8)
    finished(world, "0", "teacher")
    for key in "123456789":
        finished(world, key, owner="noor")
    assert kept_by(world) == "03456789"
    for key in "abcdef":
        finished(world, key, owner=key)
    assert kept_by(world)[0] == "0"  # the oldest of all, but its owner's only one
    assert {"a", "b", "c", "d", "e", "f"} <= {*kept_by(world)}


def test_what_is_damaged_goes_first(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNS", 2)
    for key in "01":
        finished(world, key)
    (world.runs.at / ("1" * 22) / RUN).write_text("{")
    finished(world, "2")
    assert kept_by(world) == "02"


def test_their_size_is_bounded(world, monkeypatch) -> None:
    world.runs.save(recorded(world, key="0" * 22), "finished")
    size = sum(path.stat().st_size for path in (world.runs.at / ("0" * 22)).iterdir())
    monkeypatch.setattr(module, "MOST_BYTES", int(2.5 * size))
    for i in range(1, 5):
        world.runs.save(recorded(world, key=str(i) * 22), "finished")
        os.utime(world.runs.at / (str(i) * 22) / RUN, (time.time() - 1000 + i,) * 2)
        assert len(list(world.runs.at.iterdir())) <= 3
    assert (world.runs.at / ("4" * 22)).is_dir()


def test_a_run_of_another_server_is_left_alone_while_it_is_written(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNS", 1)
    Runs(world.runs.at).save(recorded(world, key="0" * 22), "running")
    world.runs.save(recorded(world, key="1" * 22), "finished")
    assert (world.runs.at / ("0" * 22)).is_dir()
    os.utime(world.runs.at / ("0" * 22) / RUN, (time.time() - 100,) * 2)
    world.runs.save(recorded(world, key="2" * 22), "finished")
    assert not (world.runs.at / ("0" * 22)).is_dir()


def test_what_a_broken_server_left_half_made_goes(world) -> None:
    for name, age in ((f".{'x' * 22}.new", 100), (f".{'y' * 22}.new", 1)):
        (world.runs.at / name).mkdir(parents=True)
        os.utime(world.runs.at / name, (time.time() - age,) * 2)
    world.runs.save(recorded(world), "finished")
    assert sorted(path.name for path in world.runs.at.iterdir()) == [f".{'y' * 22}.new", "a" * 22]


def test_a_disk_that_cannot_be_written_stops_no_training(world, tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    world.jobs = world.registry(runs=Runs(blocked / "runs"))
    world.training.free = True
    job = world.start()
    world.state(job, "finished")
    assert str(job.unsaved).startswith("this run is not being saved (Not a directory)")
    found, skipped = world.jobs.listed("mia")
    assert ([summary.id for summary in found], skipped) == ([job.id], [])


def test_a_full_disk_is_told_until_there_is_room(world, monkeypatch) -> None:
    record = recorded(world)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    assert "No space" in str(world.runs.save(record, "running"))
    monkeypatch.undo()
    assert world.runs.save(record, "running") is None
    assert world.told(world.runs.opened(record.id)) == world.told(recorded(world))


def damaged_json(found: dict, rng: random.Random) -> dict:
    key = rng.choice(sorted(found))
    strange = [
        None,
        -1,
        10**400,
        1e308,
        "x",
        [],
        {},
        True,
        "../../etc",
        [[1]],
        {"a": [1]},
        5,
        [1, 2],
    ]
    return {**found, key: rng.choice(strange)} if rng.random() < 0.8 else {}


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_folder_is_skipped_with_a_word(world, seed: int) -> None:
    rng = random.Random(seed)
    world.runs.save(recorded(world, key="0" * 22, until=6), "suspended")
    world.runs.save(recorded(world, key="1" * 22, until=6), "suspended")
    folder = world.runs.at / ("0" * 22)
    path = rng.choice(sorted(folder.iterdir()) + [folder / RUN] * 10)
    data = path.read_bytes()
    if path.name == RUN and rng.random() < 0.7:
        path.write_text(json.dumps(damaged_json(json.loads(data), rng)))
    else:
        cut = rng.randrange(len(data))
        flipped = bytes([data[cut] ^ (1 << rng.randrange(8))])
        path.write_bytes(rng.choice([data[:cut], b"", data[:cut] + flipped + data[cut + 1 :]]))
    record = world.runs.opened("0" * 22)
    assert record is None or record.step <= 6
    found, skipped = world.runs.listed(digest("mia"))
    assert "1" * 22 in [summary.id for summary in found]
    assert not any("0" * 22 in str(message) for message in skipped)
    assert world.runs.save(recorded(world, key="2" * 22), "finished") is None
    assert world.runs.opened("1" * 22).step == 6


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"\xff\xfe",
        b" " * 1_000_001,
        b"null",
    ],
)
def test_a_strange_description_is_no_run(world, caplog, content: bytes) -> None:
    world.runs.save(recorded(world), "finished")
    (world.runs.at / ("a" * 22) / RUN).write_bytes(content)
    assert world.runs.opened("a" * 22) is None
    found, skipped = world.runs.listed(digest("mia"))
    assert (found, skipped) == ([], [])  # nobody can say whose it was
    world.runs.listed(digest("noor"))
    assert caplog.text.count("a" * 22) == 1


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{x.__class__}", {"x": "1"}),
        ("{x!r}", {"x": "1"}),
        ("{x:>1000000}", {"x": "1"}),
        ("{y}", {"x": "1"}),
        ("{x[0]}", {"x": "1"}),
        ("{", {}),
        (7, {}),
        ("x", 7),
    ],
)
def test_a_message_from_disk_reaches_into_nothing(world, text, fields) -> None:
    world.runs.save(recorded(world), "failed")
    path = world.runs.at / ("a" * 22) / RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | {"message": [text, fields]}))
    assert world.runs.opened("a" * 22) is None


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("frame-0000003.safetensors", {"weight 1.weight": np.zeros((10, 784), np.float32)}),
        ("frame-0000003.safetensors", {"other 1.weight": np.zeros((10, 784), np.float32)}),
        ("frame-0000021.safetensors", None),
        ("validation-0000000.safetensors", {"predicted": np.full(20, 10, np.uint8)}),
        (
            "validation-0000000.safetensors",
            {"predicted": np.full(20, 10, np.uint8), "confidence": np.zeros(20, np.float32)},
        ),
        (
            "validation-0000000.safetensors",
            {"predicted": np.zeros(19, np.uint8), "confidence": np.zeros(19, np.float32)},
        ),
        (HISTORY, {"steps": np.arange(3, dtype=np.int32)}),
        (
            HISTORY,
            {"steps": np.array([1, 3], np.int32)}
            | {n: np.zeros(2) for n in ("losses", "accuracies", "learning_rates")},
        ),
        (
            HISTORY,
            {"steps": np.arange(1, 22, dtype=np.int32)}
            | {n: np.zeros(21) for n in ("losses", "accuracies", "learning_rates")},
        ),
        (SNAPSHOT, {"w": np.zeros(1, np.float32)}),
    ],
)
def test_arrays_that_no_run_has_are_not_believed(world, name: str, arrays) -> None:
    record = recorded(world)
    world.runs.save(record, "suspended")
    folder = world.runs.at / record.id
    if arrays is None:
        arrays = {"weight 1.weight": np.zeros((10, 784), np.float32)}
        arrays |= {"weight 1.bias": np.zeros(10, np.float32)}
    (folder / name).write_bytes(pack(arrays))
    assert world.runs.opened(record.id) is None


def test_a_snapshot_of_another_run_is_not_believed(world) -> None:
    record = recorded(world)
    other = replace(record.snapshot, config=replace(world.config, seed=1))
    record.snapshot = other
    world.runs.save(record, "suspended")
    assert world.runs.opened(record.id) is None


def test_links_are_not_followed(world, tmp_path) -> None:
    record = recorded(world)
    world.runs.save(record, "finished")
    folder = world.runs.at / record.id
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    assert world.runs.opened(record.id) is None
    folder.unlink()
    elsewhere.rename(folder)
    assert world.runs.opened(record.id)
    (folder / HISTORY).rename(tmp_path / "history")
    (folder / HISTORY).symlink_to(tmp_path / "history")
    assert world.runs.opened(record.id) is None


def test_nothing_is_written_through_a_link(world, tmp_path) -> None:
    record = recorded(world)
    world.runs.save(record, "running")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in (f".{RUN}.new", RUN):
        path = world.runs.at / record.id / name
        path.unlink(missing_ok=True)
        path.symlink_to(precious)
    assert world.runs.save(record, "running") is None
    assert precious.read_text() == "mine"
    assert world.runs.opened(record.id)


def test_the_place_can_be_chosen(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("CNNLAB_RUNS_DIR", str(tmp_path / "mine"))
    assert place() == Runs().at == tmp_path / "mine"
    monkeypatch.delenv("CNNLAB_RUNS_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place() == tmp_path / ".cnnlab" / "runs"


def test_bytes_that_are_no_arrays() -> None:
    from cnnlab.data.arrays import unpack

    whole = pack({"a": np.arange(5, dtype=np.float64), "b": np.array(2.5)})
    assert unpack(whole)["b"] == 2.5
    assert unpack(whole)["b"].shape == ()
    for cut in range(len(whole)):
        with pytest.raises(InvalidInput):
            unpack(whole[:cut])
    with pytest.raises(InvalidInput):
        unpack(pack({"a": np.arange(5, dtype=np.int64)}))
