"""The block, map by map on the stage, and its rule with this setting's numbers."""

from dataclasses import replace

import numpy as np

from cnnlab.scenes.residual import residual
from cnnlab.ui import lesson, link
from cnnlab.ui.compared import scientific
from cnnlab.ui.language import t
from cnnlab.ui.player import play
from cnnlab.ui.resnet import controls
from cnnlab.ui.resnet.setting import Setting

FORMULAS = {  # kind → with and without the skip
    "identity": ("y = ReLU(F(x) + x)", "y = ReLU(F(x))"),
    "unprojected": ("y = ReLU(F(x) + x)", "y = ReLU(F(x))"),
    "projection": ("y = ReLU(F(x) + W_s·x)", "y = ReLU(F(x))"),
    "preactivated": ("y = F(x) + x", "y = F(x)"),
}


def view(shown: Setting) -> None:
    """The main path, then what the skip copies, their sum and the last ReLU."""
    scene = residual(shown.block, shown.x)
    topic = f"{shown.kind} {shown.block.skip} {shown.block.norms is not None}"
    start = scene.start if shown.refusal else link.opening(topic, scene.start, scene.steps)
    play(replace(scene, start=start), key="resnet-block", topic=topic, on_edit=controls.edit)


def rule(shown: Setting) -> None:
    """One line under the stage: the formula, and how far y is from x, or from before scaling."""
    if shown.refusal is not None:
        lesson.rule(f"**{formula(shown)}** · {t(shown.refusal.message)}")
        return
    found = _difference(shown)
    if shown.block.norms is not None and shown.before != 100 and shown.last:
        said = {"before": shown.before, "change": scientific(changed(shown))}
        found = lesson.prose("rule_before", **said)
    lesson.rule(f"**{formula(shown)}** · {found}")


def formula(shown: Setting) -> str:
    """What the block computes."""
    return FORMULAS[shown.kind][not shown.block.skip]


def changed(shown: Setting) -> float:
    """By how much, at most, scaling the weights before a batch norm has changed the output."""
    unscaled = replace(shown, before=100)
    return float(np.abs(unscaled.y - shown.y).max())


def _difference(shown: Setting) -> str:
    """How much of x is in the output."""
    x, y = shown.x, shown.y
    if x.shape != y.shape:
        return lesson.prose("rule_projection" if shown.block.skip else "rule_smaller")
    difference = f"{np.abs(y - x).max():.3g}"
    if shown.last:
        return lesson.prose("rule_difference", difference=difference, scaled=shown.scaled)
    if not shown.block.skip:
        return lesson.prose("rule_nothing", difference=difference)
    if (x == y).all():
        return lesson.prose("rule_identity")
    return lesson.prose("rule_broken", cells=int((x != y).sum()), n=x.size, difference=difference)
