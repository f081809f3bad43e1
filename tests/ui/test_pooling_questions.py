"""The questions on pooling: as the table has them, fair, and right in every setting.

The right answers are worked out a second time, by PyTorch or by trying.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from cnnlab.lessons import translate
from cnnlab.scenes.pooling import Pool
from cnnlab.ui.pooling.questions import MADE, fixed, made, questions
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import Question

DISTINCT = np.array([[[5, 2, 9, -1], [1, 8, 3, 13], [7, -3, 6, -2], [0, 4, 10, 14]]], np.float32)


def setting(x: np.ndarray = DISTINCT, kind: str = "max", **changed) -> Setting:
    """Window 2×2, stride 2, unless said otherwise."""
    pool = {"kernel": (2, 2), "stride": (2, 2), **changed}
    whole = pool.pop("whole", False)
    return Setting("", x, Pool(kind, **pool), whole)


@st.composite
def any_setting(draw) -> Setting:
    """Whatever the controls may say, possible or not; seldom square, sometimes with ties."""
    size = draw(st.tuples(st.integers(2, 8), st.integers(2, 8)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    most = draw(st.sampled_from([3, 50, 300]))
    x = rng.integers(-most, most, (draw(st.integers(1, 5)), *size)).astype(np.float32)
    if draw(st.integers(0, 4)) == 0:
        x += 0.25
    kind = draw(st.sampled_from(["max", "average"]))
    if draw(st.integers(0, 5)) == 0:
        return setting(x, kind, kernel=size, stride=size, whole=True)
    return setting(
        x,
        kind,
        kernel=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        stride=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        padding=draw(st.sampled_from([(0, 0), (0, 0), (1, 1), (2, 1), (0, 1)])),
        ceil_mode=draw(st.booleans()),
        count_include_pad=draw(st.booleans()),
    )


# ---- the table of the lessons


def test_the_five_are_those_of_the_table() -> None:
    assert [(question.right, set(question.slips)) for question in fixed()] == [
        ("it stays the same", {"it changes"}),
        (0, {4, 120}),
        (6, {1, 3}),
        (0, {1}),  # of a gradient of 4: a quarter
        ("it changes", {"it stays the same", "it moves by half a cell"}),
    ]
    assert all(question.fair for question in fixed())


@pytest.mark.parametrize(
    ("which", "answer", "word"),
    [
        (0, "it changes", "average"),
        (1, 4, "kernel of this size"),
        (1, 120, "for each map"),
        (2, 1, "adds up the channels"),
        (2, 3, "the maps do not"),
        (3, 1, "average's rule"),
        (4, "it stays the same", "not invariant"),
        (4, "it moves by half a cell", "no half cells"),
    ],
)
def test_a_wrong_answer_of_the_table_names_its_slip(which: int, answer, word: str) -> None:
    assert word in str(fixed()[which].slips[answer])


def test_the_prompts_of_the_table_can_be_read_without_the_stage() -> None:
    said = [str(question.prompt) for question in fixed()]
    assert "over the window `5 2 / 1 8`: the 5 is raised to 7" in said[0]
    assert "30 maps of 8×8, window 2×2, stride 2, no padding" in said[1]
    assert "6 maps" in said[2]
    assert "`5 2 / 1 8`; the gradient of its output is 4" in said[3]
    assert "does the 2 get" in said[3]
    assert "`0 3 7 4 1 0`" in said[4]
    assert "`0 0 3 7 4 1`" in said[4]


def test_the_words_of_the_table_are_what_pytorch_finds() -> None:
    """The two questions whose answers are words."""
    windows = torch.tensor([[[5.0, 2], [1, 8]]]), torch.tensor([[[7.0, 2], [1, 8]]])
    before, after = (functional.max_pool2d(window, 2) for window in windows)
    assert before == after == 8
    row, moved = ([0.0, 3, 7, 4, 1, 0], [0.0, 0, 3, 7, 4, 1])
    pooled = [functional.max_pool2d(torch.tensor([[one] * 2]), 2).tolist() for one in (row, moved)]
    assert pooled == [[[[3, 7, 1]]], [[[0, 7, 4]]]]
    assert str(fixed()[4].why).startswith("Each row was `3 7 1` and becomes `0 7 4`")


# ---- every setting


def pooled(asked: Setting, x: torch.Tensor, **changed) -> torch.Tensor:
    pool = replace(asked.pool, **changed)
    options = {"stride": pool.stride, "padding": pool.padding, "ceil_mode": pool.ceil_mode}
    if pool.kind == "max":
        return functional.max_pool2d(x, pool.kernel, **options)
    counted = {"count_include_pad": pool.count_include_pad}
    return functional.avg_pool2d(x, pool.kernel, **options, **counted)


def window_of(question: Question) -> torch.Tensor:
    """The window that a prompt writes out."""
    rows = str(question.prompt.fields["window"]).replace("−", "-").split(" / ")
    return torch.tensor([[float(number) for number in row.split()] for row in rows])


def of_the_window(asked: Setting, window: torch.Tensor) -> torch.Tensor:
    size = tuple(window.shape)
    return pooled(asked, window[None], kernel=size, stride=size, padding=(0, 0), ceil_mode=False)


def written(asked: Setting, question: Question) -> float:
    """What PyTorch makes of the window, which must be one of those at this stride and padding."""
    window = window_of(question)
    (down, across), pool = asked.pool.padding, asked.pool
    x = functional.pad(torch.tensor(asked.x[0]), (across, across, down, down), value=torch.nan)
    found = x.unfold(0, pool.kernel[0], pool.stride[0]).unfold(1, pool.kernel[1], pool.stride[1])
    assert (found == window).all(dim=(2, 3)).any()
    return round(float(of_the_window(asked, window)), 3)


def margin(asked: Setting, question: Question) -> int:
    """How often 1 can be added to the smallest number before the maximum changes."""
    window = window_of(question)
    at, before = window == window.min(), of_the_window(asked, window)
    rises = 0
    while of_the_window(asked, window + at * (rises + 1)) == before:
        rises += 1
    return rises


def share(asked: Setting, question: Question) -> float:
    window = window_of(question).requires_grad_()
    (gradient,) = torch.autograd.grad(
        of_the_window(asked, window),
        window,
        torch.full((1, 1, 1), float(question.prompt.fields["dy"])),
    )
    number = float(str(question.prompt.fields["asked"]).replace("−", "-"))
    (got,) = gradient[window == number]
    return round(float(got), 3)


def corner(asked: Setting, question: Question) -> float:
    value = float(str(question.prompt.fields["value"]).replace("−", "-"))
    return round(float(pooled(asked, torch.full(asked.x.shape, value))[0, 0, 0]), 3)


def learned(asked: Setting) -> int:
    layer = torch.nn.MaxPool2d if asked.pool.kind == "max" else torch.nn.AvgPool2d
    return sum(p.numel() for p in layer(asked.pool.kernel).parameters())


ORACLES: dict[str, Callable[[Setting, Question], float]] = {
    "output": written,
    "rows": lambda asked, _: pooled(asked, torch.tensor(asked.x)).shape[1],
    "columns": lambda asked, _: pooled(asked, torch.tensor(asked.x)).shape[2],
    "rounded_otherwise": lambda asked, _: pooled(
        asked, torch.tensor(asked.x), ceil_mode=not asked.pool.ceil_mode
    ).shape[1],
    "margin": margin,
    "loser": share,
    "winner": share,
    "border": corner,
    "activations": lambda asked, _: pooled(asked, torch.tensor(asked.x)).numel(),
    "parameters": lambda asked, _: learned(asked),
    "maps": lambda asked, _: len(pooled(asked, torch.tensor(asked.x))),
}


def test_every_setting_gets_fair_questions_with_the_right_answer() -> None:
    offered: set[str] = set()

    @given(any_setting())
    @settings(max_examples=250, deadline=None)
    def of_any_setting(asked: Setting) -> None:
        for name, question in made(asked).items():
            offered.add(name)
            assert question.fair
            assert len(question.slips) >= 2
            assert question.right == ORACLES[name](asked, question), name
            assert question.right not in question.slips

    of_any_setting()
    assert offered == set(ORACLES) == set(MADE), "each kind was met"


@given(any_setting(), any_setting(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_prompt_settles_the_answers(one: Setting, other: Setting, data) -> None:
    """An answer given is remembered by its prompt: in another setting it must still be one."""
    if not one.whole and not other.whole:
        fields = ("kind", "ceil_mode", "count_include_pad", "padding")
        kept = {f: getattr(other.pool, f) for f in fields if data.draw(st.booleans())}
        other = replace(other, pool=replace(one.pool, **kept))
    seen = {str(question.prompt): set(question.answers()) for question in questions(one)}
    for question in questions(other):
        assert set(question.answers()) == seen.get(str(question.prompt), set(question.answers()))


@given(any_setting())
@settings(max_examples=100, deadline=None)
def test_in_ceil_mode_every_question_about_sizes_names_the_mode(asked: Setting) -> None:
    sized = {"rows", "columns", "rounded_otherwise", "activations"}
    found = {name: str(question.prompt) for name, question in made(asked).items() if name in sized}
    if asked.pool.ceil_mode and not asked.whole:
        for name, prompt in found.items():
            assert ("without ceil mode" in prompt) == (name == "rounded_otherwise")
            assert "ceil mode" in prompt


@given(any_setting())
@settings(max_examples=50, deadline=None)
def test_no_question_is_asked_twice(asked: Setting) -> None:
    prompts = [str(question.prompt) for question in questions(asked)]
    assert len(prompts) == len(set(prompts))
    assert prompts[:5] == [str(question.prompt) for question in fixed()]


def test_what_cannot_be_computed_leaves_the_five() -> None:
    for impossible in (setting(kernel=(5, 5)), setting(padding=(2, 2))):
        assert made(impossible) == {}
        assert questions(impossible) == list(fixed())


# ---- slips, by hand


def answers_of(name: str, asked: Setting) -> dict:
    question = MADE[name](asked)
    assert question is not None
    return {answer: str(slip) for answer, slip in question.slips.items()}


def named(found: dict, words: dict) -> bool:
    """Whether exactly these wrong answers are offered, and these words are in what is said."""
    return set(found) == set(words) and all(word in found[answer] for answer, word in words.items())


def test_slips_of_one_window() -> None:
    assert MADE["output"](setting()).right == 8  # of 5 2 / 1 8
    found = answers_of("output", setting())
    assert named(found, {16: "sum", 5: "first", 4: "mean", 1: "smallest"})
    average = setting(kind="average")
    assert MADE["output"](average).right == 4
    assert str(MADE["output"](average).why) == "(5 + 2 + 1 + 8) / 4 = 4."
    found = answers_of("output", average)
    assert named(found, {16: "sum", 5: "first", 8: "max", 3.5: "median"})
    signs = setting(np.array([[[-9, 1], [-4, -2]]], np.float32))
    assert "without the sign" in answers_of("output", signs)[9]


def test_slips_of_the_margin_and_of_the_gradients() -> None:
    assert MADE["margin"](setting()).right == 7
    assert named(
        answers_of("margin", setting()), {0: "at once", 4: "runner-up", 3: "margin", 8: "itself"}
    )
    assert named(answers_of("winner", setting()), {1: "average", 0: "losers", 32: "not times"})
    assert named(answers_of("loser", setting(kind="average")), {4: "went in", 0: "maximum"})
    tied = setting(np.array([[[3, 3], [1, 0]]], np.float32))
    assert MADE["winner"](tied) is None
    assert MADE["loser"](tied) is None
    assert MADE["margin"](setting(kind="average")) is None


def test_slips_of_the_size() -> None:
    six = setting(np.zeros((1, 6, 6), np.float32), kernel=(3, 3), stride=(2, 2))
    assert MADE["rows"](six).right == 2
    assert named(answers_of("rows", six), {3: "rounded down", 1: "+ 1", 6: "input's size"})
    ceil = replace(six, pool=replace(six.pool, ceil_mode=True))
    assert MADE["rows"](ceil).right == 3
    assert "rounded up" in answers_of("rows", ceil)[2]
    assert str(MADE["rounded_otherwise"](six).prompt) == str(MADE["rows"](ceil).prompt)
    assert "stride 2, no padding, without ceil mode." in str(MADE["rounded_otherwise"](ceil).prompt)
    assert MADE["rounded_otherwise"](ceil).right == MADE["rows"](six).right
    # 5 cells, window 2, stride 2, padding 1: a fourth window would start in the padding
    dropped = setting(
        np.zeros((1, 4, 4), np.float32), padding=(1, 1), stride=(3, 3), ceil_mode=True
    )
    assert MADE["rows"](dropped).right == 2
    last = setting(np.zeros((1, 5, 5), np.float32), padding=(1, 1), ceil_mode=True)
    assert MADE["rows"](last).right == 3
    assert "would start in the padding" in str(MADE["rows"](last).why)


def test_slips_of_the_border() -> None:
    nine = {"kernel": (3, 3), "padding": (1, 1)}
    found = answers_of("border", setting(**nine))
    assert MADE["border"](setting(**nine)).right == -9
    assert named(found, {0: "would win", 9: "sign", -4: "mean"})
    counted = setting(kind="average", **nine)
    assert MADE["border"](counted).right == 4
    assert named(answers_of("border", counted), {9: "leaves", 36: "sum", 0: "do not win"})
    real = setting(kind="average", count_include_pad=False, **nine)
    assert MADE["border"](real).right == 9
    assert "counts the zeros" in answers_of("border", real)[4]
    assert MADE["border"](setting()) is None


def test_slips_of_the_counts() -> None:
    maps = setting(np.zeros((6, 8, 8), np.float32), kernel=(3, 3))
    assert MADE["activations"](maps).right == 6 * 9
    assert named(
        answers_of("activations", maps), {384: "went in", 192: "both", 42: "moves", 9: "one map"}
    )
    assert named(answers_of("parameters", maps), {9: "this size", 60: "bias", 54: "each map"})
    assert named(answers_of("maps", maps), {1: "channels", 3: "the maps do not"})


def test_global_pooling_is_not_asked_for_its_size() -> None:
    whole = setting(
        np.tile(DISTINCT, (3, 1, 1)), "average", kernel=(4, 4), stride=(4, 4), whole=True
    )
    assert {"rows", "columns", "rounded_otherwise"}.isdisjoint(made(whole))
    assert "Average pooling of 3 maps of 4×4, the window as large as the map" in str(
        made(whole)["activations"].prompt
    )
    assert made(whole)["output"].right == 4.75


def page(kind: str) -> None:
    """The quiz alone."""
    import numpy as np

    from cnnlab.scenes.pooling import Pool
    from cnnlab.ui.pooling import closing
    from cnnlab.ui.pooling.setting import Setting

    x = np.arange(98, dtype=np.float32).reshape(2, 7, 7) % 11
    closing.predict(Setting("", x, Pool(kind, (3, 2), (2, 2), (1, 1))))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_quiz_goes_round_in_both_languages(lang: str, kind: str) -> None:
    app = AppTest.from_function(page, args=(kind,), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    x = np.arange(98, dtype=np.float32).reshape(2, 7, 7) % 11
    asked = questions(setting(x, kind, kernel=(3, 2), padding=(1, 1)))
    seen = set()
    for number, question in enumerate(asked):
        answer = next(iter(question.slips)) if number % 2 else question.right
        said = translate(lang, answer) if isinstance(answer, str) else answer
        seen.add(app.markdown[0].value)
        app.button_group[0].set_value(said).run()
        app.button[0].click().run()
        assert not app.exception
        assert len(app.markdown) == 2, "there is feedback"
        app.button[1].click().run()
    assert len(seen) == len(asked) > 9
    assert all("ooling" in text for text in seen) == (lang == "en")
