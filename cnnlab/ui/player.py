"""Puts the stage on a page: `play` mounts a scene, and hands on what is edited in it.

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


def play(
    scene: Scene,
    *,
    key: str,
    autoplay: float | None = None,
    tallest: int = TALLEST,
    topic: str = "",
    on_edit: Callable[[Edit], None] | None = None,
) -> None:
    """Mount the stage with a scene; with ``autoplay`` it loops, so many seconds a pass.

    The picture is as tall as the window leaves it, at most ``tallest`` pixels.
    The stage keeps its place when the scene changes, and opens anew when ``topic`` does.
    ``on_edit`` runs before the page does, like every widget's callback.
    """

    def edited() -> None:
        sent = st.session_state[key]["edit"]
        if on_edit is not None and sent is not None:
            on_edit(Edit(str(sent["grid"]), tuple(sent["cell"]), str(sent["text"])))

    with st.container(key=f"program-{key}"):
        _program(key=f"{key}-program")
    words = {name: template(current(), text) for name, text in WORDS.items()}
    _stage(key=key, data=payload(scene, t, words, autoplay, tallest, topic), on_edit_change=edited)
