"""The little CSS that the frame needs; colours come from the theme, widgets stay Streamlit's."""

import streamlit as st

CSS = """
.stMainBlockContainer { padding: 1.25rem 2rem 3rem; max-width: 90rem; }
"""


def apply() -> None:
    """Put the style on the page (a style tag takes no room)."""
    st.html(f"<style>{CSS}</style>")
