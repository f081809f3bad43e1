"""Two small windows against a large one: the same field, fewer numbers, and when the same map."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import streamlit as st

from cnnlab.data.photos import photo
from cnnlab.data.shrink import fit, to_planes
from cnnlab.engine.composed import Apart, apart
from cnnlab.engine.sizes import times
from cnnlab.engine.stacks import Costs, costs
from cnnlab.figures.mosaic import MAP, mosaic
from cnnlab.message import Message
from cnnlab.ui import choice, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.percent import percent
from cnnlab.ui.predict import say

CHANNELS: Mapping[str, str] = {"1": "1", "64": "64", "128": "128", "256": "256", "512": "512"}
SIDE = 56  # of the maps in which multiply–adds are counted
_WINDOW = 3
_SEED = 9  # of kernels under which all differences can be seen
_HEIGHT = 216
_ROUNDING = 1e-9
_PHOTO, _ROWS = "camera", 48


@dataclass(frozen=True)
class Pair:
    """``count`` layers of 3×3 against one whose window is as wide as their field."""

    count: int
    small: Message
    large: Message


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
    taps = pair.count * _WINDOW**2, small.field**2
    head = ("", t(pair.small), t(pair.large), t("Small against large"))
    lines = (
        (t("Field"), *[times((one.field,) * 2) for one in (small, large)], t("the same")),
        (
            t("Weights, without biases"),
            *(
                f"{n}C² = **{weights:,}**"
                for n, weights in zip(taps, (small.parameters, large.parameters), strict=True)
            ),
            percent(small.parameters / large.parameters),
        ),
        (
            t("Multiply–adds for {size}", size=times((SIDE, SIDE))),
            *(
                f"{n}C²·{SIDE}² = **{work:,}**"
                for n, work in zip(taps, (small.multiply_adds, large.multiply_adds), strict=True)
            ),
            percent(small.multiply_adds / large.multiply_adds),
        ),
        (t("ReLUs on the way"), str(pair.count), "1", f"+ {pair.count - 1}"),
    )
    marks = ("---", "--:", "--:", "--:")
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))


def both(pair: Pair, channels: int) -> tuple[Costs, Costs]:
    """The small windows', and the large one's, for maps of `SIDE` that keep their size."""
    size = SIDE, SIDE
    small = costs(channels, size, (_WINDOW,) * pair.count)
    return small, costs(channels, size, (small.field,))


@cache
def maps(count: int) -> Apart:
    """What ``count`` random 3×3 kernels make of a photograph, beside the one that they come to."""
    kernels = np.random.default_rng(_SEED).standard_normal((count, _WINDOW, _WINDOW)) / _WINDOW
    picture = to_planes(fit(photo(_PHOTO), _ROWS, _ROWS), 1, unit=True)[0]
    return apart(picture.astype(np.float64), kernels)


def _maps(pair: Pair) -> None:
    """What both make of a photograph, and their differences, on one scale; below it in words."""
    made = maps(pair.count)
    tiles = [made.chain, made.one, made.chain - made.one, made.rectified - made.one]
    letters = t(
        "**A** {small} · **B** {large} · **C** {small} with a ReLU between",
        small=t(pair.small),
        large=t(pair.large),
    )
    st.caption(letters)
    figure = mosaic(
        np.stack(tiles),
        theme(),
        t,
        each=MAP,
        columns=len(tiles),
        names=("A", "B", "A − B", "C − B"),
        height=_HEIGHT,
    )
    chart(figure, "receptive-compare", letters.replace("**", ""))
    lesson.rule(
        lesson.prose(
            "same_maps",
            interior=difference(made.interior),
            border=difference(made.border),
            rectified=difference(made.bent),
        )
    )


def difference(most: float) -> str:
    """A largest difference in two decimals; what is rounding only is 0.

    >>> difference(3e-16), difference(0.25)
    ('0', '0.25')
    """
    return "0" if most < _ROUNDING else say(round(most, 2))
