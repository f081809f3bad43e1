"""How often a window reads each cell of its input."""

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Size, per_axis
from cnnlab.engine.pad import PadMode, _check_mode, _copied_from, sides
from cnnlab.engine.sizes import output_size


def read_counts(
    size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    mode: PadMode = "zeros",
) -> NDArray[np.intp]:
    """For every cell of a map of ``size`` (H, W), by how many windows it is read: (H, W).

    ``padding`` and ``mode`` are those of `pad2d`; the other settings are an int or an (h, w) pair.
    Where the padding is made of copies (reflect, replicate, circular), a read of a copy is a read
    of the cell that it was copied from. Padding makes border cells be read more often; only at
    k − 1 on every side, and stride 1, are all read equally often.

    Raises InvalidInput where no window fits and beyond the limits of `pad2d`. Source: counting;
    reads and outputs are the two ends of the same connections, as in Dumoulin & Visin (2016),
    section 4.1.

    >>> read_counts(5, 3)  # a corner once, the middle nine times
    array([[1, 2, 3, 2, 1],
           [2, 4, 6, 4, 2],
           [3, 6, 9, 6, 3],
           [2, 4, 6, 4, 2],
           [1, 2, 3, 2, 1]])
    >>> read_counts((1, 4), (1, 3), padding=(0, 1), mode="replicate")
    array([[3, 3, 3, 3]])
    """
    cells, kernel = per_axis("size", size, 1), per_axis("kernel_size", kernel_size, 1)
    steps, gaps = per_axis("stride", stride, 1), per_axis("dilation", dilation, 1)
    top, bottom, left, right = sides(padding)
    _check_mode(cells, (top, bottom, left, right), mode)
    axes = zip(cells, kernel, steps, ((top, bottom), (left, right)), gaps, strict=True)
    down, across = [_reads_along(*axis, mode) for axis in axes]
    counts: NDArray[np.intp] = np.multiply.outer(down, across)
    return counts


def _reads_along(
    n: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, mode: PadMode
) -> NDArray[np.intp]:
    """One axis: count the reads of the padded cells, then give those of copies to the original."""
    before, after = padding
    outputs = output_size(n, kernel, stride, padding, dilation)
    padded = np.zeros(before + n + after, np.intp)
    for tap in range(kernel):
        padded[tap * dilation :][: outputs * stride : stride] += 1
    if mode in ("zeros", "constant"):
        return padded[before : before + n]
    counts = np.zeros(n, np.intp)
    np.add.at(counts, _copied_from(n, before, after, mode), padded)
    return counts
