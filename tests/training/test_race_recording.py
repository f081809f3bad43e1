"""The recorded race: what it shows, that it is what the programs make, and how it is kept."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

from cnnlab.message import Message
from cnnlab.training.race import record as recording_of
from cnnlab.training.race.plan import BATCH, DEPTHS, KINDS, LAST, STEPS, Lane, Plan
from cnnlab.training.race.racing import Fell, Stepped, race
from cnnlab.training.race.recording import FILE, Recording, packed, recorded, unpacked
from cnnlab.training.race.results import recorded_ends


def ends(depth: int, residual: bool) -> np.ndarray:
    lane = Lane(depth, residual)
    return np.array([end.error for end in recorded_ends(recorded()) if end.lane == lane])


def test_all_depths_both_kinds_and_five_seeds_are_there() -> None:
    made = recorded()
    assert len(made.seeds) >= 5
    assert set(made.lanes) == {Lane(depth, kind) for depth in DEPTHS for kind in KINDS}
    assert made.losses.shape == (len(made.seeds), 8, STEPS)
    assert np.isfinite(made.losses).all()
    assert (made.wrong <= BATCH).all()
    assert {"Python", "NumPy", "PyTorch"} == set(made.made_with)


def test_it_is_small() -> None:
    assert FILE.stat().st_size < 300_000


def test_deeper_plain_networks_are_worse_in_training_with_every_seed() -> None:
    assert (ends(8, False) < ends(20, False)).all()
    assert (ends(20, False) < ends(32, False)).all()
    assert (ends(32, False) < ends(56, False)).all()
    assert ends(56, False).min() > 3 * ends(20, False).max()


def test_deeper_residual_networks_are_about_the_same_with_every_seed() -> None:
    every = np.concatenate([ends(depth, True) for depth in DEPTHS])
    assert every.max() < 0.16
    for depth in (20, 32, 56):
        assert (ends(depth, True) < ends(depth, False)).all()


def test_everyone_has_guessed_at_first_and_the_losses_agree_with_the_errors() -> None:
    made = recorded()
    first = made.losses[:, :, 0]
    plain = [not lane.residual for lane in made.lanes]
    assert ((first[:, plain] > 2.2) & (first[:, plain] < 2.5)).all()  # ln 10 = 2.30
    assert ((first > 2.2) & (first < 5)).all()  # a residual sum has grown with every block
    errors = np.stack([made.errors(lane)[:, -LAST:].mean(axis=1) for lane in made.lanes])
    losses = made.losses[:, :, -LAST:].mean(axis=2).T
    assert np.corrcoef(errors.ravel(), losses.ravel())[0, 1] > 0.95


def test_its_first_steps_are_made_again() -> None:
    """Later ones differ in the last digits from machine to machine, and then in more."""
    made = recorded()
    for event in islice(race(Plan((8, 20), seed=2)), 8):
        kept = made.losses[2, made.lanes.index(event.lane), event.step - 1]
        assert event.loss == pytest.approx(float(kept), rel=1e-3)


def test_what_is_packed_is_unpacked_bit_for_bit(recording) -> None:
    rng = np.random.default_rng(0)
    made = recording(rng.integers(0, 65, (3, 7)))
    again = unpacked(packed(made))
    np.testing.assert_array_equal(again.losses, made.losses)
    np.testing.assert_array_equal(again.wrong, made.wrong)
    assert (again.seeds, again.lanes, again.made_with) == (made.seeds, made.lanes, made.made_with)
    assert packed(again) == packed(made)
    assert not again.losses.flags.writeable


def test_a_recording_is_written_after_every_seed(tmp_path, capsys) -> None:
    file = tmp_path / "raced.gz"
    recording_of.record(file, seeds=(5, 6), depths=(8,), steps=10)
    made = unpacked(file.read_bytes())
    assert (made.seeds, made.steps) == ((5, 6), 10)
    events = list(race(Plan((8,), seed=6, steps=10)))
    last = [event.loss for event in events if event.lane == Lane(8, True)]
    np.testing.assert_array_equal(made.losses[1, 1], np.float32(last))
    assert capsys.readouterr().out.count("seed 6") == 2


def test_who_falls_has_no_numbers_from_there_on() -> None:
    one, other = Lane(8, False), Lane(8, True)
    gone = Fell(one, Message("gone"))
    events = [Stepped(one, 1, 2.0, 0.5), Stepped(other, 1, 2.0, 0.25), gone]
    events.append(Stepped(other, 2, 1.0, 0.125))
    made = recording_of.recording(Plan((8,), 1, 2), events)
    np.testing.assert_array_equal(made.errors(one), [[0.5, np.nan]])
    np.testing.assert_array_equal(made.errors(other), [[0.25, 0.125]])
    assert [end.lane for end in recorded_ends(made)] == [other]


def test_reading_it_loads_no_torch() -> None:
    program = (
        "import sys; from cnnlab.training.race import races; "
        "from cnnlab.training.race.recording import recorded; recorded(); races.kept(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_recordings_of_several_seeds_are_joined_in_order(recording) -> None:
    made = recording(np.array([[1, 2], [3, 4]]))
    one = Recording((0,), made.lanes, made.losses[:1], made.wrong[:1], {})
    other = Recording((1,), made.lanes, made.losses[1:], made.wrong[1:], {"NumPy": "2"})
    joined = recording_of.joined([one, other])
    assert (joined.seeds, dict(joined.made_with)) == ((0, 1), {"NumPy": "2"})
    np.testing.assert_array_equal(joined.wrong, made.wrong)
