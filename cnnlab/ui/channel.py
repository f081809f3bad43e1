"""Which channel of several is on the stage, in views that show one."""

import streamlit as st

from cnnlab.scenes.geometry import channel_names
from cnnlab.ui.language import t


def choose(key: str, channels: int) -> int:
    """A row of buttons, one for each channel, where there are several; returns its index."""
    if channels == 1:
        return 0
    names = channel_names(channels)
    return st.segmented_control(
        t("Channel"),
        range(channels),
        format_func=lambda c: t(names[c]),
        default=0,
        required=True,
        label_visibility="collapsed",
        key=f"{key}-{channels}",
    )
