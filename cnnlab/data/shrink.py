"""From pixels to the few, readable numbers that a lesson shows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.message import InvalidInput

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, section 2.5.1


def shrink(pixels: NDArray[np.uint8], side: int = 32) -> NDArray[np.uint8]:
    """Average an image down to at most `side` × `side`, keeping its proportions.

    `pixels`: uint8 (H, W) or (H, W, 3); the result has as many axes. Never enlarges, and keeps
    at least one row and one column.

    >>> shrink(np.array([[0, 100, 7, 7], [100, 0, 7, 7]], np.uint8), side=2)
    array([[50,  7]], dtype=uint8)
    """
    return np.array(shrunk(Image.fromarray(np.ascontiguousarray(pixels)), side))


def fit(
    pixels: NDArray[np.uint8], rows: int, columns: int, *, background: int | None = None
) -> NDArray[np.uint8]:
    """Average an image down until it just covers `rows` × `columns`, and cut out the middle.

    `pixels`: uint8 (H, W) or (H, W, 3); the result has as many axes. Never enlarges: an image
    that is too small stays so, or with `background` (0 to 255) is set in the middle of it.

    >>> fit(np.array([[0, 100, 7, 7], [100, 0, 7, 7]], np.uint8), 1, 1)
    array([[50]], dtype=uint8)
    >>> fit(np.array([[9]], np.uint8), 2, 3, background=0).tolist()
    [[0, 9, 0], [0, 0, 0]]
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, max(rows / height, columns / width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    covering = np.array(image.resize(size, Image.Resampling.BOX))
    top, left = (max(0, n - m) // 2 for n, m in zip(covering.shape, (rows, columns), strict=False))
    cut = covering[top : top + rows, left : left + columns]
    if background is None:
        return cut
    framed = np.full((rows, columns, *cut.shape[2:]), background, np.uint8)
    top, left = (rows - len(cut)) // 2, (columns - cut.shape[1]) // 2
    framed[top : top + len(cut), left : left + cut.shape[1]] = cut
    return framed


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The same of a Pillow image: a large one is not copied into an array first."""
    scale = side / max(*image.size, side)
    width, height = (max(1, round(n * scale)) for n in image.size)
    return image.resize((width, height), Image.Resampling.BOX)


def to_planes(
    pixels: NDArray[np.uint8], channels: int, *, unit: bool = False
) -> NDArray[np.float32]:
    """Turn uint8 (H, W) or (H, W, 3) into float32 (channels, H, W), with 1 or 3 channels.

    Values are whole numbers from 0 to 255, or with `unit` the same divided by 255. Grey is the
    luma of Rec. 601, rounded; a grey image asked for in 3 channels has three equal planes.

    >>> to_planes(np.array([[[255, 0, 0], [10, 10, 10]]], np.uint8), 1)
    array([[[76., 10.]]], dtype=float32)
    """
    if channels not in (1, 3):
        raise InvalidInput("an image has 1 or 3 channels, not {channels}", channels=channels)
    planes: NDArray[Any] = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
    if channels == 1 and len(planes) == 3:
        planes = np.rint(np.tensordot(LUMA, planes, 1))[None]
    shown = np.broadcast_to(planes, (channels, *planes.shape[1:])).astype(np.float32, order="C")
    return shown / np.float32(255) if unit else shown
