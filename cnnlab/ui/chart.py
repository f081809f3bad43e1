"""Charts that are changed in place, not made anew, when their numbers change."""

import json

import streamlit as st
from streamlit.elements.lib.layout_utils import LayoutConfig
from streamlit.proto.PlotlyChart_pb2 import PlotlyChart

from cnnlab.figures.base import CONFIG, Figure
from cnnlab.theme import DARK, LIGHT, Theme

# A chart in a browser keeps the figure that it was made with. What Plotly tells it of a redrawn
# figure it takes over, though, and draws the difference: so a new figure is put there and told,
# again until it is drawn, for a chart that is just being made does not listen yet.
_JS = """
export default function ({ data }) {
  const told = (globalThis.cnnlabCharts = (globalThis.cnnlabCharts ?? 0) + 1);
  const tell = () => {
    const chart = document.querySelector(`.st-key-${data.key} .js-plotly-plot`);
    if (chart?._fullLayout?.meta?.told === told) return true;
    if (!chart?.emit || !chart.layout) return false;
    const { width, height } = chart.layout;
    chart.data = data.figure.data;
    chart.layout = { ...data.figure.layout, width, height, meta: { told } };
    chart.emit("plotly_redraw");
    return false;
  };
  tell();
  const again = setInterval(() => { if (tell()) clearInterval(again); }, 100);
  return () => clearInterval(again);
}
"""
_BLANK = {  # of a chart before it is told its figure
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "xaxis": {"visible": False},
    "yaxis": {"visible": False},
}
_told = st.components.v2.component("cnnlab_chart", js=_JS)


def theme() -> Theme:
    """The colours of this visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def chart(figure: Figure, key: str, alt: str) -> None:
    """A Plotly figure (plain data) as wide as there is room, as tall as its layout says.

    ``key`` names it among all charts of a page; ``alt`` says what it shows to who cannot see it.

    `st.plotly_chart` checks every field of a figure through graph objects, which takes a hundred
    milliseconds for a screen of charts, and gives a chart whose numbers changed another identity,
    so that the browser takes it down and makes a new one: it flickers. So its message is written
    here, with one identity for good and an empty figure, and the figure is told to it. Streamlit
    is held to one minor version; a browser test sees to it that a chart follows its numbers.
    """
    layout = {"height": figure["layout"]["height"]}
    message = PlotlyChart(
        id=f"chart-{key}",
        spec=json.dumps({"data": [], "layout": {**_BLANK, **layout}}),
        config=json.dumps(CONFIG),
        theme="",
        alt=alt,
    )
    place = f"chart-{key}"
    with st.container(key=place):
        size = LayoutConfig(width="stretch", height=layout["height"])
        st._main._enqueue("plotly_chart", message, layout_config=size)
    with st.container(key=f"program-{place}"):
        _told(key=f"{place}-told", data={"key": place, "figure": figure})
