"""Predict, then reveal: a question whose every wrong answer has a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from zlib import crc32

import streamlit as st

from cnnlab.message import Message
from cnnlab.ui.language import t

Answer = str | int | float
_STATE = "_predict"  # (place, question) → the answer committed to, for this session


@dataclass(frozen=True)
class Question:
    """A prompt, the right answer, and the wrong ones, each with the slip that leads to it.

    Answers are numbers, or English messages that are translated. ``why`` is said after every
    answer. ``wrong`` may be given as pairs, where two slips could lead to the same answer.
    """

    prompt: Message
    right: Answer
    wrong: Mapping[Answer, Message] | Sequence[tuple[Answer, Message]]
    why: Message | None = None

    @property
    def slips(self) -> dict[Answer, Message]:
        """The wrong answers that say something: not the right one, and of one slip only."""
        pairs = list(self.wrong.items() if isinstance(self.wrong, Mapping) else self.wrong)
        answers = [answer for answer, _ in pairs]
        return {
            answer: slip
            for answer, slip in pairs
            if answer != self.right and answers.count(answer) == 1
        }

    @property
    def fair(self) -> bool:
        """Whether it still asks something: of several wrong answers at least two are left."""
        return len(self.slips) >= min(2, len(self.wrong)) > 0

    def answers(self, seed: int = 0) -> list[Answer]:
        """Right and wrong answers, shuffled the same way for the same seed and question."""
        mixed = [self.right, *self.slips]
        Random(f"{seed} {self.prompt}").shuffle(mixed)
        return mixed


def ask(place: str, questions: Sequence[Question], *, seed: int = 0) -> None:
    """One of the questions; the visitor commits to an answer, then the feedback names the slip.

    ``place`` tells two quizzes apart. Answers already given stay given, whatever is moved.
    """
    fair = {str(question.prompt): question for question in questions if question.fair}
    if not fair:
        st.markdown(t("Nothing to predict in this setting."))
        return
    state = st.session_state.setdefault(_STATE, {}).setdefault(place, {"at": "", "given": {}})
    if state["at"] not in fair:
        state["at"] = next(iter(fair))
    with st.container(key=f"predict-{place}"):
        _question(place, fair[state["at"]], state, seed, list(fair))


def _question(place: str, question: Question, state: dict, seed: int, all_of_them: list) -> None:
    """The prompt with its choices; after "Reveal", the feedback."""
    identity = str(question.prompt)
    given = state["given"].get(identity)
    st.markdown(t(question.prompt))
    with st.container(horizontal=True, vertical_alignment="center"):
        picked = st.pills(
            t("Your prediction"),
            question.answers(seed),
            default=given,
            format_func=say,
            disabled=given is not None,
            key=f"answer-{place}-{crc32(identity.encode())}",
            label_visibility="collapsed",
        )
        st.button(
            t("Reveal"),
            type="primary",
            disabled=picked is None or given is not None,
            key=f"reveal-{place}",
            on_click=state["given"].__setitem__,
            args=(identity, picked),
        )
        if len(all_of_them) > 1:
            st.button(
                t("Another question"),
                key=f"next-{place}",
                on_click=_next,
                args=(state, all_of_them),
            )
    if given is not None:
        st.markdown(feedback(question, given))


def feedback(question: Question, given: Answer) -> str:
    """What is said after an answer: whether it is right, which slip was made, and why."""
    why = [t(question.why)] if question.why else []
    if given == question.right:
        return " ".join([_right(question.right), *why])
    slip = question.slips.get(given)
    return " ".join([_wrong(question.right, given), *([t(slip)] if slip else []), *why])


def _right(answer: Answer) -> str:
    if isinstance(answer, str):  # words stand in quotes, numbers as they are
        return t("Right: “{answer}”.", answer=say(answer))
    return t("Right: {answer}.", answer=say(answer))


def _wrong(right: Answer, given: Answer) -> str:
    answers = {"right": say(right), "given": say(given)}
    if isinstance(right, str):
        return t("It is “{right}”, not “{given}”.", **answers)
    return t("It is {right}, not {given}.", **answers)


def say(answer: Answer) -> str:
    """An answer as it is shown: words translated, numbers with a true minus."""
    if isinstance(answer, str):
        return t(answer)
    digits = f"{answer:,}" if isinstance(answer, int) else f"{answer:,.6g}"
    return digits.replace("-", "\u2212")


def _next(state: dict, identities: list[str]) -> None:
    """Go on to the next question, round and round."""
    place = identities.index(state["at"]) if state["at"] in identities else -1
    state["at"] = identities[(place + 1) % len(identities)]
