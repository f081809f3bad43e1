"""Bytes that are no picture, or not a whole one: always a sentence, never a traceback."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnlab.data.decode import FORMATS, MAX_BYTES, decode
from cnnlab.message import InvalidInput

PIXELS = np.random.default_rng(1).integers(0, 256, (24, 17, 3), np.uint8)


def encode(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, format, **options)
    return file.getvalue()


WHOLE = {format: encode(format) for format in FORMATS}
WHOLE["TIFF with LZW"] = encode("TIFF", compression="tiff_lzw")
WHOLE["progressive JPEG"] = encode("JPEG", progressive=True)


def png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def sentence(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        decode(data)
    return str(caught.value)


def outcome(data: bytes) -> np.ndarray | str:
    """Return the pixels or the sentence; anything else that happens fails the test."""
    try:
        return decode(data)
    except InvalidInput as error:
        return str(error)


@given(kind=st.sampled_from(sorted(WHOLE)), share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=300, deadline=None)
def test_cut_off_anywhere(kind: str, share: float) -> None:
    whole = WHOLE[kind]
    result = outcome(whole[: int(share * len(whole))])
    # Without its last bytes a file can still hold every pixel; but half of them is never shown.
    assert isinstance(result, str) or (result == decode(whole)).all()


@pytest.mark.parametrize("kind", WHOLE)
def test_half_a_picture_says_so(kind: str) -> None:
    said = sentence(WHOLE[kind][: len(WHOLE[kind]) // 2])
    assert said.startswith(f"this {kind.removeprefix('progressive ').split()[0]} picture is cut")
    assert "as PNG or JPEG" in said


@given(
    kind=st.sampled_from(sorted(WHOLE)),
    place=st.floats(0, 1, exclude_max=True),
    header=st.booleans(),
    junk=st.binary(min_size=1, max_size=12),
)
@settings(max_examples=500, deadline=None)
def test_overwritten_anywhere(kind: str, place: float, header: bool, junk: bytes) -> None:
    data = bytearray(WHOLE[kind])
    at = int(place * (min(len(data), 100) if header else len(data)))
    data[at : at + len(junk)] = junk
    result = outcome(bytes(data))
    if isinstance(result, str):
        assert 20 < len(result) < 140
        assert "{" not in result
    else:
        assert result.dtype == np.uint8
        assert result.ndim == 3


@settings(deadline=None)
@given(data=st.binary(min_size=1, max_size=300), kind=st.sampled_from(["", *sorted(WHOLE)]))
def test_random_bytes(data: bytes, kind: str) -> None:
    outcome(WHOLE.get(kind, b"")[:12] + data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\0", "not a picture"),
        (b"name,grade\nAnna,1\n", "not a picture"),
        (b"PK\x03\x04 a presentation", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (b"P6 1 1 255 abc", "not a picture"),  # Pillow could read it, but nobody asked it to
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "this file is HEIC,"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "this file is AVIF,"),
        (b"%PDF-1.7\n", "this file is PDF,"),
        (b'<?xml version="1.0"?><svg/>', "this file is SVG,"),
        (b"\x89PNG\r\n\x1a\n and then no PNG", "this PNG picture is cut off or damaged"),
        (b"\xff\xd8\xff\xe0 and then no JPEG", "this JPEG picture is cut off or damaged"),
    ],
)
def test_what_it_is_instead(data: bytes, said: str) -> None:
    assert said in sentence(data)


def test_the_content_counts_and_not_a_type_it_claims() -> None:
    np.testing.assert_array_equal(decode(WHOLE["BMP"]), PIXELS)
    assert "JPEG picture" in sentence(b"\xff\xd8\xff" + WHOLE["PNG"])
    assert "PNG picture" in sentence(WHOLE["PNG"][:16] + WHOLE["JPEG"])


def test_a_header_that_claims_more_rows_than_there_are() -> None:
    rows = (b"\0" + bytes(3 * 10)) * 10
    assert decode(png(10, 10, rows)).shape == (10, 10, 3)
    missing = decode(png(10, 4000, rows))  # Pillow leaves them black; they cost no more than that
    assert missing.shape == (4000, 10, 3)
    assert not missing[10:].any()


@pytest.mark.parametrize(
    "size", [(7072, 7072), (10_000, 9_000), (20_000, 10_000), (100_000, 100_000), (2**31 - 1, 1)]
)
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int]) -> None:
    assert sentence(png(*size, b"")) == (
        "the picture has more than 50 million pixels; make it smaller"
    )


@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels_where_warnings_are_only_printed() -> None:
    with pytest.warns(Image.DecompressionBombWarning):
        assert "50 million pixels" in sentence(png(10_000, 9_000, b""))


def test_the_largest_is_still_read() -> None:
    file = io.BytesIO()
    Image.new("1", (50_000, 1000)).save(file, "PNG")
    assert decode(file.getvalue()).shape == (1000, 50_000, 3)


def test_too_many_bytes() -> None:
    assert sentence(WHOLE["PNG"] + bytes(MAX_BYTES)) == (
        "the file has 20.0 MB, and at most 20 MB can be read; make the picture smaller"
    )


def test_a_comment_that_unpacks_to_a_hundred_megabytes() -> None:
    bomb = (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    assert "PNG picture is cut off or damaged" in sentence(png(1, 1, b"\0\1\2\3", bomb))


def test_tiles_that_are_larger_than_their_picture() -> None:
    """A TIFF of 16 × 16 pixels whose one tile claims 60,000 × 60,000."""
    tags = [(256, 16), (257, 16), (258, 8), (259, 1), (262, 1), (277, 1)]
    tags += [(322, 60_000), (323, 60_000), (324, 8), (325, 256)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    data = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)
    assert "cut off or damaged" in sentence(data + bytes(256))


def test_the_message_can_be_translated() -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(b"%PDF-1.7")
    assert "{kind}" in caught.value.message.text
    assert caught.value.message.fields == {"kind": "PDF"}


def test_nothing_else_is_touched() -> None:
    """No file is written, and Pillow's own limit stays what it was for everybody else."""
    program = (
        "import sys; from PIL import Image; before = Image.MAX_IMAGE_PIXELS\n"
        "sys.addaudithook(lambda e, a: e == 'open' and a[1] and 'w' in str(a[1]) and exit(3))\n"
        "from cnnlab.data.decode import decode\n"
        "decode(sys.stdin.buffer.read()); assert before == Image.MAX_IMAGE_PIXELS\n"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-B", "-c", program]
    for data in WHOLE.values():
        done = subprocess.run(command, input=data, cwd=root, capture_output=True)
        assert done.returncode == 0, done.stderr
