"""What goes to the browser: small, plain JSON, in the visitor's language, the scene unharmed."""

import json
import re
from functools import partial

import numpy as np
import pytest

from cnnlab import stage, theme
from cnnlab.data import mnist
from cnnlab.data.shrink import to_planes
from cnnlab.engine import kernel
from cnnlab.lessons import LANGUAGES, template, translate
from cnnlab.message import Message
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.encode import decode
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.replay import finished
from cnnlab.scenes.scene import Scene
from cnnlab.scenes.update import update
from cnnlab.scenes.video import convolution3d
from cnnlab.scenes.words import WORDS

KB = 1000
DIGIT = to_planes(mnist.load("test").images[0], 1)
SOBEL = kernel("sobel_x", 3, 3)[None, None]
RNG = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def scenes() -> dict[str, Scene]:
    """One of each kind that the lesson plays."""
    x, weight, dy = numbers(3, 5, 6), numbers(2, 3, 3, 2), numbers(2, 3, 5)
    one = (x[:1], weight[:1, :1])
    return {
        "convolution": convolution(x, weight, numbers(2)),
        "im2col": im2col(x, weight, numbers(2)),
        "scatter": backward_scatter(x, weight, dy),
        "gather": backward_gather(x, weight, dy),
        "dense": connections(*one, "dense", RNG),
        "video": convolution3d(numbers(1, 3, 5, 5), numbers(1, 1, 2, 3, 3)),
        "update": update(weight, numbers(2, 3, 3, 2), 0.1),
    }


def sent(scene: Scene, lang: str = "en", **more) -> tuple[dict, int]:
    """The payload as it arrives, and its bytes on the way (Streamlit sends JSON in ASCII)."""

    def say(message: Message) -> str:
        fields = {k: say(v) if isinstance(v, Message) else v for k, v in message.fields.items()}
        return translate(lang, message.text, **fields)

    words = {name: template(lang, text) for name, text in WORDS.items()}
    text = json.dumps(stage.payload(scene, say, words, **more), allow_nan=False)
    return json.loads(text), len(text.encode())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("padding", [0, 1])
def test_a_digit_under_a_3x3_kernel_is_at_most_40_kb(lang: str, padding: int) -> None:
    scene = convolution(DIGIT, SOBEL, np.ones(1, np.float32), padding=padding)
    payload, size = sent(scene, lang)
    assert scene.steps == (26 + 2 * padding) ** 2
    assert {"scene", "words", "themes"} <= set(payload)
    assert size <= 40 * KB
    assert size <= 20 * KB, "what it takes today, and some more"


@pytest.mark.parametrize(
    "view",
    [
        partial(im2col, DIGIT, SOBEL),
        partial(backward_scatter, DIGIT, SOBEL, np.ones((1, 26, 26), np.float32)),
        partial(backward_gather, DIGIT, SOBEL, np.ones((1, 26, 26), np.float32)),
    ],
    ids=lambda view: view.func.__name__,
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_so_are_the_other_views_of_it(view, lang: str) -> None:
    assert sent(view(), lang)[1] <= 40 * KB


def test_it_grows_with_the_grids_and_not_with_the_steps() -> None:
    few, many = (convolution(DIGIT, SOBEL, padding=6, stride=stride) for stride in (4, 1))
    assert many.steps > 10 * few.steps
    phases = [len(json.dumps(sent(scene)[0]["scene"]["phases"])) for scene in (few, many)]
    assert abs(phases[0] - phases[1]) < 20
    cells = sum(grid.values.size for grid in many.grids) - sum(g.values.size for g in few.grids)
    assert sent(many)[1] - sent(few)[1] < cells * 16 / 3 + 200  # base64 of four bytes each


@pytest.mark.parametrize("name", scenes())
def test_the_scene_comes_back_as_it_was_sent(name: str) -> None:
    scene = scenes()[name]
    arrived = decode(sent(scene)[0]["scene"])
    assert arrived.steps == scene.steps
    assert (arrived.start, arrived.lens) == (scene.start, scene.lens)
    for grid, other in zip(scene.grids, arrived.grids, strict=True):
        assert (grid.id, grid.shape) == (other.id, other.shape)
        assert (grid.values is None) == (other.values is None)
        if grid.values is not None:
            np.testing.assert_array_equal(other.values, grid.values)
    replayed = finished(arrived)
    for identity, values in finished(scene).items():
        np.testing.assert_allclose(replayed[identity], values, atol=1e-5)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", scenes())
def test_every_word_is_in_the_visitors_language(name: str, lang: str) -> None:
    payload, _ = sent(scenes()[name], lang)
    assert payload["words"].keys() == WORDS.keys()
    assert all(isinstance(word, str) and word for word in payload["words"].values())
    said = [payload["words"]["Play"], *(phase["label"] for phase in payload["scene"]["phases"])]
    said += [part["label"] for p in payload["scene"]["phases"] for part in p["parts"]]
    said += [name for grid in payload["scene"]["grids"] for name in grid["planes"]]
    english = [words for words in said if re.search("[a-z]{3}", words) and words != "im2col"]
    assert bool(english) == (lang == "en"), english
    for phase in payload["scene"]["phases"]:
        assert phase["look"] in WORDS
        assert phase["done"] in WORDS


def test_both_themes_and_the_players_settings_travel_along() -> None:
    payload, _ = sent(scenes()["convolution"], autoplay=8.0, tallest=300)
    assert payload["themes"] == theme.as_json()
    assert (payload["autoplay"], payload["tallest"]) == (8.0, 300)
    payload, _ = sent(scenes()["convolution"])
    assert (payload["autoplay"], payload["tallest"]) == (None, stage.TALLEST)


def test_the_program_is_all_of_its_files_and_asks_no_other_host() -> None:
    program = stage.javascript()
    files = sorted(stage._HERE.glob("*.js"))
    assert {path.name for path in files} == set(stage._FILES)
    assert all(path.read_text(encoding="utf-8") in program for path in files)
    assert program.count("function mount(") == 1
    for text in (program, stage.css()):
        assert not re.search(r"https?:|url\(|@import|\bimport\s|fetch\(", text)


def test_the_largest_picture_of_the_lesson_still_travels() -> None:
    x, weight = numbers(4, 32, 32), numbers(4, 4, 7, 7)
    scene = convolution(x, weight, numbers(4), padding=6)
    assert sent(scene)[1] <= 100 * KB
