import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.data.shrink import shrink, to_planes
from cnnlab.message import InvalidInput


def random_pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_an_exact_factor_is_the_mean_of_each_block() -> None:
    pixels = random_pixels(64, 96, 3)
    blocks = pixels.reshape(16, 4, 24, 4, 3).mean((1, 3))
    assert np.abs(shrink(pixels, 24) - blocks).max() <= 0.51 + 0.5  # rounded twice, by axis


@settings(deadline=None)
@given(
    height=st.integers(1, 200),
    width=st.integers(1, 200),
    side=st.integers(1, 64),
    colour=st.booleans(),
)
def test_size(height: int, width: int, side: int, colour: bool) -> None:
    pixels = np.full((height, width, 3) if colour else (height, width), 200, np.uint8)
    small = shrink(pixels, side)
    assert small.ndim == pixels.ndim
    assert small.dtype == np.uint8
    assert (small == 200).all()
    rows, columns = small.shape[:2]
    scale = min(1, side / max(height, width))
    assert abs(rows - max(1, height * scale)) <= 0.5
    assert abs(columns - max(1, width * scale)) <= 0.5
    assert max(rows, columns) == min(side, max(height, width))


@pytest.mark.parametrize("shape", [(32, 32), (5, 7, 3), (1, 1), (31, 2)])
def test_small_images_are_left_alone(shape: tuple[int, ...]) -> None:
    pixels = random_pixels(*shape)
    np.testing.assert_array_equal(shrink(pixels), pixels)


@pytest.mark.parametrize(
    ("shape", "small"),
    [((1, 50_000), (1, 32)), ((50_000, 1, 3), (32, 1, 3)), ((3, 7000, 3), (1, 32, 3))],
)
def test_very_long_images_keep_a_row(shape: tuple[int, ...], small: tuple[int, ...]) -> None:
    assert shrink(random_pixels(*shape)).shape == small


def test_views_and_read_only_arrays_are_taken() -> None:
    pixels = random_pixels(80, 50, 3)
    pixels.flags.writeable = False
    view = pixels[::-1, ::2]
    np.testing.assert_array_equal(shrink(view), shrink(np.ascontiguousarray(view)))


def test_planes_of_colour() -> None:
    pixels = random_pixels(5, 7, 3)
    planes = to_planes(pixels, 3)
    assert planes.shape == (3, 5, 7)
    assert planes.dtype == np.float32
    assert planes.flags.c_contiguous
    assert planes.flags.writeable
    assert planes[2, 3, 4] == pixels[3, 4, 2]
    np.testing.assert_array_equal(to_planes(pixels, 3, unit=True), planes / np.float32(255))


def test_luma_of_the_pure_colours() -> None:
    pure = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert to_planes(pure, 1).tolist() == [[[76, 150, 29, 255]]]


def test_grey_in_colour_layout_keeps_its_values() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    layout = np.stack([grey] * 3, axis=-1)
    np.testing.assert_array_equal(to_planes(layout, 1)[0], grey)
    np.testing.assert_array_equal(to_planes(grey, 1)[0], grey)
    np.testing.assert_array_equal(to_planes(grey, 3), np.stack([grey] * 3))


def test_other_channel_counts_are_refused() -> None:
    with pytest.raises(InvalidInput, match="1 or 3 channels, not 2"):
        to_planes(random_pixels(2, 2, 3), 2)
