"""The race as a page shows it: recorded at once, started, watched, stopped, and said in numbers."""

import time
from collections.abc import Callable, Iterator
from threading import Semaphore

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.figures import race as figures
from cnnlab.message import InvalidInput
from cnnlab.training.race import races
from cnnlab.training.race.plan import STEPS, Lane, Plan
from cnnlab.training.race.racing import Fell, Stepped
from cnnlab.training.race.recording import recorded
from cnnlab.training.race.registry import Races
from cnnlab.training.race.results import Ended, recorded_ends
from cnnlab.training.race.state import Race
from cnnlab.ui.resnet import race as view
from cnnlab.ui.resnet import racers, seen
from cnnlab.ui.training import owner

PATIENCE = 30.0  # seconds: only ever waited for where something is broken
KNOWN = {False: 0.5, True: 0.125}  # the error of plain and residual networks in a made-up race


def page() -> None:
    from cnnlab.message import Message
    from cnnlab.ui import lesson
    from cnnlab.ui.resnet import race

    lesson.header("resnet", action=race.ahead)
    lesson.views({"other": (Message("Live"), lambda: None), "race": (Message("Shown"), race.race)})


class World:
    """The server's races, made up: each step when the test says so."""

    def __init__(self) -> None:
        self.gate, self.free = Semaphore(0), False
        self.trouble: Exception | None = None
        self.falls = False
        self.races = Races(self.events)

    def events(self, plan: Plan) -> Iterator:
        for step in range(1, plan.steps + 1):
            if not self.free:
                assert self.gate.acquire(timeout=PATIENCE)
            if self.trouble:
                raise self.trouble
            for lane in plan.lanes:
                if self.falls and step == 3 and lane == plan.lanes[0]:
                    yield Fell(lane, InvalidInput("its numbers are too large").message)
                elif not (self.falls and step > 3 and lane == plan.lanes[0]):
                    yield Stepped(lane, step, 1.0, KNOWN[lane.residual])

    def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "it does not happen"
            time.sleep(0.002)

    def steps(self, count: int) -> None:
        race = self.races.running()
        at = min(track.step for track in race.tracks.values())
        self.gate.release(count)
        self.until(lambda: min(t.step for t in race.tracks.values()) == at + count)

    def end(self) -> None:
        self.free = True
        self.gate.release(STEPS)
        self.until(lambda: self.races.running() is None)


@pytest.fixture
def world(monkeypatch) -> Iterator[World]:
    world = World()
    monkeypatch.setattr(races, "_RACES", world.races)
    monkeypatch.setattr(owner, "current", lambda: "mia")
    yield world
    world.end()


@pytest.fixture
def drawn(monkeypatch) -> dict[str, list]:
    """What the newest figures were made from."""
    made: dict[str, list] = {}
    batches, depth = figures.over_batches, figures.over_depth

    def over_batches(curves, *rest, **more):
        made["curves"] = list(curves)
        return batches(curves, *rest, **more)

    def over_depth(ends, *rest, **more):
        made["ends"] = list(ends)
        return depth(ends, *rest, **more)

    monkeypatch.setattr(figures, "over_batches", over_batches)
    monkeypatch.setattr(figures, "over_depth", over_depth)
    return made


def words(at: AppTest) -> str:
    return "\n".join(each.value for each in [*at.markdown, *at.caption, *at.info])


def bar(at: AppTest) -> str:
    return at.main.get("progress")[0].proto.text


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def opened(show, **query: str) -> AppTest:
    at = show(page, view="race", **query)
    assert not at.exception
    return at


@pytest.mark.usefixtures("world")
def test_the_recorded_race_is_there_at_once_and_labelled_so(show, drawn) -> None:
    at = opened(show)
    assert "**Recorded**, seeds 0 to 4" in words(at)
    assert "python -m cnnlab.training.race.record" in words(at)
    assert {curve.lane for curve in drawn["curves"]} == set(recorded().lanes)
    assert drawn["ends"] == recorded_ends(recorded())
    assert at.selectbox(key="race").value == "recorded"


@pytest.mark.usefixtures("world", "drawn")
def test_what_is_seen_is_said_in_the_recordings_own_numbers(show) -> None:
    said = words(opened(show))
    errors = sorted(e.error for e in recorded_ends(recorded()) if e.lane == Lane(56, False))
    middle, least, most = (f"{100 * e:.0f}" for e in (np.median(errors), errors[0], errors[-1]))
    assert f"56 layers {middle} % ({least}–{most})" in said
    assert "19,200 digits that it **learns from**" in said
    assert "not over-fitting" in said


def test_start_races_what_the_controls_say_and_shows_it(show, world: World, drawn) -> None:
    at = opened(show, depths="8-20", seed="7")
    at.button(key="race-start").click().run()
    race = world.races.running()
    assert race.plan == Plan((8, 20), seed=7)
    assert at.selectbox(key="race").value == race.id
    assert "race-start" not in {button.key for button in at.button}
    world.steps(2)
    at.run()
    assert bar(at).startswith("Race 1 · batch 2 of 300 · ")
    assert "left" in bar(at)
    assert "8 layers: " in bar(at)
    assert [list(curve.errors) for curve in drawn["curves"]] == [[0.5, 0.5], [0.125, 0.125]] * 2
    assert drawn["ends"] == recorded_ends(recorded())
    assert "After 50 batches the first means are there." in words(at)


def test_after_fifty_batches_its_own_numbers_are_said(show, world: World, drawn) -> None:
    at = opened(show)
    at.button(key="race-start").click().run()
    world.steps(60)
    at.run()
    said = words(at)
    assert "Digits wrong in the last 50 of 60 batches:" in said
    assert "**plain** 8 layers 50 %, 20 layers 50 %;" in said
    assert "**residual** 8 layers 12 %, 20 layers 12 %." in said
    assert "try deeper ones" in said
    assert "not over-fitting" not in said
    own = [end for end in drawn["ends"] if not end.recorded]
    assert [(end.step, end.number) for end in own] == [(60, 1)] * 4


def test_stop_stops_it_and_what_came_of_it_stays(show, world: World) -> None:
    at = opened(show)
    at.button(key="race-start").click().run()
    world.steps(5)
    at.run()
    at.button(key="race-stop").click().run()
    assert at.button(key="race-stop").disabled
    world.gate.release(1)
    world.until(lambda: world.races.running() is None)
    at.run()
    assert bar(at).startswith("Race 1 · stopped · batch 6 of 300")
    assert not at.button(key="race-start").disabled
    assert "It ended after 6 batches, too early for a mean of 50." in words(at)
    assert "first means" not in words(at)


def test_a_finished_race_stays_for_comparison(show, world: World, drawn) -> None:
    world.free = True
    world.races.start(Plan((8, 20), seed=5), "tom")
    world.until(lambda: world.races.running() is None)
    at = opened(show)
    assert [end.seed for end in drawn["ends"] if not end.recorded] == [5] * 4
    assert len(drawn["curves"]) == 8  # the recorded one is shown
    race = world.races.all()[0]
    at.selectbox(key="race").set_value(race.id).run()
    assert len(drawn["curves"]) == 4
    assert [end.seed for end in drawn["ends"] if not end.recorded] == [5] * 4  # each once
    assert bar(at) == "Race 1 · done · batch 300 of 300"


def test_who_has_not_started_it_watches(show, world: World) -> None:
    world.races.start(Plan(), "tom")
    world.steps(1)
    at = opened(show)
    assert "somebody else has started it" in bar(at)
    assert at.button(key="race-start").disabled
    assert "Stop" not in labels(at)
    assert at.selectbox(key="race").value == world.races.running().id


def test_a_start_that_comes_too_late_is_told(show, world: World) -> None:
    at = opened(show)
    world.races.start(Plan(), "tom")
    at.button(key="race-start").click().run()
    assert "A race is under way: there is one at a time, for everybody." in words(at)
    assert len(world.races.all()) == 1


def test_it_can_be_started_ahead_and_opened_from_elsewhere(show, world: World) -> None:
    at = show(page, seed="3")
    assert at.query_params.get("view") is None
    at.button(key="race-ahead").click().run()
    assert world.races.running().plan == Plan((8, 20), seed=3)
    world.steps(3)
    at.run()
    assert at.button(key="race-open").label == "Race: 1 %"
    assert at.button(key="race-open").help.startswith("Race 1 · under way · ")
    assert "race-ahead" not in {button.key for button in at.button}
    at.button(key="race-open").click().run()
    assert bar(at).startswith("Race 1 · batch 3 of 300")
    assert "race-open" not in {button.key for button in at.button}


def test_looking_from_elsewhere_keeps_it_alive(show, world: World) -> None:
    world.races.start(Plan(), "mia")
    race = world.races.running()
    race.renewed = -1e9
    show(page)
    assert race.renewed > 0


def test_a_network_that_falls_and_a_race_that_fails_are_told(show, world: World) -> None:
    world.falls = True
    at = opened(show)
    at.button(key="race-start").click().run()
    world.gate.release(4)
    race = world.races.running()
    world.until(lambda: race.tracks[Lane(8, True)].step == 4)
    at.run()
    assert "Plain, 8 layers: its numbers are too large." in words(at)
    world.trouble = MemoryError()
    world.gate.release(1)
    world.until(lambda: world.races.running() is None)
    at.run()
    assert "There is not enough memory" in words(at)
    assert "failed" in bar(at)


@pytest.mark.usefixtures("world", "drawn")
@pytest.mark.parametrize(
    "query",
    [
        {"depths": "110", "seed": "1e999", "race": "../../etc"},
        {"depths": "", "seed": "-1", "race": "<script>"},
        {"depths": "8-20", "seed": "9999", "race": "recorded"},
    ],
)
def test_no_link_breaks_it(show, query: dict[str, str]) -> None:
    at = opened(show, **query)
    assert at.selectbox(key="race").value == "recorded"
    assert 0 <= at.number_input(key="seed").value <= 9999


@pytest.mark.usefixtures("world", "drawn")
def test_in_chinese_everything_is_chinese(show) -> None:
    at = show(page, locale="zh-CN", view="race")
    said = words(at)
    assert "**预先录制**，种子 0 到 4" in said
    assert "过拟合" in said
    assert "layers" not in said.replace("cnnlab", "")
    assert labels(at) == ["开始"]


def ended(lane: Lane, *errors: float) -> list[Ended]:
    return [Ended(lane, seed, error, 300, recorded=True) for seed, error in enumerate(errors)]


@pytest.mark.parametrize(
    ("plain", "residual", "sections"),
    [
        (0.5, 0.1, ["race_worse"]),
        (0.14, 0.1, ["race_alike"]),
        (0.05, 0.1, ["race_alike"]),
        (0.5, 0.3, ["race_worse", "race_residual_worse"]),
        (0.12, 0.2, ["race_alike", "race_residual_worse"]),
    ],
)
def test_no_more_is_said_than_the_numbers_show(
    monkeypatch, plain: float, residual: float, sections: list[str]
) -> None:
    monkeypatch.setattr(seen.lesson, "prose", lambda section, **_: section)
    ends = ended(Lane(8, False), 0.1) + ended(Lane(8, True), 0.1)
    ends += ended(Lane(56, False), plain) + ended(Lane(56, True), residual)
    assert seen.follows(ends) == sections


def test_of_one_depth_nothing_follows() -> None:
    assert seen.follows(ended(Lane(8, False), 0.9) + ended(Lane(8, True), 0.1)) == []


def test_the_action_beside_the_title_is_not_there_twice(show, world: World) -> None:
    world.races.start(Plan(), "mia")
    assert not {"race-ahead", "race-open"} & {button.key for button in opened(show).button}


def test_the_view_looks_often_only_while_a_race_goes_on(world: World) -> None:
    assert (view._every(1.0, 4.0), view._every(2.0)) == (4.0, None)
    world.races.start(Plan(), "mia")
    assert (view._every(1.0, 4.0), view._every(2.0)) == (1.0, 2.0)
    world.end()
    assert (view._every(1.0, 4.0), view._every(2.0)) == (4.0, None)


def test_who_looks_on_is_shown_a_race_that_somebody_starts_once(show, world: World) -> None:
    at = opened(show)
    world.races.start(Plan(), "tom")
    at.run()
    race = world.races.running()
    assert at.selectbox(key="race").value == race.id
    assert at.query_params["race"] == race.id, "a link to it, while it goes on"
    at.selectbox(key="race").set_value("recorded").run()
    at.run()
    assert at.selectbox(key="race").value == "recorded"
    assert "Getting ready" in bar(at)


@pytest.mark.usefixtures("world")
def test_a_linked_race_that_is_gone_is_told_until_another_is_shown(show) -> None:
    said = "The race of this link is not kept any more. Shown: the recorded one."
    at = opened(show, race="3fGh_x")
    assert at.selectbox(key="race").value == "recorded"
    assert said in words(at)
    at.run()
    assert said in words(at)
    at.button(key="race-start").click().run()
    assert said not in words(at)
    assert said not in words(opened(show, race="recorded"))


def test_stopping_is_said_before_it_is_ready() -> None:
    race = Race("one", 1, Plan((8,)), "", 0.0)
    assert racers.progress(race).startswith("Getting ready")
    race.stopping.set()
    assert racers.progress(race) == "Stopping…"


def test_how_long_it_takes_is_estimated_from_what_was_measured(show, world: World) -> None:
    assert "8, 20 layers: about 30 s here." in words(opened(show))
    assert "20, 56 layers: about 1:22 min here." in words(opened(show, depths="20-56"))
    world.races.start(Plan((8,)), "tom")
    world.steps(1)
    for lane, track in world.races.running().tracks.items():
        track._seconds.clear()
        track._seconds.append(0.01 * lane.depth)
    assert "8, 20 layers: about 2:48 min here." in words(opened(show, depths="8-20"))


def test_progress_is_said_in_minutes_and_seconds() -> None:
    race = Race("one", 2, Plan((8,), steps=100), "", 0.0, state="running")
    for lane in race.tracks:
        race.tracks[lane].note(Stepped(lane, 1, 1.0, 0.5), 0.5)
    assert racers.short(race) == "Race 2 · under way · 1:39 min left"
    race.state = "finished"
    assert racers.short(race) == "Race 2 · done"
