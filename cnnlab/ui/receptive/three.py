"""Three things that are called the receptive field, told apart in one picture."""

import numpy as np
import streamlit as st

from cnnlab.engine import Array
from cnnlab.engine.effective_field import width
from cnnlab.engine.receptive_field import extent, support
from cnnlab.engine.sizes import times
from cnnlab.figures.field import field as picture_of
from cnnlab.ui import controls, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.receptive.controls import Measure
from cnnlab.ui.receptive.measured import effective
from cnnlab.ui.receptive.said import percent
from cnnlab.ui.receptive.setting import Setting


def view(shown: Setting, measure: Measure) -> None:
    """Extent, support and effective field, each switched on and off; the first is on."""
    with st.container(key="three-fields", horizontal=True, vertical_alignment="center"):
        with_extent = controls.toggle("extent", default=True)
        with_support = controls.toggle("support")
        with_effective = controls.toggle("effective")
    read = support(shown.network, shown.path, shown.unit) if with_support else None
    share = effective(shown, measure) if with_effective else None
    lesson.line("three")
    box = extent(shown.field, shown.unit)
    chart(
        picture_of(None, (box,) if with_extent else (), read, share, theme(), t, size=shown.size),
        "receptive-three",
        t("The input with what the unit sees of it marked"),
    )
    lesson.rule(found(shown, read, share))


def found(shown: Setting, read: Array | None, share: Array | None) -> str:
    """What the picture says in numbers: only of what is switched on."""
    (top, bottom), (left, right) = extent(shown.field, shown.unit)
    size = bottom - top + 1, right - left + 1
    said = [t("**Extent** {size}", size=times(size))]
    if read is not None:
        n = int(np.count_nonzero(read))
        cells = size[0] * size[1]
        said.append(
            t(
                "**Support** {n} of {cells} cells ({share})",
                n=f"{n:,}",
                cells=f"{cells:,}",
                share=percent(n / cells),
            )
        )
    if share is not None:
        said.append(_effective(share))
    return " · ".join(said)


def _effective(share: Array) -> str:
    if not share.any():
        return t("**Effective field** nothing: every gradient is 0")
    return t("**Effective field** 95 % of the gradient within {size}", size=times(width(share)))
