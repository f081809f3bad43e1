"""Each slip, once by hand: the wrong answer that its words promise is the one that it leads to."""

from dataclasses import replace

import numpy as np
from scipy import signal

from cnnlab.engine import WORKED_EXAMPLES, flip, kernel
from cnnlab.ui.convolution.questions import MADE, made
from cnnlab.ui.convolution.setting import Setting


def setting(x=(1, 5, 5), weight=(1, 1, 3, 3), **changed) -> Setting:
    """A setting of ones, or of random whole numbers with ``seed``."""
    seed = changed.pop("seed", None)
    shapes = {"x": x, "weight": weight}
    numbers = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    if seed is not None:
        rng = np.random.default_rng(seed)
        numbers = {n: rng.integers(-3, 10, s).astype(np.float32) for n, s in shapes.items()}
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    return Setting(**{"name": "", "bias": None, "flipped": False, **numbers, **plain, **changed})


def example(number: int) -> Setting:
    """A worked example as it opens."""
    one = WORKED_EXAMPLES[number]
    pairs = {"stride": (one.stride,) * 2, "padding": (one.padding,) * 2}
    return replace(setting(), x=one.x[0], weight=one.weight, bias=one.bias, **pairs)


def answers_of(name: str, asked: Setting) -> dict:
    """Answer → the slip's words, of one question; also where it is too few to be offered."""
    question = MADE[name](asked)
    return {answer: str(slip) for answer, slip in question.slips.items()}


def test_slips_of_the_size() -> None:
    # ⌊(12 − 3)/2⌋ + 1 = 5
    found = answers_of("rows", setting(x=(1, 12, 12), stride=(2, 2)))
    assert found.pop(6).startswith("The last, incomplete step")
    assert found.pop(4).startswith("The + 1 is missing")
    assert found.pop(12).startswith("That is the input's size")
    assert found == {}


def test_slips_of_the_size_that_padding_and_dilation_bring() -> None:
    # ⌊(9 + 2·2 − 7)/1⌋ + 1 = 7; with padding once 5, without dilation 11
    asked = setting(x=(1, 9, 9), padding=(2, 2), dilation=(3, 3))
    assert MADE["rows"](asked).right == 7
    found = answers_of("rows", asked)
    assert found[5].startswith("Padding is put on both sides")
    assert found[11].startswith("Dilation spreads")
    assert found[6].startswith("The + 1")
    assert found[9].startswith("That is the input's size")


def test_columns_are_asked_for_where_anything_but_the_rows_decides() -> None:
    assert MADE["columns"](setting(x=(1, 7, 7))) is None
    for other in (
        setting(x=(1, 7, 9)),
        setting(x=(1, 7, 7), weight=(1, 1, 3, 2)),
        setting(x=(1, 7, 7), stride=(1, 2)),
        setting(x=(1, 7, 7), padding=(0, 1)),
        setting(x=(1, 7, 7), dilation=(1, 2)),
    ):
        assert MADE["columns"](other) is not None


def test_slips_of_grouped_parameters() -> None:
    asked = setting(x=(4, 5, 5), weight=(2, 2, 3, 3), groups=2, bias=np.ones(2, np.float32))
    assert MADE["parameters"](asked).right == 2 * (2 * 9 + 1)
    found = answers_of("parameters", asked)
    assert "without groups" in found[2 * (4 * 9 + 1)]
    assert "flat" in found[2 * (9 + 1)]
    assert "biases are missing" in found[36]
    assert "each kernel plane" in found[40]
    assert "dense" in found[2 * 9 * (4 * 25 + 1)]


def test_slips_of_parameters_without_bias() -> None:
    found = answers_of("parameters", setting(x=(3, 5, 5), weight=(2, 3, 3, 3)))
    assert "no biases" in found[2 * (27 + 1)]
    assert "flat" in found[2 * 9]
    assert "dense" in found[2 * 9 * 75]
    assert len(found) == 3


def test_slips_of_multiply_adds() -> None:
    asked = setting(x=(3, 7, 6), weight=(2, 3, 3, 2), bias=np.ones(2, np.float32))
    assert MADE["multiply_adds"](asked).right == 2 * 5 * 5 * 18
    found = answers_of("multiply_adds", asked)
    assert "flat" in found[2 * 5 * 5 * 6]
    assert "one filter" in found[5 * 5 * 18]
    assert "one place" in found[2 * 18]
    assert "dense" in found[3 * 7 * 6 * 2 * 5 * 5]


def test_slips_of_reach() -> None:
    strided = setting(x=(1, 7, 9), weight=(1, 1, 3, 5), stride=(2, 1))
    found = answers_of("reach", strided)
    assert MADE["reach"](strided).right == 5  # one row of windows, five of them
    assert set(found) == {1, 15}  # five in a row: no slip here
    assert "Not every weight" in found[15]
    assert "(row 4, column 5)" in str(MADE["reach"](strided).prompt)


def test_slips_of_use() -> None:
    strided = setting(x=(1, 7, 9), weight=(1, 1, 3, 5), stride=(2, 1))
    found = answers_of("uses", strided)
    assert MADE["uses"](strided).right == 15  # 3×5 places: the kernel's 15 weights, by chance
    assert set(found) == {1, 63}


def test_slips_of_a_cell_are_what_they_say() -> None:
    asked = example(1)
    question = made(asked)["cell"]
    at = tuple(question.prompt.fields[name] - 1 for name in ("map", "row", "column"))
    plane, row, column = at
    padded = np.pad(asked.x, ((0, 0), (1, 1), (1, 1)))
    window = padded[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
    weight, bias = asked.weight[plane], asked.bias[plane]
    said = {str(slip): answer for answer, slip in question.slips.items()}
    expected = {
        "flipped": (window * weight[:, ::-1, ::-1]).sum() + bias,
        "one column off": asked.y[plane, row, column - 1],
        "swapped": asked.y[plane, column, row],
        "first channel": (window[0] * weight[0]).sum() + bias,
        "bias is missing": (window * weight).sum(),
    }
    assert len(said) == len(expected)
    for word, answer in expected.items():
        assert [a for text, a in said.items() if word in text] == [answer]


def test_true_convolution_slips_by_not_flipping() -> None:
    plain = example(0)
    asked = replace(plain, weight=flip(plain.weight), flipped=True)
    question = made(asked)["cell"]
    row, column = (question.prompt.fields[name] - 1 for name in ("row", "column"))
    convolved = signal.convolve2d(plain.x[0], plain.weight[0, 0], "valid")
    correlated = signal.correlate2d(plain.x[0], plain.weight[0, 0], "valid")
    assert question.right == convolved[row, column]
    assert "as it stands" in str(question.slips[int(correlated[row, column])])


def test_a_cell_is_asked_only_where_it_can_be_worked_out() -> None:
    sums = setting(x=(1, 9, 9), weight=(1, 1, 3, 3), seed=0)
    assert "cell" in made(sums)
    blur = kernel("gaussian_blur", 3, 3)[None, None]
    fractions = replace(sums, weight=blur)
    many = setting(x=(3, 9, 9), weight=(1, 3, 5, 5), seed=0)
    large = replace(sums, x=sums.x + 100)
    empty = replace(sums, x=sums.x * 0)
    for hard in (fractions, many, large, empty):
        assert "cell" not in made(hard)


def test_nobody_chooses_among_millions() -> None:
    large = setting(x=(6, 32, 32), weight=(4, 6, 7, 7), padding=(6, 6))
    assert MADE["multiply_adds"](large).right == 4 * 38 * 38 * 6 * 49 > 1_000_000
    assert len(MADE["multiply_adds"](large).slips) > 1
    assert "multiply_adds" not in made(large)
    assert max(made(large)["parameters"].slips) == 4 * 6 * 49 + 4
