"""What the chosen unit sees of a photograph: its box, and the cut beside it."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data.photos import PHOTOS, photo
from cnnlab.data.shrink import fit
from cnnlab.engine.receptive_field import Extent, extent
from cnnlab.engine.sizes import times
from cnnlab.figures.field import field as picture_of
from cnnlab.figures.png import enlarged
from cnnlab.ui import controls, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.receptive.setting import Setting

Pixels = NDArray[np.uint8]
LEAST = 224  # pixels: on fewer nobody recognises anything
MOST = 300  # the photographs' shorter side
_ENLARGED = 330  # pixels on the screen
_OUTSIDE = 128  # grey: there is no image


def on_photograph(shown: Setting) -> Setting:
    """The setting on an input large enough for a photograph, and no larger than those are."""
    return shown.at(min(max(shown.size[0], LEAST), MOST))


def view(before: Setting, shown: Setting) -> None:
    """A photograph with the unit's box; the chosen cut, enlarged, beside it.

    ``before``: the setting on its own input, of which ``shown`` is `on_photograph`.
    """
    with st.container(key="photo-bar", horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=240):
            name = controls.select("photo", {one.name: one.shows for one in PHOTOS})
        _line(before, shown)
    pixels = fit(photo(name), *shown.size)
    box = extent(shown.field, shown.unit)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        chart(
            picture_of(pixels, (box,), None, None, theme(), t, size=shown.size),
            "receptive-photo",
            t("A photograph with the box that the unit sees"),
        )
    size = times([last - first + 1 for first, last in box])
    with right:
        st.image(
            _enlarged(cut(pixels, box)),
            caption=t("All that this unit sees: {size}", size=size),
        )


def _line(before: Setting, shown: Setting) -> None:
    """What is seen, and which unit it is: the same number is another place on another input."""
    words = {"side": times(shown.size)}
    if before.size == shown.size:
        lesson.line("photo", **words)
        return
    row, column = shown.unit
    words |= {"before": times(before.size), "map": times(shown.map)}
    lesson.line("photo", "photo_size", **words, row=row + 1, column=column + 1)


def cut(pixels: Pixels, box: Extent) -> Pixels:
    """What lies in a box, (rows, columns, 3); where it hangs over the edge, grey.

    Of a box that reaches further than one picture's size beyond the edge no more is made.
    """
    (top, bottom), (left, right) = (
        (max(first, -n), min(last, 2 * n - 1))
        for (first, last), n in zip(box, pixels.shape[:2], strict=True)
    )
    whole = np.full((bottom - top + 1, right - left + 1, 3), _OUTSIDE, np.uint8)
    inside = pixels[max(top, 0) : max(bottom + 1, 0), max(left, 0) : max(right + 1, 0)]
    row, column = max(-top, 0), max(-left, 0)
    whole[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return whole


def _enlarged(pixels: Pixels) -> Pixels:
    """Each pixel as a square of them, the whole no larger than there is room."""
    return enlarged(pixels, max(1, _ENLARGED // max(pixels.shape[:2])))
