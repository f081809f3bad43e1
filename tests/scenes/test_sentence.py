"""What is said at a position, held to sums worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.engine import WORKED_EXAMPLES
from cnnlab.lessons import template
from cnnlab.message import Message
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.moment import moment
from cnnlab.scenes.replay import counts
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.words import WORDS

STRIDE_ONE, COLOUR, ONE_WINDOW = WORKED_EXAMPLES


def last(scene, step):
    return sum(counts(scene, step))


def test_row_1_the_bottom_left_cell():
    x, weight = STRIDE_ONE.x[0], STRIDE_ONE.weight
    scene = convolution(x, weight)
    spelled = "3·0 + 1·1 + 2·2 + 2·2 + 0·2 + 0·0 + 2·0 + 0·1 + 0·2 = "
    assert scene.start == 6
    assert [sentence(scene, 6, m) for m in (0, 1, 2, 9)] == [
        ("Output, row 3, column 1 looks at 9 numbers.", spelled + "?"),
        ("Output, row 3, column 1: product 1 of 9.", "3·0 = 0"),
        ("Output, row 3, column 1: product 2 of 9.", "0 + 1·1 = 1"),
        (
            "Output, row 3, column 1 is written. The same weights serve every place of the map.",
            spelled + "9",
        ),
    ]
    assert sentence(scene, 8, 9) == (
        "The whole output: 9 numbers from 9 weights.",
        "2·0 + 2·1 + 3·2 + 0·2 + 2·2 + 2·0 + 0·0 + 0·1 + 1·2 = 14",
    )


def test_row_1_with_a_bias():
    scene = convolution(STRIDE_ONE.x[0], STRIDE_ONE.weight, np.ones(1, np.float32))
    spelled = "3·0 + 1·1 + 2·2 + 2·2 + 0·2 + 0·0 + 2·0 + 0·1 + 0·2"
    assert [sentence(scene, 6, m) for m in (0, 8, 9, 10)] == [
        ("Output, row 3, column 1 looks at 9 numbers.", spelled + " + bias 1 = ?"),
        ("Output, row 3, column 1: product 8 of 9.", "9 + 0·1 = 9"),
        ("Output, row 3, column 1: window is done.", spelled + " = 9"),
        (
            "Output, row 3, column 1 is written. The same weights serve every place of the map.",
            spelled + " + bias 1 = 10",
        ),
    ]


def test_row_2_the_first_cell_of_the_second_filter():
    e = COLOUR
    scene = convolution(e.x[0], e.weight, e.bias, stride=e.stride, padding=e.padding)
    step, cell = scene.steps // 2, "Output, map 2, row 1, column 1"
    assert last(scene, step) == 28
    assert [sentence(scene, step, m) for m in (0, 6, 9, 10, 18, 27)] == [
        (cell + " looks at 27 numbers.", "R ? + G ? + B ? + bias 0 = ?"),
        (cell + ": R, product 6 of 9.", "0 + 1·0 = 0"),
        (cell + ": R is done.", "R 0"),
        (cell + ": G, product 1 of 9.", "0·1 = 0"),
        (cell + ": G is done.", "R 0 + G −1"),
        (cell + ": B is done.", "R 0 + G −1 + B 0"),
    ]
    # Inside G: 0 0 0, 0 1 1, 0 0 2 times 1 −1 0, −1 0 −1, −1 0 0.
    assert sentence(scene, step, 15)[1] == "0 + 1·(−1) = −1"
    assert sentence(scene, step, 28)[1] == "R 0 + G −1 + B 0 + bias 0 = −1"


def test_row_3_is_37():
    scene = convolution(ONE_WINDOW.x[0], ONE_WINDOW.weight)
    assert sentence(scene, 0, 9)[1] == ("1·1 + 2·1 + 3·0 + 4·0 + 5·2 + 6·0 + 7·1 + 8·2 + 1·1 = 37")


def test_rows_and_columns_are_counted_without_the_padding():
    dy = np.ones((1, 2, 2))
    scene = backward_gather(np.ones((1, 3, 3)), np.ones((1, 1, 2, 2)), dy)
    assert sentence(scene, 0, 1)[1] == "0 + 1 = 1 → dY spread out, row 1, column 1"
    assert sentence(scene, scene.start, 0)[0] == (
        "dX, row 2, column 2 looks at 4 of the cells of dY spread out."
    )


def test_more_than_twelve_products_are_counted_not_listed():
    x, weight = np.ones((1, 5, 5)), -np.ones((1, 1, 4, 4))
    plain, biased = convolution(x, weight), convolution(x, weight, np.array([2.0]))
    assert sentence(plain, 0, 0)[1] == "window: sum of 16 products = ?"
    assert sentence(plain, 0, 16)[1] == "window: sum of 16 products = −16"
    assert sentence(biased, 0, 16)[1] == "window: sum of 16 products = −16"
    assert sentence(biased, 0, 17)[1] == "window: sum of 16 products + bias 2 = −14"
    assert sentence(plain, 0, 3)[1] == "−2 + 1·(−1) = −3"
    just = convolution(x, np.ones((1, 1, 3, 4)))
    assert sentence(just, 0, 12)[1] == " + ".join(["1·1"] * 12) + " = 12"


def test_handing_gradients_on():
    x = np.array([[[1.0, -2], [3, 4]]])
    weight = np.array([[[[5.0, -6]]]])
    scene = backward_scatter(x, weight, np.array([[[-1.0], [2]]]))
    cell = "dY, row 2, column 1"
    assert [sentence(scene, 1, m) for m in range(6)] == [
        (cell + " will be handed on.", "db: −1 + 2 = ?"),
        (cell + ": db, number 1 of 1.", "db: −1 + 2 = 1"),
        (cell + ": dW, number 1 of 2.", "−1 + 2·3 = 5 → dW, row 1, column 1"),
        (cell + ": dW is done.", "2·(3, 4) → dW"),
        (cell + ": dX, number 1 of 2.", "0 + 2·5 = 10 → dX, row 2, column 1"),
        ("All gradients have been handed on: 2.", "2·(5, −6) → dX"),
    ]
    assert sentence(scene, 0, 5)[0] == "dY, row 1, column 1 has been handed on."
    assert sentence(scene, 0, 1)[1] == "db: 0 + (−1) = −1"
    assert sentence(scene, 0, 2)[1] == "0 + (−1)·1 = −1 → dW, row 1, column 1"


def test_windows_become_rows():
    x = np.array([[[1.0, -2, 3], [4, 5, 6]]])
    scene = im2col(x, np.array([[[[1.0, 0], [0, 1]]]]))
    assert [sentence(scene, 1, m) for m in (0, 1, 4)] == [
        ("Rows, row 2, column 1 – numbers to be copied: 4.", "−2, 3, 5, 6 → Rows"),
        ("Rows, row 2, column 1: window, number 1 of 4.", "−2 → Rows, row 2, column 1"),
        ("6 numbers became 8.", "−2, 3, 5, 6 → Rows"),
    ]
    assert sentence(scene, 0, 4)[0] == "Rows, row 1, column 1 – numbers copied: 4."
    assert sentence(im2col(np.ones((1, 5, 5)), np.ones((1, 1, 4, 4))), 0, 16)[1] == (
        "16 numbers → Rows"
    )


ROW = (Axis(), Axis(count=3))
FIRST = (Axis(), Axis())


def one(op, terms, x, w=(0.0,), label="part", scatter=False):
    """A step of one part over x and w; y is the cell it writes."""
    grids = (
        Grid("x", Message("x"), (1, len(x)), np.array([x]), "input"),
        Grid("w", Message("w"), (1, len(w)), np.array([w]), "weight"),
        Grid("y", Message("y"), (1, 1), None, "output"),
    )
    part = Part(op, terms, Message(label), Term("y", FIRST), scatter)
    return Scene(grids, (Phase(Message("phase"), (1,), (part,)),))


def lines(scene):
    return [sentence(scene, 0, m)[1] for m in range(last(scene, 0) + 1)]


def test_the_line_of_numbers_for_each_operation():
    x = Term("x", ROW)
    assert lines(one("add", (x,), [2.0, -0.5, -1])) == [
        "2 + (−0.5) + (−1) = ?",
        "2",
        "2 + (−0.5) = 1.5",
        "2 + (−0.5) + (−1) = 0.5",
    ]
    assert lines(one("max", (x,), [-2.0, 7, 3])) == [
        "max(−2, 7, 3) = ?",
        "the first is −2",
        "best so far −2, now 7",
        "max(−2, 7, 3) = 7 · runner-up 3, margin 4",
    ]
    assert lines(one("mean", (x,), [2.0, -0.5, -1])) == [
        "mean(2, −0.5, −1) = ?",
        "2",
        "2 + (−0.5) = 1.5",
        "mean(2, −0.5, −1) = 0.167",
    ]
    assert lines(one("relu", (Term("x", FIRST),), [-3.0])) == ["max(0, −3) = ?", "max(0, −3) = 0"]
    three = (Term("x", FIRST), Term("w", FIRST), Term("w", (Axis(), Axis(1))))
    assert lines(one("affine", three, [-3.0], [-2.0, -1.0])) == [
        "−3·(−2) + (−1) = ?",
        "−3·(−2) + (−1) = 5",
    ]
    scale = (Term("x", FIRST), Term("w", FIRST))
    assert lines(one("scale", scale, [-3.0], [-2.0])) == [
        "−3·(−2) → y",
        "−3·(−2) → y, row 1, column 1",
    ]
    assert lines(one("dot", scale, [-3.0], [-2.0], scatter=True)) == [
        "part: 0 + ? = ?",
        "part: 0 + 6 = 6",
    ]
    assert lines(one("copy", (Term("x", FIRST),), [-3.0]))[1] == "−3 → y, row 1, column 1"


INF = float("inf")


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ([1.0, 5, 2, 4], "max(1, 5, 2, 4) = 5 · runner-up 4, margin 1"),
        ([-1.0, -1.25], "max(−1, −1.25) = −1 · runner-up −1.25, margin 0.25"),
        ([3.0, 5, 5, 5], "max(3, 5, 5, 5) = 5 · 3 are equal: the first counts"),
        ([0.0, -0.0], "max(0, 0) = 0 · 2 are equal: the first counts"),
        ([7.0], "max(7) = 7"),  # one alone has no rival,
        ([-INF, -2, -INF], "max(−∞, −2, −∞) = −2"),  # nor has one among padding
        ([-INF, 4, 6, -INF], "max(−∞, 4, 6, −∞) = 6 · runner-up 4, margin 2"),
        ([-INF, -INF], "max(−∞, −∞) = −∞"),
        ([0.0] * 13, "max of 13 numbers = 0 · 13 are equal: the first counts"),
    ],
)
def test_how_clearly_a_maximum_won(numbers, line):
    term = Term("x", (Axis(), Axis(count=len(numbers))))
    scene = one("max", (term,), numbers)
    assert lines(scene)[-1] == line
    assert lines(scene)[0] == line.split(" = ")[0] + " = ?"  # nothing is given away beforehand


def test_padding_of_maximum_pooling_is_spoken_of_as_it_is():
    assert lines(one("max", (Term("x", ROW),), [-INF, -INF, 2.5]))[1:3] == [
        "the first is −∞",
        "best so far −∞, now −∞",
    ]
    assert lines(one("mean", (Term("x", ROW),), [0.0, 0, 6]))[-1] == "mean(0, 0, 6) = 2"


def test_the_best_so_far_is_the_first_of_the_largest():
    scene = one("max", (Term("x", (Axis(), Axis(count=5))),), [-INF, 2.0, 5, 5, 3])
    held = [moment(scene, 0, move).best for move in range(6)]
    assert held == [[], *([("x", cell)] for cell in (0, 1, 2, 2, 2))]
    assert moment(one("mean", (Term("x", ROW),), [1.0, 2, 3]), 0, 3).best == []


def test_the_best_of_a_part_that_is_over_stays_while_the_next_is_worked_out():
    x = Term("x", ROW)
    base = one("max", (x,), [1.0, 4, 2])
    later = Part("add", (x,), Message("sum"), Term("w", FIRST))
    phase = replace(base.phases[0], parts=(*base.phases[0].parts, later))
    scene = replace(base, phases=(phase,))
    held = [moment(scene, 0, move).best for move in range(7)]
    assert held == [[], [("x", 0)], *[[("x", 1)]] * 5]


def test_many_numbers_are_counted():
    x = Term("x", (Axis(), Axis(count=13)))
    numbers = [float(n) for n in range(13)]
    assert lines(one("max", (x,), numbers))[-1] == "max of 13 numbers = 12 · runner-up 11, margin 1"
    assert lines(one("mean", (x,), numbers))[-1] == "mean of 13 numbers = 6"
    assert lines(one("add", (x,), numbers))[-1] == "part: sum of 13 numbers = 78"


def test_nothing_to_sum_is_said_to_be_zero():
    off = (Axis(), Axis(9))
    scene = one("dot", (Term("x", off), Term("x", off)), [1.0])
    assert lines(scene) == ["0 = ?"]


def test_two_groups_in_a_step_are_told_one_after_the_other():
    x, y = Term("x", ROW), Term("y", FIRST)
    base = one("add", (x,), [1.0, -2, 4])
    relu = Part("relu", (y,), Message("relu"), Term("w", FIRST))
    phase = replace(base.phases[0], parts=(*base.phases[0].parts, relu))
    empty = tuple(replace(grid, values=None) if grid.id == "w" else grid for grid in base.grids)
    scene = replace(base, grids=empty, phases=(phase,))
    assert lines(scene) == [
        "1 + (−2) + 4 = ?",
        "1",
        "1 + (−2) = −1",
        "1 + (−2) + 4 = 3",
        "max(0, 3) = 3",
    ]
    assert sentence(scene, 0, 3)[0] == "w, row 1, column 1: part is done."


@pytest.mark.parametrize(
    ("label", "said"), [("输出", "输出第 1 行第 2 列已写入。"), ("dX", "dX 第 1 行第 2 列已写入。")]
)
def test_a_chinese_name_is_followed_by_no_space_and_a_latin_one_is(label: str, said: str):
    words = {key: template("zh", text) for key, text in WORDS.items()}
    scene = convolution(np.ones((1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32))
    grids = [replace(one, label=label if one.id == "output" else one.label) for one in scene.grids]
    scene = replace(scene, grids=tuple(grids), phases=(replace(scene.phases[0], done="done"),))
    assert sentence(scene, 1, 4, words)[0] == said
