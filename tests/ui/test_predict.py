"""Predict, then reveal: fair questions only, a named slip, and nothing lost on the way."""

from cnnlab.message import Message
from cnnlab.ui.predict import Question, say


def quiz() -> None:
    from cnnlab.message import Message
    from cnnlab.ui.predict import Question, ask

    size = Question(
        Message("How wide?"),
        2,
        {3: Message("rounded up"), 1: Message("forgot the + 1")},
        why=Message("the floor"),
    )
    ask("quiz", [size, Question(Message("ReLU?"), 0, {3: Message("absolute")})])


def size(right: int, *wrong: int) -> Question:
    return Question(Message("size"), right, [(value, Message(f"slip {value}")) for value in wrong])


def test_a_wrong_answer_that_is_right_or_not_its_own_is_dropped() -> None:
    assert list(size(3, 3, 1, 6).slips) == [1, 6]
    assert list(size(3, 2, 2, 1, 6).slips) == [1, 6]


def test_a_question_that_no_longer_asks_anything_is_dropped() -> None:
    assert size(3, 2, 1).fair
    assert not size(3, 3, 1).fair
    assert not size(3, 2, 2).fair
    assert size(0, 3).fair  # some questions have one wrong answer only
    assert not size(0).fair


def test_the_order_depends_on_the_seed_and_the_question_alone() -> None:
    question = size(3, 2, 1, 6, 8)
    assert question.answers(7) == question.answers(7)
    assert len({tuple(question.answers(seed)) for seed in range(20)}) > 3


def test_numbers_have_a_true_minus_and_separators() -> None:
    assert [say(-3), say(452160), say(2.30), say("same")] == ["−3", "452,160", "2.3", "same"]


def test_the_slip_is_named_only_after_committing(show) -> None:
    page = show(quiz)
    page.button_group[0].set_value(3).run()
    assert [line.value for line in page.markdown] == ["How wide?"]
    page.button(key="reveal-quiz").click().run()
    assert page.markdown[1].value == "It is 2, not 3. rounded up the floor"
    assert page.button(key="reveal-quiz").disabled


def test_the_right_answer_is_told_why(show) -> None:
    page = show(quiz)
    page.button_group[0].set_value(2).run()
    page.button(key="reveal-quiz").click().run()
    assert page.markdown[1].value == "Right: 2. the floor"


def test_worded_answers_are_quoted_in_both_languages(show) -> None:
    def worded() -> None:
        import streamlit as st

        from cnnlab.message import Message
        from cnnlab.ui import language
        from cnnlab.ui.predict import Question, feedback

        asked = Question(Message("Then?"), "it changes", {"it stays the same": Message("no")})
        for spoken in ("en", "zh"):
            language._now.set(spoken)
            for given in ("it changes", "it stays the same"):
                st.markdown(feedback(asked, given))

    assert [line.value for line in show(worded).markdown] == [
        "Right: “it changes”.",
        "It is “it changes”, not “it stays the same”. no",
        "正确：“会改变”。",
        "答案是“会改变”，不是“保持不变”。 否",
    ]


def test_an_answer_is_still_there_after_other_questions(show) -> None:
    page = show(quiz)
    page.button_group[0].set_value(1).run()
    page.button(key="reveal-quiz").click().run()
    page.button(key="next-quiz").click().run()
    assert [line.value for line in page.markdown] == ["ReLU?"]
    page.button(key="next-quiz").click().run()
    assert page.markdown[1].value == "It is 2, not 1. forgot the + 1 the floor"
