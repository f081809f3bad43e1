"""Which questions a lesson asks: its fixed ones, then those of its setting that ask something."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from cnnlab.ui.ask.words import LONG
from cnnlab.ui.predict import Answer, Question

Setting = TypeVar("Setting")


def worthwhile(
    makers: Mapping[str, Callable[[Setting], Question | None]], setting: Setting
) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    found = {name: make(setting) for name, make in makers.items()}
    return {name: q for name, q in found.items() if q and len(q.slips) > 1 and _short(q)}


def only(question: Question, *answers: Answer) -> Question:
    """The question with these of its wrong answers alone."""
    return replace(question, wrong={answer: question.slips[answer] for answer in answers})


def once(*questions: Iterable[Question]) -> list[Question]:
    """All of them in their order; of those with the same prompt the first."""
    asked: dict[str, Question] = {}
    for question in (one for several in questions for one in several):
        asked.setdefault(str(question.prompt), question)
    return list(asked.values())


def _short(question: Question) -> bool:
    return isinstance(question.right, str) or abs(question.right) < LONG
