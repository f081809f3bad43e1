"""Classical kernels: the well-known 3×3, and what every size has to keep of its meaning."""

import itertools

import numpy as np
import pytest

from cnnlab.engine import KERNEL_NAMES, conv2d, kernel

SIZES = list(itertools.product(range(1, 8), repeat=2))
DERIVATIVES = {"sobel_x", "sobel_y", "laplacian"}


@pytest.mark.parametrize(
    ("name", "rows", "over"),
    [
        ("identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1),
        ("sobel_x", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1),
        ("sobel_y", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1),
        ("laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1),
        ("box_blur", [[1, 1, 1]] * 3, 9),
        ("gaussian_blur", [[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
        ("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1),
        ("ones", [[1, 1, 1]] * 3, 1),
    ],
)
def test_3x3(name, rows, over):
    np.testing.assert_array_equal(kernel(name, 3, 3), (np.array(rows) / over).astype(np.float32))


@pytest.mark.parametrize("name", KERNEL_NAMES)
def test_every_size_has_its_shape_dtype_and_sum(name):
    for height, width in SIZES:
        plane = kernel(name, height, width)
        assert plane.shape == (height, width)
        assert plane.dtype == np.float32
        total = height * width if name == "ones" else int(name not in DERIVATIVES)
        assert plane.sum(dtype=np.float64) == pytest.approx(total, abs=1e-6)


def test_a_derivative_is_there_as_soon_as_it_has_neighbours():
    for height, width in SIZES:
        assert kernel("sobel_x", height, width).any() == (width > 1)
        assert kernel("sobel_y", height, width).any() == (height > 1)
        assert kernel("laplacian", height, width).any() == (max(height, width) > 2)


def test_turning_the_image_turns_the_kernel():
    for height, width in SIZES:
        turned = kernel("sobel_x", width, height).T
        np.testing.assert_array_equal(kernel("sobel_y", height, width), turned)
        for name in set(KERNEL_NAMES) - {"sobel_x", "sobel_y"}:
            turned = kernel(name, width, height).T
            np.testing.assert_array_equal(kernel(name, height, width), turned)


@pytest.mark.parametrize("name", KERNEL_NAMES)
def test_what_it_answers_to_slopes(name):
    """Brighter to the right: Sobel x answers, Sobel y does not; a ramp has no second difference."""
    ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))[None, None]
    for height, width in SIZES:
        if min(height, width) < 3:
            continue
        plane = kernel(name, height, width)
        across, down = (
            conv2d(image, plane[None, None])[0, 0, 0, 0] for image in (ramp, ramp.swapaxes(2, 3))
        )
        if name == "sobel_x":
            assert across > 0 == down
        elif name == "sobel_y":
            assert down > 0 == across
        elif name == "laplacian":
            assert across == down == 0
        elif "blur" in name:  # the mean of a ramp is its middle
            assert (across, down) == pytest.approx(((width - 1) / 2, (height - 1) / 2), rel=1e-6)
        elif name == "ones":
            total = height * width
            assert (across, down) == (total * (width - 1) / 2, total * (height - 1) / 2)
        elif name == "emboss":
            assert across > (width - 1) // 2
            assert down > (height - 1) // 2
        else:  # identity and sharpen leave a ramp as it is
            assert (across, down) == pytest.approx(((width - 1) // 2, (height - 1) // 2), abs=1e-5)
