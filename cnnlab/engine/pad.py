"""Padding: what a window reads where it hangs over the edge of the map."""

from typing import Literal, TypeAlias, get_args

import numpy as np

from cnnlab.engine.checks import Array, Size, array, per_axis
from cnnlab.message import InvalidInput

PadMode: TypeAlias = Literal["zeros", "constant", "reflect", "replicate", "circular"]


def pad2d(x: Array, padding: Size, mode: PadMode = "zeros", value: float = 0.0) -> Array:
    """Add rows and columns around every map of ``x``.

    ``x`` is (N, C, H, W); ``padding`` is one number for all four sides, a pair (h, w) for both
    sides of each axis, or (top, bottom, left, right): in the order of the axes, whereas
    torch.nn.functional.pad starts with the last axis (left, right, top, bottom).
    Returns (N, C, top + H + bottom, left + W + right).

    ``zeros`` writes 0, ``constant`` writes ``value``; the others copy cells of the map:
    ``replicate`` the nearest, ``reflect`` the mirror image about the edge cell (which is not
    repeated, so at most H − 1 rows), ``circular`` those of the opposite side (at most H rows).
    Raises InvalidInput beyond these limits, which are PyTorch's.

    >>> row = np.array([[[[1.0, 2.0, 3.0]]]])
    >>> pad2d(row, (0, 0, 2, 1))[0, 0, 0]
    array([0., 0., 1., 2., 3., 0.])
    >>> [pad2d(row, (0, 2), mode)[0, 0, 0].tolist() for mode in ("reflect", "replicate")]
    [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0], [1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0]]
    """
    array("x", x, "(N, C, H, W)")
    top, bottom, left, right = sides(padding)
    _check_mode(x.shape, (top, bottom, left, right), mode)
    _check_value(value, mode)
    if mode in ("zeros", "constant"):
        return _pad_constant(x, top, bottom, left, right, value)
    return _pad_copying(x, top, bottom, left, right, mode)


def _pad_constant(
    x: Array, top: int, bottom: int, left: int, right: int, value: float = 0.0
) -> Array:
    n, channels, height, width = x.shape
    padded = np.full((n, channels, top + height + bottom, left + width + right), value, x.dtype)
    padded[:, :, top : top + height, left : left + width] = x
    return padded


def _pad_copying(x: Array, top: int, bottom: int, left: int, right: int, mode: PadMode) -> Array:
    rows = _copied_from(x.shape[2], top, bottom, mode)
    columns = _copied_from(x.shape[3], left, right, mode)
    return x[:, :, rows[:, None], columns]


def _copied_from(
    n: int, before: int, after: int, mode: PadMode
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """For each place of the padded axis, the place of the original that it is a copy of."""
    place = np.arange(-before, n + after)
    if mode == "replicate":
        return place.clip(0, n - 1)
    if mode == "circular":
        return place % n
    return (n - 1) - abs((n - 1) - abs(place))  # reflect, at the first cell and at the last


def sides(padding: Size) -> tuple[int, int, int, int]:
    """One number, a pair or four, as `pad2d` takes them: (top, bottom, left, right).

    >>> sides(1), sides((1, 2)), sides((0, 1, 2, 3))
    ((1, 1, 1, 1), (1, 1, 2, 2), (0, 1, 2, 3))
    """
    if isinstance(padding, tuple | list) and len(padding) not in (2, 4):
        raise InvalidInput(
            "padding must be one number, (h, w) or (top, bottom, left, right), but is {padding}",
            padding=padding,
        )
    if isinstance(padding, tuple | list) and len(padding) == 4:
        top, bottom, left, right = per_axis("padding", padding, 0, axes=4)
        return top, bottom, left, right
    h, w = per_axis("padding", padding, 0)
    return h, h, w, w


def _check_mode(shape: tuple[int, ...], sides: tuple[int, ...], mode: PadMode) -> None:
    if mode not in get_args(PadMode):
        raise InvalidInput(
            "padding mode {mode} is none of {modes}", mode=mode, modes=", ".join(get_args(PadMode))
        )
    for size, widest in zip(shape[-2:], (max(sides[:2]), max(sides[2:])), strict=True):
        if mode == "reflect" and widest >= size:
            raise InvalidInput(
                "reflecting {padding} cells takes more than {padding} along that axis, "
                "because the edge cell is the mirror, but the input has the shape {shape}",
                padding=widest,
                shape=shape,
            )
        if mode == "circular" and widest > size:
            raise InvalidInput(
                "circular padding of {padding} cells would go round more than once: "
                "the input has the shape {shape}",
                padding=widest,
                shape=shape,
            )


def _check_value(value: float, mode: PadMode) -> None:
    if value != 0 and mode != "constant":
        raise InvalidInput(
            "padding mode {mode} writes no value of its own: "
            "{value} would be ignored, only constant takes it",
            mode=mode,
            value=value,
        )
