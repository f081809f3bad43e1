"""The block, map by map on the stage, and its rule with this setting's numbers."""

from dataclasses import replace

from cnnlab.scenes.residual import residual
from cnnlab.ui import lesson, link
from cnnlab.ui.player import play
from cnnlab.ui.resnet import controls
from cnnlab.ui.resnet.setting import Setting


def view(shown: Setting) -> None:
    """The main path, then what the skip copies, their sum and the last ReLU."""
    scene = residual(shown.block, shown.x)
    topic = f"{shown.kind} {shown.block.skip} {shown.block.norms is not None}"
    start = link.opening(topic, scene.start, scene.steps)
    play(replace(scene, start=start), key="resnet-block", topic=topic, on_edit=controls.edit)


def rule(shown: Setting) -> None:
    """One line under the stage."""
    lesson.rule(lesson.prose("rule"))
