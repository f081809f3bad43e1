"""The first views: from the side, along one axis, and the same in two."""

from dataclasses import replace

from cnnlab.engine.layer_text import write
from cnnlab.message import InvalidInput
from cnnlab.scenes.receptive import LARGEST, WIDEST, plane_view, side_view
from cnnlab.scenes.scene import Scene
from cnnlab.ui import lesson, link
from cnnlab.ui.player import play
from cnnlab.ui.receptive.setting import Setting


def side(shown: Setting) -> None:
    """One axis: the layers above each other, and the cone below the unit."""
    lesson.line("side")
    _room(shown, WIDEST)
    _play(shown, side_view(shown.network.layers, shown.size[1], shown.layer, shown.unit[1]), "side")


def plane(shown: Setting) -> None:
    """Both axes: the maps beside each other."""
    lesson.line("plane")
    _room(shown, LARGEST)
    _play(shown, plane_view(shown.network.layers, shown.size, shown.layer, shown.unit), "plane")


def _room(shown: Setting, most: int) -> None:
    """Refuse maps that padding made large, and windows that nobody could follow.

    The input is the scenes' own business: they say what to do about it.
    """
    upto = [field for field in shown.fields if field.path[0] < shown.layer]
    largest = max(n for field in upto for n in (*field.output, *field.kernel))
    if max(shown.size) <= most < largest:
        raise InvalidInput(
            "a map or a window of {n} cells along a side is too large to be drawn: at most {most}",
            n=f"{largest:,}",
            most=most,
        )


def _play(shown: Setting, scene: Scene, view: str) -> None:
    """It opens with the cone drawn, as the scene has it, or where the link says."""
    topic = f"{view} {write(shown.network.layers)} {shown.size} {shown.layer} {shown.unit}"
    start = link.opening(topic, scene.start, scene.steps + 1)  # the last: all is drawn
    play(replace(scene, start=start), key=f"receptive-{view}", topic=topic)
