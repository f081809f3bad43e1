"""The time machine: the run as it was at any step that was kept, beside a run that goes on."""

import numpy as np
import streamlit as st

from cnnlab.training.job import Job
from cnnlab.ui import lesson
from cnnlab.ui.language import t
from cnnlab.ui.training import live, results
from cnnlab.ui.training.shown import at

_KEPT = "machine-step"  # which step is shown, for this session: run → step
CURVES, KERNELS, BARS, MAPS, CONFUSION = 196, 160, 132, 160, 296


def view(job: Job | None, digit: int) -> None:
    """A slider over the kept steps; curves' marker, kernels, maps, answer and mistakes follow it.

    The frames are read, never asked for: the run does not notice.
    """
    steps = [frame.step for frame in job.frames] if job else []
    if job is None or not steps:
        st.caption(t("Nothing is kept yet: the first step is still to come."))
        return
    shown = at(job, _chosen(job.id, steps), digit)
    left, right = st.columns([10, 9], gap="medium")
    with left:
        live.show_curves(shown, "machine", height=CURVES)
        results.show_confusion(shown, "machine", height=CONFUSION)
    with right, st.container(key="machine-digit", gap="small"):
        live.show_kernels(shown, "machine", height=KERNELS)
        live.show_answer(shown, "machine", height=BARS)
        live.show_first_maps(shown, "machine", height=MAPS)
    lesson.line("see_machine", kept=len(steps))


def kept_step(chosen: int | None, steps: list[int]) -> int:
    """Where the slider stands: the last kept step not after the one chosen; none chosen: the last.

    >>> kept_step(None, [0, 1, 4]), kept_step(3, [0, 1, 4]), kept_step(4, [0, 1, 4])
    (4, 1, 4)
    """
    if chosen is None:
        return steps[-1]
    return steps[max(0, int(np.searchsorted(steps, chosen, side="right")) - 1)]


def _chosen(run: str, steps: list[int]) -> int:
    """The step on the slider; it keeps its place while steps come in behind it."""
    chosen: dict[str, int] = st.session_state.setdefault(_KEPT, {})
    key = f"machine-{run}"
    now = kept_step(chosen.get(run), steps)

    def moved() -> None:
        chosen[run] = st.session_state[key]

    if len(steps) == 1:  # nowhere to slide to
        return now
    # From the first look on it stays: a slider that is moved while it grows would be pulled away.
    chosen.setdefault(run, now)
    if st.session_state.get(key) != now:
        st.session_state[key] = now
    st.select_slider(
        t("Step"),
        steps,
        format_func=lambda step: t("after step {step}", step=f"{step:,}"),
        key=key,
        on_change=moved,
        label_visibility="collapsed",
    )
    return now
