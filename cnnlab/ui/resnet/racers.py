"""Which race is run, and which one is shown; starting, stopping, and how far it is, in words."""

from collections.abc import Mapping

import streamlit as st

from cnnlab.message import InvalidInput, Message
from cnnlab.training.race import races
from cnnlab.training.race.plan import Plan
from cnnlab.training.race.recording import COMMAND, Recording
from cnnlab.training.race.state import Race
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.language import t
from cnnlab.ui.training import owner, run

DEPTHS: Mapping[str, tuple[int, ...]] = {
    "8-20": (8, 20),  # the first one: it is done while one speaks about it
    "20-56": (20, 56),
    "8-20-32": (8, 20, 32),
    "8-20-32-56": (8, 20, 32, 56),
}
RECORDED = "recorded"
A_LAYER = 0.0018  # seconds for a layer and a batch, measured on one core of a busy machine
_REFUSED = "_race_refused"  # why no race could be started
_NOTICED = "_race_noticed"  # the race under way that this visitor has been shown
_GONE = "_race_gone"  # the link named a race that is not kept any more
_STATES = {
    "loading": Message("getting ready"),
    "running": Message("under way"),
    "finished": Message("done"),
    "stopped": Message("stopped"),
    "failed": Message("failed"),
}


def plan() -> Plan:
    """The race that the controls say, whether or not they are drawn."""
    depths = choice.peek("depths", choice.among(DEPTHS)) or next(iter(DEPTHS))
    seed = choice.peek("seed", controls.WHOLES["seed"].read) or 0
    return Plan(DEPTHS[depths], seed)


def choose() -> Race | None:
    """The controls, and the race to be shown; None: the recorded one."""
    with st.container(key="race-controls"):
        first, second, third, last = st.columns(
            [3, 2, 2, 4], vertical_alignment="bottom", gap="small"
        )
        with first:
            controls.select("depths", {slug: _layers(each) for slug, each in DEPTHS.items()})
        with second:
            controls.number("seed")
        with third:
            button()
        with last:
            return _shown()


def _shown() -> Race | None:
    """Which race is shown: a new one under way at once, else what the visitor has chosen."""
    kept = {race.id: race for race in reversed(races.kept())}
    running, asked = races.running(), choice.peek("race", lambda found: found)
    if running is not None and st.session_state.get(_NOTICED) != running.id:
        st.session_state[_NOTICED] = running.id
        if asked not in kept or not kept[asked].active:
            controls.put(race=running.id)
    elif asked not in (None, RECORDED, *kept):
        st.session_state[_GONE] = True
    named = {RECORDED: Message("Recorded, five seeds")}
    named |= {key: _named(race) for key, race in kept.items()}
    return kept.get(controls.select("race", named, default=RECORDED))


def button() -> None:
    """Start what the controls say, or stop what this browser has started."""
    running = races.running()
    if running is not None and running.may_stop(owner.current()):
        st.button(
            t("Stop"),
            key="race-stop",
            on_click=_stop,
            args=(running,),
            disabled=running.stopping.is_set(),
            width="stretch",
        )
        return
    st.button(
        t("Start"),
        key="race-start",
        type="primary",
        on_click=start,
        args=(plan(),),
        disabled=running is not None,
        help=t("A race is under way: there is one at a time.") if running is not None else None,
        width="stretch",
    )


def start(plan: Plan) -> None:
    """Start a race, and show it: a callback."""
    try:
        controls.put(race=races.start(plan, owner.current()))
    except InvalidInput as error:
        st.session_state[_REFUSED] = error


def refused(shown: Race | None) -> None:
    """Why the last start did not come about, said once; and that what a link named is gone."""
    error = st.session_state.pop(_REFUSED, None)
    if error is not None:
        lesson.problem(error)
    if shown is not None:
        st.session_state.pop(_GONE, None)
    if _GONE in st.session_state:
        gone = InvalidInput("the race of this link is not kept any more")
        lesson.problem(gone, Message("Shown: the recorded one."))


def duration() -> dict[str, object]:
    """How long the race that the controls say takes, about: the fields of a sentence."""
    wanted = plan()
    layers = 2 * sum(wanted.depths)
    return {
        "depths": ", ".join(map(str, wanted.depths)),
        "time": run.duration(_a_layer() * layers * wanted.steps),
    }


def _a_layer() -> float:
    """Seconds for a layer and a batch, as the newest race of this server has found."""
    for race in reversed(races.kept()):
        found = [
            track.seconds_a_step / lane.depth
            for lane, track in race.tracks.items()
            if track.seconds_a_step is not None
        ]
        if found:
            return sum(found) / len(found)
    return A_LAYER


def bar(shown: Race | None, recording: Recording) -> None:
    """How far the race under way is; where there is none, what is shown."""
    running = races.running()
    with st.container(key="run-bar", horizontal=True, vertical_alignment="center", gap="small"):
        if running is not None:
            st.progress(running.done, text=progress(running), width="stretch")
        elif shown is None:
            st.caption(_recorded(recording))
        else:
            st.progress(shown.done, text=_ended(shown), width="stretch")


def progress(race: Race) -> str:
    """How far a race is, what is left, and how long a network takes for a batch."""
    if race.stopping.is_set():
        return t("Stopping…")
    if race.state == "loading":
        return t("Getting ready: PyTorch is loaded, once…")
    step = max(track.step for track in race.tracks.values())
    said = [
        t("Race {number}", number=race.number),
        t("batch {step} of {steps}", step=step, steps=race.plan.steps),
        *_left(race),
    ]
    if not race.may_stop(owner.current()):
        said.append(t("somebody else has started it"))
    return " · ".join([*said, *_speeds(race)])


def short(race: Race) -> str:
    """Where a race stands, in a few words.

    >>> short(Race("x", 1, Plan(), "", 0.0))
    'Race 1 · getting ready'
    """
    named = t("Race {number}", number=race.number)
    return " · ".join([named, t(_STATES[race.state]), *(_left(race) if race.active else [])])


def _left(race: Race) -> list[str]:
    seconds = race.seconds_left
    return [] if seconds is None else [t("{time} left", time=run.duration(seconds))]


def _speeds(race: Race) -> list[str]:
    """Milliseconds a batch, by depth: plain and residual networks take about as long."""
    found: dict[int, list[float]] = {}
    for lane, track in race.tracks.items():
        if track.seconds_a_step is not None:
            found.setdefault(lane.depth, []).append(track.seconds_a_step)
    return [
        t("{depth} layers: {ms} ms a batch", depth=depth, ms=round(1000 * sum(each) / len(each)))
        for depth, each in found.items()
    ]


def _ended(race: Race) -> str:
    said = [t("Race {number}", number=race.number), t(_STATES[race.state])]
    step = max(track.step for track in race.tracks.values())
    said.append(t("batch {step} of {steps}", step=step, steps=race.plan.steps))
    return " · ".join(said)


def _recorded(recording: Recording) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in recording.made_with.items())
    return t(
        "**Recorded**, seeds {first} to {last} ({versions}); made anew by `{command}`.",
        first=recording.seeds[0],
        last=recording.seeds[-1],
        versions=versions,
        command=COMMAND,
    )


def _layers(depths: tuple[int, ...]) -> Message:
    return Message("{depths} layers", {"depths": ", ".join(map(str, depths))})


def _named(race: Race) -> Message:
    return Message(
        "Race {number}: {depths} layers, seed {seed}",
        {
            "number": race.number,
            "depths": ", ".join(str(depth) for depth in sorted(set(race.plan.depths))),
            "seed": race.plan.seed,
        },
    )


def _stop(race: Race) -> None:
    races.stop(race, owner.current())
