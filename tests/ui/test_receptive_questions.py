"""What is asked of receptive fields: the right answers, every slip, and nothing unfair."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layer_text import read
from cnnlab.engine.stacks import STACKS
from cnnlab.message import Message
from cnnlab.ui.receptive.controls import opening_layer
from cnnlab.ui.receptive.questions import fixed, made, questions
from cnnlab.ui.receptive.setting import Setting, Unit

CNN = "conv 1 3, pool 2, conv 1 3, conv 1 5 s2"


def of(text: str, layer: int, side: int = 31, unit: Unit = "middle") -> Setting:
    network = Architecture("own", (1, side, side), read(text))
    return Setting("own", network, layer, unit, Message("Your stack"))


@pytest.mark.parametrize(
    ("place", "right", "wrong"),
    [(0, 5, {6, 9, 3}), (1, 8, {6, 9, 18}), (2, 7, {13, 27, 9}), (3, 9, {25, 16, 4})],
)
def test_the_fixed_questions(place: int, right: int, wrong: set[int]) -> None:
    question = fixed()[place]
    assert question.right == right
    assert set(question.slips) == wrong
    assert question.fair


def test_the_questions_of_a_setting() -> None:
    asked = made(of(CNN, 4, unit="corner"))
    size, jump = asked["size"], asked["jump"]
    # 3, then 3 + 1·1 = 4, then 4 + 2·2 = 8, then 8 + 4·2 = 16; strides 2·2.
    assert size.right == 16
    assert set(size.slips) == {3 + 2 + 3 + 5, 3 * 2 * 3 * 5, 1 + 2 + 1 + 2 + 4, 5}
    assert jump.right == 4
    assert set(jump.slips) == {16, 5}, "2 is both the layer's own stride and the jump before it"
    assert "inside" not in asked, "without padding nothing is outside"


def test_what_of_the_field_is_image() -> None:
    inside = made(of("conv 1 3 p1, conv 1 5 p2", 2, unit="edge"))["inside"]
    assert inside.right == 7 * 4
    assert set(inside.slips) == {49, 7, 49 - 28}
    assert "row 16 and column 1" in str(inside.prompt)
    assert "its field is 7×7" in str(inside.prompt)


def test_a_unit_that_sees_everything_asks_nothing() -> None:
    assert made(of("conv 1 3, flatten, dense 5", 3)) == {}


def test_a_residual_sum_has_no_recurrence_to_ask_for() -> None:
    assert not {"size", "jump"} & set(made(of("conv 1 3, res(conv 1 3 p1), conv 1 3", 3)))


@given(
    st.lists(st.sampled_from(["conv 1 3", "conv 1 5 p2", "pool 2", "conv 1 3 d2 s2 p1", "relu"])),
    st.sampled_from(["middle", "corner", "edge"]),
)
@settings(deadline=None, max_examples=30)
def test_every_question_is_fair_and_its_words_complete(texts: list[str], unit: str) -> None:
    texts = texts[:4] or ["relu"]
    for question in questions(of(", ".join(texts), len(texts), side=120, unit=unit)):
        assert question.fair
        assert question.right not in question.slips
        said = [question.prompt, question.why, *question.slips.values()]
        assert "{" not in " ".join(map(str, said))


@pytest.mark.parametrize("slug", STACKS)
def test_every_stack_has_questions(slug: str) -> None:
    network = STACKS[slug].network
    shown = Setting(slug, network, opening_layer(network.layers), "corner", STACKS[slug].name)
    assert len(questions(shown)) >= 4
    assert len({str(question.prompt) for question in questions(shown)}) == len(questions(shown))
