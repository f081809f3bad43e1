"""A run goes on while its owner reads another lesson: the sidebar says so, and keeps its place."""

import streamlit as st

from cnnlab.ui import menu
from cnnlab.ui.language import t
from cnnlab.ui.training import owner, run

EVERY = 5.0  # seconds: well within the lease


def note() -> None:
    """Say in the sidebar where the visitor's run stands, as long as it does."""
    job = run.shown()
    if job is None or not run.controlled(job):
        return

    @st.fragment(run_every=EVERY)
    def line() -> None:
        if not job.active:
            st.rerun()
        job.renew(owner.current())
        with st.container(key="run-elsewhere"):
            st.page_link(menu.page("training").path, label=t("Training goes on"))
            st.progress(run.done(job), text=run.status(job))

    line()
