"""Windows as the columns of a matrix (im2col), and columns back into a map (col2im)."""

from collections.abc import Sequence
from math import prod
from typing import TypeAlias

import numpy as np

from cnnlab.engine.checks import Array, Size, array, per_axis
from cnnlab.engine.sizes import output_shape, times
from cnnlab.message import InvalidInput


def unfold(
    x: Array, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> Array:
    """Every window of ``x`` as one column, in the layout of torch.nn.functional.unfold.

    ``x`` is (N, C, H, W); returns (N, C·KH·KW, L): row (c·KH + i)·KW + j holds what tap (i, j) of
    channel c reads, and the L = OH·OW windows stand in reading order. Overlapping windows repeat
    cells, which is what the matrix product of a convolution is paid with. Textbooks that show one
    window as a row show the transpose.

    Raises InvalidInput where no window fits. Source: Chellapilla, Puri & Simard, "High Performance
    Convolutional Neural Networks for Document Processing" (2006).

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> unfold(x, 2)[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    array("x", x, "(N, C, H, W)")
    kernel = per_axis("kernel_size", kernel_size, 1)
    steps = per_axis("stride", stride, 1)
    margin = per_axis("padding", padding, 0)
    gaps = per_axis("dilation", dilation, 1)
    places = output_shape(x.shape[2:], kernel, steps, margin, gaps)
    columns = _unfold(x, kernel, places, steps, margin, gaps)
    return columns if columns.flags.writeable else columns.copy()


def fold(
    columns: Array,
    output_size: Size,
    kernel_size: Size,
    dilation: Size = 1,
    padding: Size = 0,
    stride: Size = 1,
) -> Array:
    """Add every column back to where its window was: the adjoint of `unfold`, not its inverse.

    ``columns`` is (N, C·KH·KW, L) as `unfold` makes them from maps of ``output_size`` (H, W);
    returns (N, C, H, W). A cell that k windows read receives k numbers.

    Raises InvalidInput where the columns do not belong to that size. Source: the col2im of Caffe
    (Jia et al. 2014), in the layout of torch.nn.functional.fold.

    >>> fold(np.ones((1, 4, 4)), (3, 3), kernel_size=2)[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    array("columns", columns, "(N, C·KH·KW, L)")
    size = per_axis("output_size", output_size, 1)
    kernel = per_axis("kernel_size", kernel_size, 1)
    steps = per_axis("stride", stride, 1)
    margin = per_axis("padding", padding, 0)
    gaps = per_axis("dilation", dilation, 1)
    rows, length = columns.shape[1:]
    places = output_shape(size, kernel, steps, margin, gaps)
    if rows % prod(kernel) or length != prod(places):
        raise InvalidInput(
            "columns of shape {shape} do not fold into maps of {size}: a {kernel} kernel takes a "
            "multiple of {taps} rows, and its {places} places take {length} columns",
            shape=columns.shape,
            size=times(size),
            kernel=times(kernel),
            taps=prod(kernel),
            places=times(places),
            length=prod(places),
        )
    return _fold(columns, size, kernel, places, steps, margin, gaps)


def _unfold(
    x: Array,
    kernel: Sequence[int],
    places: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    windows = _windows(_pad_zeros(x, padding), kernel, places, stride, dilation)
    rows = x.shape[1] * prod(kernel)
    return windows.reshape(len(x), rows, -1)  # copies: here what windows share is repeated


def _windows(
    x: Array,
    kernel: Sequence[int],
    places: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """Every window at once, as a view (N, C, KH, KW, OH, OW): nothing is copied.

    The cell at tap i of the window at place o is x[o·stride + i·dilation]: one step along KH is
    ``dilation`` rows on in memory, one step along OH is ``stride`` rows on.
    """
    x = np.ascontiguousarray(x)  # an array laid over memory, as here, needs it in one piece
    cell = x.strides[2:]  # bytes from one row to the next, from one column to the next
    tap = [d * b for d, b in zip(dilation, cell, strict=True)]
    move = [s * b for s, b in zip(stride, cell, strict=True)]
    shape = (*x.shape[:2], *kernel, *places)
    windows: Array = np.ndarray(shape, x.dtype, x, 0, (*x.strides[:2], *tap, *move))
    windows.flags.writeable = False  # many of its cells are one cell of x
    return windows


def _fold(
    columns: Array,
    size: Sequence[int],
    kernel: Sequence[int],
    places: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    (height, width), (kh, kw), (oh, ow) = size, kernel, places
    (sh, sw), (ph, pw), (dh, dw) = stride, padding, dilation
    taps = columns.reshape(len(columns), -1, kh, kw, oh, ow)  # (N, C, KH, KW, OH, OW)
    padded = np.zeros((*taps.shape[:2], height + 2 * ph, width + 2 * pw), columns.dtype)
    for i in range(kh):
        rows = slice(i * dh, i * dh + oh * sh, sh)  # what tap (i, j) of every window read:
        for j in range(kw):
            cols = slice(j * dw, j * dw + ow * sw, sw)  # no two windows the same cell
            padded[:, :, rows, cols] += taps[:, :, i, j]
    return padded[:, :, ph : ph + height, pw : pw + width]


Taps: TypeAlias = list[tuple[slice, slice]]


def _taps(
    size: Sequence[int],
    places: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> list[Taps]:
    """For each axis and each tap along it: which outputs find a cell under it, and those cells.

    The window of output o has tap i over cell o·stride + i·dilation − padding. Outputs for which
    that is no cell of the map, but padding or beyond the end, are left out.
    """
    axes = zip(size, places, kernel, stride, padding, dilation, strict=True)
    return [
        [_under_tap(i * gap - margin, n, outputs, step) for i in range(taps)]
        for n, outputs, taps, step, margin, gap in axes
    ]


def _under_tap(offset: int, n: int, places: int, stride: int) -> tuple[slice, slice]:
    first = max(0, -(offset // stride))  # the first o with o·stride + offset ≥ 0
    after = max(first, min(places, (n - 1 - offset) // stride + 1))
    start = first * stride + offset
    return slice(first, after), slice(start, start + (after - first) * stride, stride)


def _pad_zeros(x: Array, padding: Sequence[int]) -> Array:
    if not any(padding):
        return x
    n, channels, *size = x.shape
    padded = np.zeros(
        (n, channels, *(s + 2 * p for s, p in zip(size, padding, strict=True))), x.dtype
    )
    padded[:, :, *(slice(p, p + s) for p, s in zip(padding, size, strict=True))] = x
    return padded
