"""The paper on which a digit is drawn by hand: the component, and what a browser may send of it."""

from base64 import b64decode, b64encode
from binascii import Error
from io import BytesIO
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from cnnlab.ui.language import t

SIDE = 112  # as draw.js has it
LENGTH = 4 * -(-SIDE * SIDE // 3)  # of a picture in base64
_HERE = Path(__file__).parent
_HTML = """
<div class="draw">
  <div class="sheet">
    <canvas data-testid="draw-canvas" tabindex="0" role="application"></canvas>
    <div class="hint"></div>
  </div>
  <div class="buttons">
    <button type="button" class="undo"></button>
    <button type="button" class="clear"></button>
  </div>
  <div class="live" aria-live="polite"></div>
</div>
"""
_paper = st.components.v2.component(
    "cnnlab_draw",
    html=_HTML,
    css=(_HERE / "draw.css").read_text(encoding="utf-8"),
    js=(_HERE / "draw.js").read_text(encoding="utf-8"),
)


def canvas(key: str) -> NDArray[np.uint8] | None:
    """Show the paper; returns what is drawn, uint8 (112, 112), ink 0 on 255, or None.

    The drawing is the session's: it is there again when the visitor comes back to the page.
    """
    kept = f"_{key}_kept"

    def drawn() -> None:
        st.session_state[kept] = received(st.session_state[key]["picture"])

    picture: NDArray[np.uint8] | None = st.session_state.get(kept)
    _paper(
        key=key,
        data={"words": _words(), "picture": as_png(picture)},
        on_picture_change=drawn,
    )
    return picture


def received(sent: object) -> NDArray[np.uint8] | None:
    """The picture that a browser sent, uint8 (112, 112); None where it is none: anything may come.

    >>> received("AAAA") is None
    True
    """
    if not isinstance(sent, str) or len(sent) != LENGTH:
        return None
    try:
        pixels = b64decode(sent, validate=True)
    except (Error, ValueError):
        return None
    if len(pixels) != SIDE * SIDE:
        return None
    picture = np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)  # of bytes: read-only
    return None if (picture == 255).all() else picture


def as_png(picture: NDArray[np.uint8] | None) -> str:
    """A picture uint8 (H, W) or (H, W, 3) as the address of a PNG; empty for None."""
    if picture is None:
        return ""
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def _words() -> dict[str, str]:
    return {
        "canvas": t("Paper for a digit. Arrow keys move the pen, Space puts it down and lifts it."),
        "hint": t("Draw a digit here, as large as it fits"),
        "undo": t("Undo"),
        "clear": t("Clear"),
        "down": t("Pen down"),
        "up": t("Pen lifted"),
    }
