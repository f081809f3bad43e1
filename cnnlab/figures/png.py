"""Pixels as a PNG in a data URI, as a figure holds pictures."""

import zlib
from base64 import b64encode
from struct import pack

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_KINDS = {3: 2, 4: 6}  # PNG's numbers for RGB and RGBA


def data_uri(pixels: Pixels) -> str:
    """Pixels (H, W, 3) or, with opacity, (H, W, 4), uint8, as "data:image/png;base64,…".

    Source: Portable Network Graphics (W3C, second edition, 2003), sections 5 and 11.

    >>> data_uri(np.zeros((1, 1, 3), np.uint8))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    height, width, channels = pixels.shape
    header = pack(">IIBBBBB", width, height, 8, _KINDS[channels], 0, 0, 0)
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row starts with "no filter"
    rows[:, 1:] = pixels.reshape(height, -1)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")
    file = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)
    return "data:image/png;base64," + b64encode(file).decode("ascii")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def enlarged(pixels: Pixels, times: int) -> Pixels:
    """Every pixel of (H, W, …) as a square of ``times`` × ``times``.

    A browser smooths what it enlarges; what is large enough stays crisp.

    >>> enlarged(np.zeros((2, 3, 3), np.uint8), 3).shape
    (6, 9, 3)
    """
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
