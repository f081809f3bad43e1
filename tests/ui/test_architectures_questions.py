"""What is asked of famous networks: the right answers, every slip, and nothing unfair."""

import pytest

from cnnlab.engine.famous import FAMOUS
from cnnlab.ui.architectures.questions import fixed, made, questions
from cnnlab.ui.architectures.setting import setting

EVERY = [(slug, which) for slug, famous in FAMOUS.items() for which in famous.variants]


@pytest.mark.parametrize(
    ("place", "right", "wrong"),
    [
        (0, "the first dense layer", {"the last convolution", "the last dense layer"}),
        (1, "the convolutions", {"the dense layers"}),
        (2, "the same", {"4 times as many", "twice as many"}),
        (3, 54, {55, 53, 56}),
    ],
)
def test_the_fixed_questions(place: int, right: object, wrong: set[object]) -> None:
    question = fixed()[place]
    assert question.right == right
    assert set(question.slips) == wrong
    assert question.fair


def test_why_is_said_in_numbers() -> None:
    assert "its 4,096 outputs reads all 25,088 numbers" in str(fixed()[0].why)
    assert "99 % of the work" in str(fixed()[1].why)


def test_the_questions_of_lenet5() -> None:
    asked = made(setting("lenet5", batch=8))
    assert {name: question.right for name, question in asked.items()} == {
        "counted": 5,
        "filters": 156,  # 6·(25 + 1)
        "flattened": 400,  # 16·5·5
        "dense": 850,  # 10·(84 + 1)
        "batch": "as many",
    }
    assert set(asked["counted"].slips) == {7, 2, 12}
    assert set(asked["filters"].slips) == {150, 26, 156 * 784 - 6 * 784}, "156 is the right one"
    assert set(asked["flattened"].slips) == {25, 80, 26, 120}
    assert set(asked["dense"].slips) == {840, 84 * 11, 94}
    assert "batch" not in made(setting("lenet5"))


def test_a_filter_has_a_plane_for_each_channel() -> None:
    asked = made(setting("alexnet"))["filters"]
    assert asked.right == 96 * (121 * 3) + 96
    # Without the biases, with one plane only, and one filter of 121·3 + 1.
    assert {96 * 363, 96 * 121 + 96, 364} <= set(asked.slips)


def test_only_names_that_count_layers_are_said_to() -> None:
    asked = {slug: str(made(setting(slug))["counted"].prompt) for slug in FAMOUS}
    named = {slug for slug, prompt in asked.items() if prompt.endswith("as its name counts?")}
    assert named == {"vgg16", "resnet18", "resnet34", "resnet50", "resnet152"}


def test_one_channel_is_no_plural() -> None:
    assert "filters of 5×5 on 1 channel, with" in str(made(setting("lenet5"))["filters"].prompt)
    assert "filters of 11×11 on 3 channels, with" in str(made(setting("alexnet"))["filters"].prompt)


def test_without_biases() -> None:
    asked = made(setting("resnet18"))["filters"]
    assert asked.right == 64 * 49 * 3
    assert 64 * 49 * 3 + 64 in asked.slips
    assert "without biases" in str(asked.prompt)


def test_a_network_with_shortcuts_counts_only_the_way_through() -> None:
    asked = made(setting("resnet50"))["counted"]
    assert asked.right == 50
    assert {52, 54, 53, 175} >= set(asked.slips) >= {52, 54}


@pytest.mark.parametrize(("slug", "which"), EVERY)
def test_nothing_is_unfair_or_asked_twice(slug: str, which: str) -> None:
    asked = questions(setting(slug, which, batch=16))
    assert asked[:4] == list(fixed())
    assert all(question.fair for question in asked)
    prompts = [str(question.prompt) for question in asked]
    assert len(prompts) == len(set(prompts)) >= 6
