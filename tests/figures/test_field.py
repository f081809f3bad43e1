"""Extent, support and effective field stand where they are, each only where it is given."""

import json
import re
import zlib
from base64 import b64decode
from struct import unpack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab.figures.field import field
from cnnlab.figures.png import data_uri, enlarged
from cnnlab.theme import LIGHT

SIZE = 6, 9
BOX = (-1, 2), (3, 7)


def pixels(uri: str) -> np.ndarray:
    """A PNG without filters, read back by its own rules."""
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    file, chunks = b64decode(body), {}
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(file):
        (length,) = unpack(">I", file[at : at + 4])
        kind, inside = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        (check,) = unpack(">I", file[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + inside)
        chunks[kind], at = inside, at + 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, *rest) == (8, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, {2: 3, 6: 4}[colour])


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([3, 4])).flatmap(
        lambda shape: arrays(np.uint8, shape)
    )
)
def test_a_png_holds_its_pixels(found: np.ndarray) -> None:
    assert np.array_equal(pixels(data_uri(found)), found)


def test_pillow_reads_it_too() -> None:
    from io import BytesIO

    from PIL import Image

    drawn = np.random.default_rng(0).integers(0, 256, (5, 7, 4)).astype(np.uint8)
    with Image.open(BytesIO(b64decode(data_uri(drawn).partition(",")[2]))) as read:
        assert np.array_equal(np.asarray(read), drawn)


def test_pixels_are_squares_when_enlarged() -> None:
    cells = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    large = enlarged(cells, 3)
    assert large.shape == (6, 6, 3)
    assert np.array_equal(large[::3, ::3], cells)
    assert np.array_equal(large[2::3, 2::3], cells)


def numbers_in(path: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?[\d.]+", path)]


def outlines(figure, theme) -> list[str]:
    shapes = figure["layout"]["shapes"]
    return [
        s["path"] for s in shapes if s["line"]["color"] == theme.outline and "fillcolor" not in s
    ]


def test_the_box_hangs_over_the_edge_and_the_axes_reach_so_far(theme, sound) -> None:
    figure = field(None, (BOX,), None, None, theme, size=SIZE)
    sound(figure)
    (path,) = outlines(figure, theme)
    assert numbers_in(path) == [3.5, -0.5, 8.5, 3.5, 3.5]  # cells are numbered from 1
    x, y = (figure["layout"][name] for name in ("xaxis", "yaxis"))
    assert y["range"][1] < -0.5  # rows run down
    assert y["range"][0] > SIZE[0] + 0.5
    assert x["range"][0] < 0.5
    assert x["range"][1] > SIZE[1] + 0.5
    assert (y["scaleanchor"], y["scaleratio"]) == ("x", 1)
    grey = [s for s in figure["layout"]["shapes"] if s.get("fillcolor") == theme.padding]
    (around,) = grey
    assert numbers_in(around["path"])[5:] == [0.5, 0.5, 9.5, 6.5, 0.5]  # but for the image
    assert around["fillrule"] == "evenodd"


def test_nothing_that_is_not_given(theme, sound) -> None:
    figure = field(None, (), None, None, theme, size=SIZE)
    sound(figure)
    assert outlines(figure, theme) == []
    assert figure["layout"]["images"] == figure["layout"]["annotations"] == []
    (data,) = figure["data"]
    assert (data["opacity"], data["showscale"]) == (0, False)


def test_support_tints_the_cells_that_are_read(theme, sound) -> None:
    read = np.zeros(SIZE, bool)
    read[1, 2] = read[5, 8] = True
    figure = field(None, (), read, None, theme, size=SIZE)
    sound(figure)
    (image,) = figure["layout"]["images"]
    assert [image[name] for name in ("x", "y", "sizex", "sizey")] == [0.5, 0.5, 9, 6]
    drawn = pixels(image["source"])
    times = len(drawn) // SIZE[0]
    assert np.array_equal(drawn[::times, ::times, 3] > 0, read)
    assert len(figure["layout"]["annotations"]) == 1
    assert "support" in figure["layout"]["annotations"][0]["text"]


def test_the_effective_field_has_a_scale_and_tells_its_shares(theme, sound, unpacked) -> None:
    share = np.zeros(SIZE)
    share[2:5, 3:5] = [[1, 2], [0, 6], [3, 0]]
    figure = field(None, (BOX,), None, share / 12, theme, size=SIZE)
    sound(figure)
    (data,) = figure["data"]
    assert (data["x0"], data["y0"], data["dx"], data["dy"]) == (4, 3, 1, 1)
    np.testing.assert_allclose(unpacked(data["z"]), share[2:5, 3:5] / 12, rtol=1e-6)
    assert (data["zmin"], data["zmax"]) == (0, 0.5)
    assert data["colorscale"][0][1].endswith(",0)")  # nothing at 0
    assert data["colorbar"]["ticktext"] == ["0", "50 %"]
    assert data["hovertemplate"] == "row %{y}, column %{x}: %{z:.2~p}<extra></extra>"


def test_a_field_that_is_all_zero_can_be_shown(theme, sound) -> None:
    sound(field(None, (), np.zeros(SIZE, bool), np.zeros(SIZE), theme, size=SIZE))


def test_every_cell_can_be_pointed_at_without_an_effective_field(unpacked) -> None:
    (data,) = field(None, (BOX,), None, None, LIGHT, size=SIZE)["data"]
    assert unpacked(data["z"]).shape == SIZE
    assert (data["x0"], data["y0"]) == (1, 1)
    assert data["hovertemplate"].startswith("row %{y}, column %{x}")


def test_a_photograph_is_veiled_where_no_box_is(theme, sound) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    figure = field(photo, (BOX,), None, None, theme, size=SIZE)
    sound(figure)
    (image,) = figure["layout"]["images"]
    times = len(pixels(image["source"])) // SIZE[0]
    assert np.array_equal(pixels(image["source"])[::times, ::times], photo)
    (veil,) = [s for s in figure["layout"]["shapes"] if s.get("fillcolor") == theme.background]
    assert veil["layer"] == "above"  # of the picture
    assert numbers_in(veil["path"]) == [0.5, 0.5, 9.5, 6.5, 0.5, 3.5, 0.5, 8.5, 3.5, 3.5]
    plain = field(photo, (), None, None, theme, size=SIZE)
    assert not [s for s in plain["layout"]["shapes"] if s.get("fillcolor") == theme.background]


def test_a_box_beside_the_image_leaves_it_all_veiled() -> None:
    photo = np.zeros((*SIZE, 3), np.uint8)
    figure = field(photo, (((-5, -2), (0, 3)),), None, None, LIGHT, size=SIZE)
    (veil,) = [s for s in figure["layout"]["shapes"] if s.get("fillcolor") == LIGHT.background]
    left, top, right, bottom, _ = numbers_in(veil["path"])[5:]
    assert (right - left) * (bottom - top) == 0


@pytest.mark.parametrize(
    ("size", "lines"), [((15, 15), 28), ((2, 3), 3), ((1, 1), 0), ((41, 9), 0)]
)
def test_few_cells_can_be_counted(size, lines) -> None:
    shapes = field(None, (), None, None, LIGHT, size=size)["layout"]["shapes"]
    drawn = [s["path"] for s in shapes if s["line"]["color"] == LIGHT.hairline]
    assert sum(path.count("M") for path in drawn) == lines


def test_a_large_input_stays_small() -> None:
    read = np.ones((224, 224), bool)
    share = np.zeros((224, 224))
    share[50:100, 60:110] = 1 / 2500
    figure = field(None, (BOX,), read, share, LIGHT, size=(224, 224))
    assert len(json.dumps(figure)) < 30_000
