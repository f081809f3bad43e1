"""What every lesson does with its setting: refuse what cannot be, and follow what is typed.

A combination that cannot be gets a sentence, and the last one that could stays on the stage. A
number typed into a cell goes into the link's texts, or is refused in a sentence.
"""

from collections.abc import Callable, Collection
from typing import TypeVar

import streamlit as st

from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls, lesson
from cnnlab.ui.player import Edit

Made = TypeVar("Made")
Pair = tuple[int, int]
_GOOD = "_good"  # page → the last setting that could be computed, for this session
_REFUSED = "_refused"  # what was typed into a cell and is no number
_SHOWN_BEFORE = Message("Shown: the last setting that worked.")


def settled(page: str, make: Callable[[], Made], first: Callable[[], Made], opens: Message) -> Made:
    """The setting that ``make`` makes; where it cannot be, a sentence and the last that could.

    ``make`` computes what shows an impossible combination up. ``first`` is shown where nothing
    has worked yet; ``opens`` says so. What was typed into a cell and not understood is told here
    too.
    """
    with st.container(key="lesson-refusal"):  # always there: the stage after it keeps its place
        return _settled(page, make, first, opens)


def _settled(
    page: str, make: Callable[[], Made], first: Callable[[], Made], opens: Message
) -> Made:
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        lesson.problem(refused)
    good = st.session_state.setdefault(_GOOD, {})
    try:
        good[page] = make()
    except InvalidInput as error:
        lesson.problem(error, _SHOWN_BEFORE if page in good else opens)
        return good.get(page) or first()
    return good[page]


def follow(typed: Edit, shapes: dict[str, tuple[int, ...]], put: Callable[[Edit], None]) -> None:
    """Put what was typed into a cell of the stage where it belongs.

    ``shapes`` are those of the grids that take numbers now: a browser may still show the setting
    before this one, and a cell that is not there is ignored.
    """
    shape = shapes.get(typed.grid, ())
    if not 0 < len(typed.cell) == len(shape):
        return
    if any(not 0 <= at < size for at, size in zip(typed.cell, shape, strict=True)):
        return
    try:
        put(typed)
    except InvalidInput as error:
        st.session_state[_REFUSED] = error


def pairs(disabled: Collection[str] = (), /, **single: int) -> dict[str, Pair]:
    """Rows and columns of each setting: the same, or each axis with controls of its own.

    Those are drawn only when they are wanted, and then start from what both axes had: eight
    sliders off the screen would make every other one slower. ``disabled`` names those that the
    open view does not use.
    """
    if not controls.toggle("axes"):
        return {key: (n, n) for key, n in single.items()}
    return {
        key: (
            controls.slider(f"{key}_h", default=n, disabled=key in disabled),
            controls.slider(f"{key}_w", default=n, disabled=key in disabled),
        )
        for key, n in single.items()
    }
