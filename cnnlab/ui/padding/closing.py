"""What closes the lesson on padding and stride: the quiz, the check against PyTorch, the code."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.engine import PadMode, same_padding
from cnnlab.engine.conv import _conv
from cnnlab.engine.pad import _copied_from, _pad_constant, _pad_copying
from cnnlab.engine.reads import _reads_along, read_counts
from cnnlab.engine.transpose import _conv_transpose2d
from cnnlab.engine.windows import _fold, _pad_zeros, _unfold, _windows
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.same import same_outputs
from cnnlab.ui import compared
from cnnlab.ui.code import Piece, beside, call, picture, program, short, source_of, tensor
from cnnlab.ui.language import t
from cnnlab.ui.padding.questions import questions
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.padding.transposed import fed, kind_fed, possible
from cnnlab.ui.predict import ask

CONVOLUTION = (_conv, _unfold, _windows, _pad_zeros)  # what ran, in the order of reading
READS = (read_counts, _reads_along, _copied_from)
TRANSPOSED = (_conv_transpose2d, _fold)
_F = ("import torch.nn.functional as F",)


def predict(setting: Setting) -> None:
    """Predict, then reveal."""
    ask("padding-stride", questions(setting))


def check(setting: Setting, view: str = "") -> None:
    """The engine beside PyTorch, for exactly this setting: forward, backward and transposed.

    Where the open ``view`` shows other numbers, those too.
    """
    compared.show(partial(checks, setting, view))


def code(setting: Setting) -> None:
    """What ran, and the same in PyTorch; the counts and the transposed call below, folded."""
    beside(source_of(*padding_of(setting.mode), *CONVOLUTION), pytorch(setting))
    st.caption(t(remark(setting)))
    with st.expander(t("Times read")):
        beside(source_of(*READS), reads(setting))
    with st.expander(t("Transposed convolution")):
        beside(source_of(*TRANSPOSED), transposed(setting))


def checks(setting: Setting, view: str = "") -> list[Check]:
    """Y, the gradients and, where the setting allows one, the transposed convolution's output.

    In the view of the transposed convolution that is the one on the stage, of z; in that of "same"
    the three answers come last.
    """
    x, options = setting.x[None], (setting.stride, setting.dilation)
    margin = (setting.padding, setting.mode, setting.value)
    forward = against_torch.padded_conv2d(x, setting.weight, *margin, *options)
    dy = np.random.default_rng(0).standard_normal(forward.engine.shape).astype(x.dtype)
    if view == "transposed":
        return [forward, *_backward(setting, dy), *_stamped(setting, kind_fed())]
    answers = _answers(setting) if view == "same" else []
    return [forward, *_backward(setting, dy), *_transposed(setting), *answers]


def padding_of(mode: PadMode) -> tuple[Callable[..., object], ...]:
    """The part of the engine that makes the padding of a mode."""
    return (_pad_constant,) if mode in ("zeros", "constant") else (_pad_copying, _copied_from)


def pytorch(setting: Setting) -> str:
    """A program that makes the same Y with PyTorch, its padding made by F.pad where it must be."""
    return program(*_inputs(setting), *_convolution(setting), Piece("print(y)"))


def reads(setting: Setting) -> str:
    """A program that counts the reads: where every weight and every dY is 1, they are dX."""
    return program(
        *_inputs(setting),
        Piece("weight = torch.ones_like(weight)\nx.requires_grad_()"),
        *_convolution(setting),
        Piece("(reads,) = torch.autograd.grad(y.sum(), x)\nprint(reads)"),
    )


def transposed(setting: Setting) -> str:
    """A program that makes the transposed convolution of these numbers with PyTorch."""
    arguments = [
        "x",
        "weight",
        f"stride={short(setting.stride)}",
        f"padding={short(setting.padding)}",
        f"output_padding={short(setting.output_padding)}",
    ]
    if setting.dilation != (1, 1):
        arguments.append(f"dilation={short(setting.dilation)}")
    made = Piece(call("y", "F.conv_transpose2d", arguments), _F)
    return program(*_inputs(setting), made, Piece("print(y)"))


def remark(setting: Setting) -> Message:
    """How others write the padding of this setting, or another that is often meant."""
    if setting.mode in ("reflect", "replicate", "circular"):
        return Message(
            'As a layer: `nn.Conv2d(…, padding_mode="{mode}")`. The transposed convolution knows '
            "zeros only.",
            {"mode": setting.mode},
        )
    n, kernel = setting.x.shape[1], setting.weight.shape[2]
    before, after = same_padding(n, kernel, setting.stride[0], setting.dilation[0], "tensorflow")
    if setting.stride != (1, 1):
        return Message(
            'TensorFlow\'s `padding="SAME"` would add {before} above and {after} below here; '
            'PyTorch\'s `padding="same"` refuses a stride.',
            {"before": before, "after": after},
        )
    return Message(
        '`padding="same"` would add {before} above and {after} below here. With an even kernel '
        'the extra one goes after; `scipy.signal.correlate(…, mode="same")` puts it before.',
        {"before": before, "after": after},
    )


def _inputs(setting: Setting) -> tuple[Piece, Piece]:
    return picture("x", setting.x[None], setting.name), tensor("weight", setting.weight)


def _convolution(setting: Setting) -> list[Piece]:
    """The padding, where F.conv2d cannot make it itself, and the convolution."""
    arguments = ["x", "weight", f"stride={short(setting.stride)}"]
    if _by_convolution(setting):
        arguments.append(f"padding={short(setting.padding)}")
    else:
        arguments[0] = "padded"
    if setting.dilation != (1, 1):
        arguments.append(f"dilation={short(setting.dilation)}")
    made = Piece(call("y", "F.conv2d", arguments), _F)
    return [made] if _by_convolution(setting) else [_padding(setting), made]


def _padding(setting: Setting) -> Piece:
    """The call of F.pad, which starts with the last axis."""
    down, across = setting.padding
    filling = f'mode="{setting.mode}"'
    if setting.mode == "constant":
        filling = f"value={setting.value:g}"
    lines = (
        "# padding on the left, on the right, above, below\n"
        f"padded = F.pad(x, ({across}, {across}, {down}, {down}), {filling})"
    )
    return Piece(lines, _F)


def _by_convolution(setting: Setting) -> bool:
    return setting.mode == "zeros" or not any(setting.padding)


def _backward(setting: Setting, dy: np.ndarray) -> list[Check]:
    """dX and dW; of padding that is no zeros only dW, for which the padded input is an input."""
    if setting.mode == "zeros":
        options = setting.stride, setting.padding, setting.dilation
        return list(
            against_torch.conv2d_backward(dy, setting.x[None], setting.weight, *options)[:2]
        )
    padded, options = setting.padded[None], (setting.stride, 0, setting.dilation)
    return [against_torch.conv2d_backward(dy, padded, setting.weight, *options)[1]]


def _transposed(setting: Setting) -> list[Check]:
    """One check, or none where the settings leave a transposed convolution nothing."""
    options = setting.stride, setting.padding, setting.output_padding, 1, setting.dilation
    try:
        made = against_torch.conv_transpose2d(setting.x[None], setting.weight, None, *options)
    except InvalidInput:
        return []
    return [replace(made, name="transposed")]


def _stamped(setting: Setting, kind: str) -> list[Check]:
    """What the stage's stamps add up to, with the output padding that is shown there."""
    made = fed(possible(setting), kind)
    options = made.stride, made.padding, made.output_padding, 1, made.dilation
    found = against_torch.conv_transpose2d(made.z[None], made.weight, None, *options)
    return [replace(found, name="z")]


def _answers(setting: Setting) -> list[Check]:
    """The three frameworks' outputs, each with its own padding made by F.pad."""
    x, options = setting.x[None], (setting.stride, setting.dilation)
    answers = same_outputs(setting.x, setting.weight, *options)
    return [
        replace(
            against_torch.padded_conv2d(x, setting.weight, answer.padding, "zeros", 0.0, *options),
            name=answer.framework,
        )
        for answer in answers
    ]
