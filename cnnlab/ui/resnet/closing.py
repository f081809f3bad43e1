"""What closes the lesson on ResNet: the quiz, the check against PyTorch, and the code."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.engine import gradient_flow, residual
from cnnlab.message import Message
from cnnlab.scenes.residual import sum_of
from cnnlab.ui import compared, lesson
from cnnlab.ui.code import beside, source_of
from cnnlab.ui.language import t
from cnnlab.ui.predict import ask
from cnnlab.ui.resnet import backward, flow, raced
from cnnlab.ui.resnet.programs import gradient_norms, pytorch
from cnnlab.ui.resnet.questions import questions
from cnnlab.ui.resnet.setting import Setting

Functions = tuple[Callable[..., object], ...]

FORWARD: Functions = (  # what ran, in the order of reading
    residual.run,
    residual.lanes,
    residual._forward,
    residual.shortcut,
    residual._added,
    residual.refused,
    residual.body,
)
BACKWARD: Functions = (
    residual.backward,
    residual._backward,
    residual._shortcut_backward,
)
FLOW: Functions = (gradient_flow.flow_of, gradient_flow._Watched, gradient_flow._places)
_NAMES: Mapping[str, Message] = {
    "x": Message("x"),
    "conv1": Message("First convolution"),
    "conv2": Message("Second convolution"),
    "norm1": Message("First batch norm"),
    "norm2": Message("Second batch norm"),
    "relu1": Message("First ReLU"),
    "relu2": Message("Second ReLU"),
    "shortcut": Message("Skip connection"),
    "output": Message("Output"),
    "weight1": Message("Weights {n}", {"n": 1}),
    "weight2": Message("Weights {n}", {"n": 2}),
    "bias1": Message("Bias {n}", {"n": 1}),
    "bias2": Message("Bias {n}", {"n": 2}),
    "gamma1": Message("γ {n}", {"n": 1}),
    "gamma2": Message("γ {n}", {"n": 2}),
    "beta1": Message("β {n}", {"n": 1}),
    "beta2": Message("β {n}", {"n": 2}),
    "projection": Message("W_s"),
    "plain": Message("Plain, without batch norm"),
    "residual": Message("Residual, without batch norm"),
    "plain-norm": Message("Plain, with batch norm"),
    "residual-norm": Message("Residual, with batch norm"),
}


def predict(setting: Setting) -> None:
    """Predict, then reveal."""
    ask("resnet", questions(setting))


def check(setting: Setting, view: str) -> None:
    """The engine beside PyTorch: the maps, or what the open view shows."""
    if view == "race":
        raced.check()
        return
    if view != "flow" and setting.refusal is not None:
        lesson.problem(setting.refusal)
        return
    names = {**_NAMES, "sum": sum_of(setting.block)}
    compared.show(partial(checks, setting, view), names)
    if view == "backward":
        st.caption(t("Gradients of L = Σ dY·Y; the same random dY goes into both."))


def code(setting: Setting, view: str) -> None:
    """What ran, and the same in PyTorch; of the block backward below, folded."""
    if view == "race":
        raced.code()
        return
    if view == "flow":
        beside(source_of(*FLOW), gradient_norms(flow.held(), flow.SEEDS, flow.DIGITS))
        return
    beside(source_of(*FORWARD), pytorch(setting))
    if setting.refusal is not None:
        return
    with st.expander(t("Backward"), expanded=view == "backward"):
        beside(source_of(*BACKWARD), pytorch(setting, backward.arriving(setting)))


def checks(setting: Setting, view: str) -> list[Check]:
    """What is compared: gradients in the backward view, their sizes in the flow, else maps."""
    if view == "flow":
        return [one for normalised in (False, True) for one in _norms(normalised)]
    if view == "backward":
        dy = np.random.default_rng(0).standard_normal(setting.y.shape)
        found = against_torch.block_gradients(setting.block, setting.x, dy)
    else:
        found = against_torch.block_maps(setting.block, setting.x)
    return [_named(one) for one in found]


def _norms(normalised: bool) -> list[Check]:
    """The sizes of the gradients in the flow's view, without or with batch norm."""
    depth, start, seed = flow.held()
    found = against_torch.gradient_flow(depth, normalised, seed, *flow.batch(), start)
    return [replace(one, name=f"{one.name}{'-norm' if normalised else ''}") for one in found]


def _named(one: Check) -> Check:
    """Without the name by which a table takes an array for a batch."""
    return replace(one, name="output") if one.name == "y" else one
