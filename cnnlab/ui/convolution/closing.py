"""What closes the convolution lesson: the quiz, the check against PyTorch, and the code."""

from functools import partial

import numpy as np
import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.engine import flip
from cnnlab.engine.conv import _conv, _conv2d_backward
from cnnlab.engine.windows import _fold, _pad_zeros, _unfold, _windows
from cnnlab.message import Message
from cnnlab.ui import compared
from cnnlab.ui.code import Piece, beside, call, picture, program, short, source_of, tensor
from cnnlab.ui.convolution.questions import questions
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.language import t
from cnnlab.ui.predict import ask

FORWARD = (_conv, _unfold, _windows, _pad_zeros)  # what ran, in the order of reading
BACKWARD = (_conv2d_backward, _fold)


def predict(setting: Setting) -> None:
    """Predict, then reveal."""
    ask("convolution", questions(setting))


def check(setting: Setting) -> None:
    """The engine beside PyTorch, for exactly this setting, forward and backward."""
    compared.show(partial(checks, setting))


def code(setting: Setting) -> None:
    """What ran, and the same in PyTorch; backward below, folded."""
    beside(source_of(*FORWARD), pytorch(setting))
    st.caption(t(scipy(setting)))
    with st.expander(t("Backward")):
        beside(source_of(*BACKWARD), pytorch(setting, backward=True))


def checks(setting: Setting) -> list[Check]:
    """Y, dX, dW and, if there is a bias, db: by the engine and by PyTorch."""
    x = setting.x[None]
    forward = against_torch.conv2d(x, setting.weight, setting.bias, **setting.options)
    dy = np.random.default_rng(0).standard_normal(forward.engine.shape).astype(x.dtype)
    backward = against_torch.conv2d_backward(dy, x, setting.weight, **setting.options)
    return [forward, *backward[: 2 if setting.bias is None else 3]]


def pytorch(setting: Setting, *, backward: bool = False) -> str:
    """A program that makes the same Y with PyTorch; or, backward, the gradients of its sum."""
    weight = flip(setting.weight) if setting.flipped else setting.weight
    pieces = [picture("x", setting.x[None], setting.name), tensor("weight", weight)]
    if setting.flipped:
        pieces.append(Piece("weight = weight.flip(-2, -1)  # true convolution"))
    if setting.bias is not None:
        pieces.append(tensor("bias", setting.bias))
    made = Piece(_call(setting), ("import torch.nn.functional as F",))
    return program(*pieces, *(_gradients(setting, made) if backward else (made, Piece("print(y)"))))


def scipy(setting: Setting) -> Message:
    """Which function of SciPy does the same."""
    if setting.flipped:
        return Message(
            "SciPy, one channel at stride 1, mode `valid`: `scipy.signal.convolve2d` flips the "
            "kernel, as is done here; `correlate2d` does not."
        )
    return Message(
        "SciPy, one channel at stride 1, mode `valid`: `scipy.signal.correlate2d` gives the same "
        "numbers; `convolve2d` flips the kernel first."
    )


def _call(setting: Setting) -> str:
    """The call of F.conv2d; dilation and groups only where they are not PyTorch's defaults."""
    arguments = ["x", "weight", *(["bias"] if setting.bias is not None else [])]
    arguments += [f"stride={short(setting.stride)}", f"padding={short(setting.padding)}"]
    if setting.dilation != (1, 1):
        arguments.append(f"dilation={short(setting.dilation)}")
    if setting.groups != 1:
        arguments.append(f"groups={setting.groups}")
    return call("y", "F.conv2d", arguments)


def _gradients(setting: Setting, made: Piece) -> tuple[Piece, ...]:
    leaves = ["x", "weight", *(["bias"] if setting.bias is not None else [])]
    names = ", ".join(leaves)
    gradients = ", ".join(f"d{leaf}" for leaf in leaves)
    return (
        Piece(f"for leaf in ({names}):\n    leaf.requires_grad_()"),
        made,
        Piece(
            f"dy = torch.ones_like(y)\n{gradients} = torch.autograd.grad(y, ({names}), dy)\n"
            f'print({gradients}, sep="\\n\\n")'
        ),
    )
