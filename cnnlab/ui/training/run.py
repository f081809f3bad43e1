"""The run that the page shows: the one that the link names, and what its owner may do with it."""

import time
from collections.abc import Callable

import streamlit as st

from cnnlab.message import InvalidInput, Message
from cnnlab.training import jobs
from cnnlab.training.config import Config
from cnnlab.training.events import SetLearningRate
from cnnlab.training.job import Job
from cnnlab.ui import choice, lesson, link
from cnnlab.ui.language import t
from cnnlab.ui.training import owner
from cnnlab.ui.training.controls import LABELS

WATCHED, WAITING = 0.5, 2.0  # seconds between two looks at a run that has a place, or waits for one
A_STEP = 0.4  # seconds that a click waits for its one step
RECENT = 20  # batches whose mean says how the run stands before anything was evaluated
_STOPPING = "_stopping"  # the run whose stop was asked for
_REFUSED = "_start_refused"  # why no run could be started


def shown() -> Job | None:
    """The run that the link names, if there is (still) one."""
    named = link.value("run")
    return jobs.find(named) if named else None


def mine(job: Job | None) -> bool:
    """Whether this browser controls the run."""
    return job is not None and job.may_control(owner.current())


def controlled(job: Job | None) -> bool:
    """Whether the run goes on and this browser controls it."""
    return job is not None and job.active and mine(job)


def done(job: Job) -> float:
    """The share of its steps that are done."""
    return min(1.0, job.step / job.config.steps)


def pace(job: Job | None) -> float | None:
    """The seconds after which the page looks at the run again; None: nothing will change."""
    if job is None or not job.active:
        return None
    return WAITING if job.state == "queued" else WATCHED


def button(config: Config, job: Job | None, *, fits: bool = True) -> None:
    """The big button: it starts what the controls say, or stops what its owner sees running.

    Where the controls say what cannot be trained, it does not start anything else (``fits``).
    """
    if job is not None and controlled(job):
        st.button(t("Stop"), key="run-stop", on_click=_stop, args=(job,), width="stretch")
        return
    st.button(
        t("Start"),
        key="run-start",
        type="primary",
        on_click=_start,
        args=(config,),
        disabled=not fits,
        width="stretch",
    )


def refused() -> None:
    """Why the last start did not come about, if it did not; said once."""
    error = st.session_state.pop(_REFUSED, None)
    if error is not None:
        lesson.problem(error)


def bar(job: Job | None, said: str) -> None:
    """Where the run stands, in one line: its controls, its progress, and what is ``said`` of it."""
    with st.container(key="run-bar", horizontal=True, vertical_alignment="center", gap="small"):
        if job is not None and mine(job) and not _ending(job):
            _controls(job)
        st.progress(0.0 if job is None else done(job), text=said, width="stretch")


def status(job: Job) -> str:
    """The state of a run as a sentence."""
    fields = {"step": f"{job.step:,}", "steps": f"{job.config.steps:,}"}
    if job.state == "queued":
        return t("Waiting: place {place} in the queue", place=job.place or 1)
    if job.state == "loading":
        torch = job.config.backend == "torch"
        return t("Getting ready: PyTorch is loaded, once…") if torch else t("Getting ready…")
    if job.state == "failed":
        return t("Ended at step {step} of {steps}", **fields)
    if _ending(job):
        return t("Step {step} of {steps}: now the test digits are read…", **fields)
    said = t(_SAID.get(job.state, _SAID["running"]), **fields)
    return " · ".join([said, *_accuracy(job), *_speed(job)])


_SAID = {
    "running": Message("Step {step} of {steps}"),
    "paused": Message("Paused at step {step} of {steps}"),
    "finished": Message("Done: {steps} steps"),
    "stopped": Message("Stopped at step {step} of {steps}"),
    "suspended": Message("Put aside at step {step} of {steps}"),
    "loaded": Message("Weights from a file"),
}
_READ = {
    "validation": Message("{share} of the validation digits right"),
    "test": Message("{share} of the test digits right"),
}


def _ending(job: Job) -> bool:
    """Whether no more steps come, but what comes after them does."""
    asked = st.session_state.get(_STOPPING) == job.id
    return job.state == "running" and (asked or job.step >= job.config.steps)


def recent(job: Job) -> float | None:
    """The share of the newest training images that were read right; None before the first step."""
    accuracies = job.history.table().accuracies[-RECENT:]
    return float(accuracies.mean()) if len(accuracies) else None


def _accuracy(job: Job) -> list[str]:
    """What the newest evaluation of a trained network gave; before it, the newest batches."""
    newest = job.evaluations[-1] if job.evaluations else None  # in the end, of the test digits
    share = recent(job)
    if newest is not None and (newest.step > 0 or not job.active):
        return [f"**{t(_READ[newest.split], share=percent(newest.accuracy))}**"]
    if share is None:
        return []
    return [t("{share} of the newest training images right", share=percent(share))]


def percent(share: float) -> str:
    """A share as it is said.

    >>> percent(0.99071)
    '99.07 %'
    """
    return f"{100 * share:.2f} %"


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
    if job.state in ("running", "loading", "queued"):
        _button("run-pause", Message("Pause"), job.pause)
    elif job.state in ("paused", "suspended"):
        _button("run-go-on", Message("Go on"), job.go_on)
    if job.state == "paused":
        st.button(t("One step"), key="run-step", on_click=_one_step, args=(job,))
    if job.active:
        _rate(job)


def _button(key: str, label: Message, ask: Callable[[str], bool]) -> None:
    st.button(t(label), key=key, on_click=ask, args=(owner.current(),))


def _rate(job: Job) -> None:
    """The highest learning rate of the schedule, changed while it runs; and what it is now."""
    highest, key = highest_rate(job), f"rate-{job.id}"
    options = sorted({*(float(text) for text in LABELS["rate"]), highest})

    def changed() -> None:
        _set_rate(job, st.session_state[key])

    if st.session_state.get(key) != highest:  # also changed from another tab
        st.session_state[key] = highest
    constant = job.config.schedule == "constant"
    with st.container(key="rate-now", width="content"):
        st.selectbox(
            t("Learning rate"),
            options,
            format_func=lambda rate: f"η {rate:g}" if constant else f"η ≤ {rate:g}",
            key=key,
            on_change=changed,
            label_visibility="collapsed",
            filter_mode=None,
            width=130,
        )


def _set_rate(job: Job, rate: float) -> None:
    """A browser tells the rate also when the box is taken away: that is no change."""
    if rate != highest_rate(job):
        job.set_learning_rate(rate, owner.current())


def highest_rate(job: Job) -> float:
    """The highest rate of the schedule, as it was last asked for: the step that takes it may wait.

    Before any change it is the config's.
    """
    asked = [wish.value for wish in list(job.wishes) if isinstance(wish, SetLearningRate)]
    told = [change.learning_rate for change in job.changes]
    return [job.config.learning_rate, *told, *asked][-1]


def _start(config: Config) -> None:
    """Start a run, and let the link name it: who has the link may watch."""
    try:
        link.keep("run", jobs.start(config, owner.current()))
        choice.forget("view")
    except InvalidInput as error:
        st.session_state[_REFUSED] = error


def _stop(job: Job) -> None:
    if job.stop(owner.current()):
        st.session_state[_STOPPING] = job.id


def _one_step(job: Job) -> None:
    """Ask for a step, and wait a moment for it: who clicks wants to see it."""
    before, end = job.step, time.monotonic() + A_STEP
    job.step_once(owner.current())
    while job.step == before and time.monotonic() < end:
        time.sleep(0.02)
