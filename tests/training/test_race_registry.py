"""One race at a time, seen by everybody, stopped by who started it or when nobody looks."""

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest

from cnnlab.message import InvalidInput
from cnnlab.training.race.plan import Plan
from cnnlab.training.race.racing import Stepped
from cnnlab.training.race.registry import LEASE, Races
from cnnlab.training.race.state import Race

PATIENCE = 30.0  # seconds: only ever waited for where something is broken
PLAN = Plan((8,), steps=10)


class World:
    """A registry whose races make a step when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.gate, self.closed = Event(), 0
        self.trouble: Exception | None = None
        self.races = Races(self.events, lambda: self.now, most=3)

    def events(self, plan: Plan) -> Iterator:
        try:
            if self.trouble:
                raise self.trouble
            for step in range(1, plan.steps + 1):
                for lane in plan.lanes:
                    yield Stepped(lane, step, 1 / step, 0.5)
                if step == 1:
                    assert self.gate.wait(PATIENCE)
        finally:
            self.closed += 1

    def start(self, owner: str = "mia", plan: Plan = PLAN) -> Race:
        return self.races.find(self.races.start(plan, owner))

    def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "it does not happen"
            time.sleep(0.002)

    def first(self, owner: str = "mia") -> Race:
        """A race whose networks have made their first step, and wait."""
        race = self.start(owner)
        self.until(lambda: all(track.step == 1 for track in race.tracks.values()))
        return race

    def end(self, race: Race) -> None:
        self.gate.set()
        self.until(lambda: not race.active)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.gate.set()
    world.races.shutdown()


def test_a_race_goes_to_its_end(world: World) -> None:
    race = world.first()
    assert (race.state, race.done, world.races.running()) == ("running", 0.1, race)
    world.end(race)
    assert (race.state, race.done, world.races.running()) == ("finished", 1, None)
    assert [track.step for track in race.tracks.values()] == [10, 10]
    assert list(race.tracks[PLAN.lanes[0]].losses) == [1 / step for step in range(1, 11)]


def test_there_is_one_at_a_time_for_everybody(world: World) -> None:
    race = world.first("mia")
    for owner in ("mia", "tom"):
        with pytest.raises(InvalidInput, match="under way"):
            world.start(owner)
    assert world.races.all() == [race]
    world.end(race)
    assert world.start("tom").number == 2


def test_only_who_started_it_stops_it(world: World) -> None:
    race = world.first("mia")
    for other in ("tom", ""):
        assert not world.races.stop(race, other)
    assert not race.stopping.is_set()
    assert world.races.stop(race, "mia")
    world.end(race)
    assert race.state == "stopped"
    assert sum(track.step for track in race.tracks.values()) == 3  # the step under way was made
    assert world.closed == 1


def test_it_stops_when_nobody_has_looked_for_long(world: World) -> None:
    race = world.first()
    world.now += LEASE + 1
    world.end(race)
    assert race.state == "stopped"


def test_it_goes_on_while_its_page_is_left_and_is_looked_at_in_time(world: World) -> None:
    race = world.first()
    world.now += LEASE - 1
    world.races.renew(race)
    world.now += LEASE - 1
    world.end(race)
    assert race.state == "finished"


def test_a_lecture_may_come_to_it_ten_minutes_later() -> None:
    assert LEASE >= 600


def test_what_cannot_be_raced_changes_nothing(world: World) -> None:
    with pytest.raises(InvalidInput):
        world.start(plan=Plan((21,)))
    assert world.races.all() == []
    assert world.first().number == 1


def test_the_last_races_are_kept_and_the_oldest_go(world: World) -> None:
    world.gate.set()
    for number in range(1, 6):
        race = world.start()
        world.until(lambda race=race: not race.active)
        assert race.number == number
    assert [race.number for race in world.races.all()] == [3, 4, 5]
    assert world.races.find("nobody") is None


def test_a_failure_is_told_in_words(world: World) -> None:
    world.trouble = RuntimeError("something else")
    race = world.start()
    world.until(lambda: not race.active)
    assert race.state == "failed"
    assert str(race.message) == "the training has met an error (RuntimeError); the log says more"
    world.trouble = InvalidInput("no digits")
    race = world.start()
    world.until(lambda: not race.active)
    assert (race.state, str(race.message)) == ("failed", "no digits")


def test_the_end_of_the_server_ends_the_race(world: World) -> None:
    race = world.first()
    world.gate.set()
    world.races.shutdown()
    assert not race.active
    assert world.closed == 1


def test_the_secret_itself_is_not_kept(world: World) -> None:
    race = world.first("mia's secret")
    assert "mia" not in race.owner
    assert race.may_stop("mia's secret")


def test_a_race_without_a_thread_is_refused_and_not_kept(monkeypatch) -> None:
    def no_thread(_: object) -> None:
        raise RuntimeError("can't start new thread")

    races = Races(lambda _: iter(()))
    with monkeypatch.context() as broken:
        broken.setattr("threading.Thread.start", no_thread)
        with pytest.raises(InvalidInput, match="too much to do"):
            races.start(PLAN, "mia")
    assert races.all() == []
    assert races.find(races.start(PLAN, "mia")).number == 1
