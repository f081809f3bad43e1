"""Puts the stage on a page: `play` mounts a scene, and hands on what hands do in it.

The stage's program is mounted apart from its data, as an element that never changes: Streamlit
then sends it to a browser once, and a moved slider costs only the scene.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from cnnlab.lessons import template
from cnnlab.scenes.scene import Scene
from cnnlab.scenes.words import WORDS
from cnnlab.stage import TALLEST, css, javascript, payload
from cnnlab.ui.language import current, t

_HANDOVER = """
export default function () {
  globalThis.cnnlabStage = mount;
  globalThis.dispatchEvent(new Event("cnnlab-stage"));
}
"""
_MOUNT = """
export default function (component) {
  let close = null;
  let gone = false;
  const start = () => { if (!gone) close = globalThis.cnnlabStage(component); };
  if (globalThis.cnnlabStage) start();
  else globalThis.addEventListener("cnnlab-stage", start, { once: true });
  return () => { gone = true; close?.(); };
}
"""

_program = st.components.v2.component("cnnlab_stage_program", js=javascript() + _HANDOVER)
_stage = st.components.v2.component(
    "cnnlab_stage", html='<div class="mount"></div>', css=css(), js=_MOUNT
)


@dataclass(frozen=True)
class Edit:
    """A number typed into a cell of a grid: its index without the padding, and the text typed."""

    grid: str
    cell: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Drag:
    """How far the picture in a grid has been moved by hand: rows down, columns to the right."""

    grid: str
    rows: int
    columns: int


# Nobody drags a picture further than this many cells; it keeps the numbers small.
FARTHEST = 1000


def dragged(sent: object, scene: Scene) -> Drag | None:
    """What a browser reports of a drag, if it can be one in this scene: anything may be sent."""
    if not isinstance(sent, dict):
        return None
    grids = {grid.id for grid in scene.grids if grid.drag is not None}
    grid, rows, columns = (sent.get(name) for name in ("grid", "rows", "columns"))
    if not isinstance(grid, str) or grid not in grids:
        return None
    if type(rows) is not int or type(columns) is not int:  # True is no offset, nor is 1.5
        return None
    return Drag(grid, rows, columns) if max(abs(rows), abs(columns)) <= FARTHEST else None


def play(
    scene: Scene,
    *,
    key: str,
    autoplay: float | None = None,
    tallest: int = TALLEST,
    topic: str = "",
    on_edit: Callable[[Edit], None] | None = None,
    on_drag: Callable[[Drag], None] | None = None,
) -> None:
    """Mount the stage with a scene; with ``autoplay`` it loops, so many seconds a pass.

    The picture is as tall as the window leaves it, at most ``tallest`` pixels.
    The stage keeps its place when the scene changes, and opens anew when ``topic`` does.
    ``on_edit`` and ``on_drag`` run before the page does, like every widget's callback.
    """

    def edited() -> None:
        sent = st.session_state[key]["edit"]
        if on_edit is not None and sent is not None:
            on_edit(Edit(str(sent["grid"]), tuple(sent["cell"]), str(sent["text"])))

    def moved() -> None:
        drag = dragged(st.session_state[key]["drag"], scene)
        if on_drag is not None and drag is not None:
            on_drag(drag)

    with st.container(key=f"program-{key}"):
        _program(key=f"{key}-program")
    words = {name: template(current(), text) for name, text in WORDS.items()}
    data = payload(scene, t, words, autoplay, tallest, topic)
    _stage(key=key, data=data, on_edit_change=edited, on_drag_change=moved)
