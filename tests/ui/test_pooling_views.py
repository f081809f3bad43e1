"""What the views of the pooling lesson say, in any setting, beside PyTorch and beside a pencil."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import inf

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.data import mnist
from cnnlab.message import InvalidInput
from cnnlab.scenes.pooling import Pool
from cnnlab.scenes.replay import finished
from cnnlab.ui.pooling import compare, kept, moved, rule, views
from cnnlab.ui.pooling.controls import pool_of
from cnnlab.ui.pooling.picture import picture
from cnnlab.ui.pooling.setting import Setting

DISTINCT = np.array([[[5, 2, 9, -1], [1, 8, 3, 13], [7, -3, 6, -2], [0, 4, 10, 14]]], np.float32)
OPENING = Setting("distinct", DISTINCT, Pool("max", (2, 2), (2, 2)))
DIGIT = mnist.load("test").images[0].astype(np.float32)[None]


@st.composite
def layers(draw, largest: int = 9) -> Setting:
    """A pooling that has an output: whole numbers, few, so that there are ties; seldom square."""
    size, kernel = (draw(st.tuples(*[st.integers(1, n)] * 2)) for n in (largest, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pool = Pool(
        draw(st.sampled_from(["max", "average"])),
        kernel,
        draw(st.tuples(*[st.integers(1, 3)] * 2)),
        tuple(draw(st.integers(0, k // 2)) for k in kernel),
        draw(st.booleans()),
        draw(st.booleans()),
    )
    x = rng.integers(-3, 5, (draw(st.integers(1, 2)), *size)).astype(np.float32)
    made = Setting("random", x, pool)
    try:
        assert made.y.size
    except InvalidInput:
        assume(False)
    return made


def sampled(test):
    return settings(deadline=None, max_examples=60)(given(shown=layers())(test))


def torch_pooled(x: np.ndarray, pool: Pool) -> np.ndarray:
    given = torch.tensor(x, dtype=torch.float64)
    options = {"stride": pool.stride, "padding": pool.padding, "ceil_mode": pool.ceil_mode}
    if pool.kind == "max":
        return functional.max_pool2d(given, pool.kernel, **options).numpy()
    counted = pool.count_include_pad
    return functional.avg_pool2d(given, pool.kernel, **options, count_include_pad=counted).numpy()


# ---- step by step, matrix, backward


@sampled
def test_what_is_stepped_through_is_pytorchs_output(staged, shown) -> None:
    expected = torch_pooled(shown.x, shown.pool)
    scene, _ = staged(views, views.steps, shown, print)
    np.testing.assert_allclose(finished(scene)["output"], expected, atol=1e-5)
    scene, _ = staged(views, views.matrix, replace(shown, x=shown.x[:1]))
    np.testing.assert_allclose(finished(scene)["output"], expected[:1], atol=1e-5)


def test_the_lesson_opens_with_two_of_four_cells_written(staged) -> None:
    scene, _ = staged(views, views.steps, OPENING, print)
    assert (scene.start, scene.steps) == (2, 4)
    assert scene.grid("output").values.tolist() == [[[8, 13], [7, 14]]]
    assert scene.grid("input").editable
    scene, _ = staged(views, views.steps, OPENING, print, step="9")
    assert scene.start == 3


@settings(deadline=None, max_examples=60)
@given(shown=layers(), kind=st.sampled_from(["one", "two", "many"]))
def test_dx_on_the_stage_is_pytorchs(staged, shown, kind) -> None:
    scene, _ = staged(views, views.backward, replace(shown, x=shown.x[:1]), chosen=kind)
    dy = scene.grid("dy").values
    assert scene.start < scene.steps
    if kind != "many":
        assert dy.flat[scene.start] == 1, "it opens where a 1 is handed on"
    x = torch.tensor(shown.x[:1], dtype=torch.float64, requires_grad=True)
    pool = shown.pool
    options = {"stride": pool.stride, "padding": pool.padding, "ceil_mode": pool.ceil_mode}
    if pool.kind == "max":
        y = functional.max_pool2d(x, pool.kernel, **options)
    else:
        counted = pool.count_include_pad
        y = functional.avg_pool2d(x, pool.kernel, **options, count_include_pad=counted)
    y.backward(torch.tensor(dy, dtype=torch.float64))
    np.testing.assert_allclose(finished(scene)["dx"], x.grad.numpy(), atol=1e-6)


@sampled
def test_ties_are_counted_window_by_window(shown) -> None:
    shown = replace(shown, pool=replace(shown.pool, kind="max"))
    pool, found = shown.pool, 0
    for plane, row, column in product(*map(range, shown.y.shape)):
        top, left = (
            row * pool.stride[0] - pool.padding[0],
            column * pool.stride[1] - pool.padding[1],
        )
        inside = [
            shown.x[plane, i, j]
            for i in range(max(0, top), min(shown.x.shape[1], top + pool.kernel[0]))
            for j in range(max(0, left), min(shown.x.shape[2], left + pool.kernel[1]))
        ]
        found += inside.count(max(inside)) > 1
    assert views.ties(shown) == found


def test_most_windows_of_a_digit_tie_and_none_of_the_example(staged) -> None:
    assert staged(views, views.backward, OPENING, chosen="one")[1] == {"ties": 0, "windows": 4}
    assert views.ties(replace(OPENING, x=DIGIT)) > 196 / 2


# ---- the average as a convolution, and ReLU


@sampled
def test_the_average_is_a_convolution_and_the_maximum_is_not(staged, shown) -> None:
    pool = replace(shown.pool, ceil_mode=False, count_include_pad=True)
    try:
        average, largest = compare.from_convolution(shown.x[:1], pool)
    except InvalidInput:
        assume(False)
    taps = pool.kernel[0] * pool.kernel[1]
    x = torch.tensor(shown.x[:1, None], dtype=torch.float64)
    weight = torch.full((1, 1, *pool.kernel), 1 / taps, dtype=torch.float64)
    convolved = functional.conv2d(x, weight, None, pool.stride, pool.padding)[:, 0].numpy()
    maxima = torch_pooled(shown.x[:1], replace(pool, kind="max"))
    assert average < 1e-5
    assert largest == pytest.approx(np.abs(maxima - convolved).max(), abs=1e-5)
    scene, said = staged(compare, compare.convolution, replace(shown, x=shown.x[:1], pool=pool))
    np.testing.assert_allclose(finished(scene)["average"], convolved, atol=1e-5)
    assert said["cells"] == taps


def test_in_the_example_the_average_is_the_convolution_to_the_last_bit(staged) -> None:
    _, said = staged(compare, compare.convolution, OPENING)
    assert said == {"cells": 4, "average": "0", "max": "7"}  # 14 against (6 − 2 + 10 + 14)/4 = 7


@pytest.mark.parametrize(
    ("changes", "beyond"),
    [
        ({}, False),
        ({"padding": (1, 1)}, False),
        ({"ceil_mode": True}, True),
        ({"kind": "average", "padding": (1, 0), "count_include_pad": False}, True),
        ({"kind": "average", "count_include_pad": False}, False),  # nothing is there to count
        ({"kind": "max", "padding": (1, 0), "count_include_pad": False}, False),
    ],
)
def test_what_a_convolution_cannot_do_is_said(changes, beyond) -> None:
    assert compare.beyond_convolution(replace(OPENING.pool, **changes)) == beyond


@sampled
def test_relu_and_the_maximum_commute(staged, shown) -> None:
    one = replace(shown, x=shown.x[:1])
    scene, said = staged(compare, compare.with_relu, one)
    x = scene.grid("input").values if not any(shown.pool.padding) else None
    assert said["max"] == "0"
    given, taken = compare.with_negatives(one.x)
    assert x is None or np.array_equal(x, given)
    np.testing.assert_array_equal(one.x, given + np.float32(taken))
    rectified = torch_pooled(np.maximum(given, 0), replace(shown.pool, kind="average"))
    after = np.maximum(torch_pooled(given, replace(shown.pool, kind="average")), 0)
    expected = np.abs(rectified - after).max()
    average = replace(shown.pool, kind="average")
    assert compare.from_order(given, average) == pytest.approx(expected, abs=1e-5)


def test_relu_and_the_average_of_the_example(staged) -> None:
    # Windows with a negative number: (9 + 0 + 3 + 13)/4 − 6 = 0.25, (7 + 0 + 0 + 4)/4 − 2 = 0.75,
    # (6 + 0 + 10 + 14)/4 − 7 = 0.5.
    _, said = staged(compare, compare.with_relu, OPENING)
    assert (said["max"], said["average"], said["mean"]) == ("0", "0.75", "0")


def test_without_negative_numbers_the_mean_is_taken_off() -> None:
    x, taken = compare.with_negatives(np.array([[[1, 2, 6]]], np.float32))
    assert (x.tolist(), taken) == ([[[-2, -1, 3]]], 3)
    x, taken = compare.with_negatives(np.array([[[0, 0.5]]], np.float32))
    assert (x.tolist(), taken) == ([[[-0.25, 0.25]]], 0.25), "a mean that rounds to 0 stays"
    x, taken = compare.with_negatives(np.zeros((1, 2, 2), np.float32))
    assert not x.any()
    assert taken == 0


# ---- shift and noise


def numbers(staged, shown: Setting, shift: tuple[int, int] | None = None, **query: int):
    """The picture on the stage, changed, and the table's numbers: per cent, as they are said."""
    tables: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        sliders = {"shift_down": 0, "shift_across": 0, "noise": 0, **query}
        if shift is not None:
            sliders |= {"shift_down": shift[0], "shift_across": shift[1]}
        patch.setattr(moved, "_slider", sliders.__getitem__)
        patch.setattr(moved.st, "markdown", tables.append)
        patch.setattr(rule, "show", lambda _: None)
        scene, said = staged(
            moved, moved.view, shown, 0, 3, chosen="noise" if shift is None else "shift"
        )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in tables[0].split("\n")]
    return scene, said, [row[1:] for row in rows[2:]]


def brute_shift(x: np.ndarray, shift: tuple[int, int]) -> np.ndarray:
    """Every cell from where it came; from beyond the edge, the edge."""
    _, height, width = x.shape
    y = np.empty_like(x)
    for row, column in product(range(height), range(width)):
        source = np.clip(row - shift[0], 0, height - 1), np.clip(column - shift[1], 0, width - 1)
        y[0, row, column] = x[0, source[0], source[1]]
    return y


@pytest.mark.parametrize("shift", [(0, 0), (0, 1), (2, -2), (-6, 6), (3, 0)])
def test_the_picture_is_moved_by_so_many_cells(staged, shift) -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (1, 9, 12)).astype(np.float32)
    np.testing.assert_array_equal(moved.moved_by(x, shift), brute_shift(x, shift))
    scene, _, _ = numbers(staged, replace(OPENING, name="digit", x=DIGIT), shift)
    np.testing.assert_array_equal(scene.grid("changed").values, brute_shift(DIGIT, shift))
    assert scene.grid("changed").drag == shift
    assert scene.grid("original").drag is None


def percent(before: np.ndarray, after: np.ndarray) -> str:
    before, after = before.astype(np.float64), after.astype(np.float64)
    return moved.percent(float(np.abs(after - before).sum() / np.abs(before).sum()))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("shift", [(0, 1), (0, 2), (1, 1), (2, -2), (4, 0)])
def test_by_how_much_a_shift_changes_the_maps(staged, kind, shift) -> None:
    shown = Setting("digit", DIGIT, Pool(kind, (2, 2), (2, 2)))
    _, _, (changed, left) = numbers(staged, shown, shift)
    emboss = torch.tensor([[[[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]]], dtype=torch.float64)
    pictures = DIGIT, brute_shift(DIGIT, shift)
    maps = [
        functional.conv2d(torch.tensor(x[None], dtype=torch.float64), emboss)[0].numpy()
        for x in pictures
    ]
    ends = [torch_pooled(x, shown.pool) for x in maps]
    assert changed == [percent(*pair) for pair in (pictures, maps, ends)]
    assert left[:2] == ["0 %", "0 %"], "the convolution is equivariant"
    if all(by % 2 == 0 for by in shift):
        assert left[2] == "0 %", "by whole strides pooling is, too"
    else:
        assert left[2] not in ("0 %", changed[2])
        assert float(left[2].removesuffix(" %")) > 10


@pytest.mark.parametrize("kind", ["max", "average"])
def test_global_pooling_is_nearly_invariant(staged, kind) -> None:
    shown = Setting("digit", DIGIT, pool_of(kind, (28, 28)), whole=True)
    scene, said, rows = numbers(staged, shown, (0, 3))
    assert scene.grid("pool_after").shape == (1, 1, 1)
    assert [row[2] for row in rows] == ["0 %"], "nothing left the picture"
    assert said["before"] == said["after"]
    _, said, rows = numbers(staged, shown, (-6, 6))
    assert kind == "max" or rows[0][2] != "0 %", "ink that left is missing in the mean"


def test_noise_is_that_share_of_the_largest_number(staged) -> None:
    x = moved.with_noise(np.full((1, 200, 200), 50, np.float32), 0.1, 0)
    assert x.dtype == np.float32
    assert x.std() == pytest.approx(5, rel=0.02)
    assert x.mean() == pytest.approx(50, abs=0.1)
    shown = replace(OPENING, name="digit", x=DIGIT)
    scene, _, rows = numbers(staged, shown, noise=20)
    expected = moved.with_noise(DIGIT, 0.2, 3)
    np.testing.assert_array_equal(scene.grid("changed").values, expected)
    assert scene.grid("changed").drag is None
    assert len(rows) == 1
    assert rows[0][0] == percent(DIGIT, expected)
    assert numbers(staged, shown, noise=0)[2] == [["0 %"] * 4]


def test_an_average_evens_noise_out_and_a_maximum_does_not(staged) -> None:
    found = []
    for kind in ("max", "average"):  # whichever is chosen, both stand in the table
        shown = Setting("digit", DIGIT, Pool(kind, (2, 2), (2, 2)))
        scene, _, (row,) = numbers(staged, shown, noise=10)
        ends = (scene.grid(f"pool_{name}").values for name in ("before", "after"))
        assert row[{"max": 2, "average": 3}[kind]] == percent(*ends)
        found.append(row)
    assert found[0] == found[1]
    convolved, largest, mean = (float(cell.removesuffix(" %")) for cell in found[0][1:])
    assert mean < convolved < largest


@pytest.mark.parametrize(
    ("fraction", "said"),
    [(0, "0 %"), (4e-4, "0 %"), (6e-4, "0.1 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (inf, "∞")],
)
def test_a_change_in_per_cent(fraction, said) -> None:
    assert moved.percent(fraction) == said


@pytest.mark.parametrize("name", ["digit", "photo-chelsea", "upload"])
def test_a_picture_is_what_is_tested_if_there_is_one(name) -> None:
    shown = replace(OPENING, name=name)
    assert picture(shown, 7).x is shown.x


@pytest.mark.parametrize("name", ["distinct", "random", "own", "map"])
def test_else_a_digit_is(name) -> None:
    found = picture(replace(OPENING, name=name), 7)
    assert found.name == "digit"
    np.testing.assert_array_equal(found.x[0], mnist.load("test").images[7])
    assert picture(replace(OPENING, name=name), 7, "photo").name.startswith("photo-")


# ---- what is kept


def test_all_test_digits_keep_their_ink_in_one_polarity_only() -> None:
    images = mnist.load("test").images
    blocks = images.reshape(-1, 7, 4, 7, 4)
    ink, white, black = kept.all_digits()
    assert ink == pytest.approx(images.mean(dtype=np.float64) / 255, abs=1e-6)
    assert white == pytest.approx(blocks.max((2, 4)).mean(dtype=np.float64) / 255, abs=1e-6)
    assert black == pytest.approx(blocks.min((2, 4)).mean(dtype=np.float64) / 255, abs=1e-6)
    assert [f"{n:.4f}" for n in (ink, white, black)] == ["0.1325", "0.3207", "0.0065"]


@pytest.mark.parametrize("polarity", ["stored", "inverted"])
def test_one_picture_under_larger_and_larger_windows(staged, polarity) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons_of(kept), "prose", lambda *_, **__: "")
        patch.setattr(lessons_of(kept), "rule", lambda _: None)
        shown = replace(OPENING, name="digit", x=DIGIT)
        scene, said = staged(kept, kept.view, shown, 0, chosen=polarity)
    x = DIGIT.astype(np.float64)
    x = 255 - x if polarity == "inverted" else x
    blocks = {n: x.reshape(28 // n, n, 28 // n, n) for n in (2, 4, 7)}
    means = {n: one_decimal(b.max((1, 3))) for n, b in blocks.items()}
    assert said["maxima"] == ", ".join(means.values())
    assert said["averages"] == ", ".join([one_decimal(x)] * 3)
    assert said["input"] == one_decimal(x)
    if polarity == "stored":  # nothing in between is rounded to the largest
        assert (said["input"], said["maxima"]) == ("23.5", "36.5, 69.2, 114.8")
    for n, block in blocks.items():
        np.testing.assert_allclose(finished(scene)[f"max_{n}"][0], block.max((1, 3)), atol=1e-6)
        np.testing.assert_allclose(
            finished(scene)[f"average_{n}"][0], block.mean((1, 3)), atol=1e-6
        )


def one_decimal(x: np.ndarray) -> str:
    return f"{x.mean():.1f}".removesuffix(".0")


def lessons_of(module):
    return module.lesson


# ---- the rule


@settings(deadline=None, max_examples=200)
@given(shown=layers())
def test_the_rule_comes_to_what_pytorch_makes(shown) -> None:
    height, width = torch_pooled(shown.x, shown.pool).shape[1:]
    for axis, size in enumerate((height, width)):
        assert worked_out(rule.size_formula(shown, axis)) == size
        assert not rule.is_cut(shown, axis) or shown.pool.ceil_mode


@pytest.mark.parametrize(
    ("size", "pool", "said"),
    [
        ((4, 4), {}, []),
        ((5, 4), {}, ["the last row is never read"]),
        ((5, 5), {"ceil_mode": True}, []),
        ((5, 5), {"stride": (3, 3)}, ["row 3 and column 3 are never read"]),
        (
            (5, 5),
            {"kernel": (3, 2), "stride": (3, 3), "padding": (1, 0)},
            ["column 3 is never read", "of the padding, 1 row is never read"],
        ),
    ],
)
@pytest.mark.parametrize("kind", ["max", "average"])
def test_what_is_never_read_is_named(kind, size, pool, said) -> None:
    given = replace(Pool(kind, (2, 2), (2, 2)), **pool)
    shown = Setting("random", np.zeros((1, *size), np.float32), given)
    assert [str(remark) for remark in rule.unread(shown)] == said


@sampled
def test_as_much_is_named_as_pytorchs_average_leaves_without_a_gradient(shown) -> None:
    x = torch.tensor(shown.x[:1], dtype=torch.float64, requires_grad=True)
    pool = shown.pool
    functional.avg_pool2d(
        x, pool.kernel, pool.stride, pool.padding, pool.ceil_mode
    ).sum().backward()
    within = [str(one) for one in rule.unread(shown) if not str(one).startswith("of the padding")]
    assert bool(within) == bool((x.grad == 0).any())


def worked_out(formula: str) -> int:
    """⌊(n + 2·p − k)/s⌋ + 1, or rounded up, or 1 less, by a pencil."""
    up = formula.startswith("⌈")
    inside, _, rest = formula[1:].partition("⌉" if up else "⌋")
    over, _, stride = inside.replace("(", "").replace(")", "").partition("/")
    size, _, padding, _, kernel = over.replace("2·", "").split(" ")
    exact = Fraction(int(size) + 2 * int(padding) - int(kernel), int(stride))
    rounded = -(-exact.numerator // exact.denominator) if up else exact // 1
    return rounded + {" + 1": 1, " + 1 − 1": 0}[rest]


@pytest.mark.parametrize(
    ("shape", "parameters"),
    [((1, 4, 4), 170), ((1, 2, 2), 50), ((3, 28, 28), 23530), ((2, 1, 1), 30)],
)
def test_a_dense_layer_that_follows(shape, parameters) -> None:
    assert rule.dense(shape) == parameters
    layer = torch.nn.Linear(int(np.prod(shape)), 10)
    assert sum(p.numel() for p in layer.parameters()) == parameters
