"""The gradient on its way back through the block: at the sum it goes to both lanes."""

import numpy as np
import streamlit as st

from cnnlab.engine import Array
from cnnlab.engine.residual import backward
from cnnlab.scenes.residual_back import BODY, SKIP
from cnnlab.scenes.residual_backward import residual_backward
from cnnlab.ui import choice, gradients, lesson
from cnnlab.ui.player import play
from cnnlab.ui.resnet.setting import Setting


def view(shown: Setting) -> None:
    """From dY back to dX, lane by lane; below it, how large what arrives is."""
    if shown.refusal is not None:
        lesson.problem(shown.refusal)
        return
    with st.container(key="bar-backward", horizontal=True, vertical_alignment="center"):
        kind = gradients.choose()
        lesson.line("backward" if shown.block.skip else "backward_plain")
    dy = gradient(shown, kind)
    topic = f"{shown.kind} {shown.block.skip} {shown.block.norms is not None} {kind}"
    play(residual_backward(shown.block, shown.x, dy), key="resnet-backward", topic=topic)
    _rule(shown, dy)


def arriving(shown: Setting) -> Array:
    """The dY that the view has chosen, or chooses when it opens."""
    return gradient(shown, choice.peek("backward-dy", choice.among(gradients.KINDS)) or "one")


def gradient(shown: Setting, kind: str) -> Array:
    """dY in the shape of y: a 1 where y is largest, at the two largest, or small numbers all over.

    Elsewhere the last ReLU might let nothing through, and there would be nothing to see.
    """
    if kind == "many":
        return gradients.gradient_of(shown.y, kind)
    dy = np.zeros_like(shown.y)
    dy.flat[np.argsort(shown.y, axis=None, kind="stable")[-1 if kind == "one" else -2 :]] = 1
    return dy


def _rule(shown: Setting, dy: Array) -> None:
    """How much of the gradient comes to x by each lane."""
    grads = backward(shown.block, shown.run, dy)
    sizes = {name: f"{np.abs(values).sum():.3g}" for name, values in grads.items()}
    if shown.block.skip:
        lanes = {"at_sum": sizes["sum"], "skip": sizes[SKIP], "body": sizes[BODY]}
        lesson.rule(lesson.prose("rule_lanes", **lanes, whole=sizes["x"]))
    else:
        lesson.rule(lesson.prose("rule_lane", dy=sizes["y"], whole=sizes["x"]))
