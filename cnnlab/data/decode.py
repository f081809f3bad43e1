"""The one decoder for anything uploaded: any bytes in, pixels or a sentence out."""

import io
import struct
import threading
import zlib

import numpy as np
from numpy.typing import NDArray

# TIFF and WebP register here: Image.open would load every plugin there is at its first one.
from PIL import ExifTags, Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401

from cnnlab.data.shrink import shrunk
from cnnlab.message import InvalidInput

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
# What Pillow's parsers raise on broken bytes. The first four were met in 450,000 damaged files
# (Warning: where warnings are errors); the others stand in its source.
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    Warning,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    struct.error,
    zlib.error,
)
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # Exif 3.0, tag 274: what makes the stored picture upright
SIDEWAYS = {TURNS[n] for n in (5, 6, 7, 8)}  # these change rows and columns
# (kind, offset, first bytes), for the sentence about a file that no decoder takes.
SIGNS = (
    ("PNG", 0, b"\x89PNG"),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("WEBP", 8, b"WEBP"),
    ("GIF", 0, b"GIF8"),
    ("BMP", 0, b"BM"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),
    ("TIFF", 0, b"MM\0+"),
    ("AVIF", 4, b"ftypavif"),
    ("HEIC", 4, b"ftyp"),  # also film of the same family; from a phone it is HEIC
    ("PDF", 0, b"%PDF"),
    ("SVG", 0, b"<svg"),
    ("SVG", 0, b"<?xml"),
)

_places = threading.BoundedSemaphore(2)  # at the limit, each takes most of a gigabyte


def decode(data: bytes, *, max_side: int | None = None) -> NDArray[np.uint8]:
    """Return the picture in `data` as uint8 (H, W, 3), upright, on white where it is transparent.

    Reads PNG, JPEG, WebP, GIF, BMP and TIFF, told by their content and not by a name; of an
    animation, the first frame. Grey has three equal channels. 16-bit values keep their high byte,
    wider ones are scaled as their range suggests (`_to_bytes`). With `max_side` the result is
    averaged down to at most that many pixels a side, which for a large JPEG saves most of the time.

    Raises `InvalidInput` for more than 20 MB or 50 million pixels, and for anything that is not
    such a picture, whole. Writes nothing to disk.

    >>> decode(b"")
    Traceback (most recent call last):
    cnnlab.message.InvalidInput: the file is empty; choose a picture
    """
    return decode_sized(data, max_side=max_side)[0]


def decode_sized(
    data: bytes, *, max_side: int | None = None
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """What `decode` returns, and the rows and columns that the picture had before."""
    _check_length(data)
    with _places:
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)  # reads the header alone
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            return _pixels(image, max_side)
        except TOO_LARGE as error:
            raise _too_large() from error
        except DAMAGE as error:
            raise _unreadable(data) from error


def _check_length(data: bytes) -> None:
    if not data:
        raise InvalidInput("the file is empty; choose a picture")
    if len(data) > MAX_BYTES:
        raise InvalidInput(
            "the file has {size} MB, and at most {limit} MB can be read; make the picture smaller",
            size=f"{len(data) / 1e6:.1f}",
            limit=MAX_BYTES // 10**6,
        )


def _pixels(image: Image.Image, max_side: int | None) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    columns, rows = image.size
    if max_side:
        image.draft(None, (max_side, max_side))  # JPEG alone: decode at 1/2, 1/4 or 1/8
    image.load()  # before the orientation: PNG may have it last, TIFF is turned by loading
    turn = _turn(image)
    upright = _to_rgb(image)
    if turn is not None:
        upright = upright.transpose(turn)
    if turn in SIDEWAYS:
        rows, columns = columns, rows
    return np.array(shrunk(upright, max_side) if max_side else upright), (rows, columns)


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DAMAGE:
        return None  # many cameras write broken notes beside sound pixels


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _to_grey(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    picture = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(picture, mask=picture)
    return paper


def _to_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    grey = _to_bytes(values)
    if (clear := image.info.get("transparency")) is not None:
        grey = np.where(values == clear, np.uint8(255), grey)
    return Image.fromarray(grey)


def _to_bytes(values: NDArray[np.number]) -> NDArray[np.uint8]:
    """Scale grey values (H, W) of more than 8 bits to uint8.

    uint16 keeps its high byte, as Pillow does with 16-bit colour. Of int32 and float32 no file
    says the range: up to 1, up to 255 and up to 65535 are taken as such, anything else is
    stretched from its minimum to its maximum. What is not a number is black.

    >>> _to_bytes(np.array([[0.0, 0.5, 1.0, np.nan]], np.float32))
    array([[  0, 128, 255,   0]], dtype=uint8)
    """
    if values.dtype.kind == "u":
        return (values.astype(np.uint16) >> 8).astype(np.uint8)
    scaled = values.astype(np.float32)
    np.nan_to_num(scaled, copy=False, posinf=0, neginf=0)
    np.clip(scaled, -1e38, 1e38, out=scaled)  # so that the difference of two of them is finite
    low, high = float(scaled.min()), float(scaled.max())
    known = [top for top in (1, 255, 65535) if low >= 0 and high <= top]
    if not known:
        scaled -= low
    scaled /= known[0] if known else (high - low) or 1
    scaled *= 255
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _too_large() -> InvalidInput:
    return InvalidInput(
        "the picture has more than {limit} million pixels; make it smaller",
        limit=MAX_PIXELS // 10**6,
    )


def _unreadable(data: bytes) -> InvalidInput:
    """Say what bytes are that cannot be decoded."""
    kind = next((kind for kind, at, sign in SIGNS if data.startswith(sign, at)), None)
    if kind is None:
        return InvalidInput(
            "this file is not a picture; choose a PNG, JPEG, WebP, GIF, BMP or TIFF"
        )
    if kind in FORMATS:
        return InvalidInput(
            "this {kind} picture is cut off or damaged; send it again, "
            "or save it anew as PNG or JPEG",
            kind=kind,
        )
    return InvalidInput(
        "this file is {kind}, which cannot be read here; save the picture as PNG or JPEG",
        kind=kind,
    )
