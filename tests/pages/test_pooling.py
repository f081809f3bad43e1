"""The pooling lesson as a class uses it: inputs, windows, typing, and what cannot be done."""

import json

import numpy as np
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id

from cnnlab.ui import menu
from cnnlab.ui.pooling.bar import PRESETS
from cnnlab.ui.pooling.controls import INPUTS, POOLS

DISTINCT = np.array([[[5, 2, 9, -1], [1, 8, 3, 13], [7, -3, 6, -2], [0, 4, 10, 14]]], np.float32)
BEFORE, FIRST = "Shown: the last setting that worked.", "Shown: the 4×4 example."
VIEWS = ("steps", "matrix", "backward", "equal", "shift", "kept", "relu")


@pytest.fixture
def pooling(visit):
    """The pooling lesson, opened by a link."""

    def opened(**query: str):
        return visit("pooling", **query)

    return opened


def values(scene, grid: str) -> np.ndarray:
    return scene.grid(grid).values


def texts(visitor) -> str:
    return "\n".join(text.value for text in visitor.markdown)


def drawn(visitor) -> set[str]:
    """The keys of sliders, switches and number fields on the page."""
    return {one.key for one in (*visitor.slider, *visitor.toggle, *visitor.number_input)}


# ---- how it opens


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_opens_with_two_of_four_cells_filled(pooling, said, on_stage, lang) -> None:
    visitor = pooling(lang=lang)
    scene = on_stage(visitor)
    assert (scene.start, scene.steps) == (2, 4)
    np.testing.assert_array_equal(values(scene, "input"), DISTINCT)
    assert values(scene, "output").tolist() == [[[8, 13], [7, 14]]]
    assert said(visitor) == []
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"
    assert visitor.title[0].value == {"en": "Pooling", "zh": "池化"}[lang]


def test_the_rule_beside_a_convolution_rounds_down_as_it_does(pooling, on_stage) -> None:
    link = {"input": "digit", "kernel": "3", "stride": "2", "ceil_mode": "true"}
    visitor = pooling(view="equal", pool="average", **link)
    assert values(on_stage(visitor), "average").shape == (1, 13, 13)
    assert "⌊(28 + 2·0 − 3)/2⌋ + 1 = 13" in texts(visitor)


def test_the_rule_of_the_opening(pooling) -> None:
    assert (
        "**Output** ⌊(4 + 2·0 − 2)/2⌋ + 1 = 2 · **parameters** 0 · **activations** "
        "16 → **4** · **dense layer to 10 after it** 170 → **50**"
    ) in texts(pooling())


@pytest.mark.parametrize("slug", [slug for slug in INPUTS if slug != "upload"])
def test_every_input_works(pooling, same, said, on_stage, slug: str) -> None:
    by_link = pooling(input=slug)
    by_hand = pooling()
    by_hand.selectbox(key="input").set_value(slug).run()
    assert said(by_link) == said(by_hand) == []
    assert same(on_stage(by_link), on_stage(by_hand))
    assert by_hand.query_params.get("input") == (slug if slug != "distinct" else None)


def test_the_feature_map_has_negative_numbers(pooling, on_stage) -> None:
    assert values(on_stage(pooling(input="map")), "input").min() < 0


@pytest.mark.parametrize("slug", POOLS)
def test_every_pooling_works(pooling, said, on_stage, slug: str) -> None:
    visitor = pooling(pool=slug)
    expected = {
        "max": [[8, 13], [7, 14]],
        "average": [[4, 6], [2, 7]],
        "global_max": [[14]],
        "global_average": [[DISTINCT.mean()]],
    }
    assert said(visitor) == []
    assert values(on_stage(visitor), "output").tolist() == [expected[slug]]


def test_a_global_pooling_needs_no_window(pooling, on_stage) -> None:
    visitor = pooling(pool="global_max", kernel="7", stride="4", padding="6", ceil_mode="true")
    assert on_stage(visitor).steps == 1
    assert visitor.slider(key="kernel").disabled
    assert visitor.slider(key="stride").disabled
    presets = [button for button in visitor.button if button.key.startswith("window-")]
    assert [button.disabled for button in presets] == [True] * len(PRESETS)
    visitor.selectbox(key="pool").set_value("max").run()
    assert not visitor.slider(key="kernel").disabled
    assert visitor.slider(key="kernel").value == 7, "nothing that was set is lost"


@pytest.mark.parametrize(("window", "stride"), PRESETS)
def test_a_preset_sets_window_and_stride(pooling, said, on_stage, window, stride) -> None:
    visitor = pooling(input="digit", padding="1", axes="true", kernel="4")
    visitor.button(key=f"window-{window}-{stride}").click().run()
    assert said(visitor) == []
    assert visitor.slider(key="kernel").value == window
    assert visitor.slider(key="stride").value == stride
    assert values(on_stage(visitor), "output").shape[1] == (28 - window) // stride + 1


def test_windows_of_two_widths(pooling, on_stage) -> None:
    visitor = pooling(input="random", size="7")
    visitor.toggle(key="axes").set_value(True).run()
    visitor.slider(key="kernel_w").set_value(3).run()
    visitor.slider(key="padding_w").set_value(1).run()
    assert values(on_stage(visitor), "output").shape == (1, 3, 4)
    assert "⌊(7 + 2·0 − 2)/2⌋ + 1 = 3 rows, ⌊(7 + 2·1 − 3)/2⌋ + 1 = 4 columns" in texts(visitor)


@pytest.mark.parametrize(
    ("query", "away"),
    [
        ({"pool": "max"}, {"count_include_pad"}),
        ({"pool": "average"}, set()),
        ({"pool": "global_average"}, {"count_include_pad", "ceil_mode", "padding", "axes"}),
    ],
)
def test_what_a_pooling_has_not_is_not_drawn(pooling, query, away) -> None:
    options = {"count_include_pad", "ceil_mode", "padding", "axes"}
    assert options - drawn(pooling(**query)) == away


def test_ceil_mode_and_padding_that_does_not_count(pooling, on_stage) -> None:
    visitor = pooling(input="own", values="1 2 3 4 5", pool="average", kernel="1", axes="true")
    visitor.slider(key="kernel_w").set_value(2)
    visitor.slider(key="stride_w").set_value(2)
    visitor.toggle(key="ceil_mode").set_value(True).run()
    assert values(on_stage(visitor), "output").tolist() == [[[1.5, 3.5, 5]]], "5, not 2.5"
    assert "⌈(5 + 2·0 − 2)/2⌉ + 1 = 3 columns" in texts(visitor)
    ones = {"input": "own", "values": "1 1 1 / 1 1 1 / 1 1 1", "pool": "average"}
    ones |= {"kernel": "3", "padding": "1"}
    corners = [
        values(on_stage(pooling(**ones, count_include_pad=counted)), "output")[0, 0, 0]
        for counted in ("true", "false")
    ]
    assert corners == [pytest.approx(4 / 9), 1]


def test_a_window_that_would_begin_beyond_the_input(pooling) -> None:
    link = {"input": "own", "values": "1 2 3 / 4 5 6 / 7 8 9", "padding": "1", "ceil_mode": "true"}
    visitor = pooling(**link, kernel="2", stride="3")
    assert "⌈(3 + 2·1 − 2)/3⌉ + 1 = 2" in texts(visitor)
    visitor.slider(key="stride").set_value(2).run()
    assert "⌈(3 + 2·1 − 2)/2⌉ + 1 − 1 = 2" in texts(visitor)
    assert "The − 1: one more window would begin beyond the input" in texts(visitor)


# ---- typing


def test_a_loser_may_grow_until_it_wins(pooling, said, on_stage, type_into) -> None:
    visitor = pooling()
    for text, winner in (("4", 8), ("7.5", 8), ("8", 8), ("9", 9)):
        type_into(visitor, "input", [0, 0, 0], text)
        assert said(visitor) == []
        assert visitor.text_input(key="edits").value == f"1,1,1={text}"
        assert values(on_stage(visitor), "output").tolist() == [[[winner, 13], [7, 14]]]
    average = pooling(pool="average")
    type_into(average, "input", [0, 0, 0], "9")
    assert values(on_stage(average), "output").tolist() == [[[5, 6], [2, 7]]]


@pytest.mark.parametrize("cell", [[0, 4, 0], [1, 0, 0], [0, -1, 0], [0, 0], []])
def test_a_cell_that_is_not_there_is_ignored(pooling, said, type_into, cell) -> None:
    visitor = type_into(pooling(), "input", cell, "5")
    assert said(visitor) == []
    assert visitor.text_input(key="edits").value == ""


def test_the_output_cannot_be_typed_into(pooling, said, type_into) -> None:
    visitor = type_into(pooling(), "output", [0, 0, 0], "5")
    assert said(visitor) == []
    assert visitor.text_input(key="edits").value == ""


def test_letters_are_refused(pooling, same, said, on_stage, type_into) -> None:
    visitor = pooling()
    before = on_stage(visitor)
    type_into(visitor, "input", [0, 0, 0], "x")
    assert said(visitor) == ["“x” is not a number: write digits, such as −1 or 0.5."]
    assert same(on_stage(visitor), before)


# ---- what cannot be done


def test_padding_of_more_than_half_the_window(pooling, same, said, on_stage) -> None:
    visitor = pooling()
    before = on_stage(visitor)
    visitor.slider(key="padding").set_value(2).run()
    assert said(visitor) == [
        "Padding may be at most half the window, so that no window lies in it alone, but is 2 "
        "for a window of 2×2. " + BEFORE
    ]
    assert same(on_stage(visitor), before)
    visitor.slider(key="kernel").set_value(4).run()
    assert said(visitor) == []


def test_a_link_to_what_cannot_be_done_shows_the_example(pooling, said, on_stage) -> None:
    visitor = pooling(kernel="7")
    sentence = said(visitor)[0]
    assert sentence.startswith("No output: a window of 7×7 is larger than the input of 4×4")
    assert sentence.endswith(FIRST)
    np.testing.assert_array_equal(values(on_stage(visitor), "input"), DISTINCT)


# ---- the views


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("link", [{"channels": "3", "input": "photo-coffee"}, {"input": "map"}])
def test_every_view_works_with_channels_and_with_maps(pooling, said, on_stage, view, link) -> None:
    visitor = pooling(view=view, **link)
    assert said(visitor) == []
    assert on_stage(visitor).steps > 0


def test_a_channel_is_chosen_where_there_are_several(pooling, on_stage) -> None:
    visitor = pooling(view="matrix", input="photo-coffee", channels="3")
    first = values(on_stage(visitor), "input")
    visitor.session_state["matrix-channel-3"] = 2
    assert not np.array_equal(values(on_stage(visitor.run()), "input"), first)


def test_what_a_convolution_cannot_do_is_said(pooling) -> None:
    sentence = "Here padding counts and sizes are rounded down, as in any convolution."
    assert sentence not in texts(pooling(view="equal"))
    assert sentence in texts(pooling(view="equal", ceil_mode="true"))


def test_rows_and_columns_left_out_are_named(pooling) -> None:
    visitor = pooling(input="random", size="5", kernel="2", stride="3")
    assert "row 3 and column 3 are never read" in texts(visitor)
    assert "never read" not in texts(pooling())


def table(visitor) -> list[list[str]]:
    found = next(text.value for text in visitor.markdown if text.value.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.split("\n")]


def test_the_shift_test_opens_one_pixel_to_the_right(pooling, on_stage) -> None:
    visitor = pooling(view="shift")
    assert on_stage(visitor).grid("changed").drag == (0, 1)
    assert table(visitor)[2:] == [
        ["Changed by", "56 %", "74 %", "54 %"],
        ["After moving back", "0 %", "0 %", "53 %"],
    ]
    assert "Σ|difference| ÷ Σ|original|" in texts(visitor)
    assert "here the better fit" in texts(visitor)
    visitor.slider(key="shift_across").set_value(2).run()
    assert "here the better fit" not in texts(visitor)
    assert table(visitor)[3] == ["After moving back", "0 %", "0 %", "0 %"], "a whole stride"


def drag(visitor, rows: int, columns: int, grid: str = "changed"):
    """Drag the picture on the stage, as the browser tells it."""
    stage = next(
        node.proto
        for node in walk(visitor.main)
        if node.type == "bidi_component" and node.proto.component_name == "cnnlab_stage"
    )
    event = {"event": "drag", "value": {"grid": grid, "rows": rows, "columns": columns}}
    states = visitor._tree.get_widget_states()
    states.widgets.add(
        id=_make_trigger_id(stage.id, "events"), json_trigger_value=json.dumps([event])
    )
    return visitor._run(states)


def walk(block):
    for child in getattr(block, "children", {}).values():
        yield child
        yield from walk(child)


def test_a_dragged_picture_moves_the_sliders(pooling, said, on_stage) -> None:
    visitor = drag(pooling(view="shift", input="digit"), -2, 3)
    assert said(visitor) == []
    assert (visitor.slider(key="shift_down").value, visitor.slider(key="shift_across").value) == (
        -2,
        3,
    )
    assert on_stage(visitor).grid("changed").drag == (-2, 3)
    drag(visitor, 40, -40)
    assert on_stage(visitor).grid("changed").drag == (6, -6), "as far as the sliders go"
    drag(visitor, 1, 1, grid="original")
    assert on_stage(visitor).grid("changed").drag == (6, -6)


def test_the_shift_is_there_again_after_another_view(pooling, open_tab, on_stage) -> None:
    visitor = pooling(view="shift", input="digit")
    visitor.slider(key="shift_down").set_value(4).run()
    open_tab(visitor, "view", 0).run()
    open_tab(visitor, "view", VIEWS.index("shift")).run()
    assert on_stage(visitor).grid("changed").drag == (4, 1)


def test_the_seed_is_there_where_it_is_drawn_from(pooling) -> None:
    assert "seed" in drawn(pooling(view="shift", input="digit"))
    assert "seed" not in drawn(pooling(view="kept", input="digit"))
    assert "seed" in drawn(pooling(view="kept", input="random"))


def test_noise_of_another_seed_is_other_noise(pooling, on_stage) -> None:
    visitor = pooling(view="shift", input="digit")
    visitor.session_state["shift-test"] = "noise"
    first = values(on_stage(visitor.run()), "changed")
    visitor.number_input(key="seed").set_value(5).run()
    assert not np.array_equal(values(on_stage(visitor), "changed"), first)
    visitor.number_input(key="seed").set_value(0).run()
    np.testing.assert_array_equal(values(on_stage(visitor), "changed"), first)
    assert len(table(visitor)) == 3, "nothing to move back"


def test_the_number_of_a_global_pooling_stays(pooling) -> None:
    visitor = pooling(view="shift", pool="global_average")
    assert table(visitor)[2:] == [["Changed by", "56 %", "74 %", "0 %"]]
    assert "Global: **29.96** → **29.96**" in texts(visitor)


def test_what_the_view_makes_no_use_of_is_not_to_be_set(pooling) -> None:
    def alive(**query: str) -> set[str]:
        visitor = pooling(**query)
        assert visitor.slider(key="kernel").value == 3
        some = (*visitor.slider, *visitor.selectbox, *visitor.toggle)
        return {one.key for one in some if not one.disabled}

    own = {"pool", "kernel", "stride", "padding", "axes", "ceil_mode", "count_include_pad"}
    given = {"kernel": "3", "pool": "average"}
    assert own <= alive(**given)
    assert own <= alive(**given, view="equal")
    assert "This view shows both kinds." in texts(pooling(view="equal"))
    assert not own & alive(**given, view="kept")


def test_all_test_digits_in_both_polarities(pooling, on_stage) -> None:
    visitor = pooling(view="kept")
    assert "**0.1325** → **0.3207** white on black, → **0.0065** black on white" in texts(visitor)
    stored = values(on_stage(visitor), "input")
    visitor.session_state["polarity"] = "inverted"
    np.testing.assert_array_equal(values(on_stage(visitor.run()), "input"), 255 - stored)


def test_a_photograph_is_one_press_away_where_the_input_is_no_picture(pooling, on_stage) -> None:
    visitor = pooling(view="kept")
    assert values(on_stage(visitor), "input").shape == (1, 28, 28)
    visitor.session_state["kept-picture"] = "photo"
    assert values(on_stage(visitor.run()), "input").shape == (1, 21, 32)
    groups = {one.key for one in visitor.button_group}
    assert "kept-picture" in groups
    visitor = pooling(view="kept", input="digit")
    assert groups - {one.key for one in visitor.button_group} == {"kept-picture"}


def test_the_mean_is_taken_off_where_nothing_is_negative(pooling, on_stage) -> None:
    assert "Taken off first" not in texts(pooling(view="relu"))
    visitor = pooling(view="relu", input="digit")
    assert "Taken off first: 24, about the mean" in texts(visitor)
    assert values(on_stage(visitor), "input").min() == -24


# ---- from page to page


def test_it_opens_with_its_own_settings_and_is_found_as_it_was_left(visit, said, on_stage) -> None:
    visitor = visit("convolution")
    visitor.slider(key="padding").set_value(3).run()
    visitor.switch_page(str(menu.page("pooling").path)).run()
    assert said(visitor) == []
    assert on_stage(visitor).steps == 4
    visitor.slider(key="stride").set_value(1).run()
    visitor.switch_page(str(menu.page("convolution").path)).run()
    assert visitor.slider(key="padding").value == 3
    visitor.switch_page(str(menu.page("pooling").path)).run()
    assert visitor.slider(key="stride").value == 1
    assert on_stage(visitor).steps == 9


@pytest.mark.parametrize("about", ["predict", "check", "code"])
@pytest.mark.parametrize("slug", POOLS)
def test_what_closes_the_lesson(pooling, said, about, slug) -> None:
    visitor = pooling(about=about, pool=slug)
    assert said(visitor) == []
    if about == "check":
        assert "numbers are the same" in texts(visitor) or "numbers agree" in texts(visitor)
