"""The engine's answer beside PyTorch's, for given settings. PyTorch is imported when called."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np

from cnnlab import engine
from cnnlab.engine import Array, Size


@dataclass(frozen=True, eq=False)
class Check:
    """One array computed twice. ``largest_relative`` is in units of the largest torch value.

    They agree where no cell differs by more than ``tolerance``, which is what rounding explains.
    """

    name: str
    engine: Array
    torch: Array
    largest_absolute: float
    largest_relative: float
    tolerance: float
    agrees: bool


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
    return _forward("conv2d", x, weight, bias, _settings(stride, padding, dilation, groups))


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
    return _forward("conv3d", x, weight, bias, _settings(stride, padding, dilation, groups))


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
    magnitudes = engine.conv2d_backward(*_magnitudes(dy, x, weight), **settings)
    import torch

    leaves = [t.requires_grad_() for t in _tensors(x, weight, np.zeros(len(weight), x.dtype))]
    y = torch.nn.functional.conv2d(*leaves, **settings)
    theirs = torch.autograd.grad(y, leaves, *_tensors(dy))
    outputs = dy.size // len(weight)
    terms = (weight.size // weight.shape[1], outputs, outputs)
    return tuple(
        compare(name, our, their.numpy(), magnitude, many)
        for name, our, their, magnitude, many in zip(
            ("dx", "dweight", "dbias"), ours, theirs, magnitudes, terms, strict=True
        )
    )  # type: ignore[return-value]


def compare(name: str, ours: Array, theirs: Array, magnitude: Array, terms: int) -> Check:
    """Two sums of ``terms`` products, whose absolute values add up to ``magnitude``.

    In any order of adding, rounding is off by about √terms·u·magnitude, u being half the distance
    from 1 to the next number, and very unlikely by more than a few times that; four for each side
    are granted. Source: Higham & Mary, "A New Approach to Probabilistic Rounding Error Analysis"
    (2019).
    """
    unit = float(np.finfo(ours.dtype).eps) / 2
    tolerance = 8 * sqrt(terms) * unit * float(magnitude.max())
    unequal = ours != theirs  # where both overflowed to infinity there is no difference to take
    difference = float(abs(ours[unequal] - theirs[unequal]).max(initial=0.0))
    largest = float(abs(theirs).max())
    return Check(
        name=name,
        engine=ours,
        torch=theirs,
        largest_absolute=difference,
        largest_relative=difference / largest if largest else difference,
        tolerance=tolerance,
        agrees=difference <= tolerance,
    )


def _forward(
    name: str, x: Array, weight: Array, bias: Array | None, settings: dict[str, Any]
) -> Check:
    """The operation of that name, which the engine and PyTorch share, computed by both."""
    operation = getattr(engine, name)
    ours = operation(x, weight, bias, **settings)
    from torch.nn import functional

    theirs = getattr(functional, name)(*_tensors(x, weight, bias), **settings).numpy()
    magnitude = operation(*_magnitudes(x, weight, bias), **settings)
    return compare("y", ours, theirs, magnitude, terms=prod(weight.shape[1:]) + 1)


def _settings(stride: Size, padding: Size, dilation: Size, groups: int) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def _tensors(*arrays: Array | None) -> list[Any]:
    import torch

    # copies: PyTorch warns of arrays that must not be written and refuses negative strides
    return [None if a is None else torch.from_numpy(a.copy()) for a in arrays]


def _magnitudes(*arrays: Array | None) -> list[Any]:
    return [None if a is None else abs(a) for a in arrays]
