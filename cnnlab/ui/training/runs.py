"""What outlives a run: its weights, its table, its program; earlier runs, and weights from a file.

Only what this browser started is listed; a link opens any run.
"""

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from cnnlab.message import InvalidInput, Message
from cnnlab.nets import weights
from cnnlab.training import config_json, jobs
from cnnlab.training.config import Config
from cnnlab.training.folder import Summary
from cnnlab.training.job import Job
from cnnlab.training.table import csv
from cnnlab.ui import choice, lesson, link
from cnnlab.ui.language import t
from cnnlab.ui.training import owner

HEIGHT = 330  # pixels: what does not fit is scrolled to
_REFUSED = "_weights_refused"
_UPLOADS = "_weights_uploads"  # counts them, so that the next one finds an empty place
STATES = {
    "queued": Message("waiting"),
    "loading": Message("running"),
    "running": Message("running"),
    "paused": Message("paused"),
    "finished": Message("done"),
    "stopped": Message("stopped"),
    "failed": Message("ended by an error"),
    "suspended": Message("put aside"),
}


def panel(job: Job | None) -> None:
    """What can be taken from the run on the page; a place for weights; this browser's runs."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _take(job)
        _load()
    with right:
        _earlier(job)


def _take(job: Job | None) -> None:
    """The downloads; each is made when it is clicked, of the run as it then is."""
    st.markdown(t("**This run**"))
    if job is None or job.latest is None:
        st.caption(t("There is nothing to save yet: press Start."))
        return
    if job.unsaved is not None:
        st.info(lesson.sentence(t(job.unsaved)))
    name = file_name(job.config)
    with st.container(horizontal=True, gap="small"):
        _download("weights", Message("Weights"), partial(packed, job), f"{name}.safetensors")
        if len(job.history):
            table = partial(lambda: csv(job.history, job.evaluations))
            _download("csv", Message("Numbers (CSV)"), table, f"{name}.csv")
            _download("script", Message("Python program"), partial(program, job), f"{name}.py")


def _download(key: str, label: Message, make, name: str) -> None:
    st.download_button(t(label), make, name, key=f"save-{key}", on_click="ignore")


def packed(job: Job) -> bytes:
    """The newest weights as a file, with the config and where they come from."""
    frame = job.latest
    assert frame is not None  # the button is only there with a frame
    return weights.pack(config_json.dumps(job.config), frame.weights, step=str(frame.step))


def program(job: Job) -> str:
    """A program that makes the same training, as far as it came."""
    from cnnlab.training.script import script

    return script(job.config, job.changes, None if job.active else job.step)


def file_name(config: Config) -> str:
    """The name of a network as that of a file.

    >>> from cnnlab.engine.networks import FAST
    >>> file_name(Config(network=FAST, seed=3))
    'cnnlab-fast-seed3'
    """
    plain = "".join(sign if sign.isalnum() else "-" for sign in config.network.name.lower())
    return f"cnnlab-{plain.encode('ascii', 'ignore').decode()[:30]}-seed{config.seed}"


def _load() -> None:
    """A place for a file of weights; what is no such file is refused with a sentence."""
    st.markdown(t("**Weights from a file**"))
    key = f"weights-{st.session_state.setdefault(_UPLOADS, 0)}"
    st.file_uploader(
        t("Weights that were saved here"),
        type=["safetensors"],
        key=key,
        on_change=_received,
        args=(key,),
        label_visibility="collapsed",
    )
    refused = st.session_state.get(_REFUSED)
    if refused is not None:
        lesson.problem(refused)


def _received(key: str) -> None:
    """Open the file that was given; or remember why it cannot be."""
    file = st.session_state.get(key)
    st.session_state.pop(_REFUSED, None)
    if file is None:
        return
    st.session_state[_UPLOADS] += 1
    try:
        _show(adopted(file.getvalue(), owner.current()))
    except InvalidInput as error:
        st.session_state[_REFUSED] = error


def adopted(data: bytes, mine: str) -> str:
    """A run "loaded" of a file's bytes; raises InvalidInput for anything that is no such file."""
    facts, arrays = weights.unpack(data)
    config = config_json.loads(facts["config"])
    fitting = weights.fitting(config.network, arrays)
    return jobs.adopt(config, fitting, mine, step=facts.get("step"))


def _earlier(job: Job | None) -> None:
    """The runs of this browser, newest first."""
    st.markdown(t("**Runs of this browser**"))
    found, skipped = jobs.listed(owner.current())
    if not found:
        st.caption(t("No run has been kept yet: every run is, from its first seconds on."))
    else:
        with st.container(height=HEIGHT if len(found) > 4 else "content", border=False):
            for summary in found:
                _row(summary, job is not None and job.id == summary.id)
    for message in skipped:
        st.caption(lesson.sentence(t(message)))


def _row(summary: Summary, shown: bool) -> None:
    """One run: what it was, and buttons to open it and to delete it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(described(summary, st.context.timezone), width="stretch")
        st.button(
            t("Open"), key=f"open-{summary.id}", on_click=_show, args=(summary.id,), disabled=shown
        )
        st.button(
            t("Delete"),
            key=f"delete-{summary.id}",
            on_click=_delete,
            args=(summary.id, shown),
            disabled=summary.state in ("queued", "loading", "running", "paused"),
        )


def described(summary: Summary, timezone: str | None) -> str:
    """Network, accuracy, how far it came and when, in one line of Markdown."""
    scored = "" if summary.accuracy is None else f"{100 * summary.accuracy:.2f} %"
    if scored:
        scored = t(
            "{percent} on test" if summary.tested else "{percent} on validation", percent=scored
        )
    steps = f"{summary.step:,} / {summary.config.steps:,}"
    how = t(STATES[summary.state]) if summary.state in STATES else ""
    parts = [scored, t("{steps} steps", steps=steps), how, _when(summary.started, timezone)]
    name = lesson.plain(summary.config.network.name)
    return f"**{name}** · " + " · ".join(part for part in parts if part)


def _when(started: float, timezone: str | None) -> str:
    """The visitor's own date and time."""
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (KeyError, ValueError, OSError):  # what a browser calls its zone may be unknown here
        zone = UTC
    return f"{datetime.fromtimestamp(started, zone):%Y-%m-%d %H:%M}"


def _show(key: str) -> None:
    """Let the page, and its link, name this run."""
    link.keep("run", key)
    choice.forget("view")


def _delete(key: str, shown: bool) -> None:
    if jobs.delete(key, owner.current()) and shown:
        link.keep("run", None)
