"""The first views of the pooling lesson: step by step, as a matrix, and backward."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.scenes.pooling import pooling
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.ui import gradients, lesson, link
from cnnlab.ui.player import Edit, play
from cnnlab.ui.pooling.bar import bar, one_channel
from cnnlab.ui.pooling.setting import Setting


def steps(shown: Setting, on_edit: Callable[[Edit], None]) -> None:
    """The window slides, comparing or averaging; the input can be typed into."""
    with bar(shown, "steps"):
        pass
    scene = pooling(shown.x, shown.pool)
    start = link.opening(shown.name, scene.start, scene.steps)
    play(replace(scene, start=start), key="pooling-steps", topic=shown.name, on_edit=on_edit)


def matrix(shown: Setting) -> None:
    """Windows as rows, of which the largest number is taken, or the mean."""
    with bar(shown, "matrix"):
        one = one_channel(shown, "matrix")
    lesson.line(f"matrix_{shown.pool.kind}")
    play(pooling_im2col(one.x, one.pool), key="pooling-matrix", topic=shown.name)


def backward(shown: Setting) -> None:
    """Who gets the gradient: the winner alone, or all of the window in equal shares."""
    with bar(shown, "backward"):
        kind = gradients.choose()
        one = one_channel(shown, "backward")
    dy = gradients.gradient_of(one.y, kind)
    if one.pool.kind == "max":
        lesson.line("backward_max", ties=ties(one), windows=one.y.size)
    else:
        lesson.line("backward_average")
    # A single 1 among zeros: the stage opens where it is handed on.
    first = None if kind == "many" else int(np.flatnonzero(dy)[0])
    scene = pooling_backward(one.x, dy, one.pool, start=first)
    play(scene, key="pooling-backward", topic=f"{shown.name} {kind}")


def ties(shown: Setting) -> int:
    """In how many windows of a max pooling the largest number stands more than once."""
    pool = shown.pool
    reach = [
        (o - 1) * s + k for o, s, k in zip(shown.y.shape[1:], pool.stride, pool.kernel, strict=True)
    ]
    # All that the windows read, with −∞ around the map, as far as they hang over it.
    read = np.full((len(shown.x), *reach), -np.inf, shown.x.dtype)
    (top, left), (height, width) = pool.padding, shown.x.shape[1:]
    inside = shown.x[:, : reach[0] - top, : reach[1] - left]
    read[:, top : top + height, left : left + width] = inside
    windows = sliding_window_view(read, pool.kernel, (1, 2))
    windows = windows[:, :: pool.stride[0], :: pool.stride[1]]
    largest = windows == shown.y[..., None, None]
    return int((largest.sum((-2, -1)) > 1).sum())
