"""The questions on padding and stride: as the table has them, fair, and right in every setting.

The right answers are worked out a second time, by PyTorch or by trying.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from cnnlab.engine import PadMode
from cnnlab.ui.padding.questions import MADE, fixed, made, questions
from cnnlab.ui.padding.setting import Setting

MODES: tuple[PadMode, ...] = ("zeros", "constant", "reflect", "replicate", "circular")
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


def setting(x=(5, 5), weight=(3, 3), **changed) -> Setting:
    """A setting of ones."""
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
    arrays = {"x": np.ones((1, *x), np.float32), "weight": np.ones((1, 1, *weight), np.float32)}
    return Setting(**{"name": "", **arrays, **plain, **changed})


@st.composite
def any_setting(draw) -> Setting:
    """Whatever the controls may say, possible or not; seldom square."""
    sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
    return setting(
        draw(sizes),
        draw(st.tuples(st.integers(1, 5), st.integers(1, 5))),
        stride=draw(pairs),
        padding=draw(st.tuples(st.integers(0, 3), st.integers(0, 3))),
        dilation=draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 3)])),
        mode=draw(st.sampled_from(MODES)),
        fill=draw(st.sampled_from([1.0, -2.0, 7.0])),
        output_padding=draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
    )


# ---- the table of the lessons


def test_the_five_are_those_of_the_table() -> None:
    assert [(question.right, set(question.slips)) for question in fixed()] == [
        (2, {4, 5, 1}),
        (4, {1, 9}),
        (3, {4, 2}),
        (4, {9}),
        (5, {6, 7, 3}),
    ]
    assert all(question.fair for question in fixed())


@pytest.mark.parametrize(
    ("which", "answer", "word"),
    [
        (0, 4, "total"),
        (0, 5, "kernel's size"),
        (0, 1, "3 cells only"),
        (1, 1, "without the padding"),
        (1, 9, "most-read"),
        (2, 4, "rounded down"),
        (2, 2, "+ 1"),
        (3, 9, "padding counts"),
        (4, 6, "3·2"),
        (4, 7, "not what is skipped"),
        (4, 3, "without dilation"),
    ],
)
def test_a_wrong_answer_of_the_table_names_its_slip(which: int, answer: int, word: str) -> None:
    assert word in str(fixed()[which].slips[answer])


def test_the_prompts_of_the_table_can_be_read_without_the_stage() -> None:
    assert [str(question.prompt) for question in fixed()] == [
        "Kernel 5×5, stride 1. How much padding per side keeps the input's size?",
        "Input 5×5, kernel 3×3, stride 1, padding 1 per side. "
        "How often is the corner of the input (top left) read?",
        "Input 8×8, kernel 3×3, stride 2, no padding. How many rows does the output have?",
        "Input 3×3, kernel 3×3, stride 1, padding 1 per side; every input and every weight is 1. "
        "Which number is written in the top left corner of the output?",
        "Kernel 3×3, dilation 2. Over how many rows of the input does its window reach, "
        "from the first to the last that it reads?",
    ]


# ---- every setting


def padded(asked: Setting, x: torch.Tensor) -> torch.Tensor:
    (down, across), mode = asked.padding, asked.mode
    if mode in ("zeros", "constant"):
        return functional.pad(x, (across, across, down, down), value=asked.value)
    return functional.pad(x, (across, across, down, down), mode)


def output(asked: Setting, x: torch.Tensor) -> torch.Tensor:
    """A convolution of ones."""
    ones = torch.ones(asked.weight.shape)
    options = {"stride": asked.stride, "dilation": asked.dilation}
    return functional.conv2d(padded(asked, x[None]), ones, **options)[0]


def reads_of_the_corner(asked: Setting) -> int:
    x = torch.ones(asked.x.shape, requires_grad=True)
    (reads,) = torch.autograd.grad(output(asked, x).sum(), x)
    return int(reads[0, 0, 0])


def padding_in_the_first_window(asked: Setting) -> int:
    inside = replace(asked, mode="zeros")
    return asked.weight.size - int(output(inside, torch.ones(asked.x.shape))[0, 0, 0])


def rows_reached(kernel: int, dilation: int) -> int:
    """From the first to the last of the inputs that one output changes with."""
    x = torch.zeros(1, 1, 40, requires_grad=True)
    y = functional.conv1d(x, torch.ones(1, 1, kernel), dilation=dilation)
    read = torch.autograd.grad(y[0, 0, 0], x)[0][0, 0].nonzero()
    return int(read[-1] - read[0]) + 1


def padding_that_keeps(asked: Setting) -> int:
    x, weight = torch.ones(1, 1, 20), torch.ones(1, 1, asked.weight.shape[2])
    for p in count():
        y = functional.conv1d(x, weight, padding=p, dilation=asked.dilation[0])
        if y.shape == x.shape:
            return p
    raise AssertionError


def least_total(asked: Setting) -> int:
    """The fewest rows that let ⌈n / s⌉ windows fit."""
    n, s = asked.x.shape[1], asked.stride[0]
    reach = rows_reached(asked.weight.shape[2], asked.dilation[0])
    return next(t for t in count() if (n + t - reach) // s + 1 >= -(-n // s))


def transposed_rows(asked: Setting) -> int:
    options = (asked.stride, asked.padding, asked.output_padding, 1, asked.dilation)
    x, weight = torch.tensor(asked.x), torch.tensor(asked.weight)
    return functional.conv_transpose2d(x[None], weight, None, *options).shape[2]


ORACLES: dict[str, Callable[[Setting], int]] = {
    "rows": lambda asked: output(asked, torch.tensor(asked.x)).shape[1],
    "columns": lambda asked: output(asked, torch.tensor(asked.x)).shape[2],
    "corner_reads": reads_of_the_corner,
    "first_window": padding_in_the_first_window,
    "corner_of_ones": lambda asked: int(output(asked, torch.ones(asked.x.shape))[0, 0, 0]),
    "keeping": padding_that_keeps,
    "extent": lambda asked: rows_reached(asked.weight.shape[2], asked.dilation[0]),
    "tensorflow": least_total,
    "transposed": transposed_rows,
}


def test_every_setting_gets_fair_questions_with_the_right_answer() -> None:
    offered: set[str] = set()

    @given(any_setting())
    @settings(max_examples=200, deadline=None)
    def of_any_setting(asked: Setting) -> None:
        for name, question in made(asked).items():
            offered.add(name)
            assert question.fair
            assert len(question.slips) >= 2
            assert question.right == ORACLES[name](asked), name
            assert question.right not in question.slips

    of_any_setting()
    assert offered == set(ORACLES) == set(MADE), "each kind was met"


@given(any_setting(), any_setting(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_prompt_settles_the_answers(one: Setting, other: Setting, data) -> None:
    """An answer given is remembered by its prompt: in another setting it must still be one."""
    kept = [f for f in ("mode", "fill", "output_padding", "stride") if data.draw(st.booleans())]
    other = replace(one, **{field: getattr(other, field) for field in kept})
    seen = {str(question.prompt): set(question.answers()) for question in questions(one)}
    for question in questions(other):
        assert set(question.answers()) == seen.get(str(question.prompt), set(question.answers()))


@given(any_setting())
@settings(max_examples=50, deadline=None)
def test_no_question_is_asked_twice(asked: Setting) -> None:
    prompts = [str(question.prompt) for question in questions(asked)]
    assert len(prompts) == len(set(prompts))
    assert prompts[:5] == [str(question.prompt) for question in fixed()]


def test_what_cannot_be_computed_leaves_the_five() -> None:
    too_far = setting(padding=(5, 5), mode="reflect")
    for impossible in (setting(x=(2, 2)), setting(stride=(0, 1)), too_far):
        assert made(impossible) == {}
        assert questions(impossible) == list(fixed())


# ---- slips, by hand


def answers_of(name: str, asked: Setting) -> dict:
    question = MADE[name](asked)
    assert question is not None
    return {answer: str(slip) for answer, slip in question.slips.items()}


def test_slips_of_a_dilated_kernel() -> None:
    asked = setting(x=(12, 12), weight=(3, 3), dilation=(3, 3), stride=(2, 2))
    found = answers_of("keeping", asked)  # reach 7: 3 per side
    assert set(found) == {6, 1}  # 3 is the kernel, and right
    assert "total" in found[6]
    assert "without dilation" in found[1]
    found = answers_of("tensorflow", asked)  # 6 windows at stride 2 reach over 17 rows: 5
    assert MADE["tensorflow"](asked).right == 5
    assert set(found) == {6, 3, 17, 1, 2}
    for answer, word in ((6, "stride 1"), (3, "below"), (17, "stride and all"), (1, "dilation")):
        assert word in found[answer]


def test_slips_at_the_border() -> None:
    asked = setting(x=(9, 9), weight=(5, 5), padding=(2, 2), mode="replicate")
    found = answers_of("corner_reads", asked)
    # windows that hold the corner: 3 a side; with the two copies 3 + 2 + 1 = 6 a side
    assert MADE["corner_reads"](asked).right == 36
    assert "itself" in found[9]
    assert "without the padding" in found[1]
    assert "The rest are reads of copies." in str(MADE["corner_reads"](asked).why)
    found = answers_of("first_window", asked)  # 25 − 9
    assert MADE["first_window"](asked).right == 16
    for answer, word in ((9, "input"), (20, "twice"), (10, "rows only"), (25, "whole")):
        assert word in found[answer]
    filled = replace(asked, mode="constant", fill=3.0)
    found = answers_of("corner_of_ones", filled)
    assert MADE["corner_of_ones"](filled).right == 9 + 16 * 3
    for answer, word in ((25, "own numbers"), (9, "zeros"), (15 + 10 * 3, "one edge")):
        assert word in found[answer]
    assert "filled with the number 3" in str(MADE["corner_of_ones"](filled).prompt)


def test_slips_of_the_transposed_convolution() -> None:
    asked = setting(x=(4, 4), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))
    found = answers_of("transposed", asked)  # (4 − 1)·2 + 3 − 2 + 1 = 8, twice the input
    assert MADE["transposed"](asked).right == 8
    assert set(found) == {2, 7, 10, 12}
    assert "output padding" in found[7]
    assert "cut off" in found[10]
    assert MADE["transposed"](replace(asked, output_padding=(2, 2))) is None


def test_padding_that_no_whole_number_keeps_is_not_asked_for() -> None:
    assert MADE["keeping"](setting(weight=(4, 3))) is None
    assert "rows of padding above" in str(MADE["keeping"](setting(weight=(3, 4))).prompt)
    assert MADE["first_window"](setting()) is None


def page(mode: str, fill: float) -> None:
    """The quiz alone."""
    import numpy as np

    from cnnlab.ui.padding import closing
    from cnnlab.ui.padding.setting import Setting

    x, weight = np.ones((1, 7, 6), np.float32), np.ones((1, 1, 3, 2), np.float32)
    closing.predict(Setting("", x, weight, (2, 2), (1, 1), (2, 1), mode, fill, (1, 1)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_quiz_goes_round_in_both_languages(lang: str) -> None:
    app = AppTest.from_function(page, args=("reflect", 1.0), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    asked = questions(
        setting((7, 6), (3, 2), stride=(2, 2), padding=(1, 1), dilation=(2, 1), mode="reflect",
                output_padding=(1, 1))
    )  # fmt: skip
    seen = set()
    for number, question in enumerate(asked):
        answer = next(iter(question.slips)) if number % 2 else question.right
        seen.add(app.markdown[0].value)
        app.button_group[0].set_value(answer).run()
        app.button[0].click().run()
        assert not app.exception
        assert len(app.markdown) == 2, "there is feedback"
        app.button[1].click().run()
    assert len(seen) == len(asked) > 9
    assert all(
        ("How" in text or "Which" in text or "how" in text) == (lang == "en") for text in seen
    )
