"""Two networks beside each other: to scale, and in numbers."""

import streamlit as st

from cnnlab.engine.layers import Dense
from cnnlab.engine.sizes import times
from cnnlab.figures.architecture import picture
from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.architectures import controls
from cnnlab.ui.architectures.rule import layers
from cnnlab.ui.architectures.said import share, short, stored
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t

_HEIGHT = 223


def view(shown: Setting) -> None:
    """The set network at the left, the other, as it is published, at the right; below a table."""
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with right:
        other = controls.second(shown)
    with left:
        lesson.line("compare", name=_name(shown))
    both = (left, shown, other, "left"), (right, other, shown, "right")
    for column, one, beside, place in both:
        with column:
            figure = picture(one.network, theme(), t, height=_HEIGHT, beside=beside.network)
            words = t("The layers of {name} to scale", name=_name(one))
            chart(figure, f"architectures-{place}", words)
    with st.container(key="architectures-table-beside"):
        st.markdown(table(shown, other))


def table(shown: Setting, other: Setting) -> str:
    """A line for each number of both, and how many times as large the larger is."""
    pair = shown, other
    lines = [
        (t("Published"), *(str(one.famous.year or "–") for one in pair), ""),
        (t("Input"), *(times(one.network.input) for one in pair), ""),
        (t("Number of layers"), *(layers(one) for one in pair), ""),
        _counts(t("Parameters"), *(one.parameters for one in pair)),
        _counts(t("Multiply–adds, an image"), *(one.multiply_adds for one in pair)),
        _bytes(t("Kept for training, batch of {n}", n=shown.batch), *(one.kept for one in pair)),
        (t("Parameters in dense layers"), *(_dense(one) for one in pair), ""),
    ]
    head = ("", *(f"**{_name(one)}**" for one in pair), t("Ratio"))
    marks = ("---", "--:", "--:", "--:")
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))


def ratio(one: int, other: int) -> str:
    """How many times as large the larger of two numbers is, the first named first.

    >>> ratio(10, 25), ratio(50, 2), ratio(3, 3), ratio(0, 3)
    ('1 : 2.5', '25 : 1', '1 : 1', '–')
    """
    if not one or not other:
        return "–"
    times_larger = max(one, other) / min(one, other)
    said = f"{times_larger:,.0f}" if times_larger >= 100 else f"{times_larger:.3g}"
    return f"1 : {said}" if other > one else f"{said} : 1"


def _name(one: Setting) -> str:
    name = one.full_name
    return t(name) if isinstance(name, Message) else name


def _counts(words: str, one: int, other: int) -> tuple[str, ...]:
    return words, *(f"{n:,} ({short(n)})" for n in (one, other)), ratio(one, other)


def _bytes(words: str, one: int, other: int) -> tuple[str, ...]:
    return words, stored(one), stored(other), ratio(one, other)


def _dense(one: Setting) -> str:
    return share(sum(row.parameters for row in one.of(Dense)), one.parameters)
