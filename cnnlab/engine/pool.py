"""Max pooling, its derivative, and what every pooling asks of its settings."""

from collections.abc import Sequence
from math import prod
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array, Size, array, per_axis
from cnnlab.engine.sizes import alike, output_shape, times
from cnnlab.engine.windows import Taps, _taps
from cnnlab.message import InvalidInput

Indices: TypeAlias = NDArray[np.int64]


@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Array: ...
@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Array, Indices]: ...
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, Indices]:
    """The largest number in every window of every channel, as torch.nn.functional.max_pool2d.

    ``x`` is (N, C, H, W); the settings are an int or an (h, w) pair, and ``stride`` is the kernel's
    size unless given. The padding counts as −∞ (zeros would win where all is negative).
    ``ceil_mode`` rounds the output's size up, see `output_size`. Returns (N, C, OH, OW) in the same
    dtype; with ``return_indices`` also int64 (N, C, OH, OW): where in the H·W cells of its channel
    each maximum stands, the first in reading order where several are equal. NaN counts as larger
    than any number (and the last one is pointed at). A window over no cell at all, which only
    dilation makes, is −∞, from cell −1.

    Raises InvalidInput where no window fits, and where the padding is more than half the window
    (as PyTorch does). Source: Goodfellow, Bengio & Courville, "Deep Learning" (2016),
    section 9.3.

    >>> x = np.array([[[[1.0, 3, 2, 1], [4, 2, 0, 1], [0, 0, 5, 6], [0, 0, 7, 8]]]])
    >>> y, indices = max_pool2d(x, 2, return_indices=True)
    >>> y[0, 0]
    array([[4., 2.],
           [0., 8.]])
    >>> indices[0, 0]
    array([[ 4,  2],
           [ 8, 15]])
    """
    array("x", x, "(N, C, H, W)")
    settings = _settings(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool2d_indices(x, *settings) if return_indices else _max_pool2d(x, *settings)


def max_pool2d_backward(dy: Array, indices: NDArray[np.integer[Any]], input_size: Size) -> Array:
    """How a loss changes with the input of `max_pool2d`: only the winners can change it.

    ``dy`` (N, C, OH, OW) is how the loss changes with the output, ``indices`` (N, C, OH, OW) are
    those that the forward pass returned, ``input_size`` is its (H, W). Returns (N, C, H, W) in the
    dtype of dy: each cell receives the sum over the windows that it won, all others 0.

    Raises InvalidInput for indices that are not dy's or lie outside. Source: the indices are the
    "switches" of Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks" (2014),
    section 2.1.

    >>> dy = np.array([[[[1.0, 2.0, 4.0]]]])
    >>> max_pool2d_backward(dy, np.array([[[[1, 1, 3]]]]), (1, 5))  # two windows share a winner
    array([[[[0., 3., 0., 4., 0.]]]])
    """
    array("dy", dy, "(N, C, OH, OW)")
    size = per_axis("input_size", input_size, 1)
    _check_indices(indices, dy, size)
    return _max_pool2d_backward(dy, indices, size)


def _max_pool2d(
    x: Array,
    places: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """The largest of a rectangle is the largest of its rows' largest: one axis, then the other.

    Padding is never looked at, which comes to the same as if it held −∞.
    """
    n, channels, height, _ = x.shape
    down, across = _taps(x.shape[2:], places, kernel, stride, padding, dilation)
    rows = np.full((n, channels, height, places[1]), -np.inf, x.dtype)
    for outputs, cells in across:
        np.maximum(rows[..., outputs], x[..., cells], out=rows[..., outputs])
    y = np.full((n, channels, *places), -np.inf, x.dtype)
    for outputs, cells in down:
        np.maximum(y[:, :, outputs], rows[:, :, cells], out=y[:, :, outputs])
    return y


def _max_pool2d_indices(
    x: Array,
    places: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[Array, Indices]:
    """Tap by tap in reading order: what beats the best so far takes its place, a tie does not."""
    n, channels = x.shape[:2]
    down, across = _taps(x.shape[2:], places, kernel, stride, padding, dilation)
    y = np.full((n, channels, *places), -np.inf, x.dtype)
    winner = np.empty(y.shape, np.min_scalar_type(prod(kernel)))  # which tap, counted row by row
    winner[:] = _first_taps(down, across, places)  # stays the winner where all is −∞
    for i, (rows, cells_down) in enumerate(down):
        for j, (columns, cells_across) in enumerate(across):
            cells = x[:, :, cells_down, cells_across]
            best, by = y[:, :, rows, columns], winner[:, :, rows, columns]
            beats = (cells > best) | np.isnan(cells)
            np.maximum(by, beats * by.dtype.type(i * kernel[1] + j), out=by)
            np.maximum(best, cells, out=best)
    return y, _cells_under(winner, x.shape[3], kernel, stride, padding, dilation)


def _first_taps(down: Taps, across: Taps, places: Sequence[int]) -> NDArray[np.intp]:
    """The first tap of every window that has a cell under it; the number of taps if none has."""
    first = np.full(places, len(down) * len(across))
    for i, (rows, _) in reversed(list(enumerate(down))):
        for j, (columns, _) in reversed(list(enumerate(across))):
            first[rows, columns] = i * len(across) + j
    return first


def _cells_under(
    tap: NDArray[np.unsignedinteger[Any]],
    width: int,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> Indices:
    """The number of the cell, row by row, under that tap of every window; −1 for no tap."""
    (oh, ow), (kh, kw) = tap.shape[2:], kernel
    (sh, sw), (ph, pw), (dh, dw) = stride, padding, dilation
    corner = np.add.outer((np.arange(oh) * sh - ph) * width, np.arange(ow) * sw - pw)
    from_corner = np.add.outer(np.arange(kh) * dh * width, np.arange(kw) * dw)
    cells: Indices = np.append(from_corner, 0)[tap] + corner
    cells[tap == kh * kw] = -1
    return cells


def _max_pool2d_backward(
    dy: Array, indices: NDArray[np.integer[Any]], size: Sequence[int]
) -> Array:
    """Each window's gradient goes back to the one cell that the forward pass remembered."""
    n, channels = dy.shape[:2]
    cells = prod(size) + 1  # one more for each map: there −1 leads, from a window over no cell
    dx = np.zeros((n * channels, cells), dy.dtype)
    of_map = np.arange(n * channels).reshape(n, channels, 1, 1) * cells
    np.add.at(dx.reshape(-1), (of_map + indices).ravel(), dy.ravel())
    return dx[:, :-1].reshape(n, channels, *size)


def _settings(
    size: Sequence[int],
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
) -> tuple[tuple[int, ...], ...]:
    """Refuse what has no output; the output's size and the settings, one number for each axis."""
    kernel = per_axis("kernel_size", kernel_size, 1)
    steps = kernel if stride is None else per_axis("stride", stride, 1)
    margin = per_axis("padding", padding, 0)
    gaps = per_axis("dilation", dilation, 1)
    if any(2 * p > k for p, k in zip(margin, kernel, strict=True)):
        raise InvalidInput(
            "padding may be at most half the window, so that no window lies in it alone, "
            "but is {padding} for a window of {kernel}",
            padding=alike(margin),
            kernel=times(kernel),
        )
    places = output_shape(size, kernel, steps, margin, gaps, ceil_mode, window=True)
    return places, kernel, steps, margin, gaps


def _check_indices(indices: NDArray[np.integer[Any]], dy: Array, size: Sequence[int]) -> None:
    if not isinstance(indices, np.ndarray) or indices.dtype.kind not in "iu":
        raise InvalidInput(
            "indices must be an array of whole numbers, "
            "as max_pool2d returns with return_indices, but hold {dtype}",
            dtype=str(getattr(indices, "dtype", type(indices).__name__)),
        )
    if indices.shape != dy.shape:
        raise InvalidInput(
            "indices must be one for each cell of dy, of shape {expected}, "
            "but have the shape {shape}",
            expected=dy.shape,
            shape=indices.shape,
        )
    if indices.min() < -1 or indices.max() >= prod(size):
        raise InvalidInput(
            "indices point into a map of {size}, so they lie from 0 to {last}, "
            "but these go from {least} to {most}",
            size=times(size),
            last=prod(size) - 1,
            least=int(indices.min()),
            most=int(indices.max()),
        )
