"""The convolution lesson as a class uses it: inputs, presets, typing, and what cannot be done."""

import io

import numpy as np
import pytest
from PIL import Image

from cnnlab.engine import KERNEL_NAMES, WORKED_EXAMPLES, kernel
from cnnlab.ui import filters
from cnnlab.ui.controls import TEXTS
from cnnlab.ui.convolution.controls import INPUTS

EXAMPLE = WORKED_EXAMPLES[0]
BEFORE, FIRST = "Shown: the last setting that worked.", "Shown: the 5×5 example."
NO_NUMBER = "“{word}” is not a number: write digits, such as −1 or 0.5."


def values(scene, grid: str) -> np.ndarray:
    return scene.grid(grid).values


def picture(image: Image.Image, form: str = "PNG") -> tuple[str, bytes, str]:
    file = io.BytesIO()
    image.save(file, form)
    return f"picture.{form.lower()}", file.getvalue(), f"image/{form.lower()}"


# ---- how it opens


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_opens_with_the_ninth_output_of_the_first_text_pending(
    lesson, said, on_stage, lang
) -> None:
    visitor = lesson(lang=lang)
    scene = on_stage(visitor)
    assert (scene.start + 1, scene.steps) == (7, 9)
    assert values(scene, "output")[0, 2, 0] == 9
    np.testing.assert_array_equal(values(scene, "input"), EXAMPLE.x[0])
    np.testing.assert_array_equal(values(scene, "weight"), EXAMPLE.weight)
    assert said(visitor) == []
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"
    assert visitor.title[0].value == {"en": "Convolution", "zh": "卷积"}[lang]
    asked = [text.value for text in visitor.markdown if "33210 / 00131" in text.value]
    assert len(asked) == 1, "its prediction is open"
    assert visitor.get_by_key("reveal-convolution").disabled


def test_the_step_of_a_link_is_for_the_picture_that_it_opens(lesson, on_stage) -> None:
    visitor = lesson(step="3")
    assert on_stage(visitor).start == 2
    assert "step" not in visitor.query_params
    assert on_stage(visitor.run()).start == 2
    assert on_stage(visitor.selectbox(key="input").set_value("three_channels").run()).start == 9
    assert on_stage(visitor.selectbox(key="input").set_value("one_channel").run()).start == 6
    assert on_stage(lesson(step="900")).start == 8


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example.name)
def test_an_example_brings_its_settings_and_its_numbers(lesson, said, on_stage, example) -> None:
    visitor = lesson(stride="3", kernel="2", padding="2", filters="4")
    visitor.selectbox(key="input").set_value("digit").run()
    scene = on_stage(visitor.selectbox(key="input").set_value(example.name).run())
    for at, number in example.steps:
        assert values(scene, "output")[at] == number
    assert visitor.slider(key="stride").value == example.stride
    assert visitor.slider(key="padding").value == example.padding
    assert said(visitor) == []


@pytest.mark.parametrize("slug", [slug for slug in INPUTS if slug != "upload"])
def test_every_input_works(lesson, same, said, on_stage, slug: str) -> None:
    by_link = lesson(input=slug)
    by_hand = lesson()
    by_hand.selectbox(key="input").set_value(slug).run()
    assert said(by_link) == said(by_hand) == []
    assert same(on_stage(by_link), on_stage(by_hand))
    assert by_hand.query_params.get("input") == (slug if slug != "one_channel" else None)


@pytest.mark.parametrize("preset", filters.PRESETS)
def test_every_preset_works(lesson, said, on_stage, preset: str) -> None:
    visitor = lesson(preset=preset)
    weight = values(on_stage(visitor), "weight")
    assert said(visitor) == []
    assert weight.any()
    if preset in KERNEL_NAMES:
        np.testing.assert_array_equal(weight[0, 0], kernel(preset, 3, 3))


def test_each_axis_starts_from_what_both_had(lesson, same, on_stage) -> None:
    visitor = lesson(input="random", size="12")
    for key, value in (("kernel", 5), ("stride", 2), ("padding", 1), ("dilation", 2)):
        visitor.slider(key=key).set_value(value)
    before = on_stage(visitor.run())
    visitor.toggle(key="axes").set_value(True)
    assert same(on_stage(visitor.run()), before)
    visitor.slider(key="kernel_w").set_value(2).run()
    assert values(on_stage(visitor), "weight").shape == (1, 1, 5, 2)


def test_the_video_has_a_rule_of_its_own(lesson, said, on_stage) -> None:
    visitor = lesson(view="video", input="digit", padding="1", stride="2")
    assert said(visitor) == []
    rules = [text.value for text in visitor.markdown if "multiply–adds" in text.value]
    assert len(rules) == 1
    assert "3 − 2 + 1 = 2 frames" in rules[0]
    assert "⌊(6 + 2·1 − 3)/2⌋ + 1 = 3" in rules[0]
    assert "**weights** 18 · **multiply–adds** 324" in rules[0]
    assert values(on_stage(visitor), "output").shape == (1, 2, 3, 3)


# ---- what cannot be done: a sentence, the last good picture, and nothing is lost


def test_a_kernel_larger_than_the_padded_input(lesson, same, said, on_stage) -> None:
    visitor = lesson(padding="0", input="random", size="5", seed="3")
    before = on_stage(visitor)
    visitor.slider(key="kernel").set_value(7).run()
    assert said(visitor) == [
        "No output: a kernel of 7×7 is larger than the input of 5×5. " + BEFORE
    ]
    assert same(on_stage(visitor), before)
    assert visitor.slider(key="kernel").value == 7
    visitor.slider(key="padding").set_value(1).run()
    assert said(visitor) == []
    assert values(on_stage(visitor), "output").shape == (1, 1, 1)
    assert visitor.number_input(key="seed").value == 3


def test_a_link_to_what_cannot_be_done_shows_the_first_example(lesson, said, on_stage) -> None:
    visitor = lesson(kernel="7", input="random", size="4")
    assert [sentence.endswith(FIRST) for sentence in said(visitor)] == [True]
    assert said(visitor.run())[0].endswith(FIRST), "nothing has worked yet"
    np.testing.assert_array_equal(values(on_stage(visitor), "input"), EXAMPLE.x[0])
    assert visitor.slider(key="kernel").value == 7


def test_groups_that_do_not_divide(lesson, same, said, on_stage) -> None:
    visitor = lesson(input="random", channels="3")
    before = on_stage(visitor)
    visitor.slider(key="groups").set_value(2).run()
    assert said(visitor) == ["3 input channels cannot be divided into 2 groups. " + BEFORE]
    assert same(on_stage(visitor), before)
    visitor.slider(key="channels").set_value(4).run()
    assert said(visitor) == [
        "2 groups cannot share 1 filters evenly: 1 is not a multiple of 2. " + BEFORE
    ]
    visitor.slider(key="filters").set_value(2).run()
    assert said(visitor) == []
    assert values(on_stage(visitor), "weight").shape == (2, 2, 3, 3)


LETTERS = {
    "weights": ("1 x / 2 3", NO_NUMBER.format(word="x")),
    "values": ("1 2 / 3", "The rows have 1, 2 numbers: every row needs as many as the others."),
    "edits": (
        "row 2 = 5",
        "“row 2 = 5” is not a change: write plane,row,column=number, such as 1,2,3=5.",
    ),
    "biases": ("one", NO_NUMBER.format(word="one")),
}


@pytest.mark.parametrize("control", LETTERS)
def test_letters_where_numbers_belong(lesson, same, said, on_stage, control: str) -> None:
    text, sentence = LETTERS[control]
    others = {"input": "own", "preset": "custom", "bias": "true", "padding": "1", "filters": "2"}
    texts = {"values": "1 2 / 3 4", "weights": "5", "edits": "1,1,1=9", "biases": "2"}
    visitor = lesson(**others, **texts)
    before = on_stage(visitor)
    assert said(visitor) == []
    visitor.text_input(key=control).set_value(text).run()
    assert said(visitor) == [f"{sentence} {BEFORE}"]
    assert same(on_stage(visitor), before)
    assert visitor.text_input(key=control).value == text, "to be mended, not typed again"
    for other in set(TEXTS) & set(texts) - {control}:
        assert visitor.text_input(key=other).value == texts[other]
    assert (visitor.slider(key="padding").value, visitor.slider(key="filters").value) == (1, 2)
    visitor.text_input(key=control).set_value(texts[control]).run()
    assert said(visitor) == []
    assert same(on_stage(visitor), before)


def test_foreign_words_in_a_sentence_are_no_markdown(lesson, said) -> None:
    visitor = lesson(preset="custom", weights="![](x:y)$a$")
    assert said(visitor) == [
        r"“\!\[\](x\:y)\$a\$” is not a number: write digits, such as −1 or 0.5. " + FIRST
    ]


def test_uploads(lesson, same, said, on_stage) -> None:
    visitor = lesson(stride="2")
    visitor.selectbox(key="input").set_value("upload").run()
    assert said(visitor) == ["Choose a picture under “More”. " + BEFORE]
    first = on_stage(visitor)
    visitor.file_uploader(key="upload").set_value(
        ("a.txt", b"nothing but words", "text/plain")
    ).run()
    assert said(visitor) == [
        "This file is not a picture; choose a PNG, JPEG, WebP, GIF, BMP or TIFF. " + BEFORE
    ]
    assert same(on_stage(visitor), first)
    visitor.file_uploader(key="upload").set_value(picture(Image.new("1", (60_000, 1000)))).run()
    assert said(visitor) == [
        "The picture has more than 50 million pixels; make it smaller. " + BEFORE
    ]
    assert same(on_stage(visitor), first)
    visitor.file_uploader(key="upload").set_value(
        picture(Image.new("RGB", (300, 150), "#402010"), "JPEG")
    ).run()
    assert said(visitor) == []
    assert values(on_stage(visitor), "input").shape == (1, 16, 32)
    assert any("300×150 pixels, averaged down to 32×16" in text.value for text in visitor.markdown)
    visitor.file_uploader(key="upload").set_value(None).run()
    assert said(visitor) == ["Choose a picture under “More”. " + BEFORE]
    assert values(on_stage(visitor), "input").shape == (1, 16, 32)
