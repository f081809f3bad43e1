"""Average pooling and its derivative."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array, Size, array, per_axis, shape
from cnnlab.engine.pool import _settings
from cnnlab.engine.windows import _taps


def avg_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """The mean of every window of every channel, as torch.nn.functional.avg_pool2d.

    ``x`` is (N, C, H, W); the settings are an int or an (h, w) pair, and ``stride`` is the kernel's
    size unless given. Returns (N, C, OH, OW) in the same dtype. The zeros of the padding count as
    cells of the window, as they do in PyTorch, unless ``count_include_pad`` is False. Where
    ``ceil_mode`` lets a window hang over the end, what is beyond never counts.

    Raises InvalidInput where no window fits, and where the padding is more than half the window
    (as PyTorch does). Source: LeCun et al., "Gradient-Based Learning Applied to Document
    Recognition" (1998), section II.B (sub-sampling, there with a weight and a bias).

    >>> ones = np.ones((1, 1, 3, 3))
    >>> avg_pool2d(ones, 3, stride=2, padding=1)[0, 0].round(3)  # 4 ones and 5 zeros: 4/9
    array([[0.444, 0.444],
           [0.444, 0.444]])
    >>> avg_pool2d(np.array([[[[1.0, 2, 3, 4, 5]]]]), (1, 2), ceil_mode=True)
    array([[[[1.5, 3.5, 5. ]]]])
    """
    array("x", x, "(N, C, H, W)")
    settings = _settings(x.shape[2:], kernel_size, stride, padding, 1, ceil_mode)
    places, kernel, steps, margin, _ = settings
    counts = _counts(x.shape[2:], places, kernel, steps, margin, count_include_pad)
    return _avg_pool2d(x, counts, kernel, steps, margin)


def avg_pool2d_backward(
    dy: Array,
    input_size: Size,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """How a loss changes with the input of `avg_pool2d`: every cell of a window alike.

    ``dy`` (N, C, OH, OW) is how the loss changes with the output, ``input_size`` the (H, W) of the
    input, the settings are those of the forward pass. Returns (N, C, H, W) in the dtype of dy: each
    cell receives dy over the number of cells, from every window that reads it.

    Raises InvalidInput where dy does not belong to these settings. Source: Goodfellow, Bengio &
    Courville, "Deep Learning" (2016), section 6.5.2 (the chain rule).

    >>> avg_pool2d_backward(np.array([[[[8.0, 4.0]]]]), (2, 3), kernel_size=2, stride=1)
    array([[[[2., 3., 1.],
             [2., 3., 1.]]]])
    """
    array("dy", dy, "(N, C, OH, OW)")
    size = per_axis("input_size", input_size, 1)
    places, kernel, steps, margin, _ = _settings(size, kernel_size, stride, padding, 1, ceil_mode)
    shape("dy", dy, (*dy.shape[:2], *places), dy.dtype)
    counts = _counts(size, places, kernel, steps, margin, count_include_pad)
    return _avg_pool2d_backward(dy, counts, size, kernel, steps, margin)


def avg_pool_counts(
    size: Size,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> NDArray[np.intp]:
    """By how many cells each mean of `avg_pool2d` divides, for maps of ``size`` (H, W): (OH, OW).

    Raises InvalidInput as `avg_pool2d` does.

    >>> avg_pool_counts((3, 3), 3, stride=2, padding=1, count_include_pad=False)
    array([[4, 4],
           [4, 4]])
    >>> avg_pool_counts((1, 5), (1, 2), ceil_mode=True)
    array([[2, 2, 1]])
    """
    cells = per_axis("size", size, 1)
    places, kernel, steps, margin, _ = _settings(cells, kernel_size, stride, padding, 1, ceil_mode)
    return _counts(cells, places, kernel, steps, margin, count_include_pad)


def _avg_pool2d(
    x: Array,
    counts: NDArray[np.intp],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
) -> Array:
    """The sum of a rectangle is the sum of the sums of its rows: one axis, then the other.

    The zeros of the padding add nothing; whether they count is in ``counts`` (OH, OW).
    """
    n, channels, height, _ = x.shape
    down, across = _taps(x.shape[2:], counts.shape, kernel, stride, padding, (1, 1))
    rows = np.zeros((n, channels, height, counts.shape[1]), x.dtype)
    for outputs, cells in across:
        rows[..., outputs] += x[..., cells]
    sums = np.zeros((n, channels, *counts.shape), x.dtype)
    for outputs, cells in down:
        sums[:, :, outputs] += rows[:, :, cells]
    sums /= counts.astype(x.dtype)
    return sums


def _avg_pool2d_backward(
    dy: Array,
    counts: NDArray[np.intp],
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
) -> Array:
    """Every cell under a window gets the same share: spread down one axis, then along the other."""
    n, channels, _, ow = dy.shape
    down, across = _taps(size, counts.shape, kernel, stride, padding, (1, 1))
    shares = dy / counts.astype(dy.dtype)
    rows = np.zeros((n, channels, size[0], ow), dy.dtype)
    for outputs, cells in down:
        rows[:, :, cells] += shares[:, :, outputs]
    dx = np.zeros((n, channels, *size), dy.dtype)
    for outputs, cells in across:
        dx[..., cells] += rows[..., outputs]
    return dx


def _counts(
    size: Sequence[int],
    places: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    count_include_pad: bool,
) -> NDArray[np.intp]:
    """Rows times columns. A window counts up to the end of the padding, or of the map itself."""
    axes = []
    for n, outputs, k, s, p in zip(size, places, kernel, stride, padding, strict=True):
        margin = p if count_include_pad else 0
        start = np.arange(outputs) * s - p
        axes.append((start + k).clip(max=n + margin) - start.clip(min=-margin))
    counts: NDArray[np.intp] = np.multiply.outer(*axes)
    return counts
