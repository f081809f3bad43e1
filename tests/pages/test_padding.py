"""The lesson on padding and stride as a class uses it, and what cannot be done."""

from functools import partial

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from cnnlab.engine import KERNEL_NAMES, kernel
from cnnlab.ui import filters, menu
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.padding.controls import INPUTS, MODES

BEFORE = "Shown: the last setting that worked."
FIRST = "Shown: 5×5 random numbers under a 3×3 kernel of ones."
MADE_OF = ("mode", "fill")
ENDS = "The slider ends at 6: too few for "


@pytest.fixture(scope="module")
def padding(visit):
    """The lesson, opened by a link."""
    return partial(visit, "padding-stride")


def values(scene, grid: str) -> np.ndarray:
    return scene.grid(grid).values


def walk(visitor: AppTest, slug: str) -> AppTest:
    """Go to another page as a click in the menu does, which drops what the address said."""
    visitor.query_params.clear()
    return visitor.switch_page(str(menu.page(slug).path)).run()


def text(visitor: AppTest, key: str) -> str:
    """What is said in a part of the frame: the line above the stage, the rule under it."""
    return " ".join(one.value for one in visitor.get_by_key(key).markdown)


def rule(visitor: AppTest) -> str:
    return text(visitor, "lesson-rule")


# ---- how it opens


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_padding_one_turns_the_corner_from_one_to_four(padding, said, on_stage, lang) -> None:
    visitor = padding(lang=lang)
    scene = on_stage(visitor)
    assert values(scene, "input").shape == (1, 5, 5)
    assert 0 < scene.start < scene.steps, "half-told"
    np.testing.assert_array_equal(values(scene, "weight"), np.ones((1, 1, 3, 3)))
    assert values(scene, "reads")[0, 0, 0] == 1
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"
    visitor.slider(key="padding").set_value(1).run()
    scene = on_stage(visitor)
    assert values(scene, "reads")[0].tolist()[0] == [4, 6, 6, 6, 4]
    assert values(scene, "output").shape == (1, 5, 5)
    assert said(visitor) == []
    assert visitor.title[0].value == {"en": "Padding & stride", "zh": "填充与步幅"}[lang]


def test_reads_are_counted_only_where_they_are_wanted(padding, on_stage) -> None:
    visitor = padding()
    visitor.toggle(key="reads").set_value(False).run()
    assert "reads" not in {grid.id for grid in on_stage(visitor).grids}
    visitor.session_state["view"] = "same"
    visitor.run()
    assert not [one for one in visitor.toggle if one.key == "reads"]
    visitor.session_state["view"] = "size"
    assert not visitor.run().toggle(key="reads").value, "what was set stays set"


@pytest.mark.parametrize("slug", [slug for slug in INPUTS if slug != "upload"])
def test_every_input_works(padding, same, said, on_stage, slug: str) -> None:
    by_link, by_hand = padding(input=slug), padding(input="digit" if slug != "digit" else "own")
    by_hand.slider(key="kernel").set_value(5).run()
    by_hand.selectbox(key="input").set_value(slug).run()
    assert said(by_link) == said(by_hand) == []
    assert same(on_stage(by_link), on_stage(by_hand))
    side = {"random": 5, "own": 5, "digit": 28}.get(slug, 32)
    assert values(on_stage(by_link), "input").shape == (1, side, side)
    preset = "ones" if slug in ("random", "own") else "sobel_x"
    np.testing.assert_array_equal(values(on_stage(by_link), "weight")[0, 0], kernel(preset, 3, 3))


def test_a_digit_is_framed_with_its_own_background(padding, on_stage) -> None:
    wide = values(on_stage(padding(input="digit", size="32")), "input")[0]
    digit = values(on_stage(padding(input="digit")), "input")[0]
    np.testing.assert_array_equal(wide[2:30, 2:30], digit)
    assert wide.sum() == digit.sum(), "LeNet's 32×32: 2 cells of background on each side"


@pytest.mark.parametrize("preset", [slug for slug in filters.PRESETS if slug != "example"])
def test_every_preset_works(padding, said, on_stage, preset: str) -> None:
    visitor = padding(preset=preset)
    weight = values(on_stage(visitor), "weight")
    assert said(visitor) == []
    assert weight.any()
    if preset in KERNEL_NAMES:
        np.testing.assert_array_equal(weight[0, 0], kernel(preset, 3, 3))


def test_of_several_planes_the_first_is_taken(padding, said, on_stage) -> None:
    visitor = padding(input="own", values="1 2 3 / 4 5 6 / 7 8 9 | 0 0 0 / 0 0 0 / 0 0 0")
    assert said(visitor) == []
    assert values(on_stage(visitor), "input").tolist() == [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    assert "Of 2 planes, the first is taken." in rule(visitor)
    assert visitor.slider(key="size").disabled


# ---- modes


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_pads_as_pytorch_does(padding, said, on_stage, mode: str) -> None:
    visitor = padding(mode=mode, padding="2", fill="-3")
    scene = on_stage(visitor)
    around = values(scene, "input")
    inside = torch.tensor(around[:, 2:-2, 2:-2])[None]
    name, fill = (mode, None) if mode not in ("zeros", "constant") else ("constant", 0.0)
    expected = functional.pad(inside, (2,) * 4, name, -3.0 if mode == "constant" else fill)
    np.testing.assert_array_equal(around, expected[0])
    y = functional.conv2d(expected, torch.ones(1, 1, 3, 3))[0]
    np.testing.assert_array_equal(values(scene, "output"), y)
    assert said(visitor) == []
    assert [one.key for one in visitor.slider if one.key == "fill"] == (
        ["fill"] if mode == "constant" else []
    )


@pytest.mark.parametrize("axes", ["true", "false"])
def test_where_each_framework_pads_itself_nothing_is_to_be_set(padding, said, axes: str) -> None:
    visitor = padding(axes=axes, padding="1", mode="constant")

    def padders() -> dict[str, bool]:
        return {one.key: one.disabled for one in visitor.slider if one.key.startswith("padding")}

    def modes() -> list[str]:
        return [one.key for one in (*visitor.selectbox, *visitor.slider) if one.key in MADE_OF]

    each = {"padding", "padding_h", "padding_w"} if axes == "true" else {"padding"}
    assert padders() == dict.fromkeys(each, False)
    assert modes() == list(MADE_OF)
    visitor.session_state["view"] = "same"
    visitor.run()
    assert padders() == dict.fromkeys(each, True)
    assert modes() == []
    assert not visitor.slider(key="stride").disabled
    visitor.session_state["view"] = "size"
    visitor.run()
    assert padders() == dict.fromkeys(each, False)
    assert visitor.selectbox(key="mode").value == "constant", "what was set stays set"
    assert said(visitor) == []


# ---- Valid, Same, Full


@pytest.mark.parametrize("view", ["size", "border"])
def test_three_buttons_set_the_padding(padding, said, view: str) -> None:
    visitor = padding(view=view, kernel="5", size="9")
    for slug, label, expected, size in (
        ("full", "Full: 4", 4, 13),
        ("same", "Same: 2", 2, 9),
        ("valid", "Valid: 0", 0, 5),
    ):
        assert visitor.button(key=f"padding-{slug}").label == label
        visitor.button(key=f"padding-{slug}").click().run()
        assert visitor.slider(key="padding").value == expected
        assert rule(visitor).split("\n\n")[0].endswith(f"= {size}")
    assert said(visitor) == []


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"kernel": "4"}, "A reach of 4 cells needs 3 in all, no number per side (see Same)."),
        ({"kernel": "7", "dilation": "4", "size": "28"}, ENDS + "Same, 12, and for Full, 24."),
        ({"kernel": "5", "dilation": "2", "size": "28"}, ENDS + "Full, 8."),
        ({"kernel": "3"}, ""),
    ],
)
def test_what_stands_in_the_way_is_said(padding, link: dict, sentence: str) -> None:
    visitor = padding(**link)
    assert " ".join(one.value for one in visitor.get_by_key("padding-tools").caption) == sentence
    assert visitor.button(key="padding-same").disabled == (link["kernel"] == "4")


def lit(visitor: AppTest) -> list[str]:
    """The buttons that are said to hold now."""
    assert not visitor.exception
    slugs = ("valid", "same", "full")
    return [slug for slug in slugs if visitor.button(key=f"padding-{slug}").proto.type == "primary"]


@pytest.mark.parametrize("view", ["size", "border"])
@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, ["valid"]),
        ({"padding": "1"}, ["same"]),
        ({"padding": "2"}, ["full"]),
        ({"padding": "3"}, []),
        ({"padding": "1", "stride": "2"}, []),
        ({"axes": "true", "padding": "1", "stride": "1", "stride_w": "2"}, []),
        ({"padding": "0", "stride": "2"}, ["valid"]),
        ({"kernel": "1"}, ["valid", "same", "full"]),
        ({"kernel": "4"}, ["valid"]),
        ({"input": "own", "values": "1 2 3 / 4 5 6 / 7 8 9"}, ["valid"]),
        ({"input": "digit", "mode": "circular", "padding": "1"}, ["same"]),
        ({"kernel": "7"}, []),
        ({"mode": "reflect", "padding": "6", "kernel": "7"}, []),
    ],
)
def test_what_is_lit_is_on_the_screen(padding, view: str, link: dict, expected: list) -> None:
    assert lit(padding(view=view, **link)) == expected


@pytest.mark.parametrize(
    "refused", [{"kernel": 7, "size": 5}, {"size": 3, "kernel": 5}, {"dilation": 4}]
)
def test_what_is_refused_lights_nothing_and_offers_nothing(padding, refused: dict) -> None:
    visitor = padding(size="6", stride="2")
    assert lit(visitor) == ["valid"]
    for key, number in refused.items():
        visitor.slider(key=key).set_value(number)
    assert lit(visitor.run()) == []
    assert visitor.info
    visitor.session_state["view"] = "transposed"
    assert not [one for one in visitor.run().button if one.key == "padding-fits"]


def test_full_goes_as_far_as_the_slider(padding, said) -> None:
    visitor = padding(kernel="7", dilation="4", size="28")
    visitor.button(key="padding-full").click().run()
    assert visitor.slider(key="padding").value == 6
    assert said(visitor) == []


def test_each_axis_gets_its_own_padding(padding, on_stage) -> None:
    visitor = padding(axes="true", kernel_h="5", kernel_w="3", size="7")
    assert visitor.button(key="padding-same").label == "Same: 2×1"
    visitor.button(key="padding-same").click().run()
    assert visitor.slider(key="padding_h").value == 2
    assert visitor.slider(key="padding_w").value == 1
    assert values(on_stage(visitor), "output").shape == (1, 7, 7)


# ---- what is typed


def test_numbers_are_typed_into_input_and_kernel(padding, type_into, on_stage) -> None:
    visitor = padding(padding="1")
    type_into(visitor, "input", [0, 0, 0], "50")
    assert values(on_stage(visitor), "input")[0, 1, 1] == 50
    type_into(visitor, "weight", [0, 0, 1, 1], "-2")
    weight = values(on_stage(visitor), "weight")
    assert (weight[0, 0, 1, 1], weight.sum()) == (-2, 6)
    assert visitor.selectbox(key="preset").value == "custom"
    assert visitor.query_params["edits"] == "1,1,1=50"


def test_a_changed_cell_stays_on_its_page(padding, type_into, on_stage) -> None:
    visitor = padding()
    type_into(visitor, "input", [0, 0, 0], "50")
    walk(visitor, "convolution")
    assert values(on_stage(visitor), "input")[0, 0, 0] == 3, "the text's own"
    walk(visitor, "padding-stride")
    assert values(on_stage(visitor), "input")[0, 0, 0] == 50


# ---- the rule


def test_the_border_tells_the_other_padding_apart(padding) -> None:
    assert "sentences equally long" in rule(padding(view="border"))
    assert "sentences" not in rule(padding())


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, "⌊(5 + 2·0 − 3)/1⌋ + 1 = 3"),
        (
            {"size": "6", "stride": "2"},
            "⌊(6 + 2·0 − 3)/2⌋ + 1 = 2 · the last row and the last column are never read",
        ),
        (
            {"size": "8", "stride": "3", "kernel": "2"},
            "⌊(8 + 2·0 − 2)/3⌋ + 1 = 3 · rows 3 and 6, columns 3 and 6 are never read",
        ),
        (
            {"size": "6", "stride": "2", "padding": "1"},
            "= 3 · of the padding, 1 row and 1 column are never read",
        ),
        (
            {"axes": "true", "size_h": "5", "size_w": "7", "stride_w": "2"},
            "⌊(5 + 2·0 − 3)/1⌋ + 1 = 3 rows, ⌊(7 + 2·0 − 3)/2⌋ + 1 = 3 columns",
        ),
        ({"lang": "zh", "size": "6", "stride": "2"}, "= 2 · 最后一行和最后一列从未被读取"),
        (
            {"lang": "zh", "size": "16", "stride": "4", "kernel": "1", "axes": "true"}
            | {"stride_w": "1", "size_h": "14"},
            "第 2–4、6–8、10–12 和 14 行从未被读取",
        ),
        ({"view": "same", "size": "6", "stride": "2"}, "⌈6/2⌉ = 3"),
        (
            {"view": "transposed", "size": "6", "stride": "2", "padding": "1"},
            "(3 − 1)·2 − 2·1 + 1·(3 − 1) + 0 + 1 = 5 · inputs of 5, 6 all become 3",
        ),
        (
            {"lang": "zh", "view": "transposed", "size": "7", "stride": "3"},
            "大小为 6、7、8 的输入都会变成 2",
        ),
        ({"view": "transposed"}, "only an input of 5 becomes 3"),
    ],
)
def test_the_rule_has_this_settings_numbers(padding, link: dict, expected: str) -> None:
    assert expected in rule(padding(**link))


# ---- the other views


def test_a_map_of_ones_shows_its_border(padding, on_stage) -> None:
    visitor = padding(view="border", padding="1", input="digit")
    scene = on_stage(visitor)
    assert set(values(scene, "output").flat) == {4, 6, 9}
    assert not any(grid.editable for grid in scene.grids)
    line = text(visitor, "line-border_seen")
    assert "**4** at the top left, **6** along the top and left edges, **9** in the middle" in line
    for mode in ("reflect", "replicate", "circular"):
        visitor.selectbox(key="mode").set_value(mode).run()
        assert set(values(on_stage(visitor), "output").flat) == {9}
        assert "**9** everywhere" in text(visitor, "line-border_flat")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_buttons_lead_to_where_the_frameworks_part(padding, on_stage, lang: str) -> None:
    visitor = padding(view="same", lang=lang, axes="true", kernel_h="2", dilation="2")
    for slug, pads in (("even", "1 + 0"), ("strided", "0 + 1")):
        visitor.button(key=f"padding-same-{slug}").click().run()
        line = text(visitor, "line-same")
        assert pads in line
        assert ("outputs differ" in line) == (lang == "en")
        assert {"output-pytorch", "output-tensorflow", "output-scipy"} <= {
            grid.id for grid in on_stage(visitor).grids
        }
    assert "PyTorch" in line
    assert ("refuses" if lang == "en" else "拒绝") in line, "at a stride"


def test_the_output_padding_that_gives_the_size_back(padding, on_stage) -> None:
    visitor = padding(view="transposed", size="6", stride="2", padding="1")
    assert "5×5, but the input is 6×6" in text(visitor, "line-transposed_size")
    assert values(on_stage(visitor), "output").shape == (1, 5, 5)
    visitor.button(key="padding-fits").click().run()
    assert values(on_stage(visitor), "output").shape == (1, 6, 6)
    assert visitor.slider(key="output_padding").value == 1
    assert "The adjoint" in text(visitor, "line-transposed_adjoint")
    assert not [one for one in visitor.button if one.key == "padding-fits"]


def test_a_refused_output_padding_is_in_no_number_on_the_screen(padding, said, on_stage) -> None:
    visitor = padding(view="transposed", stride="2", output_padding="2")
    assert len(said(visitor)) == 1
    assert values(on_stage(visitor), "output").shape == (1, 5, 5)
    assert "+ 0 + 1 = 5" in rule(visitor)


def test_an_axis_that_needs_more_output_padding_than_the_other(padding, on_stage) -> None:
    visitor = padding(view="transposed", axes="true", size_h="6", size_w="7", stride="2")
    visitor.button(key="padding-fits").click().run()
    assert values(on_stage(visitor), "output").shape == (1, 6, 7)
    assert visitor.slider(key="output_padding_h").value == 1
    assert visitor.slider(key="output_padding_w").value == 0


def test_an_output_padding_that_cannot_be(padding, said, on_stage) -> None:
    visitor = padding(view="transposed", output_padding="3")
    assert said(visitor) == [
        "Output padding 3 must be smaller than the stride 1 or the dilation 1. "
        "Shown: with the output padding that gives the input's size back."
    ]
    assert values(on_stage(visitor), "output").shape == (1, 5, 5)
    visitor.session_state["view"] = "size"
    assert said(visitor.run()) == [], "it concerns that view alone"


@pytest.mark.parametrize("kind", ["output", "one", "ones"])
def test_what_is_fed_in(padding, on_stage, kind: str) -> None:
    visitor = padding(view="transposed", fed=kind, mode="reflect", padding="1")
    fed, weight = (values(on_stage(visitor), grid) for grid in ("input", "weight"))
    expected = functional.conv_transpose2d(
        torch.tensor(fed)[None], torch.tensor(weight), padding=1
    )[0]
    np.testing.assert_array_equal(values(on_stage(visitor), "output"), expected)
    assert (fed.sum() == 1) == (kind == "one")
    heads = {"output": "= the output Y", "one": "= a single 1", "ones": "= ones"}
    grid = on_stage(visitor).grid("input")
    assert str(grid.label) == "z"
    assert str(grid.note).startswith(heads[kind])
    said = " ".join(one.value for one in visitor.markdown)
    assert "knows no padding mode but zeros" in said


def test_the_tables_below(padding) -> None:
    visitor = padding(about="sizes", padding="1", size="7", stride="2")
    table = next(one.value for one in visitor.markdown if one.value.startswith("| Stride"))
    assert "| 2 | 3 | **4** | 5 |" in table
    visitor = padding(about="layers", input="digit")
    lines = [one.value for one in visitor.markdown]
    assert "**Padding 0, stride 1:** after 13 layers, 28×28 has become 2×2." in lines
    assert "**Padding 1, stride 1:** after 13 layers, 28×28 has become 28×28." in lines
    visitor.slider(key="depth").set_value(20).run()
    lines = [one.value for one in visitor.markdown]
    assert "**Padding 0, stride 1:** 28×28 has become 2×2, and layer 14 of 20 no longer fits." in (
        lines
    )


@pytest.mark.parametrize("slug", [slug for slug in INPUTS if slug != "upload"])
def test_the_ladder_of_the_texts_at_one_click(padding, said, on_stage, slug: str) -> None:
    odd = {"stride": "3", "kernel_h": "5", "dilation": "2", "padding": "2", "depth": "4"}
    visitor = padding(about="layers", input=slug, axes="true", preset="custom", **odd)
    visitor.button(key="padding-ladder").click().run()
    assert said(visitor) == []
    assert values(on_stage(visitor), "input").shape == (1, 28, 28)
    lines = [one.value for one in visitor.markdown]
    assert "**Padding 0, stride 1:** after 13 layers, 28×28 has become 2×2." in lines
    assert "**Padding 1, stride 1:** after 13 layers, 28×28 has become 28×28." in lines
    assert visitor.selectbox(key="input").value == ("digit" if slug == "own" else slug)


@pytest.mark.parametrize(
    ("link", "rows"),
    [
        ({"view": "transposed"}, ["Transposed, of z | 1×5×5"]),
        (
            {"view": "transposed", "fed": "one", "size": "6", "stride": "2", "output_padding": "1"},
            ["Transposed, of z | 1×6×6"],
        ),
        (
            {"view": "same", "kernel": "4"},
            [f"“Same” of {name} | 1×5×5" for name in ("PyTorch", "TensorFlow", "SciPy")],
        ),
        (
            {"view": "same", "kernel": "2", "stride": "2", "lang": "zh"},
            ["PyTorch 的 “same” | 1×2×2", "TensorFlow 的 “same” | 1×3×3"],
        ),
        ({"view": "size"}, ["Transposed | 1×7×7"]),
    ],
)
def test_the_check_is_of_what_the_view_shows(padding, link: dict, rows: list[str]) -> None:
    visitor = padding(about="check", **link)
    assert not visitor.exception
    table = next(one.value for one in visitor.markdown if one.value.startswith("| "))
    assert all(f"| {row} |" in table for row in rows)
    assert ("Transposed, of z" in table) == (link["view"] == "transposed")


# ---- what cannot be done: a sentence, the last good picture, and nothing is lost


def test_a_kernel_larger_than_the_padded_input(padding, same, said, on_stage) -> None:
    visitor = padding(padding="1", size="4")
    before = on_stage(visitor)
    visitor.slider(key="kernel").set_value(7).run()
    assert said(visitor) == [
        "No output: a kernel of 7×7 is larger than the input of 4×4 with padding 1 on each side. "
        + BEFORE
    ]
    assert same(on_stage(visitor), before)
    assert visitor.slider(key="kernel").value == 7
    visitor.button(key="padding-same").click().run()
    assert said(visitor) == [], "the button is for what is set, not for what is shown"
    assert values(on_stage(visitor), "output").shape == (1, 4, 4)


@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_copies_of_more_than_there_is(padding, same, said, on_stage, mode: str) -> None:
    visitor = padding(mode=mode, padding="2", size="4")
    before = on_stage(visitor)
    visitor.slider(key="padding").set_value(6).run()
    [sentence] = said(visitor)
    assert sentence.startswith({"reflect": "Reflecting 6", "circular": "Circular"}[mode])
    assert sentence.endswith(BEFORE)
    assert same(on_stage(visitor), before)


def test_a_link_to_what_cannot_be_shows_the_first_numbers(padding, said, on_stage) -> None:
    visitor = padding(kernel="7")
    assert [sentence.endswith(FIRST) for sentence in said(visitor)] == [True]
    assert values(on_stage(visitor), "input").shape == (1, 5, 5)
    visitor.slider(key="padding").set_value(1).run()
    assert said(visitor) == []


# ---- coming and going


def test_walking_here_from_extreme_values_and_back(visit, said, on_stage) -> None:
    extreme = {"size", "kernel", "stride", "padding", "dilation", "groups", "channels", "filters"}
    ends = {key: str(WHOLES[key].most) for key in extreme}
    visitor = visit("convolution", input="random", preset="sobel_y", flip="true", **ends)
    there = on_stage(visitor)
    walk(visitor, "padding-stride")
    assert said(visitor) == []
    scene = on_stage(visitor)
    assert values(scene, "reads")[0, 0, 0] == 1, "it opens as it always does"
    visitor.slider(key="padding").set_value(2).run()
    walk(visitor, "convolution")
    assert [values(on_stage(visitor), grid).shape for grid in ("input", "weight")] == [
        values(there, grid).shape for grid in ("input", "weight")
    ]
    walk(visitor, "padding-stride")
    assert values(on_stage(visitor), "reads")[0, 0, 0] == 9, "and is found as it was left"


def test_each_lesson_has_an_input_of_its_own(visit, on_stage) -> None:
    visitor = visit("convolution", input="digit", kernel="5")
    assert walk(visitor, "padding-stride").selectbox(key="input").value == "random"
    visitor.selectbox(key="input").set_value("own").run()
    assert walk(visitor, "convolution").selectbox(key="input").value == "digit"
    assert values(on_stage(visitor), "weight").shape == (1, 1, 5, 5)
    assert walk(visitor, "padding-stride").selectbox(key="input").value == "own"
