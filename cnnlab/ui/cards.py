"""Lesson cards: a picture, the title, the time and the question that the lesson answers."""

from collections.abc import Sequence

import streamlit as st

from cnnlab.ui import choice, menu, pictures
from cnnlab.ui.language import t
from cnnlab.ui.menu import Lesson

_A_ROW = 4


def start() -> None:
    """The buttons that begin the first lesson, or a drawing that a trained network reads."""
    if st.button(t("Draw your own digit"), key="draw-own"):
        choice.forget("view", "reader")
        st.switch_page(
            menu.page("training").path, query_params={"view": "draw", "reader": "trained"}
        )
    if st.button(t("Start lesson 1"), type="primary", key="start"):
        st.switch_page(menu.lessons()[0].path)


def show(lessons: Sequence[Lesson]) -> None:
    """The lessons in order, four in a row."""
    for begin in range(0, len(lessons), _A_ROW):
        row = zip(st.columns(_A_ROW), lessons[begin : begin + _A_ROW], strict=False)
        for number, (column, lesson) in enumerate(row, begin + 1):
            with column.container(border=True, key=f"card-{lesson.slug}"):
                _card(number, lesson)


def _card(number: int, lesson: Lesson) -> None:
    picture = pictures.of_lesson(lesson.slug)
    if picture:
        st.image(picture, width="stretch", alt=t(lesson.title))
    st.page_link(lesson.path, label=f"**{number}. {t(lesson.title)}**")
    if lesson.question:
        st.markdown(t(lesson.question))
    st.caption(t("{n} minutes", n=lesson.minutes))
