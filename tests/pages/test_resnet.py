"""The ResNet lesson as a class uses it: a block set, typed into, refused, and backward."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.lessons import LANGUAGES
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.resnet.controls import BLOCKS, INPUTS
from cnnlab.ui.resnet.setting import setting

DO_NOT_ADD = "hapes do not add: the body makes 2×2×2, the shortcut 1×4×4"


@pytest.fixture(scope="module")
def resnet(visit):
    """The ResNet lesson, opened by a link."""

    def opened(**query: str):
        return visit("resnet", **query)

    return opened


def values(scene, grid: str) -> np.ndarray:
    return scene.grid(grid).values


def texts(visitor) -> str:
    return "\n".join(text.value for text in visitor.markdown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_at_the_sum_with_the_skip_on(resnet, said, on_stage, lang) -> None:
    visitor = resnet(lang=lang)
    scene = on_stage(visitor)
    assert said(visitor) == []
    assert values(scene, "x").shape == (1, 4, 4)
    np.testing.assert_array_equal(values(scene, "y"), setting("identity").y)
    assert scene.start == 16 + 16 + 16 + 1 + 4
    assert "**y = ReLU(F(x) + x)**" in texts(visitor)
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"


def test_the_last_scale_at_0_leaves_x_and_the_rule_says_so(resnet, on_stage) -> None:
    visitor = resnet()
    visitor.slider(key="last").set_value(0).run()
    scene = on_stage(visitor)
    np.testing.assert_array_equal(values(scene, "y"), values(scene, "x"))
    assert not values(scene, "conv2").any()
    assert "difference **0**" in texts(visitor)
    visitor.selectbox(key="input").set_value("signed").run()
    assert "y ≠ x in **5** of 16, by up to 2" in texts(visitor)
    visitor.selectbox(key="block").set_value("preactivated").run()
    assert "difference **0**" in texts(visitor)
    visitor.toggle(key="skip").set_value(False).run()
    assert "nothing is left of x" in texts(visitor)
    assert "shortcut" not in {grid.id for grid in on_stage(visitor).grids}


def test_scaled_weights_before_a_batch_norm_change_next_to_nothing(resnet, on_stage) -> None:
    visitor = resnet(norm="true")
    before = values(on_stage(visitor), "y")
    assert "before batch norm" not in texts(visitor)
    visitor.slider(key="before").set_value(200).run()
    scene = on_stage(visitor)
    np.testing.assert_array_equal(
        values(scene, "weight1"), 2 * setting("identity", norm=True).drawn.weights[0]
    )
    np.testing.assert_allclose(values(scene, "y"), before, atol=1e-4)
    found = re.search(r"× 200 %: y changes by \*\*(\d.*?)·10⁻(.)", texts(visitor))
    assert found is not None


def test_shapes_that_do_not_add_are_shown_and_w_s_makes_them(resnet, said, on_stage) -> None:
    visitor = resnet()
    visitor.selectbox(key="block").set_value("unprojected").run()
    assert said(visitor) == []
    scene = on_stage(visitor)
    assert scene.grid("sum").values is None
    assert values(scene, "shortcut").shape == (1, 4, 4)
    assert scene.start == scene.steps
    assert f"s{DO_NOT_ADD}" in texts(visitor)
    visitor.selectbox(key="block").set_value("projection").run()
    assert said(visitor) == []
    assert values(on_stage(visitor), "shortcut").shape == (2, 2, 2)
    assert "one position in four" in texts(visitor)
    assert said(resnet(block="unprojected", skip="false")) == []
    assert said(resnet(block="unprojected", view="backward")) == [f"S{DO_NOT_ADD}."]


def test_a_cell_typed_into_x_goes_into_the_link_and_another_input_forgets_it(
    resnet, said, on_stage, type_into
) -> None:
    visitor = resnet()
    type_into(visitor, "x", [0, 1, 2], "-7")
    assert values(on_stage(visitor), "x")[0, 1, 2] == -7
    assert visitor.query_params["edits"] == "1,2,3=-7"
    type_into(visitor, "x", [0, 3, 3], "many")
    assert "is not a number" in said(visitor)[0]
    assert values(on_stage(visitor), "x")[0, 1, 2] == -7
    visitor.selectbox(key="input").set_value("signed").run()
    np.testing.assert_array_equal(values(on_stage(visitor), "x"), setting("identity", "signed").x)


def test_backward_the_gradient_at_the_sum_reaches_x_whole_by_the_skip(resnet, on_stage) -> None:
    visitor = resnet(view="backward")
    scene = on_stage(visitor)
    assert values(scene, "d sum").sum() == 1
    np.testing.assert_array_equal(values(scene, "d x by the shortcut"), values(scene, "d sum"))
    size = np.abs(values(scene, "d x by the body")).sum()
    assert f"by the skip **1**, by the body **{size:.3g}**" in texts(visitor)
    visitor.toggle(key="skip").set_value(False).run()
    scene = on_stage(visitor)
    assert "d x by the shortcut" not in {grid.id for grid in scene.grids}
    assert "both lanes" not in texts(visitor)


def test_the_block_stays_as_it_was_while_another_view_is_open(resnet, on_stage, open_tab) -> None:
    visitor = resnet(block="preactivated", last="40", norm="true")
    before = on_stage(visitor)
    open_tab(visitor, "view", 4).run()
    assert on_stage(visitor) is None
    assert not visitor.selectbox
    open_tab(visitor, "view", 0).run()
    np.testing.assert_array_equal(values(on_stage(visitor), "sum"), values(before, "sum"))
    assert visitor.slider(key="last").value == 40


LINKS = st.fixed_dictionaries(
    {},
    optional={
        "block": st.sampled_from([*BLOCKS, "nonsense"]),
        "input": st.sampled_from([*INPUTS, "digit"]),
        **{
            key: st.integers(WHOLES[key].least, WHOLES[key].most).map(str)
            for key in ("last", "before", "seed")
        },
        **dict.fromkeys(("norm", "skip"), st.sampled_from(["true", "false", "perhaps"])),
        "edits": st.sampled_from(["1,1,1=5", "2,1,1=3; 1,4,4=-0.5", "1,1", "1,1,1=x"]),
        "lang": st.sampled_from(list(LANGUAGES)),
        "backward-dy": st.sampled_from(["one", "two", "many"]),
    },
)


@settings(deadline=None, max_examples=20)
@given(link=LINKS, view=st.sampled_from(["block", "backward"]))
def test_any_block_stands_in_both_views(resnet, said, on_stage, link, view) -> None:
    visitor = resnet(**link, view=view)
    alone = link.get("block") == "unprojected" and link.get("skip") != "false"
    alone = alone and view == "backward"
    assert len(said(visitor)) <= 1 + alone
    assert (on_stage(visitor) is None) == alone
