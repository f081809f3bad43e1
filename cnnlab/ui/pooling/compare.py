"""Two comparisons: average pooling with a convolution, and ReLU before with ReLU after pooling."""

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab.engine import Array, conv2d, relu
from cnnlab.scenes.moment import number
from cnnlab.scenes.pooling import Pool, pooled
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.ui import lesson
from cnnlab.ui.compared import scientific
from cnnlab.ui.player import play
from cnnlab.ui.pooling.bar import bar, one_channel
from cnnlab.ui.pooling.setting import Setting


def convolution(shown: Setting) -> None:
    """The average is a convolution with the same weight everywhere; the maximum is none."""
    with bar(shown, "equal"):
        one = one_channel(shown, "equal")
    average, largest = from_convolution(one.x, one.pool)
    lesson.line(
        *(("equal", "equal_limits") if beyond_convolution(one.pool) else ("equal",)),
        cells=prod(one.pool.kernel),
        average=scientific(average),
        max=number(largest),
    )
    play(average_as_convolution(one.x, one.pool), key="pooling-equal", topic=shown.name)


def as_convolved(shown: Setting) -> Setting:
    """The setting as a convolution can follow it: every padding counts, sizes are rounded down."""
    return replace(shown, pool=replace(shown.pool, ceil_mode=False, count_include_pad=True))


def from_convolution(x: Array, pool: Pool) -> tuple[float, float]:
    """By how much, at most, average and maximum differ from the convolution with weights 1/k²."""
    average = Pool("average", pool.kernel, pool.stride, pool.padding)
    weight = np.full((1, 1, *pool.kernel), 1 / prod(pool.kernel), x.dtype)
    convolved = conv2d(x[None], weight, None, pool.stride, pool.padding)[0]
    maxima = pooled(x, replace(average, kind="max"))
    return _largest(pooled(x, average), convolved), _largest(maxima, convolved)


def beyond_convolution(pool: Pool) -> bool:
    """Whether the setting asks for what no convolution does: rounding up, padding uncounted."""
    uncounted = pool.kind == "average" and any(pool.padding) and not pool.count_include_pad
    return pool.ceil_mode or uncounted


def with_relu(shown: Setting) -> None:
    """ReLU, then pooling; below it pooling, then ReLU."""
    with bar(shown, "relu"):
        one = one_channel(shown, "relu")
    x, mean = with_negatives(one.x)
    lesson.line(
        *(("relu", "relu_centred") if mean else ("relu",)),
        max=scientific(from_order(x, replace(one.pool, kind="max"))),
        average=number(from_order(x, replace(one.pool, kind="average"))),
        mean=number(mean),
    )
    play(relu_order(x, one.pool), key="pooling-relu", topic=shown.name)


def with_negatives(x: Array) -> tuple[Array, float]:
    """Numbers on which ReLU does something: x, or x less its mean, rounded; and what was taken."""
    if not x.size or x.min() < 0:
        return x, 0.0
    mean = float(x.mean(dtype=np.float64))
    taken = float(np.rint(mean)) or mean
    return x - x.dtype.type(taken), taken


def from_order(x: Array, pool: Pool) -> float:
    """The largest difference that the order of ReLU and pooling makes."""
    return _largest(pooled(relu(x), pool), relu(pooled(x, pool)))


def _largest(one: Array, other: Array) -> float:
    return float(np.abs(one.astype(np.float64) - other).max())
