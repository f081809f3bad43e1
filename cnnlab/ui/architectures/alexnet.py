"""AlexNet's first map: what comes out of 224 and of 227, and what each framework makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from cnnlab.engine.same import same_padding
from cnnlab.engine.sizes import output_size, times
from cnnlab.figures.edge import Edge, edge
from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

KERNEL, STRIDE, POOL = 11, 4, (3, 2)
FILTERS = 256  # of the last convolution


@dataclass(frozen=True)
class Reading:
    """Who builds AlexNet for ``side`` pixels, with how many cells ``before`` and ``after`` an axis.

    ``up``: its pooling rounds up.
    """

    who: Message
    side: int
    before: int = 0
    after: int = 0
    up: bool = False

    @property
    def exact(self) -> float:
        """The number of places before it is rounded down."""
        return (self.side + self.before + self.after - KERNEL) / STRIDE + 1

    @property
    def maps(self) -> tuple[int, ...]:
        """The side of the first map, and after each of the three poolings."""
        made = [output_size(self.side + self.before + self.after, KERNEL, STRIDE)]
        for _ in range(3):
            made.append(output_size(made[-1], *POOL, ceil_mode=self.up))
        return tuple(made)

    @property
    def flattened(self) -> int:
        """Numbers that enter the first dense layer."""
        return FILTERS * self.maps[-1] ** 2


_SAME = same_padding(224, KERNEL, STRIDE, rule="tensorflow")
READINGS: Mapping[str, Reading] = {
    "printed": Reading(Message("As printed, no padding"), 224),
    "fits": Reading(Message("227, what fits"), 227),
    "caffe": Reading(Message("Caffe’s rule: pooling rounds up"), 224, up=True),
    "torchvision": Reading(Message("torchvision: padding 2"), 224, 2, 2),
    "d2l": Reading(Message("Dive into Deep Learning: padding 1"), 224, 1, 1),
    "same": Reading(Message("TensorFlow, SAME"), 224, *_SAME),
}
DRAWN = ("printed", "fits", "torchvision")


def view() -> None:
    """A line for each reading: where the 54 and the 55 come from, and what they lead to."""
    lesson.line("alexnet")
    with st.container(key="architectures-table-readings"):
        st.markdown(table())
    rows = [Edge(READINGS[name].who, *_axis(READINGS[name])) for name in DRAWN]
    words = t("The last windows on 224, on 227, and on 224 with a padding of 2")
    chart(edge(rows, KERNEL, STRIDE, theme(), t), "architectures-edge", words)
    st.caption(lesson.prose("alexnet_notes"))


def _axis(reading: Reading) -> tuple[int, int, int]:
    return reading.side, reading.before, reading.after


def table() -> str:
    """Each reading: its input, padding, places, maps, and what the first dense layer gets."""
    head = (
        "",
        t("Input"),
        t("Padding p, both sides"),
        "(n + p − 11) / 4 + 1",
        t("First map"),
        t("After each pooling"),
        t("Flattened"),
    )
    marks = ("---", *("--:",) * 6)
    lines = (_line(reading) for reading in READINGS.values())
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))


def _line(reading: Reading) -> tuple[str, ...]:
    first, *pooled = reading.maps
    both = reading.before, reading.after
    return (
        t(reading.who),
        times((reading.side,) * 2),
        f"{both[0]} + {both[1]}" if any(both) else "0",
        f"{reading.exact:g}",
        f"**{first}**",
        " → ".join(map(str, pooled)),
        f"{reading.flattened:,}",
    )
