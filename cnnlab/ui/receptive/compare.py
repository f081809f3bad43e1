"""Two small windows against a large one: the same field, fewer numbers, and when the same map."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import streamlit as st

from cnnlab.data.photos import photo
from cnnlab.data.shrink import fit, to_planes
from cnnlab.engine import Array, conv2d
from cnnlab.engine.composed import chained, composed
from cnnlab.engine.sizes import times
from cnnlab.engine.stacks import Costs, costs
from cnnlab.figures.mosaic import MAP, mosaic
from cnnlab.message import Message
from cnnlab.ui import choice, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.predict import say

CHANNELS: Mapping[str, str] = {"1": "1", "64": "64", "128": "128", "256": "256", "512": "512"}
SIDE = 56  # of the maps in which multiply–adds are counted
_WINDOW = 3
_SEED = 9  # of kernels under which all differences can be seen
_HEIGHT = 250
_PHOTO, _ROWS = "camera", 48


@dataclass(frozen=True)
class Pair:
    """``count`` layers of 3×3 against one whose window is as wide as their field."""

    count: int
    small: Message
    large: Message

    @property
    def field(self) -> int:
        """How far both reach: 3 + (count − 1)·(3 − 1)."""
        return 1 + self.count * (_WINDOW - 1)


PAIRS: Mapping[str, Pair] = {
    "two": Pair(2, Message("Two 3×3"), Message("One 5×5")),
    "three": Pair(3, Message("Three 3×3"), Message("One 7×7")),
}


def view() -> None:
    """Both comparisons as a table; below it the maps of a photograph, with the differences."""
    with st.container(key="bar-compare", horizontal=True, vertical_alignment="center"):
        st.markdown(t("Channels in and out"), width="content")
        channels = int(
            choice.segments("compare-channels", t("Channels"), CHANNELS, default="64", bare=True)
        )
        slug = choice.segments(
            "compare-pair",
            t("Compared"),
            {name: f"{t(pair.small)} · {t(pair.large)}" for name, pair in PAIRS.items()},
            bare=True,
        )
    pair = PAIRS[slug]
    lesson.line("compare")
    with st.container(key="changes"):
        st.markdown(table(pair, channels))
    _maps(pair)


def table(pair: Pair, channels: int) -> str:
    """Field, weights and work of both, and what the small windows save."""
    small, large = both(pair, channels)
    taps = pair.count * _WINDOW**2, pair.field**2
    head = ("", t(pair.small), t(pair.large), t("Small against large"))
    lines = (
        (t("Field"), *[times((pair.field, pair.field))] * 2, t("the same")),
        (
            t("Weights, without biases"),
            *(
                f"{n}C² = **{weights:,}**"
                for n, weights in zip(taps, (small.parameters, large.parameters), strict=True)
            ),
            _share(small.parameters, large.parameters),
        ),
        (
            t("Multiply–adds for {size}", size=times((SIDE, SIDE))),
            *(
                f"{n}C²·{SIDE}² = **{work:,}**"
                for n, work in zip(taps, (small.multiply_adds, large.multiply_adds), strict=True)
            ),
            _share(small.multiply_adds, large.multiply_adds),
        ),
        (t("ReLUs on the way"), str(pair.count), "1", f"+ {pair.count - 1}"),
    )
    marks = ("---", "--:", "--:", "--:")
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))


def both(pair: Pair, channels: int) -> tuple[Costs, Costs]:
    """The small windows', and the large one's, for maps of `SIDE` that keep their size."""
    size = SIDE, SIDE
    return costs(channels, size, (_WINDOW,) * pair.count), costs(channels, size, (pair.field,))


@dataclass(frozen=True, eq=False)
class Maps:
    """What both make of a photograph: a map each, and how far the maps differ.

    ``border`` and ``interior`` are the largest differences there, without a ReLU; ``rectified``
    the largest in the interior with a ReLU between the small layers.
    """

    small: Array
    large: Array
    between: Array
    interior: float
    border: float
    rectified: float


@cache
def maps(count: int) -> Maps:
    """``count`` random 3×3 kernels one after another, and the one window that they come to.

    That window is what the kernels make of a single 1. All pad with zeros so that sizes stay.
    """
    rng = np.random.default_rng(_SEED)
    kernels = rng.standard_normal((count, _WINDOW, _WINDOW)) / _WINDOW
    picture = to_planes(fit(photo(_PHOTO), _ROWS, _ROWS), 1, unit=True)[0].astype(np.float64)
    large = conv2d(picture[None, None], composed(kernels)[None, None], padding=count)[0, 0]
    small, between = chained(picture, kernels), chained(picture, kernels, rectified=True)
    inside = np.zeros(picture.shape, bool)
    inside[count:-count, count:-count] = True
    difference = abs(small - large)
    return Maps(
        small,
        large,
        between,
        float(difference[inside].max()),
        float(difference[~inside].max()),
        float(abs(between - large)[inside].max()),
    )


def _maps(pair: Pair) -> None:
    """What both make of a photograph, and their differences, on one scale; below it in words."""
    made = maps(pair.count)
    tiles = [made.small, made.large, made.small - made.large, made.between - made.large]
    words = {"small": pair.small, "large": pair.large}
    title = Message("{small} · {large} · difference · difference with a ReLU between", words)
    figure = mosaic(np.stack(tiles), theme(), t, each=MAP, columns=4, title=title, height=_HEIGHT)
    chart(figure, "receptive-compare", t(title))
    lesson.rule(
        lesson.prose(
            "same_maps",
            interior=scientific(made.interior),
            border=say(round(made.border, 2)),
            rectified=say(round(made.rectified, 2)),
        )
    )


def scientific(difference: float) -> str:
    """A difference in the interior: rounding only, or a number worth reading.

    >>> scientific(3e-16), scientific(0.25)
    ('0', '0.25')
    """
    return "0" if difference < 1e-9 else say(round(difference, 2))


def _share(small: int, large: int) -> str:
    return f"{100 * small / large:.0f} %"
