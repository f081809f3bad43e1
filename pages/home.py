"""The first page."""

import streamlit as st

from cnnlab.ui import lesson, menu
from cnnlab.ui.language import t

lesson.header("home")
for entry in menu.lessons():
    st.page_link(entry.path, label=t(entry.title))
