"""The run that the page shows: the one that the link names, and what its owner may do with it."""

from collections.abc import Callable

import streamlit as st

from cnnlab.message import Message
from cnnlab.training import jobs
from cnnlab.training.config import Config
from cnnlab.training.job import Job
from cnnlab.ui import choice, link
from cnnlab.ui.language import t
from cnnlab.ui.training import owner
from cnnlab.ui.training.controls import LABELS

WATCHED, WAITING = 0.5, 2.0  # seconds between two looks at a run that works, or that waits


def shown() -> Job | None:
    """The run that the link names, if there is (still) one."""
    named = link.value("run")
    return jobs.find(named) if named else None


def pace(job: Job | None) -> float | None:
    """The seconds after which the page looks at the run again; None: nothing will change."""
    if job is None or not job.active:
        return None
    return WATCHED if job.state in ("running", "loading") else WAITING


def button(config: Config, job: Job | None) -> None:
    """The big button: it starts what the controls say, or stops what its owner sees running."""
    if job is not None and job.active and job.may_control(owner.current()):
        st.button(
            t("Stop"), key="run-stop", on_click=job.stop, args=(owner.current(),), width="stretch"
        )
        return
    st.button(
        t("Start"),
        key="run-start",
        type="primary",
        on_click=_start,
        args=(config,),
        width="stretch",
    )


def bar(job: Job | None, said: str) -> None:
    """Where the run stands, in one line: its controls, its progress, and what is ``said`` of it."""
    with st.container(key="run-bar", horizontal=True, vertical_alignment="center", gap="small"):
        if job is not None and job.may_control(owner.current()):
            _controls(job)
        done = 0.0 if job is None else min(1.0, job.step / job.config.steps)
        st.progress(done, text=said, width="stretch")


def status(job: Job) -> str:
    """The state of a run as a sentence."""
    fields = {"step": f"{job.step:,}", "steps": f"{job.config.steps:,}"}
    if job.state == "queued":
        return t("Waiting: place {place} in the queue", place=job.place or 1)
    if job.state == "loading":
        return t("Getting ready…")
    if job.state == "failed":
        return t("Ended at step {step} of {steps}", **fields)
    if job.state == "loaded":
        return t("Weights from a file")
    said = t(_SAID.get(job.state, _SAID["running"]), **fields)
    return " · ".join([said, *_accuracy(job), *_speed(job)])


_SAID = {
    "running": Message("Step {step} of {steps}"),
    "paused": Message("Paused at step {step} of {steps}"),
    "finished": Message("Done: {steps} steps"),
    "stopped": Message("Stopped at step {step} of {steps}"),
    "suspended": Message("Put aside at step {step} of {steps}"),
}


_READ = {
    "validation": Message("{share} of the validation digits right"),
    "test": Message("{share} of the test digits right"),
}


def _accuracy(job: Job) -> list[str]:
    """What the newest evaluation gave."""
    evaluations = job.evaluations
    if not evaluations:
        return []
    newest = evaluations[-1]
    return [f"**{t(_READ[newest.split], share=f'{100 * newest.accuracy:.2f} %')}**"]


def _speed(job: Job) -> list[str]:
    """Images per second, and the time that is left."""
    speed, left = job.images_per_second, job.seconds_left
    said = [] if not speed else [t("{n} images/s", n=f"{speed:,.0f}")]
    if job.state == "running" and left is not None:
        said.append(t("{time} left", time=duration(left)))
    return said


def duration(seconds: float) -> str:
    """A time as it is said: "8 s", "3:05 min".

    >>> duration(7.6), duration(185)
    ('8 s', '3:05 min')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d} min"


def _controls(job: Job) -> None:
    """Pause, one step, go on, and the learning rate while it runs."""
    mine = owner.current()
    if job.state in ("running", "loading", "queued"):
        _button("run-pause", Message("Pause"), job.pause, mine)
    elif job.state in ("paused", "suspended"):
        _button("run-go-on", Message("Go on"), job.go_on, mine)
    if job.state == "paused":
        _button("run-step", Message("One step"), job.step_once, mine)
    if job.active:
        _rate(job, mine)


def _button(key: str, label: Message, ask: Callable[[str], bool], mine: str) -> None:
    st.button(t(label), key=key, on_click=ask, args=(mine,))


def _rate(job: Job, mine: str) -> None:
    """The highest learning rate of the schedule, changed while it runs."""
    options = [float(text) for text in LABELS["rate"]]
    highest = job.changes[-1].learning_rate if job.changes else job.config.learning_rate
    options = sorted({*options, highest})

    def changed() -> None:
        job.set_learning_rate(st.session_state["rate-now"], mine)

    if "rate-now" not in st.session_state:
        st.session_state["rate-now"] = highest
    st.selectbox(
        t("Learning rate"),
        options,
        format_func=lambda rate: f"η {rate:g}",
        key="rate-now",
        on_change=changed,
        label_visibility="collapsed",
        filter_mode=None,
        width=110,
    )


def _start(config: Config) -> None:
    """Start a run, and let the link name it: who has the link may watch."""
    st.session_state.pop("rate-now", None)
    link.keep("run", jobs.start(config, owner.current()))
    choice.forget("view")
