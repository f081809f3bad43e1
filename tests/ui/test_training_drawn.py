"""The drawing that a browser sends, the ways a digit comes in, and what is said of it."""

from base64 import b64encode
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cnnlab.data.mnist import load
from cnnlab.data.preprocess import as_digit, standardised
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import forward
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layer_text import read
from cnnlab.engine.loss import softmax
from cnnlab.engine.networks import BOOKNET, DENSE, FAST, RESNET
from cnnlab.lessons import translate
from cnnlab.ui.training import drawn, drawn_answer, drawn_steps
from cnnlab.ui.training.canvas import LENGTH, SIDE, as_png, received

SEVEN = 255 - np.kron(load("test").images[0], np.ones((4, 4), np.uint8))


def sent(picture: np.ndarray) -> str:
    return b64encode(picture.tobytes()).decode()


def test_a_drawing_arrives_as_it_was_drawn() -> None:
    picture = received(sent(SEVEN))
    assert picture is not None
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, SEVEN)
    assert not picture.flags.writeable


@pytest.mark.parametrize(
    "anything",
    [
        None,
        "",
        0,
        True,
        1e300,
        b"\xff" * LENGTH,
        [255] * SIDE * SIDE,
        {"picture": sent(SEVEN)},
        sent(SEVEN)[:-4],
        sent(SEVEN) + "AAAA",
        "A" * 10**7,
        "!" * LENGTH,
        "é" * LENGTH,
        "\ud800" * LENGTH,
        "=" * LENGTH,
        "A" * (LENGTH - 4) + "A===",
        "A" * (LENGTH - 4) + "\n\n\n\n",
        sent(SEVEN)[: LENGTH // 2] + "-_" + sent(SEVEN)[LENGTH // 2 + 2 :],
        sent(np.full((SIDE, SIDE), 255, np.uint8)),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_whatever_else_arrives_is_no_drawing(anything: object) -> None:
    assert received(anything) is None


def test_the_paper_is_handed_its_own_picture_back() -> None:
    address = as_png(SEVEN)
    assert address.startswith("data:image/png;base64,")
    assert len(address) < len(sent(SEVEN)) / 2
    assert as_png(None) == ""


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://lab.example/training", True),
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501/training?view=draw", True),
        ("http://[::1]:8501", True),
        ("http://lab.localhost", True),
        ("http://192.168.1.20:8501/", False),
        ("http://lab.example/", False),
        ("http://localhost.example/", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_where_the_camera_may_be_used(url: str, allowed: bool) -> None:
    assert drawn.camera_allowed(url) == allowed


@pytest.mark.parametrize(
    ("best", "second", "said"),
    [
        (0.97, 0.01, "**3** — the network is sure: 97 %"),
        (0.7, 0.2, "**3**, probably (70 %); it could be 8 (20 %)"),
        (0.12, 0.11, "**No idea**: no digit gets more than 12 %"),
        (0.4, 0.35, "**Unsure**: 3 (40 %) or 8 (35 %); no digit gets half"),
    ],
)
def test_an_answer_is_as_sure_as_the_numbers(best: float, second: float, said: str) -> None:
    values = np.full(10, (1 - best - second) / 8)
    values[3], values[8] = best, second
    assert str(drawn_answer.verdict(values)) == said


@pytest.mark.parametrize(
    ("network", "count"),
    [(BOOKNET, 1), (FAST, 2), (DENSE, 0), (RESNET, 2)],
    ids=lambda n: str(n)[:9],
)
def test_the_first_maps_are_those_after_an_activation(network: Architecture, count: int) -> None:
    x = standardised(load("test").images[:1])
    shown = list(drawn_answer.first_maps(network, initial_weights(network, seed=0), x))
    assert len(shown) == count
    for _, planes in shown:
        assert planes.ndim == 3
        assert planes.min() == 0  # after a ReLU


def test_a_convolution_without_activation_shows_no_maps_of_later_layers() -> None:
    network = Architecture("plain", (1, 28, 28), read("conv 2 3, flatten, relu, dense 10"))
    x = standardised(load("test").images[:1])
    shown = list(drawn_answer.first_maps(network, initial_weights(network, seed=0), x))
    assert [(name, planes.shape) for name, planes in shown] == [("1", (2, 26, 26))]


def uploaded(data: bytes, name: str = "1") -> SimpleNamespace:
    return SimpleNamespace(file_id=name, getvalue=lambda: data)


def test_a_file_that_cannot_be_read_leaves_the_last_picture(tmp_path) -> None:
    file = tmp_path / "seven.png"
    Image.fromarray(SEVEN).save(file)
    good = drawn._new(uploaded(file.read_bytes()), None)
    assert good.error is None
    assert good.picture is not None
    assert np.array_equal(good.picture[..., 0], SEVEN)
    bad = drawn._new(uploaded(b"not a picture", "2"), good.picture)
    assert str(bad.error).startswith("this file is not a picture")
    assert bad.picture is good.picture
    Image.new("RGB", (50, 50), "white").save(file)
    empty = drawn._new(uploaded(file.read_bytes(), "3"), good.picture)
    assert str(empty.error).startswith("no digit can be told from the paper: dark ink")
    assert empty.picture is good.picture


def draw_page() -> None:
    import numpy as np
    import streamlit as st

    from cnnlab.data.mnist import load
    from cnnlab.engine.initial import initial_weights
    from cnnlab.engine.networks import NETWORKS
    from cnnlab.ui import lesson
    from cnnlab.ui.training import drawn

    lesson.header("training")
    if st.query_params.get("drawn"):
        digit = load("test").images[0]
        st.session_state["_draw_paper_kept"] = 255 - np.kron(digit, np.ones((4, 4), np.uint8))
    network = NETWORKS[st.query_params.get("net", "fast")]
    order = np.arange(784)[::-1].copy() if st.query_params.get("shuffled") else None
    drawn.view(network, initial_weights(network, seed=0), order)


def said(page) -> str:
    return "\n".join(one.value for one in page.markdown)


def charts(page) -> list[str]:
    return [element.proto.id for element in page.get("plotly_chart")]


def test_before_anything_is_drawn_a_sentence_stands_there(show) -> None:
    page = show(draw_page)
    assert not page.exception
    assert "20×20" in said(page)
    assert charts(page) == []


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_drawing_is_followed_through(show, locale: str) -> None:
    page = show(draw_page, locale=locale, drawn="1")
    assert not page.exception
    steps = next(html.proto.body for html in page.get("html") if "draw-steps" in html.proto.body)
    assert steps.count("<img ") == 4
    scores = forward(FAST, initial_weights(FAST, seed=0), standardised(as_digit(SEVEN).digit[None]))
    words = drawn_answer.verdict(softmax(scores)[0])
    assert translate(locale[:2], words.text, **words.fields) in said(page)
    assert len(charts(page)) == 3


def test_shuffled_pixels_are_shown_and_used(show) -> None:
    page = show(draw_page, drawn="1", shuffled="1", net="dense")
    assert not page.exception
    pictures = [html.proto.body.count("<img ") for html in page.get("html")]
    assert 4 in pictures
    assert 1 in pictures
    digit = as_digit(SEVEN).digit
    turned = digit.ravel()[::-1].reshape(1, 28, 28)
    scores = forward(DENSE, initial_weights(DENSE, seed=0), standardised(turned))
    expected = drawn_answer.verdict(softmax(scores)[0])
    assert str(expected) in said(page)
    assert "784" in said(page)  # why there are no maps


def test_each_way_in_has_its_own_widget(show) -> None:
    assert show(draw_page, pen="upload").get("file_uploader")
    camera = show(draw_page, pen="camera")
    assert not camera.exception
    assert bool(camera.get("camera_input")) != ("https" in said(camera))  # else a reason, and
    assert bool(camera.get("camera_input")) != bool(camera.get("file_uploader"))  # the upload
    garbled = show(draw_page, pen="x' OR 1")
    assert not garbled.exception
    assert garbled.get("bidi_component")


def test_how_far_a_digit_was_moved_is_said() -> None:
    assert drawn_steps.moved(4, 0) == "4 down"
    assert drawn_steps.moved(-1, 2) == "1 up · 2 to the right"
    assert drawn_steps.moved(0, -3) == "3 to the left"
    assert drawn_steps.moved(0, 0) == "it was there already"
