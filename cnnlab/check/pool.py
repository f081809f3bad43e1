"""Pooling beside PyTorch's."""

from typing import Any

import numpy as np

from cnnlab import engine
from cnnlab.check.comparison import Check, compare, forward, tensors
from cnnlab.engine import Array, Size
from cnnlab.engine.checks import per_axis


def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Check:
    """`engine.max_pool2d` against torch.nn.functional.max_pool2d: not one bit may differ.

    >>> check = max_pool2d(-np.ones((1, 1, 3, 3)), 2, padding=1)
    >>> check.agrees, check.torch.tolist()
    (True, [[[[-1.0, -1.0], [-1.0, -1.0]]]])
    """
    settings = _max_settings(kernel_size, stride, padding, dilation, ceil_mode)
    ours = engine.max_pool2d(x, **settings)
    from torch.nn import functional

    theirs = functional.max_pool2d(*tensors(x), **settings).numpy()
    return compare("y", ours, theirs, magnitude=np.zeros(1), terms=0)  # nothing is rounded


def max_pool2d_indices(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Check:
    """Which cells `engine.max_pool2d` and PyTorch say have won, as float64: not one may differ.

    >>> max_pool2d_indices(np.zeros((1, 1, 4, 4)), 2).torch.tolist()  # of equals the first
    [[[[0.0, 2.0], [8.0, 10.0]]]]
    """
    settings = _max_settings(kernel_size, stride, padding, dilation, ceil_mode)
    _, ours = engine.max_pool2d(x, **settings, return_indices=True)
    from torch.nn import functional

    _, theirs = functional.max_pool2d(*tensors(x), **settings, return_indices=True)
    places = ours.astype(np.float64), theirs.numpy().astype(np.float64)
    return compare("indices", *places, magnitude=np.zeros(1), terms=0)


def max_pool2d_backward(
    dy: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Check:
    """`engine.max_pool2d_backward` against PyTorch's autograd, ties included.

    ``dy`` (N, C, OH, OW), ``x`` (N, C, H, W); which cells won, each side finds for itself.
    """
    settings = _max_settings(kernel_size, stride, padding, dilation, ceil_mode)
    _, indices = engine.max_pool2d(x, **settings, return_indices=True)
    ours = engine.max_pool2d_backward(dy, indices, x.shape[2:])
    magnitude = engine.max_pool2d_backward(abs(dy), indices, x.shape[2:])
    theirs = _gradient("max_pool2d", dy, x, settings)
    return compare("dx", ours, theirs, magnitude, terms=_taps(kernel_size))


def avg_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Check:
    """`engine.avg_pool2d` against torch.nn.functional.avg_pool2d.

    >>> avg_pool2d(np.full((1, 1, 3, 3), 0.1), 3, stride=2, padding=1).agrees
    True
    """
    settings = _avg_settings(kernel_size, stride, padding, ceil_mode, count_include_pad)
    return forward("avg_pool2d", (x,), settings, terms=_taps(kernel_size) + 1)


def avg_pool2d_backward(
    dy: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Check:
    """`engine.avg_pool2d_backward` against PyTorch's autograd.

    ``dy`` (N, C, OH, OW), ``x`` (N, C, H, W); of x, only the shape matters.
    """
    settings = _avg_settings(kernel_size, stride, padding, ceil_mode, count_include_pad)
    ours = engine.avg_pool2d_backward(dy, x.shape[2:], **settings)
    magnitude = engine.avg_pool2d_backward(abs(dy), x.shape[2:], **settings)
    theirs = _gradient("avg_pool2d", dy, x, settings)
    return compare("dx", ours, theirs, magnitude, terms=_taps(kernel_size) + 1)


def _gradient(name: str, dy: Array, x: Array, settings: dict[str, Any]) -> Array:
    """How PyTorch's autograd changes the input of the operation of that name."""
    import torch

    leaf, seed = tensors(x, dy)
    y = getattr(torch.nn.functional, name)(leaf.requires_grad_(), **settings)
    gradient: Array = torch.autograd.grad(y, leaf, seed)[0].numpy()
    return gradient


def _taps(kernel_size: Size) -> int:
    kh, kw = per_axis("kernel_size", kernel_size, 1)
    return kh * kw


def _max_settings(
    kernel_size: Size, stride: Size | None, padding: Size, dilation: Size, ceil_mode: bool
) -> dict[str, Any]:
    shared = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    return {**shared, "dilation": dilation, "ceil_mode": ceil_mode}


def _avg_settings(
    kernel_size: Size, stride: Size | None, padding: Size, ceil_mode: bool, count_include_pad: bool
) -> dict[str, Any]:
    shared = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    return {**shared, "ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
