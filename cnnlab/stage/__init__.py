"""The stage: plays any Scene in the browser.

Plain JavaScript without a build step. The files below make one module, in this order; each can be
read alone, from the arithmetic of positions to the player.
"""

from functools import cache
from pathlib import Path
from typing import Any

from cnnlab import theme
from cnnlab.scenes.encode import Say, encode
from cnnlab.scenes.scene import Scene

_HERE = Path(__file__).parent
_FILES = (
    *("scene.js", "tape.js", "reach.js", "cone.js", "sentence.js"),  # arithmetic: nothing is drawn
    *("layout.js", "columns.js", "table.js", "ink.js", "brush.js", "draw.js", "side.js"),
    *("wires.js", "hover.js"),
    *("positions.js", "clock.js", "picture.js", "drag.js", "hands.js", "player.js"),
)

TALLEST = 640  # of the picture: beyond it, what belongs together stands too far apart


@cache
def javascript() -> str:
    """The stage's program: the text of its files, one after the other."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in _FILES)


@cache
def css() -> str:
    """The stage's style sheet."""
    return (_HERE / "stage.css").read_text(encoding="utf-8")


def payload(
    scene: Scene,
    say: Say,
    words: dict[str, str],
    autoplay: float | None = None,
    tallest: int = TALLEST,
    topic: str = "",
) -> dict[str, Any]:
    """All that the stage needs to play a scene, as JSON-able data.

    ``say`` translates the scene's messages, ``words`` is the translated table of
    `cnnlab.scenes.words.WORDS`; with ``autoplay`` it loops from the start, so many seconds a pass.
    ``tallest`` bounds the height of the picture, in CSS pixels. While ``topic`` stays the same, the
    stage keeps its place when the scene changes; with another one it opens anew.
    """
    return {
        "scene": encode(scene, say),
        "words": words,
        "themes": theme.as_json(),
        "autoplay": autoplay,
        "tallest": tallest,
        "topic": topic,
    }
