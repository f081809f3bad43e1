"""The questions on residual blocks: as the table has them, fair, and right in every setting."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.lessons import catalogue
from cnnlab.ui.resnet.questions import MADE, fixed, made, questions
from cnnlab.ui.resnet.setting import Setting, setting

KINDS = ("identity", "projection", "unprojected", "preactivated")


@st.composite
def any_setting(draw) -> Setting:
    """Whatever the controls may say, possible or not."""
    return setting(
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(["rectified", "signed"])),
        norm=draw(st.booleans()),
        skip=draw(st.booleans()),
        last=draw(st.sampled_from([0, 0, 35, 100, 200])),
        seed=draw(st.integers(0, 9999)),
        edits=draw(st.sampled_from(["", "", "0,1,1=-3"])),
    )


# ---- the table of the lessons


def test_the_five_are_those_of_the_table() -> None:
    assert [(question.right, set(question.slips)) for question in fixed()] == [
        ("x", {0, "x/2"}),
        (0, {-2, 2}),
        ("it stays the same", {"it is halved", "it is doubled"}),
        ("it is higher", {"it is lower", "it is equal"}),
        ("all of it", {"half of it", "only the body gets it"}),
    ]
    assert all(question.fair for question in fixed())


@pytest.mark.parametrize(
    ("which", "answer", "word"),
    [
        (0, 0, "the skip connection adds x"),
        (0, "x/2", "not averaged"),
        (1, -2, "last ReLU"),
        (2, "it is halved", "standard deviation"),
        (3, "it is lower", "over-fitting"),
        (3, "it is equal", "nothing guarantees"),
        (4, "half of it", "does not split"),
    ],
)
def test_a_wrong_answer_of_the_table_names_its_slip(which: int, answer, word: str) -> None:
    assert word in str(fixed()[which].slips[answer])


def test_the_words_of_the_table_are_what_pytorch_finds() -> None:
    x = torch.tensor([[[[3.0, 0.5], [-2.0, 0.0]]]], requires_grad=True)
    y = torch.relu(functional.batch_norm(x, None, None, 0 * x[0, :, 0, 0], None, True) + x)
    assert y[0, 0].tolist() == [[3.0, 0.5], [0.0, 0.0]]  # x where it is 0 or more, 0 for −2
    weight = torch.randn(2, 1, 3, 3)
    image = torch.randn(1, 1, 9, 9)
    whole, half = (
        functional.batch_norm(functional.conv2d(image, w), None, None, training=True)
        for w in (weight, weight / 2)
    )
    assert torch.allclose(whole, half, atol=1e-3)
    body, around = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    dy = torch.tensor([1.0, -2.0, 5.0])
    for lane in torch.autograd.grad(body + around, (body, around), dy):
        assert torch.equal(lane, dy)


# ---- every setting


@given(any_setting())
@settings(deadline=None, max_examples=120)
def test_every_question_is_fair_answered_and_said_in_both_languages(asked: Setting) -> None:
    known = catalogue("zh")
    for question in questions(asked):
        assert question.fair
        assert len(question.slips) >= 2
        assert question.right not in question.slips
        for words in (question.prompt, *question.slips.values(), question.why):
            assert words.text in known


@given(any_setting())
@settings(deadline=None, max_examples=120)
def test_what_is_asked_of_a_setting_is_right(asked: Setting) -> None:
    found = made(asked)
    if asked.kind == "unprojected" and asked.block.skip:
        assert found == {}
        return
    x, y = torch.tensor(asked.x[None], dtype=torch.float64), asked.y
    if not asked.block.skip:
        assert found == {}
        return
    if "unlike" in found:
        assert found["unlike"].right == int((torch.relu(x)[0].numpy() != asked.x).sum())
        assert found["unlike"].right == int((y != asked.x).sum())
    if "reads" in found:
        assert (
            found["reads"].right
            == functional.conv2d(x, torch.ones(1, 1, 1, 1).double(), stride=2).numel()
        )
    if "learned" in found:
        weights = torch.nn.Conv2d(1, 2, 1, bias=False) if asked.kind == "projection" else None
        assert found["learned"].right == (weights.weight.numel() if weights else 0)
    if "cell" in found:
        fields = found["cell"].prompt.fields
        a, b = (float(str(fields[name]).replace("−", "-").replace(",", "")) for name in "ab")
        total = a + b if asked.kind == "preactivated" else max(a + b, 0)
        assert found["cell"].right == pytest.approx(total, abs=1e-9)
        assert abs(y - total).min() < 0.011  # it is a cell of this output, but for rounding


@pytest.mark.parametrize("kind", ["identity", "preactivated"])
@pytest.mark.parametrize("norm", [True, False])
def test_the_gradient_that_comes_through_is_autograds(kind, norm) -> None:
    asked = setting(kind, "signed", norm=norm, last=0)
    question = made(asked)["through"]
    assert question.right == 1
    assert {0, 2} <= set(question.slips)
    row, column = map(int, np.argwhere(asked.run.maps["sum"][0] > 0)[0])
    x = torch.tensor(asked.x[None], requires_grad=True)
    z = x
    weight = torch.tensor(asked.block.weights[1])
    if norm and kind == "identity":
        z = 0 * functional.batch_norm(x, None, None, training=True)
    else:
        assert not weight.any()
        z = functional.conv2d(x, weight, padding=1)
    y = z + x if kind == "preactivated" else torch.relu(z + x)
    (dx,) = torch.autograd.grad(y[0, 0, row, column], x)
    assert dx[0, 0, row, column] == question.right


def test_each_question_is_asked_somewhere_and_none_twice() -> None:
    seen: set[str] = set()
    for kind in KINDS:
        for name in ("rectified", "signed"):
            for last in (0, 100):
                asked = setting(kind, name, last=last, norm=True)
                seen |= set(made(asked))
                prompts = [str(question.prompt) for question in questions(asked)]
                assert len(prompts) == len(set(prompts))
                assert prompts[:5] == [str(question.prompt) for question in fixed()]
    assert seen == set(MADE)


def test_at_the_opening_every_slip_at_the_cell_is_told_apart() -> None:
    question = made(setting("identity"))["cell"]
    assert question.right == 1.5
    assert set(question.slips) == {-0.5, 0, 2, 0.75, -1}
    assert str(question.slips[-0.5]) == "The skip connection and the last ReLU are forgotten."
    assert str(question.slips[-1]) == "The two lanes are added, not multiplied."
