"""Every input that can be chosen: the numbers that are loaded, the remark, and each refusal."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnlab.data import mnist
from cnnlab.data.photos import photo
from cnnlab.data.shrink import shrink, to_planes
from cnnlab.engine import WORKED_EXAMPLES
from cnnlab.message import InvalidInput
from cnnlab.ui import source

PLAIN = source.Choice(
    slug="random",
    size=(6, 6),
    channels=1,
    seed=0,
    digit=0,
    upload=None,
    values="1 2 / 3 4",
    edits="",
)


@pytest.fixture(autouse=True)
def session(monkeypatch) -> dict:
    """The visitor's session, without a server."""
    state: dict = {}
    monkeypatch.setattr(source.st, "session_state", state)
    return state


def picture(*shape: int) -> tuple[np.ndarray, bytes]:
    """Random pixels, and a PNG of them."""
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return pixels, file.getvalue()


def refused(choice: source.Choice) -> str:
    with pytest.raises(InvalidInput) as caught:
        source.load(choice)
    return str(caught.value)


@pytest.mark.parametrize("slug", source.LABELS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_option_gives_numbers_that_the_stage_can_show(slug: str, channels: int) -> None:
    upload = picture(50, 70, 3)[1]
    loaded = source.load(replace(PLAIN, slug=slug, channels=channels, upload=upload))
    assert loaded.slug == slug
    assert loaded.x.dtype == np.float32
    assert loaded.x.ndim == 3
    assert max(loaded.x.shape[1:]) <= source.SIDE
    if slug not in {*source.EXAMPLES, "own", "distinct", "map"}:
        assert len(loaded.x) == channels
        assert len(np.unique(loaded.x)) > 5


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example.name)
def test_the_worked_examples_stay_as_the_texts_have_them(example) -> None:
    choice = replace(PLAIN, slug=example.name, size=9, channels=4, seed=5, digit=3)
    np.testing.assert_array_equal(source.load(choice).x, example.x[0])


# ---- random numbers


@settings(deadline=None)
@given(size=st.integers(3, 32), channels=st.integers(1, 4), seed=st.integers(0, 9999))
def test_random_numbers_are_the_same_for_a_seed_and_grow_at_the_end(size, channels, seed) -> None:
    x = source.load(replace(PLAIN, size=(size, size), channels=channels, seed=seed)).x
    largest = source.load(replace(PLAIN, size=(32, 32), channels=4, seed=seed)).x
    assert x.shape == (channels, size, size)
    np.testing.assert_array_equal(x, largest[:channels, :size, :size])
    assert set(np.unique(largest)) == set(range(10))


def test_another_seed_gives_other_numbers() -> None:
    first, second = (source.load(replace(PLAIN, seed=seed)).x for seed in (1, 2))
    assert (first != second).any()


# ---- digits and pictures


def test_a_digit_is_the_one_of_that_number() -> None:
    digits = mnist.load("test")
    loaded = source.load(replace(PLAIN, slug="digit", digit=4, channels=3))
    for plane in loaded.x:
        np.testing.assert_array_equal(plane, digits.images[4])
    assert str(loaded.note) == f"Test image 4 of MNIST, a {digits.labels[4]}."


@pytest.mark.parametrize("slug", ["digit", "photo-chelsea", "upload"])
@pytest.mark.parametrize("channels", [2, 4])
def test_pictures_have_one_or_three_channels(slug: str, channels: int) -> None:
    choice = replace(PLAIN, slug=slug, channels=channels, upload=picture(4, 4)[1])
    assert refused(choice) == f"an image has 1 or 3 channels, not {channels}"


def test_a_photograph_is_averaged_down_and_says_so() -> None:
    pixels = photo("chelsea")
    loaded = source.load(replace(PLAIN, slug="photo-chelsea", channels=3))
    np.testing.assert_array_equal(loaded.x, to_planes(shrink(pixels, 32), 3))
    height, width = pixels.shape[:2]
    rows, columns = loaded.x.shape[1:]
    assert str(loaded.note) == (
        f"A picture of {width}×{height} pixels, averaged down to {columns}×{rows} so that it can "
        "be read."
    )


def test_an_upload_is_averaged_down_and_says_so() -> None:
    pixels, data = picture(40, 100, 3)
    loaded = source.load(replace(PLAIN, slug="upload", channels=3, upload=data))
    np.testing.assert_array_equal(loaded.x, np.moveaxis(shrink(pixels, 32), -1, 0))
    assert "100×40 pixels, averaged down to 32×13" in str(loaded.note)


def test_where_the_lesson_sets_the_size_pictures_and_digits_follow_it() -> None:
    data = picture(50, 70, 3)[1]
    fitted = replace(PLAIN, size=(9, 17), upload=data, fitted=True)
    for slug in (slug for slug in source.LABELS if slug.partition("-")[0] in source._PICTURES):
        assert source.load(replace(fitted, slug=slug)).x.shape == (1, 9, 17)


def test_a_digit_in_a_larger_input_has_its_own_background_around_it() -> None:
    choice = replace(PLAIN, slug="digit", size=(32, 32), fitted=True)
    framed = source.load(choice).x[0]
    np.testing.assert_array_equal(framed[2:30, 2:30], mnist.load("test").images[0])
    assert framed.sum() == mnist.load("test").images[0].sum()


def test_a_feature_map_is_what_sobel_makes_of_the_digit() -> None:
    digit = source.load(replace(PLAIN, slug="digit", digit=5)).x[0]
    edges = source.load(replace(PLAIN, slug="map", digit=5)).x[0] * 255
    around = np.pad(digit, 1)
    columns = around[:-2] + 2 * around[1:-1] + around[2:]
    np.testing.assert_allclose(edges, columns[:, 2:] - columns[:, :-2], atol=1e-3)
    assert edges.min() < 0 < edges.max()


def test_the_example_of_pooling_has_no_two_numbers_alike() -> None:
    x = source.load(replace(PLAIN, slug="distinct")).x
    assert len(np.unique(x)) == x.size == 16


def test_a_small_upload_is_taken_as_it_is() -> None:
    pixels, data = picture(7, 11)
    loaded = source.load(replace(PLAIN, slug="upload", upload=data))
    np.testing.assert_array_equal(loaded.x, pixels[None])
    assert str(loaded.note) == "A picture of 11×7 pixels."


def test_an_upload_is_decoded_once_and_only_its_small_picture_is_kept(session, monkeypatch) -> None:
    decoded = []

    def decode(data: bytes, max_side: int):
        decoded.append(data)
        return picture(max_side, max_side, 3)[0], (99, 99)

    monkeypatch.setattr(source, "decode_sized", decode)
    choice = replace(PLAIN, slug="upload", upload=b"one")
    for data in (b"one", b"one", b"two", b"two"):
        source.load(replace(choice, upload=data))
    assert decoded == [b"one", b"two"]
    arrays = [part for kept in session.values() for part in kept[1] if hasattr(part, "nbytes")]
    assert sum(array.nbytes for array in arrays) <= 3 * (4 * source.SIDE) ** 2


def test_uploads_that_are_no_picture_are_told_in_a_sentence() -> None:
    choice = replace(PLAIN, slug="upload")
    assert refused(choice) == "choose a picture under “More”"
    assert refused(replace(choice, upload=b"")) == "the file is empty; choose a picture"
    assert refused(replace(choice, upload=b"no picture")).startswith("this file is not a picture")
    cut = picture(40, 40)[1][:200]
    assert refused(replace(choice, upload=cut)).startswith("this PNG picture is cut off")
    huge = io.BytesIO()
    Image.new("1", (60_000, 1000)).save(huge, "PNG")
    assert refused(replace(choice, upload=huge.getvalue())).startswith("the picture has more than")
    heavy = picture(3, 3)[1] + bytes(20_000_000)
    assert refused(replace(choice, upload=heavy)).startswith("the file has 20.0 MB")


# ---- one's own numbers


def test_own_numbers_may_be_of_any_size_up_to_the_stages() -> None:
    own = replace(PLAIN, slug="own", values="1 2 3 / 4 5 6 | 7 8 9 / 0 1 2")
    np.testing.assert_array_equal(
        source.load(own).x, [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 1, 2]]]
    )
    assert source.load(replace(own, values=" / ".join(["1 " * 32] * 32))).x.shape == (1, 32, 32)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("one two", "“one” is not a number: write digits, such as −1 or 0.5"),
        ("", "there are no numbers: write them separated by spaces, rows by /"),
        ("1 ; 2", "an input has planes (|), but no filters (;)"),
        ("1 " * 33, "an input of 1×33 is too large to be read: at most 32×32"),
        ("1 / " * 33, "an input of 33×1 is too large to be read: at most 32×32"),
    ],
)
def test_own_numbers_that_cannot_be_shown(values: str, sentence: str) -> None:
    assert refused(replace(PLAIN, slug="own", values=values)) == sentence


# ---- edits


@pytest.mark.parametrize("slug", ["one_channel", "three_channels", "random", "digit", "own"])
def test_an_edit_reaches_exactly_its_cell(slug: str) -> None:
    choice = replace(PLAIN, slug=slug, values="1 2 / 3 4 | 5 6 / 7 8", channels=3)
    before = source.load(choice).x.copy()
    for cell in ((0, 0, 0), tuple(n - 1 for n in before.shape)):
        after = source.load(replace(choice, edits=source.edited(choice, cell, " −2.5 "))).x
        assert after[cell] == -2.5
        assert [tuple(at) for at in np.argwhere(after != before)] == [cell]
        np.testing.assert_array_equal(source.load(choice).x, before)


def test_edits_add_up_and_the_last_of_a_cell_counts() -> None:
    choice = PLAIN
    for cell, text in (((0, 1, 2), "7"), ((0, 0, 0), "8"), ((0, 1, 2), "-9")):
        choice = replace(choice, edits=source.edited(choice, cell, text))
    assert choice.edits == "1,2,3=-9; 1,1,1=8"
    assert source.load(choice).x[0, 1, 2] == -9


def test_an_edit_outside_a_smaller_input_waits_for_a_larger_one() -> None:
    choice = replace(PLAIN, edits="1,6,6=55", size=(5, 5))
    np.testing.assert_array_equal(source.load(choice).x, source.load(replace(choice, edits="")).x)
    assert source.load(replace(choice, size=(6, 6))).x[0, 5, 5] == 55


def test_letters_in_an_edit_are_told_in_a_sentence() -> None:
    for typed in ("abc", "", "1 2", "nan", "1e9"):
        with pytest.raises(InvalidInput):
            source.edited(PLAIN, (0, 0, 0), typed)
    assert refused(replace(PLAIN, edits="1,1,1=x")).startswith("“x” is not a number")
    assert refused(replace(PLAIN, edits="row 1 = 5")).startswith("“row 1 = 5” is not a change")
