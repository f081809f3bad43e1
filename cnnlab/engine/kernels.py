"""Kernels that people designed before networks learned theirs, in every size from 1×1 to 7×7."""

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import whole
from cnnlab.message import InvalidInput

KernelName: TypeAlias = Literal[
    "identity",
    "sobel_x",
    "sobel_y",
    "laplacian",
    "box_blur",
    "gaussian_blur",
    "sharpen",
    "emboss",
    "ones",
]

KERNEL_NAMES: tuple[KernelName, ...] = get_args(KernelName)

Plane: TypeAlias = NDArray[np.float64]


def kernel(name: KernelName, height: int, width: int) -> NDArray[np.float32]:
    """The classical kernel ``name`` as float32 (height, width), to be used as it stands (no flip).

    Written for cross-correlation: Sobel x answers positively where it gets brighter to the right,
    Sobel y where it gets brighter downwards. Blurs, sharpen, emboss and identity sum to 1,
    derivatives to 0; ones add up what the window sees. Where a size has no room for what the name
    means (no neighbour to take a difference with), a derivative is all zeros, and sharpen and
    emboss are the identity.

    >>> kernel("sobel_x", 3, 3).tolist()
    [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    >>> kernel("gaussian_blur", 1, 3).tolist()
    [[0.25, 0.5, 0.25]]
    """
    if name not in _MAKERS:
        raise InvalidInput(
            "there is no kernel {kernel}; there are {kernels}",
            kernel=name,
            kernels=", ".join(KERNEL_NAMES),
        )
    return _MAKERS[name](whole("height", height, 1), whole("width", width, 1)).astype(np.float32)


def _identity(height: int, width: int) -> Plane:
    """1 in the middle; an even size has none, so at the upper left of the middle four.

    There "same" padding of PyTorch and TensorFlow, which adds the extra cell at the end, gives
    the image back unmoved.
    """
    plane = np.zeros((height, width))
    plane[(height - 1) // 2, (width - 1) // 2] = 1
    return plane


def _sobel_x(height: int, width: int) -> Plane:
    """Smooth down the columns, differentiate along the rows.

    Source: Sobel & Feldman, "A 3×3 Isotropic Gradient Operator for Image Processing" (1968);
    other sizes as OpenCV's getDerivKernels makes them, not normalised.
    """
    return _outer(_binomial(height), _difference(width))


def _sobel_y(height: int, width: int) -> Plane:
    return _sobel_x(width, height).transpose()


def _laplacian(height: int, width: int) -> Plane:
    """Second differences along both axes, added: 0 1 0 / 1 −4 1 / 0 1 0 at 3×3.

    Larger ones are that one applied to a binomial blur of the size that is left (the Laplacian
    of a Gaussian, not normalised). An axis of fewer than three cells has no second difference.
    Source: Marr & Hildreth, "Theory of edge detection" (1980); Gonzalez & Woods, "Digital Image
    Processing", 4th edition (2018), section 3.6.
    """
    down = _outer(_second_difference(height), _inner_binomial(width))
    across = _outer(_inner_binomial(height), _second_difference(width))
    return down + across


def _box_blur(height: int, width: int) -> Plane:
    return np.full((height, width), 1 / (height * width))


def _gaussian_blur(height: int, width: int) -> Plane:
    """Binomial coefficients in place of the bell curve: 1 2 1 / 2 4 2 / 1 2 1, over 16, at 3×3.

    Source: Burt & Adelson, "The Laplacian Pyramid as a Compact Image Code" (1983), for the idea
    of small integer weights that tend to a Gaussian.
    """
    plane = _outer(_binomial(height), _binomial(width))
    return plane / float(plane.sum())


def _sharpen(height: int, width: int) -> Plane:
    """The image minus its Laplacian: 0 −1 0 / −1 5 −1 / 0 −1 0 at 3×3.

    Source: Gonzalez & Woods (2018), section 3.6.
    """

    def odd(height: int, width: int) -> Plane:
        # what the Laplacian of a larger size was blurred with sums to more than 1
        blur = float(_inner_binomial(height).sum() * _inner_binomial(width).sum())
        return _identity(height, width) - _laplacian(height, width) / blur

    return _around_identity(odd, height, width)


def _emboss(height: int, width: int) -> Plane:
    """The image plus its slope towards the lower right: −2 −1 0 / −1 1 1 / 0 1 2 at 3×3.

    Each weight is its row plus its column, counted from the middle, which fits a plane to the
    window. Source: the emboss matrix in the manual of GIMP, "Convolution Matrix".
    """

    def odd(height: int, width: int) -> Plane:
        rows, columns = np.indices((height, width))
        return _identity(height, width) + (rows - height // 2) + (columns - width // 2)

    return _around_identity(odd, height, width)


def _ones(height: int, width: int) -> Plane:
    return np.ones((height, width))


_MAKERS: dict[KernelName, Callable[[int, int], Plane]] = {
    "identity": _identity,
    "sobel_x": _sobel_x,
    "sobel_y": _sobel_y,
    "laplacian": _laplacian,
    "box_blur": _box_blur,
    "gaussian_blur": _gaussian_blur,
    "sharpen": _sharpen,
    "emboss": _emboss,
    "ones": _ones,
}


def _around_identity(odd: Callable[[int, int], Plane], height: int, width: int) -> Plane:
    """An even size has no middle: the next smaller odd kernel, zeros at the bottom or the right."""
    plane = np.zeros((height, width))
    height, width = (height - 1) // 2 * 2 + 1, (width - 1) // 2 * 2 + 1
    plane[:height, :width] = odd(height, width)
    return plane


def _outer(column: Plane, row: Plane) -> Plane:
    """Every weight is its row's factor times its column's."""
    return column[:, None] * row


def _binomial(n: int) -> Plane:
    """Row n of Pascal's triangle: 1; 1 1; 1 2 1; 1 3 3 1."""
    row = np.ones(1)
    for _ in range(n - 1):
        row = np.convolve(row, [1, 1])
    return row


def _difference(n: int) -> Plane:
    """The binomial of n − 1, differentiated: −1 1; −1 0 1; −1 −1 1 1. One cell has no neighbour."""
    return np.convolve(_binomial(n - 1), [-1, 1]) if n > 1 else np.zeros(1)


def _second_difference(n: int) -> Plane:
    """The binomial of n − 2, differentiated twice: 1 −2 1; 1 −1 −1 1."""
    return np.convolve(_binomial(n - 2), [1, -2, 1]) if n > 2 else np.zeros(n)


def _inner_binomial(n: int) -> Plane:
    """The binomial of n − 2 between two zeros: 0 1 0; 0 1 1 0; too small for that: `_binomial`."""
    return np.pad(_binomial(n - 2), 1) if n > 2 else _binomial(n)
