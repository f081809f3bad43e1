"""The questions of the convolution lesson: as the table has them, fair, and right in every setting.

The right answers are worked out a second time, by PyTorch: its shapes, its parameters, counted
products, inputs nudged one by one.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from cnnlab.engine import WORKED_EXAMPLES
from cnnlab.ui.convolution.questions import MADE, fixed, made, questions
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question

EXAMPLES = {
    example.name: Setting(
        name=example.name,
        x=example.x[0],
        weight=example.weight,
        bias=example.bias,
        stride=(example.stride,) * 2,
        padding=(example.padding,) * 2,
        dilation=(1, 1),
        groups=1,
        flipped=False,
    )
    for example in WORKED_EXAMPLES
}


def setting(x=(1, 5, 5), weight=(1, 1, 3, 3), **changed) -> Setting:
    """A setting of ones."""
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    arrays = {"x": np.ones(x, np.float32), "weight": np.ones(weight, np.float32), "bias": None}
    return Setting(**{"name": "", "flipped": False, **arrays, **plain, **changed})


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def any_setting(draw) -> Setting:
    """Whatever the controls may say, possible or not; seldom square."""
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    depth, per_group = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    size = draw(st.tuples(st.integers(1, 11), st.integers(1, 11)))
    kernel_size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.sampled_from([(0, 0), (1, 1), (2, 0), (1, 3)]))
    stride, dilation = draw(pairs), draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 3)]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    small = draw(st.booleans())  # whole numbers, some of them 0: a cell can be worked out
    numbers = rng.integers(-1, 3, 5000) if small else rng.standard_normal(5000)
    taken = iter(numbers.astype(draw(st.sampled_from([np.float32, np.float64]))))

    def array(*shape: int) -> np.ndarray:
        return np.array([next(taken) for _ in range(int(np.prod(shape)))]).reshape(shape)

    return Setting(
        name="",
        x=array(depth * groups, *size),
        weight=array(per_group * groups, depth, *kernel_size),
        bias=array(per_group * groups) if draw(st.booleans()) else None,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        flipped=draw(st.booleans()),
    )


# ---- the table of the lessons


def test_the_six_are_those_of_the_table_the_worked_example_first() -> None:
    assert [(question.right, set(question.slips)) for question in fixed()] == [
        (9, {11, 6, 12}),
        (2, {3, 1, 6}),
        (56, {54, 20, 60, 1368}),
        (2, {3, 6}),
        (9, {1, 3}),
        (9, {1}),
    ]
    assert all(question.fair for question in fixed())


@pytest.mark.parametrize(
    ("which", "answer", "word"),
    [
        (0, 11, "flipped"),
        (0, 6, "one column off"),
        (0, 12, "wrong corner"),
        (1, 3, "rounded"),
        (1, 1, "+ 1"),
        (1, 6, "input's size"),
        (2, 54, "biases are missing"),
        (2, 20, "flat"),
        (2, 60, "each kernel plane"),
        (2, 1368, "dense"),
        (3, 3, "each channel"),
        (3, 6, "each kernel plane"),
        (4, 1, "one-to-one"),
        (4, 3, "one row"),
        (5, 1, "sharing"),
    ],
)
def test_a_wrong_answer_of_the_table_names_its_slip(which: int, answer: int, word: str) -> None:
    assert word in str(fixed()[which].slips[answer])


def test_the_worked_example_writes_its_sum_as_the_texts_do() -> None:
    assert str(fixed()[0].why) == (
        "The products: 3·0 + 1·1 + 2·2 + 2·2 + 0·2 + 0·0 + 2·0 + 0·1 + 0·2 = 9."
    )
    assert "`33210 / 00131 / 31223 / 20022 / 20001`" in str(fixed()[0].prompt)


# ---- every setting


def torch_output(asked: Setting) -> torch.Tensor:
    bias = None if asked.bias is None else torch.tensor(asked.bias)
    x, weight = torch.tensor(asked.x), torch.tensor(asked.weight)
    return functional.conv2d(x, weight, bias, **asked.options)


def torch_layer(asked: Setting) -> torch.nn.Conv2d:
    return torch.nn.Conv2d(
        len(asked.x),
        len(asked.weight),
        asked.weight.shape[2:],
        bias=asked.bias is not None,
        **asked.options,
    )


def counted_products(asked: Setting) -> torch.Tensor:
    """How many products each output adds up: a convolution of ones, the padding of ones too."""
    (down, across), options = asked.padding, {**asked.options, "padding": 0}
    x = functional.pad(torch.ones(asked.x.shape), (across, across, down, down), value=1)
    return functional.conv2d(x, torch.ones(asked.weight.shape), **options)


def changed_by_the_middle(asked: Setting) -> int:
    """How many outputs of the first map change when the middle input is nudged."""
    weight = torch.ones(asked.weight.shape)
    x = torch.zeros(asked.x.shape)
    nudged = x.clone()
    nudged[:, asked.x.shape[1] // 2, asked.x.shape[2] // 2] = 1
    before, after = (functional.conv2d(one, weight, **asked.options) for one in (x, nudged))
    return int((before[0] != after[0]).sum())


def written_in_the_cell(asked: Setting, question: Question) -> float:
    place = (question.prompt.fields[name] - 1 for name in ("map", "row", "column"))
    return float(torch_output(asked)[tuple(place)])


def added_up(products: str) -> float:
    """What a written sum such as "2·1 + (−1)·3" comes to."""
    plain = products.replace("·", "*").replace("−", "-").replace(",", "")
    assert set(plain) <= set("0123456789*+-() ")
    return eval(plain)


ORACLES = {
    "rows": lambda asked, _: torch_output(asked).shape[1],
    "columns": lambda asked, _: torch_output(asked).shape[2],
    "cell": written_in_the_cell,
    "parameters": lambda asked, _: sum(p.numel() for p in torch_layer(asked).parameters()),
    "maps": lambda asked, _: torch_output(asked).shape[0],
    "multiply_adds": lambda asked, _: int(counted_products(asked).sum()),
    "reach": lambda asked, _: changed_by_the_middle(asked),
    "uses": lambda asked, _: torch_output(asked)[0].numel(),
}


def test_every_question_is_fair_and_right() -> None:
    offered: set[str] = set()

    @given(any_setting())
    @settings(max_examples=150, deadline=None)
    def of_any_setting(asked: Setting) -> None:
        for name, question in made(asked).items():
            offered.add(name)
            assert question.fair
            assert len(question.slips) >= 2
            assert question.right == ORACLES[name](asked, question)
            assert question.right not in question.slips
            assert all(abs(answer) < 1_000_000 for answer in (question.right, *question.slips))
            assert name == "cell" or min(question.slips) > 0
            assert name != "cell" or added_up(question.why.fields["sum"]) == question.right

    of_any_setting()
    assert offered == set(ORACLES) == set(MADE), "each kind was met"


@given(any_setting(), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_the_prompt_settles_the_answers(asked: Setting, seed: int) -> None:
    """An answer given is remembered by its prompt: with other numbers it must still be one."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-1, 3, asked.x.shape).astype(asked.x.dtype)
    other = replace(asked, x=x)
    seen = {str(question.prompt): set(question.answers()) for question in questions(asked)}
    for question in questions(other):
        assert set(question.answers()) == seen.get(str(question.prompt), set(question.answers()))


@pytest.mark.parametrize("asked", EXAMPLES.values(), ids=EXAMPLES)
def test_no_question_is_asked_twice(asked: Setting) -> None:
    prompts = [str(question.prompt) for question in questions(asked)]
    assert len(prompts) == len(set(prompts))
    assert prompts[:6] == [str(question.prompt) for question in fixed()]
    assert len(prompts) > 9


def test_what_cannot_be_computed_leaves_the_six() -> None:
    for impossible in (setting(x=(1, 2, 2)), setting(stride=(0, 1)), setting(x=(3, 5, 5))):
        assert made(impossible) == {}
        assert questions(impossible) == list(fixed())


# ---- what is read


def test_a_prompt_names_the_setting_in_words() -> None:
    assert str(made(EXAMPLES["one_channel"])["rows"].prompt) == (
        "Input 5×5, kernel 3×3, stride 1, no padding. How many rows does the output have?"
    )
    uneven = setting(
        x=(2, 9, 7),
        weight=(2, 1, 3, 2),
        stride=(2, 1),
        padding=(1, 2),
        dilation=(1, 2),
        groups=2,
    )
    assert str(made(uneven)["parameters"].prompt) == (
        "Input 9×7, kernel 3×2, stride 2 down and 1 across, padding 1 above and below and 2 left "
        "and right, dilation 1 down and 2 across; input channels: 2, filters: 2, groups: 2, "
        "without bias. How many parameters does the layer have?"
    )
    assert "columns" in made(uneven)
    assert MADE["columns"](EXAMPLES["one_channel"]) is None


def test_a_sum_brackets_what_is_negative_and_leaves_zeros_out_where_they_are_many() -> None:
    assert str(made(EXAMPLES["three_channels"])["cell"].why) == (
        "The products: 2·1 + 1·1 + 2·1 + 2·(−1) + 1·(−1) + 1·1 + 2·1 + 1 = 6."
    )


def page(name: str, size: int, more: int) -> None:
    """The quiz alone, on an example of another size, or with something added to its input."""
    import numpy as np

    from cnnlab.engine import WORKED_EXAMPLES
    from cnnlab.ui.convolution import closing
    from cnnlab.ui.convolution.setting import Setting

    example = {example.name: example for example in WORKED_EXAMPLES}[name]
    x = np.resize(example.x[0], (len(example.x[0]), size, size)) + np.float32(more)
    pairs = ((example.stride,) * 2, (example.padding,) * 2, (1, 1))
    closing.predict(Setting(name, x, example.weight, example.bias, *pairs, 1, False))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_quiz_goes_round_in_both_languages(lang: str) -> None:
    app = AppTest.from_function(page, args=("three_channels", 5, 0), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    seen = set()
    for number, asked in enumerate(questions(EXAMPLES["three_channels"])):
        answer = next(iter(asked.slips)) if number % 2 else asked.right
        seen.add(app.markdown[0].value)
        app.button_group[0].set_value(answer).run()
        app.button[0].click().run()
        assert not app.exception
        assert len(app.markdown) == 2, "there is feedback"
        app.button[1].click().run()
    assert len(seen) == number + 1
    assert all(("How" in text or "Which" in text) == (lang == "en") for text in seen)


def test_the_quiz_outlives_other_numbers_and_impossible_settings() -> None:
    app = AppTest.from_function(page, args=("one_channel", 5, 0), default_timeout=60).run()
    asked = questions(EXAMPLES["one_channel"])
    number = [str(question.prompt) for question in asked].index(
        str(made(EXAMPLES["one_channel"])["cell"].prompt)
    )
    for _ in range(number):
        app.button[1].click().run()
    app.button_group[0].set_value(asked[number].right).run()
    app.button[0].click().run()
    assert app.markdown[0].value == str(asked[number].prompt)
    assert app.markdown[1].value.startswith(f"Right: {asked[number].right}.")
    for args in (("one_channel", 5, 1), ("one_channel", 2, 0), ("one_channel", 7, 0)):
        app.args = args
        app.run()
        assert not app.exception
        assert app.markdown[0].value == str(asked[0].prompt), "from the start again"
