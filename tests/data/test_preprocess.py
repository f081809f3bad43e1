"""Pictures of digits become digits like MNIST's; MNIST's own come back nearly as they were."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from cnnlab.data.mnist import load
from cnnlab.data.preprocess import Steps, as_digit, centre_of_mass, standardised
from cnnlab.message import InvalidInput

TEST = load("test")
SOME = np.random.default_rng(0).choice(len(TEST.labels), 120, replace=False)
DIGITS, LABELS = TEST.images[SOME], TEST.labels[SOME]


def test_the_training_images_have_mean_0_and_standard_deviation_1() -> None:
    x = standardised(load("train").images)
    assert x.shape == (60_000, 1, 28, 28)
    assert x.dtype == np.float32
    assert abs(x.mean(dtype=float)) < 1e-4
    assert abs(x.std(dtype=float) - 1) < 1e-4


def test_every_level_is_scaled_by_the_published_numbers() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    expected = (levels / 255 - 0.13066) / 0.30811
    np.testing.assert_allclose(standardised(levels)[:, 0], expected, rtol=0, atol=1e-6)


def enlarged(digit: np.ndarray, times: int) -> np.ndarray:
    return np.kron(digit, np.ones((times, times), np.uint8))


def shifted(digit: np.ndarray) -> np.ndarray:
    return np.pad(digit, ((3, 90), (120, 1)))


def smooth(digit: np.ndarray) -> np.ndarray:
    return np.array(Image.fromarray(digit).resize((150, 150), Image.Resampling.BICUBIC))


def photographed(digit: np.ndarray) -> np.ndarray:
    """In pencil on grey paper under a lamp, the camera's noise over it, and a few specks."""
    rng = np.random.default_rng(int(digit.sum()))
    ink = np.pad(smooth(digit), ((60, 30), (20, 90))) / 255
    y, x = np.mgrid[0 : 1 : ink.shape[0] * 1j, 0 : 1 : ink.shape[1] * 1j]
    paper = 150 + 50 * x - 30 * y - 40 * ((x - 0.3) ** 2 + (y - 0.6) ** 2)
    grey = paper - 90 * ink + rng.normal(0, 3, ink.shape)
    for row, column in rng.integers(5, 230, (6, 2)):
        grey[row : row + 2, column : column + 2] -= 70
    return np.clip(grey, 0, 255).astype(np.uint8)


WAYS = {
    "as it is": (lambda digit: digit, 0.9),
    "ten times as large": (lambda digit: enlarged(digit, 10), 0.9),
    "shifted": (lambda digit: shifted(enlarged(digit, 7)), 0.9),
    "ink on paper": (lambda digit: 255 - shifted(digit), 0.9),
    "pale": (lambda digit: (200 - digit * 0.4).astype(np.uint8), 1.3),
    "red on white": (lambda digit: np.dstack([digit | 255, 255 - digit, 255 - digit]), 0.9),
    "reduced again": (lambda digit: enlarged(digit, 23), 2.5),
    "smoothly enlarged": (smooth, 10.0),
    "photographed": (photographed, 10.0),
}


@pytest.fixture(scope="module")
def classifier():
    """The least-squares line through the labels of 10,000 training digits."""
    train = load("train")
    x = train.images[:10_000].reshape(10_000, -1) / 255.0
    weight = np.linalg.solve(x.T @ x + 50 * np.eye(784), x.T @ np.eye(10)[train.labels[:10_000]])
    return lambda digits: (digits.reshape(len(digits), -1) / 255.0 @ weight).argmax(axis=1)


@pytest.mark.parametrize("way", WAYS)
def test_mnist_comes_back(way: str, classifier) -> None:
    changed, most = WAYS[way]
    back = np.stack([as_digit(changed(digit)).digit for digit in DIGITS])
    assert np.abs(back.astype(int) - DIGITS).mean() < most
    before, after = (np.mean(classifier(digits) == LABELS) for digits in (DIGITS, back))
    assert before > 0.75
    assert after >= before - 0.04


def test_most_digits_come_back_to_the_pixel() -> None:
    """But for ink so faint that it may be the paper's."""
    back = np.stack([as_digit(digit).digit for digit in DIGITS])
    seen = np.abs(back.astype(int) - DIGITS).max(axis=(1, 2)) <= 16
    assert seen.mean() > 0.9


def drawn(*lines: tuple[int, ...], side: int = 112, width: int = 8) -> np.ndarray:
    picture = Image.new("L", (side, side), 255)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=0, width=width)
    return np.array(picture)


SEVEN = drawn((20, 30, 80, 30), (80, 30, 45, 100))


def held(steps: Steps) -> None:
    """What is so of every picture."""
    top, left, bottom, right = steps.box
    rows, columns = np.nonzero(steps.ink)
    assert (top, left, bottom, right) == (
        rows.min(),
        columns.min(),
        rows.max() + 1,
        columns.max() + 1,
    )
    assert steps.grey.shape == steps.ink.shape
    assert np.array_equal(steps.cropped, steps.ink[top:bottom, left:right])
    assert steps.boxed.shape == (20, 20)
    assert steps.digit.shape == (28, 28)
    assert {steps.grey.dtype, steps.ink.dtype, steps.boxed.dtype, steps.digit.dtype} == {
        np.dtype(np.uint8)
    }
    assert steps.boxed.max() == steps.digit.max() == 255
    assert np.array_equal(
        np.sort(steps.boxed[steps.boxed > 0]), np.sort(steps.digit[steps.digit > 0])
    )
    assert steps.mass == centre_of_mass(steps.digit)
    assert steps.mass_before == centre_of_mass(np.pad(steps.boxed, 4))


def test_each_step_of_a_drawn_seven() -> None:
    steps = as_digit(SEVEN)
    held(steps)
    assert not steps.lighter
    assert np.array_equal(steps.ink, 255 - SEVEN)
    height, width = steps.cropped.shape
    filled = np.flatnonzero(steps.boxed.any(0))
    assert steps.boxed.any(1).all()  # taller than wide: all 20 rows, and as many columns as
    assert filled[-1] - filled[0] + 1 == round(20 * width / height)  # keep its proportions
    assert all(13.5 <= mass < 14.5 for mass in steps.mass)
    assert steps.mass_before[0] < 13  # a 7 has its ink above


def test_light_ink_is_told_by_the_border() -> None:
    steps = as_digit(255 - SEVEN)
    assert steps.lighter
    assert np.array_equal(steps.digit, as_digit(SEVEN).digit)


@pytest.mark.parametrize("ink", [(220, 0, 0), (255, 230, 0), (0, 90, 255), (120, 120, 120)])
@pytest.mark.parametrize("paper", [(255, 255, 255), (20, 60, 40), (250, 240, 200)])
def test_ink_of_any_colour_on_any_paper(ink: tuple[int, ...], paper: tuple[int, ...]) -> None:
    share = (255 - SEVEN[..., None]) / 255
    picture = np.rint(share * np.array(ink) + (1 - share) * np.array(paper)).astype(np.uint8)
    assert np.abs(as_digit(picture).digit.astype(int) - as_digit(SEVEN).digit).mean() < 1


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(112, 112), (1, 1), (1, 50), (30, 20, 3)])
def test_empty_paper_is_refused(value: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="nothing is drawn"):
        as_digit(np.full(shape, value, np.uint8))


@pytest.mark.parametrize("seed", range(5))
def test_the_grain_of_empty_paper_is_no_digit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    paper = 170 + 30 * x - 50 * y * y + rng.normal(0, 5, x.shape)
    with pytest.raises(InvalidInput, match="nothing is drawn"):
        as_digit(np.clip(paper, 0, 255).astype(np.uint8))


def test_specks_are_left_out_and_separate_strokes_kept() -> None:
    five = drawn((30, 30, 80, 30), (30, 45, 30, 60), (30, 60, 75, 75), (75, 75, 35, 95))
    speckled = five.copy()
    speckled[3:5, 100:102] = 0
    speckled[108, 4] = 0
    assert np.array_equal(as_digit(speckled).ink, as_digit(five).ink)
    assert as_digit(five).ink[30, 50] == 255  # the bar, which touches nothing


def test_the_table_beside_the_paper_is_left_out() -> None:
    beside = SEVEN.copy()
    beside[:, 100:] = 0  # as dark as the ink
    beside[104:] = 0
    assert as_digit(beside).box == as_digit(SEVEN).box


def test_a_stroke_that_touches_the_edge_is_kept() -> None:
    steps = as_digit(drawn((56, 0, 56, 111)))
    assert steps.box[0] == 0
    assert steps.box[2] == 112
    lying = as_digit(drawn((3, 0, 3, 111), (60, 50, 62, 50)))  # all along the edge, but the digit
    assert lying.box[2] - lying.box[0] == 112


@pytest.mark.parametrize("side", [28, 112, 500, 2000])
def test_a_line_of_one_pixel_is_dark_enough_to_be_read(side: int) -> None:
    steps = as_digit(drawn((side // 2, side // 5, side // 3, 4 * side // 5), side=side, width=1))
    held(steps)
    assert steps.boxed.max(axis=1).min() > 60  # no row without ink


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2), (3, 400), (1000, 2)])
def test_pictures_of_any_shape(shape: tuple[int, int]) -> None:
    picture = np.full(shape, 255, np.uint8)
    picture[shape[0] // 2, shape[1] // 2] = 0
    held(as_digit(picture))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_blot_anywhere_on_any_paper(data: st.DataObject) -> None:
    rows, columns = (data.draw(st.integers(8, 90)) for _ in range(2))
    height, width = (data.draw(st.integers(1, n // 2)) for n in (rows, columns))
    top, left = (data.draw(st.integers(0, n - m)) for n, m in ((rows, height), (columns, width)))
    paper, ink = data.draw(st.integers(0, 255)), data.draw(st.integers(0, 255))
    assume(abs(paper - ink) > 12)
    assume(top > 0 or left > 0 or (height < rows / 3 and width < columns / 3))
    picture = np.full((rows, columns), paper, np.uint8)
    picture[top : top + height, left : left + width] = ink
    steps = as_digit(picture)
    held(steps)
    assert steps.box == (top, left, top + height, left + width)
    assert steps.lighter == (ink > paper)
    longer = max(height, width)
    assert np.count_nonzero(steps.boxed.any(1)) == max(1, round(20 * height / longer))
    assert np.count_nonzero(steps.boxed.any(0)) == max(1, round(20 * width / longer))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    colour=st.booleans(),
)
def test_noise_is_read_or_refused(seed: int, rows: int, columns: int, colour: bool) -> None:
    rng = np.random.default_rng(seed)
    shape = (rows, columns, 3) if colour else (rows, columns)
    with suppress(InvalidInput):
        held(as_digit(rng.integers(0, 256, shape, np.uint8)))
