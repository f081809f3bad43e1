"""Convolution and its relatives beside PyTorch's."""

from math import prod
from typing import Any

import numpy as np

from cnnlab import engine
from cnnlab.check.comparison import Check, compare, forward, magnitudes, tensors
from cnnlab.engine import Array, PadMode, Size
from cnnlab.engine.pad import sides


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Check:
    """`engine.conv2d` against torch.nn.functional.conv2d; arguments and errors are the engine's.

    >>> check = conv2d(np.ones((1, 1, 3, 3)), np.full((1, 1, 2, 2), 0.1), stride=2, padding=1)
    >>> check.agrees, check.torch.shape
    (True, (1, 1, 2, 2))
    """
    settings = _settings(stride, padding, dilation, groups)
    return forward("conv2d", (x, weight, bias), settings, terms=prod(weight.shape[1:]) + 1)


def conv3d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Check:
    """`engine.conv3d` against torch.nn.functional.conv3d; arguments and errors are the engine's."""
    settings = _settings(stride, padding, dilation, groups)
    return forward("conv3d", (x, weight, bias), settings, terms=prod(weight.shape[1:]) + 1)


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Check:
    """`engine.conv_transpose2d` against torch.nn.functional.conv_transpose2d."""
    settings = {**_settings(stride, padding, dilation, groups), "output_padding": output_padding}
    terms = len(weight) * prod(weight.shape[2:]) + 1  # as if every tap of every channel met there
    return forward("conv_transpose2d", (x, weight, bias), settings, terms)


def padded_conv2d(
    x: Array,
    weight: Array,
    padding: Size = 0,
    mode: PadMode = "zeros",
    value: float = 0.0,
    stride: Size = 1,
    dilation: Size = 1,
) -> Check:
    """`engine.pad2d`, then `engine.conv2d`, against torch.nn.functional.pad and conv2d.

    ``padding`` is that of pad2d: one number, (h, w) or (top, bottom, left, right).

    >>> edges = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> check = padded_conv2d(edges, np.ones((1, 1, 3, 3)), (1, 1, 2, 0), "reflect")
    >>> check.agrees, check.torch.shape
    (True, (1, 1, 3, 3))
    """
    settings: dict[str, Any] = {"stride": stride, "dilation": dilation}
    padded = engine.pad2d(x, padding, mode, value)
    ours = engine.conv2d(padded, weight, **settings)
    magnitude = engine.conv2d(*magnitudes(padded, weight), **settings)
    from torch.nn import functional

    top, bottom, left, right = sides(padding)
    image, filters = tensors(x, weight)
    around = functional.pad(image, (left, right, top, bottom), *_torch_mode(mode, value))
    theirs = functional.conv2d(around, filters, **settings).numpy()
    return compare("y", ours, theirs, magnitude, terms=prod(weight.shape[1:]))


def conv2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Check, Check, Check]:
    """`engine.conv2d_backward` against PyTorch's autograd: dx, dweight and dbias."""
    settings: dict[str, Any] = _settings(stride, padding, dilation, groups)
    ours = engine.conv2d_backward(dy, x, weight, **settings)
    without_signs = engine.conv2d_backward(*magnitudes(dy, x, weight), **settings)
    import torch

    leaves = [t.requires_grad_() for t in tensors(x, weight, np.zeros(len(weight), x.dtype))]
    y = torch.nn.functional.conv2d(*leaves, **settings)
    theirs = torch.autograd.grad(y, leaves, *tensors(dy))
    outputs = dy.size // len(weight)
    terms = (weight.size // weight.shape[1], outputs, outputs)
    return tuple(
        compare(name, our, their.numpy(), magnitude, many)
        for name, our, their, magnitude, many in zip(
            ("dx", "dweight", "dbias"), ours, theirs, without_signs, terms, strict=True
        )
    )  # type: ignore[return-value]


def _torch_mode(mode: PadMode, value: float) -> tuple[str, float | None]:
    """PyTorch's words for a mode of pad2d: zeros are a constant; copies take no value."""
    return ("constant", value) if mode in ("zeros", "constant") else (mode, None)


def _settings(stride: Size, padding: Size, dilation: Size, groups: int) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
