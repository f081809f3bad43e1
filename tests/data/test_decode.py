"""What the decoder makes of sound pictures; `test_decode_damage.py` has the others."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from cnnlab.data.decode import decode, decode_sized

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (11, 7, 3), np.uint8)
GREY = np.ascontiguousarray(COLOUR[:, :, 0])
SMOOTH = np.stack(np.broadcast_arrays(*np.ogrid[0:240:48j, 0:120:24j], 50), -1).astype(np.uint8)


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels))


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        *(("TIFF", {"compression": each}) for each in ("raw", "tiff_lzw", "tiff_adobe_deflate")),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_lossless_formats_give_every_pixel(format: str, options: dict, mode: str) -> None:
    pixels = COLOUR if mode == "RGB" else np.stack([GREY] * 3, -1)
    decoded = decode(encode(picture(pixels).convert(mode), format, **options))
    np.testing.assert_array_equal(decoded, pixels)
    assert decoded.dtype == np.uint8
    assert decoded.flags.writeable


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "GIF", "MPO"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_lossy_formats_come_near(format: str, mode: str) -> None:
    image = picture(SMOOTH).convert(mode)
    if format in ("GIF", "MPO") or mode == "RGB":
        image = image.convert("RGB")
    decoded = decode(encode(image, format)).astype(int)
    assert np.abs(decoded - np.asarray(image.convert("RGB"))).mean() < 4


def test_bilevel_and_palette() -> None:
    bits = picture(np.where(GREY > 127, 255, 0).astype(np.uint8)).convert("1")
    for format in ("PNG", "BMP", "TIFF"):
        np.testing.assert_array_equal(decode(encode(bits, format))[..., 1] > 0, GREY > 127)
    palette = picture(COLOUR).quantize(16)
    expected = np.asarray(palette.convert("RGB"))
    for format in ("PNG", "GIF", "BMP", "TIFF"):
        np.testing.assert_array_equal(decode(encode(palette, format)), expected)


def test_other_colour_spaces() -> None:
    image = picture(SMOOTH)
    to_lab = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    lab = ImageCms.profileToProfile(image, *to_lab, outputMode="LAB")
    encoded = [
        encode(image.convert("CMYK"), "TIFF"),
        encode(image.convert("CMYK"), "JPEG", quality=95),
        encode(image.convert("YCbCr"), "TIFF"),
        encode(lab, "TIFF"),
    ]
    for data in encoded:
        assert np.abs(decode(data).astype(int) - SMOOTH).mean() < 4


def test_transparency_is_put_on_white() -> None:
    rgba = np.array([[[9, 9, 9, 0], [10, 20, 30, 255], [0, 100, 200, 51]]], np.uint8)
    expected = [[[255, 255, 255], [10, 20, 30], [204, 224, 244]]]
    for format, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        np.testing.assert_allclose(decode(encode(picture(rgba), format, **options)), expected, 0, 1)


def test_grey_and_alpha_on_white() -> None:
    image = Image.merge("LA", [picture(np.array([[0, 7, 100]], np.uint8))] * 2)
    decoded = decode(encode(image, "PNG"))[0, :, 0]
    np.testing.assert_allclose(decoded, [255, 248, 194], 0, 1)


def test_a_transparent_colour_is_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    for data in (
        encode(palette, "PNG", transparency=0),
        encode(palette, "GIF", transparency=0),
        encode(palette, "PNG", transparency=bytes([0, 255])),
        encode(palette.convert("RGB"), "PNG", transparency=(255, 0, 0)),
    ):
        assert decode(data).tolist() == [[[255, 255, 255], [0, 0, 255]]]


def png16(values: np.ndarray, colour_type: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """Write a 16-bit PNG by hand: Pillow writes only the grey ones."""
    height, width = values.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    every = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in every
    )


def test_sixteen_bits_keep_their_high_byte() -> None:
    wide = GREY.astype(np.uint16) * 257
    expected = np.stack([GREY] * 3, -1)
    np.testing.assert_array_equal(decode(encode(picture(wide), "PNG")), expected)
    np.testing.assert_array_equal(decode(encode(picture(wide), "TIFF")), expected)
    np.testing.assert_array_equal(decode(png16(COLOUR.astype(np.uint16) * 257, 2)), COLOUR)


def test_sixteen_bits_with_a_transparent_value() -> None:
    grey = np.array([[0, 0x8000, 0xFFFF]], np.uint16)
    clear = (b"tRNS", struct.pack(">H", 0x8000))
    assert decode(png16(grey, 0, clear))[0, :, 0].tolist() == [0, 255, 255]
    alpha = np.array([[[0, 0], [0, 0xFFFF]]], np.uint16)
    assert decode(png16(alpha, 4))[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.25, 1.0], [0, 64, 255]),  # float pictures: 0 to 1
        ([0.0, 100.4, 255.0], [0, 100, 255]),
        ([0.0, 25_700.0, 65_535.0], [0, 100, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),  # anything else: from its minimum to its maximum
        ([0.0, 5e5, 1e6], [0, 128, 255]),
        ([-3.0, -3.0, -3.0], [0, 0, 0]),
        ([np.nan, np.inf, 1.0], [0, 0, 255]),
        ([-3e38, 0.0, 3e38], [0, 128, 255]),
        ([-1e-45, 0.0, 0.0], [0, 255, 255]),
    ],
)
def test_float_pictures(values: list[float], expected: list[int]) -> None:
    data = encode(picture(np.array([values], np.float32)), "TIFF")
    np.testing.assert_allclose(decode(data)[0, :, 2], expected, atol=1)


def test_32_bit_integers() -> None:
    for top in (1, 255, 65_535, 2**31 - 1):
        data = encode(picture(np.array([[0, top]], np.int32)), "TIFF")
        assert decode(data)[0, :, 0].tolist() == [0, 255]


# Rows of the upright picture "ab/cd/ef" as a camera stores them, from Exif 3.0, tag 274.
STORED = {
    1: ["ab", "cd", "ef"],
    2: ["ba", "dc", "fe"],
    3: ["fe", "dc", "ba"],
    4: ["ef", "cd", "ab"],
    5: ["ace", "bdf"],
    6: ["bdf", "ace"],
    7: ["fdb", "eca"],
    8: ["eca", "fdb"],
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_cameras_are_turned_upright(orientation: int, format: str) -> None:
    shades = {letter: 40 * place for place, letter in enumerate("abcdef")}

    def blocks(rows: list[str]) -> np.ndarray:
        return np.array([[shades[each] for each in row] for row in rows], np.uint8).repeat(8, 0)

    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = picture(blocks(STORED[orientation]).repeat(8, 1))
    decoded = decode(encode(stored, format, exif=exif))
    upright = blocks(["ab", "cd", "ef"]).repeat(8, 1)
    np.testing.assert_allclose(decoded[..., 0], upright, atol=6)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "notes", [b"II*\0\xff\xff\xff\x7f" + bytes(range(40)), b"no TIFF at all", b"MM\0*\0"]
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_notes_of_a_camera_may_be_broken(format: str, notes: bytes) -> None:
    data = encode(picture(SMOOTH), format, exif=b"Exif\0\0" + notes)
    assert decode(data).shape == SMOOTH.shape


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_shows_its_first_frame(format: str) -> None:
    first, second = Image.new("RGB", (9, 5), "red"), Image.new("RGB", (9, 5), "blue")
    options = {"lossless": True} if format == "WEBP" else {}
    data = encode(first, format, save_all=True, append_images=[second], **options)
    assert (decode(data) == [255, 0, 0]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (30_000, 1)])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_a_single_pixel_and_very_long_pictures(size: tuple[int, int], format: str) -> None:
    decoded = decode(encode(Image.new("RGB", size, "white"), format))
    assert decoded.shape == (size[1], size[0], 3)
    assert (decoded == 255).all()
    shorter = decode(encode(Image.new("RGB", size, "white"), format), max_side=100)
    assert shorter.shape == (min(size[1], 100), min(size[0], 100), 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_max_side_averages_and_keeps_the_proportions(format: str) -> None:
    large = picture(SMOOTH).resize((1200, 2400), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    small = decode(encode(large, format, exif=exif), max_side=48)
    assert small.shape == (24, 48, 3)
    assert np.abs(small.astype(int) - np.rot90(SMOOTH, -1)).mean() < 3
    assert decode(encode(large, format), max_side=5000).shape == (2400, 1200, 3)


@pytest.mark.parametrize(("orientation", "size"), [(1, (90, 40)), (3, (90, 40)), (6, (40, 90))])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_size_before_is_that_of_the_upright_picture(format: str, orientation, size) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(Image.new("RGB", (40, 90), "white"), format, exif=exif)
    small, before = decode_sized(data, max_side=9)
    assert before == size
    assert small.shape == (*(n // 10 for n in size), 3)


def test_a_long_comment_is_no_trouble() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "x" * 500_000, zip=True)
    np.testing.assert_array_equal(decode(encode(picture(COLOUR), "PNG", pnginfo=notes)), COLOUR)


def test_many_at_once() -> None:
    data = [encode(picture(np.roll(SMOOTH, n, 0)), "PNG") for n in range(16)]
    results: list[bool] = []

    def visit(n: int) -> None:
        for _ in range(20):
            results.append(bool((decode(data[n]) == np.roll(SMOOTH, n, 0)).all()))

    visitors = [threading.Thread(target=visit, args=[n]) for n in range(16)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert results == [True] * 320
