"""Charts that are changed in place, not made anew, when their numbers change."""

import json

import streamlit as st
from streamlit.elements.lib.layout_utils import LayoutConfig
from streamlit.proto.PlotlyChart_pb2 import PlotlyChart

from cnnlab.figures.base import CONFIG, Figure
from cnnlab.theme import DARK, LIGHT, Theme


def theme() -> Theme:
    """The colours of this visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def chart(figure: Figure, key: str, alt: str) -> None:
    """A Plotly figure (plain data) as wide as there is room, as tall as its layout says.

    ``key`` names it among all charts of a page; ``alt`` says what it shows to who cannot see it.

    `st.plotly_chart` checks every field of a figure through graph objects, which takes a hundred
    milliseconds for a screen of charts, and gives a chart whose numbers changed another identity,
    so that the browser takes it down and makes a new one: it flickers. So its message is written
    here, with one identity for good. Streamlit is held to one minor version; a test sees to it that
    the message is still the one it reads.
    """
    message = PlotlyChart(
        id=f"chart-{key}",
        spec=json.dumps(figure, separators=(",", ":"), allow_nan=False),
        config=json.dumps(CONFIG),
        theme="",
        alt=alt,
    )
    size = LayoutConfig(width="stretch", height=figure["layout"]["height"])
    st._main._enqueue("plotly_chart", message, layout_config=size)
