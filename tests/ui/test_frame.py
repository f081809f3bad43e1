"""The frame: language, what a link hides, refusals and failures as sentences, pictures."""

import pytest

from cnnlab.ui import language, menu, pictures


def greeting() -> None:
    import streamlit as st

    from cnnlab.message import InvalidInput, Message
    from cnnlab.ui import language, lesson, link

    language.settle()
    link.restore()
    st.write(language.t("Stride"))
    st.write(
        language.t(Message("{label}: sum of {n} products", {"label": Message("bias"), "n": 9}))
    )
    st.write(",".join(link.hidden()))
    with lesson.guard():
        raise InvalidInput(
            "{name} must be at least {least}, but is {value}", name="stride", least=1, value=0
        )


def test_the_browsers_language_is_spoken(show) -> None:
    assert show(greeting).markdown[0].value == "Stride"
    assert show(greeting, locale="zh-CN").markdown[0].value == "步幅"
    assert show(greeting, locale="zh-Hant-TW").markdown[0].value == "步幅"
    assert show(greeting, locale="fr").markdown[0].value == "Stride"


def test_the_link_overrules_the_browser_and_nonsense_does_not(show) -> None:
    assert show(greeting, lang="zh").markdown[0].value == "步幅"
    assert show(greeting, locale="zh-CN", lang="en").markdown[0].value == "Stride"
    assert show(greeting, lang="../zh").markdown[0].value == "Stride"


def test_messages_inside_messages_are_translated(show) -> None:
    assert show(greeting, lang="zh").markdown[1].value == "偏置：9 个乘积之和"


def test_a_refusal_is_a_sentence_in_place(show) -> None:
    assert show(greeting).info[0].value == "Stride must be at least 1, but is 0."
    assert show(greeting, lang="zh").info[0].value == "stride 至少为 1，现在是 0。"


def test_only_names_of_ours_are_hidden(show) -> None:
    hide = "stride,controls,}</style><script>,nonsense"
    assert show(greeting, hide=hide).markdown[2].value == "stride,lesson-controls"


@pytest.mark.parametrize("lesson", menu.lessons(), ids=lambda lesson: lesson.slug)
def test_every_lesson_has_a_picture_of_its_own(lesson: menu.Lesson) -> None:
    assert lesson.slug in pictures.DRAWN
    svg = pictures._drawn(lesson.slug, True)
    assert svg.startswith("<svg")
    assert len(svg) < 20_000


def test_the_menu_is_in_the_order_of_the_course() -> None:
    order = "convolution padding-stride pooling pipeline training feature-maps receptive-field"
    assert " ".join(lesson.slug for lesson in menu.LESSONS) == (
        f"{order} batch-norm resnet architectures"
    )
    assert menu.pages()[0] is menu.HOME


def test_a_language_is_never_guessed_outside_of_those_spoken() -> None:
    assert language._spoken("zh") == "zh"
    assert language._spoken("de") is None
