"""The first page: a window sliding over a real digit, the lessons in order, the students' link."""

import streamlit as st

from cnnlab.ui import cards, lesson, menu, share
from cnnlab.ui.language import t


def main() -> None:
    lesson.header("home", title="CNN Lab")
    lessons = menu.lessons()
    if lessons:
        cards.start(lessons[0])
    cards.grid(lessons)
    st.subheader(t("The link for students"), anchor=False)
    share.panel()


main()
