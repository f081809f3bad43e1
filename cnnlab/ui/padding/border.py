"""The view of the border: on a map of ones, a kernel of ones shows what the padding adds."""

from dataclasses import replace

import numpy as np

from cnnlab.scenes.convolution import convolution
from cnnlab.ui import lesson, link
from cnnlab.ui.padding import tools
from cnnlab.ui.padding.controls import Chosen
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.player import play
from cnnlab.ui.predict import say


def border(chosen: Chosen, shown: Setting) -> None:
    """A constant map under this setting's windows: what is not constant in the output is border."""
    flat = constant(shown)
    tools.row(chosen, shown)
    sections = (seen(flat), other(flat))
    values = {name: value for _, values in sections for name, value in values.items()}
    lesson.line(*(section for section, _ in sections), **values)
    rows_done = min(flat.y.shape[2], flat.y.size - 1)
    scene = convolution(
        flat.x,
        flat.weight,
        stride=flat.stride,
        padding=flat.padding,
        dilation=flat.dilation,
        mode=flat.mode,
        value=flat.value,
        start=link.opening("border", rows_done, flat.y.size),
        editable=False,
    )
    play(scene, key="padding-border", topic="border")


def constant(shown: Setting) -> Setting:
    """All ones under a kernel of ones; the rest of the setting as it is."""
    return replace(shown, x=np.ones_like(shown.x), weight=np.ones_like(shown.weight))


def seen(flat: Setting) -> tuple[str, dict[str, str]]:
    """What the output says, in the corner, at the edges (above, at the left) and in the middle."""
    y = flat.y[0]
    row, column = (n // 2 for n in y.shape)
    if (y == y[0, 0]).all():
        return "border_flat", {"middle": say(y[0, 0])}
    edges = dict.fromkeys((say(y[0, column]), say(y[row, 0])))
    values = {"corner": say(y[0, 0]), "edge": " / ".join(edges), "middle": say(y[row, column])}
    return "border_seen", values


def other(flat: Setting) -> tuple[str, dict[str, str]]:
    """What another padding would do: one of copies, where the border is seen; else one of zeros."""
    if flat.mode in ("zeros", "constant") and any(flat.padding) and flat.value != 1:
        return "border_copied", {"copied": say(replace(flat, mode="replicate").y[0, 0, 0])}
    rows, columns = (p or 1 for p in flat.padding)
    zeros = replace(flat, mode="zeros", padding=(rows, columns))
    around = str(rows) if rows == columns else f"{rows}×{columns}"
    return "border_zeros", {"around": around, "zeros": say(zeros.y[0, 0, 0])}
