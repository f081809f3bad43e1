"""The degradation race as a view: both training errors over batches, then over depth."""

from functools import cache

import streamlit as st

from cnnlab.figures import race as figures
from cnnlab.message import Message
from cnnlab.training.race import races
from cnnlab.training.race.plan import STEPS
from cnnlab.training.race.recording import recorded
from cnnlab.training.race.results import (
    Curve,
    Ended,
    race_curves,
    race_ends,
    recorded_curves,
    recorded_ends,
)
from cnnlab.training.race.state import Race
from cnnlab.ui import chart, choice, controls, lesson
from cnnlab.ui.language import t
from cnnlab.ui.resnet import racers, seen

WATCHED, BESIDE = 1.0, 2.0  # seconds between two looks at a race: in its view, beside the title
IDLE = 4.0  # and, in its view, whether somebody has started one
HEIGHT = 340


def race() -> None:
    """Controls, the race under way or the one chosen, and what is seen of it.

    What goes on is drawn again and again, with its charts only where they are its own.
    """
    lesson.line("race", "race_time", **racers.duration())
    shown = racers.choose()
    racers.refused(shown)
    was = races.running()
    moving = shown is not None and shown.active

    @st.fragment(run_every=_every(WATCHED, IDLE))
    def look() -> None:
        _renew()
        if races.running() is not was:
            st.rerun()
        racers.bar(shown, recorded())
        if moving:
            _charts(shown)

    look()
    if not moving:
        _charts(shown)


def ahead() -> None:
    """A small button: start the race before it is needed; then how far it is, and a way to it."""
    if choice.peek("view", choice.among({"race": ""})):
        return
    every = _every(BESIDE)

    @st.fragment(run_every=every)
    def look() -> None:
        _renew()
        if _every(BESIDE) != every:
            st.rerun()
        _beside()

    with st.container(key="race-beside", width="content"):
        look()


def _beside() -> None:
    kept = races.kept()
    newest = races.running() or (kept[-1] if kept else None)
    if newest is None:
        clicked = st.button(
            t("Start the race"),
            key="race-ahead",
            on_click=racers.start,
            args=(racers.plan(),),
            help=t("Networks train while you teach; the view “Depth race” shows them."),
        )
    else:
        clicked = st.button(
            t("Race: {percent} %", percent=int(100 * newest.done)),
            key="race-open",
            on_click=_open,
            args=(newest,),
            help=racers.short(newest),
        )
    if clicked:  # a fragment alone would not show it
        st.rerun()


def _charts(shown: Race | None) -> None:
    ends = _recorded_ends() if shown is None else race_ends(shown, so_far=True)
    curves = _recorded_curves() if shown is None else race_curves(shown)
    steps = STEPS if shown is None else shown.plan.steps
    theme = chart.theme()
    left, right = st.columns([3, 2], gap="small")
    with left:
        chart.chart(
            figures.over_batches(curves, steps, theme, t, height=HEIGHT),
            "race-batches",
            t("Training error over batches, plain and residual networks"),
        )
    with right:
        chart.chart(
            figures.over_depth(_all_ends(shown, ends), theme, t, height=HEIGHT),
            "race-depth",
            t("Training error over the number of layers, plain and residual networks"),
        )
    _fallen(shown)
    lesson.rule(seen.sentences(ends) if ends or shown is None else seen.too_early(shown))


@cache
def _recorded_curves() -> list[Curve]:
    return recorded_curves(recorded())


@cache
def _recorded_ends() -> list[Ended]:
    return recorded_ends(recorded())


def _all_ends(shown: Race | None, ends: list[Ended]) -> list[Ended]:
    """The recorded networks, those of all races of this server, and those of the race shown."""
    others = [end for race in races.kept() if race is not shown for end in race_ends(race)]
    return [*_recorded_ends(), *others, *(ends if shown is not None else [])]


def _fallen(shown: Race | None) -> None:
    """Why the race, or a network in it, went no further."""
    if shown is None:
        return
    if shown.message is not None:
        st.info(lesson.sentence(t(shown.message)))
    for lane, track in shown.tracks.items():
        if track.fell is not None:
            said = t(Message("{network}: {why}"), network=figures.name(lane), why=track.fell)
            st.info(lesson.sentence(said))


def _every(seconds: float, idle: float | None = None) -> float | None:
    return seconds if races.running() is not None else idle


def _renew() -> None:
    running = races.running()
    if running is not None:
        races.renew(running)


def _open(race: Race) -> None:
    controls.put(view="race", race=race.id)
