"""What was claimed of residual networks and what was not, and what ImageNet's competition saw."""

import streamlit as st

from cnnlab.figures.ilsvrc import ilsvrc
from cnnlab.ui import lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t


def claims() -> None:
    """The view: claims in words at the left, the chart and the published results at the right."""
    with st.container(key="claims"):
        words, picture = st.columns(2, gap="medium")
    with words:
        st.markdown(lesson.prose("claimed"))
        st.markdown(lesson.prose("not_claimed"))
    with picture:
        chart(ilsvrc(theme(), t, height=280), "ilsvrc", t("Top-5 error of ImageNet by year"))
        st.markdown(lesson.prose("published"))
