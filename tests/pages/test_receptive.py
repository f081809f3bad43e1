"""The lesson on receptive fields as a class uses it: stacks, layers, units, views, the editor."""

import numpy as np
import pytest

from cnnlab.engine.field_paths import paths
from cnnlab.engine.layer_text import write
from cnnlab.engine.stacks import STACKS
from cnnlab.ui import menu
from cnnlab.ui.receptive import measured
from cnnlab.ui.receptive.controls import OWN, OWN_LAYERS, openings

VIEWS = ("side", "plane", "photo", "three", "compare")
OPENING = (
    "**Unit 8, 8** of 15×15 · **field** 5×5 (3 + (3 − 1)·1) · **jump** 1 · **first centre** 1 · "
    "**sees** 6 to 10, both axes · **outside** 0 %"
)


@pytest.fixture
def receptive(visit):
    """The lesson on receptive fields, opened by a link."""

    def opened(**query: str):
        return visit("receptive-field", **query)

    return opened


def texts(visitor) -> str:
    """What it says; spaces that do not break are as good as others."""
    return "\n".join(text.value for text in visitor.markdown).replace("\N{NO-BREAK SPACE}", " ")


def rule_of(visitor) -> str:
    return next(text.value for text in visitor.markdown if text.value.startswith("**Unit"))


# ---- how it opens


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_opens_with_the_cone_of_the_middle_unit(receptive, said, on_stage, lang) -> None:
    visitor = receptive(lang=lang)
    scene = on_stage(visitor)
    assert (scene.start, scene.steps, scene.reach) == (2, 2, "cone")
    assert scene.grid("input").values[0].tolist() == [0] * 5 + [1, 2, 3, 2, 1] + [0] * 5
    assert said(visitor) == []
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"
    assert visitor.title[0].value == {"en": "Receptive field", "zh": "感受野"}[lang]


def test_the_rule_of_the_opening(receptive) -> None:
    assert OPENING in texts(receptive())


def test_a_link_opens_at_a_step(receptive, on_stage) -> None:
    assert on_stage(receptive(step="1")).start == 0
    assert on_stage(receptive(step="99")).start == 2


@pytest.mark.parametrize("slug", STACKS)
def test_every_stack_opens_at_its_own_input_and_layer(receptive, said, on_stage, slug) -> None:
    by_link, by_hand = receptive(stack=slug), receptive()
    by_hand.selectbox(key="stack").set_value(slug).run()
    network, opening = STACKS[slug].network, openings(slug)
    for visitor in (by_link, by_hand):
        assert said(visitor) == []
        assert visitor.slider(key="side").value == network.input[1] == opening["side"]
        assert visitor.selectbox(key="layer").value == opening["layer"]
        assert set(visitor.query_params) <= {"stack"}
        path, middle = (opening["layer"] - 1,), on_stage(visitor).grid("input").shape[1]
        assert middle == network.input[2]
        assert len(visitor.selectbox(key="layer").options) == len(network.layers), path


def test_the_layer_is_one_of_the_stack(receptive, said) -> None:
    visitor = receptive(stack="alexnet", layer="5")
    assert visitor.selectbox(key="layer").value == 5
    visitor.selectbox(key="stack").set_value("one5").run()
    assert visitor.selectbox(key="layer").value == 1
    assert receptive(layer="60").selectbox(key="layer").value == 2, (
        "who asks for more gets the last"
    )
    assert said(visitor) == []


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ({"unit": "corner"}, "**Unit 1, 1** of 15×15"),
        ({"unit": "edge"}, "**Unit 8, 1** of 15×15"),
        ({"unit": "own", "unit_h": "3", "unit_w": "15"}, "**Unit 3, 15** of 15×15"),
        ({"unit": "own", "unit_h": "500", "unit_w": "2"}, "**Unit 15, 2** of 15×15"),
    ],
)
def test_the_unit_is_chosen(receptive, query, row) -> None:
    assert row in texts(receptive(**query))


def test_the_field_of_a_corner_lies_outside(receptive) -> None:
    shown = texts(receptive(unit="corner"))
    assert "**sees** −1 to 3, both axes · **outside** 64 %" in shown
    shown = texts(receptive(unit="edge"))
    assert "**sees** rows 6 to 10, columns −1 to 3 · **outside** 40 %" in shown


# ---- what cannot be


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ("nonsense", "is no layer"),
        ("", "at least one layer"),
        ("conv 1 9, conv 1 9, pool 9", "no output"),
        ("conv 1 3, dense 5", "flatten them first"),
    ],
)
def test_layers_that_cannot_be_are_told(receptive, said, on_stage, layers, sentence) -> None:
    visitor = receptive(stack=OWN, layers=layers, side="15")
    (told,) = said(visitor)
    assert sentence in told
    assert told.endswith("Shown: two 3×3 layers.")
    assert on_stage(visitor).steps == 2
    visitor.text_input(key="layers").set_value("conv 1 3").run()
    assert said(visitor) == []


def test_the_last_that_worked_stays(receptive, said) -> None:
    visitor = receptive(stack=OWN, layers="conv 1 5")
    visitor.text_input(key="layers").set_value("conv 1 3, nonsense").run()
    assert said(visitor)[0].endswith("Shown: the last setting that worked.")
    assert "**field** 5×5 (1 + (5 − 1)·1)" in texts(visitor)


@pytest.mark.parametrize("view", ["side", "plane"])
def test_what_is_too_large_to_draw_is_told(receptive, said, on_stage, view) -> None:
    visitor = receptive(stack="vgg16", side="512", view=view)
    assert len(said(visitor)) == 1
    assert on_stage(visitor) is None
    assert "**Unit 9, 9** of 16×16" in texts(visitor), "the rule is still there"


# ---- the views


def test_from_above(receptive, on_stage) -> None:
    scene = on_stage(receptive(view="plane", stack="dilated", layer="2"))
    network = STACKS["dilated"].network
    np.testing.assert_array_equal(scene.grid("input").values, paths(network, (1,), (7, 7)))


def test_on_a_photograph_there_is_room(receptive) -> None:
    visitor = receptive(view="photo")
    assert "**Unit 113, 113** of 224×224" in texts(visitor)
    (image,) = visitor.get("image")
    assert image.proto.imgs[0].caption == "All that this unit sees: 5×5"
    assert "The input is 224×224 here instead of 15×15" in texts(visitor)
    shown = texts(receptive(view="photo", side="299"))
    assert "of 299×299" in shown
    assert "instead of" not in shown


def test_ones_own_unit_on_a_photograph_is_named(receptive) -> None:
    visitor = receptive(view="photo", unit="own", unit_h="8", unit_w="3")
    assert "this is unit 8, 3 of 224×224" in texts(visitor)


def test_three_fields_are_switched_on_and_off(receptive, monkeypatch) -> None:
    asked = []

    def noted(*_: object, **how: object) -> np.ndarray:
        asked.append(how)
        return np.zeros((15, 15))

    monkeypatch.setattr(measured, "effective_field", noted)
    measured._measured.cache_clear()
    visitor = receptive(view="three")
    assert "**5×5**, all of it on the image." in texts(visitor)
    assert "cells on the image" not in texts(visitor)
    visitor.toggle(key="support").set_value(True).run()
    assert "**25** of its 25 cells on the image (100 %)." in texts(visitor)
    assert not asked, "what nobody has asked for is not measured"
    visitor.toggle(key="effective").set_value(True).run()
    visitor.toggle(key="extent").set_value(False).run()
    assert len(asked) == 1, "measured once"
    assert asked[0] == {"inputs": 20, "seed": 0, "weights": "random", "rectified": False}
    visitor.selectbox(key="start").set_value("uniform").run()
    visitor.toggle(key="rectified").set_value(True).run()
    assert asked[-1] == {"inputs": 20, "seed": 0, "weights": "uniform", "rectified": True}
    measured._measured.cache_clear()


def test_the_effective_field_is_measured(receptive, said) -> None:
    visitor = receptive(view="three", effective="true", start="uniform", inputs="1")
    assert "95 % of |gradient| within **5×5**" in texts(visitor)
    assert said(visitor) == []


def test_trained_weights_there_are_of_the_fast_net_alone(receptive, said) -> None:
    visitor = receptive(stack="fast", view="three", effective="true", start="trained", inputs="3")
    assert said(visitor) == []
    assert visitor.selectbox(key="start").value == "trained"
    assert visitor.toggle(key="effective").value
    assert not [toggle for toggle in visitor.toggle if toggle.key == "rectified"]
    assert "95 % of |gradient| within" in texts(visitor)
    visitor.selectbox(key="stack").set_value("two3").run()
    (told,) = said(visitor)
    assert "trained weights of the fast net alone" in told
    assert "**5×5**, all of it on the image." in texts(visitor), "the rest is still there"
    visitor.selectbox(key="start").set_value("uniform").run()
    assert said(visitor) == []


def test_small_windows_against_a_large_one(receptive) -> None:
    shown = texts(receptive(view="compare"))
    assert "18C² = **73,728** | 25C² = **102,400** | 72 %" in shown
    visitor = receptive(view="compare")
    visitor.session_state["compare-pair"] = "three"
    visitor.session_state["compare-channels"] = "512"
    visitor.run()
    assert "27C² = **7,077,888** | 49C² = **12,845,056** | 55 %" in texts(visitor)


# ---- one's own stack


def test_a_copy_is_edited_where_the_original_was(receptive, said) -> None:
    visitor = receptive(stack="alexnet", layer="3", side="195", unit="corner")
    before = rule_of(visitor)
    visitor.button(key="stack-edit").click().run()
    assert said(visitor) == []
    assert visitor.selectbox(key="stack").value == OWN
    assert visitor.text_input(key="layers").value == write(STACKS["alexnet"].network.layers)
    assert (visitor.selectbox(key="layer").value, visitor.slider(key="side").value) == (3, 195)
    assert rule_of(visitor) == before
    visitor.run()
    assert rule_of(visitor) == before


@pytest.mark.parametrize(
    ("query", "layer"),
    [
        ({"layers": "conv 1 3,conv 1 3 s2"}, 2),
        ({"layers": ", ".join(["conv 1 3 p1"] * 60)}, 60),
        ({"layers": "conv 1 3, pool 2, conv 1 3, flatten, dense 9", "layer": "99"}, 5),
        ({"layers": "conv 1 3, pool 2, conv 1 3, flatten, dense 9", "layer": "2"}, 2),
        ({"layer": "99"}, 3),
    ],
)
def test_a_link_to_ones_own_stack_opens_at_its_layer(receptive, query, layer) -> None:
    visitor = receptive(stack=OWN, **query)
    assert visitor.selectbox(key="layer").value == layer
    visitor.run()
    assert visitor.selectbox(key="layer").value == layer


def test_who_looks_at_a_layer_stays_there_when_layers_are_added(receptive) -> None:
    visitor = receptive(stack=OWN)
    visitor.selectbox(key="layer").set_value(1).run()
    visitor.text_input(key="layers").set_value(OWN_LAYERS + ", conv 1 3").run()
    assert visitor.selectbox(key="layer").value == 1
    visitor.selectbox(key="stack").set_value("alexnet").run()
    visitor.selectbox(key="stack").set_value(OWN).run()
    assert visitor.selectbox(key="layer").value == 4


def test_the_deep_stacks_open_with_relu(receptive) -> None:
    visitor = receptive()
    assert not visitor.toggle(key="rectified").value if visitor.toggle else True
    for slug, rectified in (("deep20res", True), ("two3", False), ("deep20", True)):
        visitor = receptive(stack=slug, view="three", effective="true", inputs="1")
        assert ("with ReLU," in texts(visitor)) == rectified


def test_who_looks_at_the_last_layer_follows_it(receptive, said) -> None:
    visitor = receptive(stack=OWN)
    assert visitor.selectbox(key="layer").value == 3
    visitor.selectbox(key="layer-add").set_value("pool").run()
    assert visitor.selectbox(key="layer").value == 4
    visitor.selectbox(key="layer").set_value(2).run()
    visitor.selectbox(key="layer-add").set_value("relu").run()
    assert visitor.selectbox(key="layer").value == 2
    visitor.text_input(key="layers").set_value("conv 1 3").run()
    assert visitor.selectbox(key="layer").value == 1
    assert said(visitor) == []


def test_ones_own_stack_is_kept_while_others_are_looked_at(receptive) -> None:
    visitor = receptive(stack=OWN, layers="conv 1 5 s3")
    visitor.selectbox(key="stack").set_value("lenet5").run()
    visitor.selectbox(key="stack").set_value(OWN).run()
    assert visitor.text_input(key="layers").value == "conv 1 5 s3"


def test_other_pages_have_other_layers(receptive, said) -> None:
    visitor = receptive(stack=OWN, layers="conv 1 5 s3")
    visitor.switch_page(str(menu.page("training").path)).run()
    assert visitor.text_input(key="layers").value != "conv 1 5 s3"
    visitor.switch_page(str(menu.page("receptive-field").path)).run()
    assert said(visitor) == []
    visitor.selectbox(key="stack").set_value(OWN).run()
    assert visitor.text_input(key="layers").value == "conv 1 5 s3"


def test_ones_own_stack_begins_with_a_stride(receptive) -> None:
    visitor = receptive(stack=OWN)
    assert visitor.text_input(key="layers").value == OWN_LAYERS
    assert "**field** 9×9 (5 + (3 − 1)·2) · **jump** 2" in texts(visitor)


# ---- what closes it


@pytest.mark.parametrize(("slug", "said_so"), [("resnet50", "first 1×1"), ("resnet50b", "3×3")])
def test_the_variant_is_stated(receptive, slug, said_so) -> None:
    assert f"the stride is in a block's {said_so}" in texts(receptive(stack=slug))


def test_the_table_and_the_check(receptive, said) -> None:
    shown = texts(receptive(about="table", stack="lenet5"))
    assert "| **6 avgpool 2×2** | **2×2** | **4** | **16×16** | **8.5** | **5×5** |" in shown
    visitor = receptive(about="check", stack="lenet5")
    assert "| Ways to each cell | 32×32 |" in texts(visitor)
    assert "| no |" not in texts(visitor)
    assert said(visitor) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_in_both_languages(receptive, said, view, lang) -> None:
    assert said(receptive(view=view, lang=lang, effective="true", support="true")) == []
