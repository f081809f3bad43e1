"""A race is each network's own training, taken in turn; what it came to is averaged right."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine.architecture import parameters
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config, checked
from cnnlab.training.data import Batches
from cnnlab.training.events import Batch, Finished
from cnnlab.training.loop import train
from cnnlab.training.race import plan as plans
from cnnlab.training.race.plan import DEPTHS, Lane, Plan, config
from cnnlab.training.race.racing import Fell, Stepped, data, race
from cnnlab.training.race.results import (
    Ended,
    medians,
    race_curves,
    race_ends,
    recorded_curves,
    recorded_ends,
    smoothed,
)
from cnnlab.training.race.state import Race, Track

TINY = Plan((20, 8), seed=3, steps=10)
LANES = [Lane(8, False), Lane(8, True), Lane(20, False), Lane(20, True)]


def test_every_network_makes_a_step_in_turn() -> None:
    events = list(race(TINY))
    assert [event.lane for event in events] == LANES * 10
    assert [event.step for event in events] == [step for step in range(1, 11) for _ in LANES]


@pytest.mark.parametrize("lane", [Lane(8, False), Lane(20, True)])
def test_a_network_trains_as_if_it_were_alone(lane: Lane) -> None:
    alone = [event for event in train(config(TINY, lane), data()) if isinstance(event, Batch)]
    raced = [event for event in race(TINY) if event.lane == lane]
    assert [(event.loss, 1 - event.error) for event in raced] == [
        (event.loss, event.accuracy) for event in alone
    ]


def test_the_networks_differ_in_nothing_but_depth_and_the_way_around() -> None:
    for depth in DEPTHS:
        plain, residual = (config(TINY, Lane(depth, kind)) for kind in (False, True))
        assert plain.network.name == f"plain-{depth}"
        assert residual.network.name == f"residual-{depth}"
        assert parameters(plain.network) == parameters(residual.network)
        assert replace(plain, network=residual.network) == residual
        assert replace(plain, network=config(TINY, LANES[0]).network) == config(TINY, LANES[0])


def test_it_is_the_setting_that_the_page_names() -> None:
    made = config(Plan(seed=7), LANES[0])
    assert checked(made) is made
    said = (made.optimizer, made.momentum, made.learning_rate, made.schedule, made.batch_size)
    assert said == ("sgd", 0.9, 0.05, "constant", 64)
    assert (made.steps, made.threads, made.seed, made.validation) == (300, 1, 7, 0)
    assert made.learning_rate_at(0) == made.learning_rate_at(299) == 0.05


def test_every_digit_is_used_at_most_once() -> None:
    made = config(Plan(), LANES[0])
    assert made.steps <= made.steps_per_epoch
    assert made.images == len(data().train.labels) == 60_000
    batches = Batches(made, data().train)
    assert not np.array_equal(batches.at(0)[0], batches.at(1)[0])


@pytest.mark.parametrize("steps", [10, 11, 50, 299, 300, 301, 937, plans.MOST_STEPS])
def test_a_race_has_as_many_batches_as_asked_for(steps: int) -> None:
    assert config(Plan(steps=steps), LANES[0]).steps == steps


@pytest.mark.parametrize(
    "wrong",
    [
        Plan(()),
        Plan((20, 56, 110)),
        Plan(seed=-1),
        Plan(seed=10_000),
        Plan(seed=True),
        Plan(steps=9),
        Plan(steps=2_001),
        Plan(steps=2.5),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_raced_is_refused_before_anything_is_trained(wrong: Plan) -> None:
    def never(_: Config) -> Iterator:
        raise AssertionError

    with pytest.raises(InvalidInput):
        race(wrong, never)


def told(config: Config) -> Iterator:
    """A training of so many steps whose plain network of 20 layers falls after two."""
    for step in range(1, config.steps + 1):
        if config.network.name == "plain-20" and step == 3:
            raise InvalidInput("too large")
        yield Batch(step, 2.0 / step, 0.25, 0.05)
    yield Finished(config.steps, "done")


def test_who_falls_is_told_and_the_others_go_on() -> None:
    events = list(race(TINY, told))
    fell = [event for event in events if isinstance(event, Fell)]
    assert [(event.lane, str(event.message)) for event in fell] == [(Lane(20, False), "too large")]
    steps = sorted(
        (event.lane.depth, event.lane.residual) for event in events if isinstance(event, Stepped)
    )
    counts = {lane: len(list(group)) for lane, group in groupby(steps)}
    assert counts == {(8, False): 10, (8, True): 10, (20, False): 2, (20, True): 10}
    assert {event.error for event in events if isinstance(event, Stepped)} == {0.75}


def test_a_race_that_is_closed_closes_its_trainings() -> None:
    closed = []

    def training(config: Config) -> Iterator:
        try:
            yield from told(config)
        finally:
            closed.append(config.network.name)

    events = race(TINY, training)
    for _ in LANES:
        next(events)
    events.close()
    assert sorted(closed) == ["plain-20", "plain-8", "residual-20", "residual-8"]


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.integers(1, 30),
)
def test_each_smoothed_number_is_the_mean_of_the_newest(values: list[float], window: int) -> None:
    found = smoothed(np.array(values), window)
    wanted = [np.mean(values[max(0, i + 1 - window) : i + 1]) for i in range(len(values))]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_several_seeds_are_smoothed_each_on_its_own() -> None:
    both = smoothed(np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.5]]), 2)
    np.testing.assert_array_equal(both, [[1, 0.5, 0.5], [0, 0, 0.25]])


def raced(steps: int, errors: dict[Lane, np.ndarray], number: int = 4) -> Race:
    made = Race("id", number, Plan((8, 20), seed=9, steps=steps), "", 0.0, state="running")
    for lane, values in errors.items():
        for step, error in enumerate(values, 1):
            made.tracks[lane].note(Stepped(lane, step, 1.0, float(error)), 0.5)
    return made


def test_a_network_ended_where_the_mean_of_its_last_fifty_batches_is() -> None:
    falling = np.concatenate([np.ones(250), np.full(25, 0.4), np.full(25, 0.2)])
    made = raced(300, {Lane(8, False): falling, Lane(8, True): falling[:-1]})
    assert race_ends(made) == [
        Ended(Lane(8, False), 9, pytest.approx(0.3), 300, recorded=False, number=4)
    ]
    so_far = race_ends(made, so_far=True)
    assert [end.step for end in so_far] == [300, 299]
    assert so_far[1].error == pytest.approx((1 + 25 * 0.4 + 24 * 0.2) / 50)


def test_who_has_made_fewer_than_fifty_batches_has_no_end_yet() -> None:
    made = raced(300, {Lane(8, False): np.ones(49), Lane(8, True): np.ones(50)})
    assert [end.lane for end in race_ends(made, so_far=True)] == [Lane(8, True)]
    assert race_ends(made) == []


def test_curves_are_as_long_as_the_race_has_come() -> None:
    made = raced(300, {Lane(8, False): np.array([1.0, 0.5]), Lane(8, True): np.array([0.5])})
    curves = {curve.lane: curve for curve in race_curves(made)}
    np.testing.assert_array_equal(curves[Lane(8, False)].errors, [1, 0.75])
    assert len(curves[Lane(20, True)].errors) == 0


def test_progress_and_time_left_count_every_network() -> None:
    made = raced(10, {lane: np.ones(4) for lane in LANES})
    assert made.done == pytest.approx(0.4)
    assert made.seconds_left == pytest.approx(4 * 6 * 0.5)
    made.tracks[LANES[0]].note(Fell(LANES[0], InvalidInput("gone").message), 0.1)
    assert made.done == pytest.approx((10 + 3 * 4) / 40)
    assert made.seconds_left == pytest.approx(3 * 6 * 0.5)


def test_nobody_knows_the_time_left_before_all_have_made_a_step() -> None:
    made = raced(10, {LANES[0]: np.ones(1)})
    assert made.seconds_left is None


def test_what_is_read_of_a_track_cannot_be_written() -> None:
    track = Track(3)
    track.note(Stepped(LANES[0], 1, 2.0, 0.5), 0.1)
    for column in (track.losses, track.errors):
        assert column.shape == (1,)
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    track.note(Stepped(LANES[0], 2, 1.0, 0.25), 0.1)
    np.testing.assert_array_equal(track.losses, [2, 1])


def test_a_recording_gives_medians_over_its_seeds(recording) -> None:
    made = recording(np.array([[0, 32, 64], [16, 16, 16], [64, 64, 0]]))
    curve = recorded_curves(made)[0]
    np.testing.assert_allclose(curve.errors, [0.25, 0.25, 0.5])
    np.testing.assert_allclose(curve.lowest, [0, 0.25, 0.25])
    np.testing.assert_allclose(curve.highest, [1, 1, 2 / 3])
    ends = recorded_ends(made)
    assert [end.seed for end in ends] == [0, 1, 2]
    assert medians(ends)[Lane(8, True)] == pytest.approx(0.5)
