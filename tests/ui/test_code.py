"""Code that pages show: sources as they stand, and programs whose arrays are exactly the same."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.data import mnist
from cnnlab.data.photos import photo
from cnnlab.data.shrink import shrink, to_planes
from cnnlab.engine import kernels, pad, relu
from cnnlab.ui.code import EDITED, WIDTH, WRITTEN, Piece, picture, program, source_of, tensor

DTYPES = (np.float32, np.float64)


def run(*pieces: Piece) -> dict:
    """What the names of a program stand for after it ran."""
    names: dict = {}
    exec(compile(program(*pieces), "<shown>", "exec"), names)
    return names


def same(made, values: np.ndarray) -> bool:
    made = made.numpy()
    return made.dtype == values.dtype and made.shape == values.shape and (made == values).all()


def test_sources_stand_in_the_order_asked_for() -> None:
    shown = source_of(pad.pad2d, relu)
    assert shown.startswith("def pad2d(")
    assert shown.endswith(inspect.getsource(relu).strip())
    assert shown.index("def pad2d") < shown.index("def relu")
    assert "\n\n\ndef relu" in shown


def test_what_is_written_inside_a_class_is_moved_to_the_edge() -> None:
    assert source_of(Inside.method).startswith("def method(self)")


class Inside:
    def method(self) -> int:
        return 1


def test_imports_come_first_each_once_in_the_usual_order() -> None:
    one = Piece("a = 1", ("import torch", "from cnnlab.data import mnist"))
    two = Piece("b = 2", ("from base64 import b64decode", "import torch"))
    assert program(one, two).split("\n") == [
        "from base64 import b64decode",
        "import torch",
        "from cnnlab.data import mnist",
        "",
        "a = 1",
        "b = 2",
    ]


@pytest.mark.parametrize("dtype", DTYPES)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_tensor_is_the_array_to_the_last_bit(dtype: type, data) -> None:
    width = np.finfo(dtype).bits
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    numbers = st.floats(-1e6, 1e6, width=width) | st.integers(-9, 9).map(float)
    size = int(np.prod(shape))
    drawn = data.draw(st.lists(numbers, min_size=size, max_size=size))
    values = np.array(drawn, dtype).reshape(shape)
    assert same(run(tensor("x", values))["x"], values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("numbers", ["pixels", "signed", "thousands", "huge", "fractions"])
def test_a_long_array_is_packed_and_still_the_same(dtype: type, numbers: str) -> None:
    rng = np.random.default_rng(0)
    values = {
        "pixels": rng.integers(0, 256, (3, 17, 19)),
        "signed": rng.integers(-9, 10, (3, 17, 19)),
        "thousands": rng.integers(-9000, 9000, (3, 17, 19)),
        "huge": rng.integers(-900_000, 900_000, (3, 17, 19)),
        "fractions": rng.standard_normal((3, 17, 19)),
    }[numbers].astype(dtype)
    piece = tensor("x", values)
    assert same(run(piece)["x"], values)
    assert "b64decode" in piece.lines
    assert max(map(len, piece.lines.split("\n"))) <= WIDTH
    size = {"pixels": 1, "signed": 1, "thousands": 2}.get(numbers, values.itemsize)
    assert len(piece.lines) < values.size * size * 4 / 3 * 1.3 + 200


def test_up_to_some_hundred_numbers_are_written_out_whole_numbers_without_points() -> None:
    shown = tensor("w", np.arange(WRITTEN, dtype=np.float32).reshape(4, 4, 5, 5)).lines
    assert "[[[[  0,   1,   2,   3,   4],\n" in shown
    assert "..." not in shown
    assert "\n\n\n" not in shown
    assert "b64" in tensor("w", np.zeros(WRITTEN + 1)).lines


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("index", [0, 4711, 9999])
def test_a_digit_is_loaded(index: int, channels: int) -> None:
    x = to_planes(mnist.load("test").images[index], channels)[None]
    piece = picture("x", x, "digit")
    assert f'mnist.load("test").images[{index}]' in piece.lines
    assert piece.lines.count("\n") == 1
    assert same(run(piece)["x"], x)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [32, 20])
def test_a_photograph_is_loaded(side: int, channels: int) -> None:
    x = to_planes(shrink(photo("coffee"), side), channels)[None]
    piece = picture("x", x, "photo-coffee")
    assert 'photo("coffee")' in piece.lines
    assert same(run(piece)["x"], x)


@pytest.mark.parametrize("slug", ["digit", "photo-chelsea"])
def test_cells_that_were_edited_are_set_after_loading(slug: str) -> None:
    pixels = mnist.load("test").images[7] if slug == "digit" else shrink(photo("chelsea"), 32)
    x = to_planes(pixels, 3)[None]
    x[0, 2, 5, 11], x[0, 0, 0, 0], x[0, 0, -1, -1] = -3, 0.1, 900_000
    piece = picture("x", x, slug)
    assert "x[0, 2, 5, 11] = -3.0" in piece.lines
    assert len(piece.lines.split("\n")) == 5
    assert same(run(piece)["x"], x)


def test_what_only_looks_like_a_sample_is_written_or_packed() -> None:
    digit = to_planes(mnist.load("test").images[7], 1)[None]
    scribbled = digit.copy()
    scribbled[0, 0, 3, : EDITED + 1] += 1
    two = np.concatenate([digit, digit], axis=1)
    for x, slug in (
        (scribbled, "digit"),
        (two, "digit"),
        (digit[..., :20], "digit"),
        (digit, "upload"),
        (digit, "photo-chelsea"),
        (two, "photo-chelsea"),
    ):
        piece = picture("x", x, slug)
        assert "cnnlab" not in " ".join(piece.imports)
        assert same(run(piece)["x"], x)


def test_a_double_stays_a_double() -> None:
    x = to_planes(mnist.load("test").images[0], 1)[None].astype(np.float64)
    assert same(run(picture("x", x, "digit"))["x"], x)


def test_a_kernel_reads_as_it_is_taught() -> None:
    weight = kernels.kernel("sobel_x", 3, 3)
    assert tensor("weight", weight).lines == (
        "weight = torch.tensor([[-1,  0,  1],\n"
        "                       [-2,  0,  2],\n"
        "                       [-1,  0,  1]], dtype=torch.float32)"
    )
