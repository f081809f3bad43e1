"""What closes the lesson on pooling: the quiz, the check against PyTorch, and the code."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.engine.average import _avg_pool2d, _avg_pool2d_backward, _counts
from cnnlab.engine.pool import (
    _cells_under,
    _first_taps,
    _max_pool2d,
    _max_pool2d_backward,
    _max_pool2d_indices,
)
from cnnlab.engine.windows import _taps, _under_tap
from cnnlab.message import Message
from cnnlab.ui import compared
from cnnlab.ui.code import Piece, beside, call, picture, program, short, source_of
from cnnlab.ui.language import t
from cnnlab.ui.pooling.questions import questions
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import ask

Functions = tuple[Callable[..., object], ...]

FORWARD: dict[str, Functions] = {  # what ran, in the order of reading
    "max": (_max_pool2d, _taps, _under_tap),
    "average": (_avg_pool2d, _counts, _taps, _under_tap),
}
BACKWARD: dict[str, Functions] = {
    "max": (
        _max_pool2d_backward,
        _max_pool2d_indices,
        _first_taps,
        _cells_under,
        _taps,
        _under_tap,
    ),
    "average": (_avg_pool2d_backward, _counts, _taps, _under_tap),
}


def predict(setting: Setting) -> None:
    """Predict, then reveal."""
    ask("pooling", questions(setting))


def check(setting: Setting) -> None:
    """The engine beside PyTorch, for exactly this setting, forward and backward."""
    compared.show(partial(checks, setting))


def code(setting: Setting) -> None:
    """What ran, and the same in PyTorch; backward below, folded."""
    kind = setting.pool.kind
    beside(source_of(*FORWARD[kind]), pytorch(setting))
    st.caption(t(remark(setting)))
    with st.expander(t("Backward")):
        beside(source_of(*BACKWARD[kind]), pytorch(setting, backward=True))


def checks(setting: Setting) -> list[Check]:
    """Y, of a maximum the winners' places, and dX: by the engine and by PyTorch."""
    x, pool = setting.x[None], setting.pool
    dy = np.random.default_rng(0).standard_normal(setting.y[None].shape).astype(x.dtype)
    window = {"kernel_size": pool.kernel, "stride": pool.stride, "padding": pool.padding}
    window["ceil_mode"] = pool.ceil_mode
    if pool.kind == "max":
        return [
            against_torch.max_pool2d(x, **window),
            against_torch.max_pool2d_indices(x, **window),
            against_torch.max_pool2d_backward(dy, x, **window),
        ]
    window["count_include_pad"] = pool.count_include_pad
    return [
        against_torch.avg_pool2d(x, **window),
        against_torch.avg_pool2d_backward(dy, x, **window),
    ]


def pytorch(setting: Setting, *, backward: bool = False) -> str:
    """A program that makes the same Y with PyTorch; or, backward, the gradient of its sum."""
    x = picture("x", setting.x[None], setting.name)
    made = Piece(_call(setting), ("import torch.nn.functional as F",))
    if not backward:
        return program(x, made, Piece("print(y)"))
    gradient = "dy = torch.ones_like(y)\n(dx,) = torch.autograd.grad(y, x, dy)\nprint(dx)"
    return program(x, Piece("x.requires_grad_()"), made, Piece(gradient))


def remark(setting: Setting) -> Message:
    """What differs elsewhere, or is easily overlooked."""
    pool = setting.pool
    if setting.whole:
        return Message(
            "As a layer: `nn.Adaptive{kind}Pool2d(1)`: whatever the maps' size, one number of each "
            "is left, so the dense layer behind it fits every image.",
            {"kind": "Max" if pool.kind == "max" else "Avg"},
        )
    if pool.kind == "average" and any(pool.padding):
        return Message(
            "PyTorch counts the zeros of the padding unless told otherwise; TensorFlow never "
            "counts them."
        )
    return Message(
        "Unless given, the stride of `nn.MaxPool2d` and `nn.AvgPool2d` is the window's size; that "
        "of a convolution is 1."
    )


def _call(setting: Setting) -> str:
    """The call of the pooling; beyond window and stride only what is not PyTorch's default."""
    pool = setting.pool
    kind = "max" if pool.kind == "max" else "avg"
    if setting.whole:
        return call("y", f"F.adaptive_{kind}_pool2d", ["x", "1"])
    arguments = ["x", f"kernel_size={short(pool.kernel)}", f"stride={short(pool.stride)}"]
    if any(pool.padding):
        arguments.append(f"padding={short(pool.padding)}")
    if pool.ceil_mode:
        arguments.append("ceil_mode=True")
    if pool.kind == "average" and not pool.count_include_pad:
        arguments.append("count_include_pad=False")
    return call("y", f"F.{kind}_pool2d", arguments)
