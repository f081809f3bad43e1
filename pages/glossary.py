"""The words that texts use for one thing, in both languages, in one table."""

import streamlit as st

from cnnlab.ui import lesson

lesson.header("glossary")
st.markdown(lesson.prose("table"))
