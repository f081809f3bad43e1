"""What a class sees when a page breaks: one sentence. The traceback goes to the log."""

import streamlit as st

from cnnlab.message import InvalidInput
from cnnlab.ui import lesson
from cnnlab.ui.language import t


def show(error: Exception) -> bool:
    """Streamlit's hook for uncaught exceptions; True: it need not show anything itself."""
    if isinstance(error, InvalidInput):
        lesson.problem(error)
    else:
        st.error(t("This page has met an error. Reload it, or go on with another lesson."))
    return True
