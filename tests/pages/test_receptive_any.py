"""The lesson on receptive fields in any setting that a link can name: it always stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.field_paths import paths
from cnnlab.engine.layer_text import read
from cnnlab.engine.stacks import STACKS
from cnnlab.lessons import LANGUAGES
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.receptive import rule
from cnnlab.ui.receptive.controls import OWN, STARTS, UNITS

VIEWS, CLOSING = 5, 5  # tabs above the stage and below it
TEXTS = (
    "conv 1 3, conv 1 3 s2, conv 1 3",
    "relu",
    "relu, conv 4 3, bn, tanh, dropout 0.5",
    "conv 4 5x3 s2x1 p2x0, pool 3 s2 p1 ceil, conv 2 3 d4",
    "flatten, dense 9, dense 3",
    "conv 4 3, global, flatten, dense 2",
    "res(conv 1 3 p1, relu, conv 1 3 p1), conv 2 3 s2, res(conv 2 3 s2 p1 | conv 2 1 s2)",
    "res(conv 4 3 s2 p1, conv 4 3 p1 | pool 2), dense 5",
    "conv 1 1 p5, conv 1 1 s8",
    "conv 1 9999 p9999",
    "conv 1 2 s8 d8, " * 9,
    "conv 9999 1, flatten, dense 9999",
    "pool 2, " * 8,
    "conv 1 3 g3",
    "words",
    "",
)


@pytest.fixture(scope="module")
def receptive(visit):
    """The lesson on receptive fields, opened by a link."""

    def opened(**query: str):
        return visit("receptive-field", **query)

    return opened


def links():
    """Any setting, most of them possible, as the parameters of a link."""
    keys = {
        key: st.integers(WHOLES[key].least, WHOLES[key].most).map(str)
        for key in ("seed", "layer", "unit_h", "unit_w")
    }
    keys["side"] = st.sampled_from(["5", "15", "32", "64", "256", "512"])
    keys["inputs"] = st.sampled_from(["1", "2"])
    keys["stack"] = st.sampled_from([OWN] * 8 + list(STACKS))
    keys["layers"] = st.sampled_from(TEXTS)
    keys["unit"] = st.sampled_from(list(UNITS))
    keys["start"] = st.sampled_from(list(STARTS))
    keys["lang"] = st.sampled_from(list(LANGUAGES))
    keys["step"] = st.sampled_from(["1", "7", "900", "x"])
    for key in ("extent", "support", "effective", "rectified"):
        keys[key] = st.sampled_from(["true", "false"])
    return st.fixed_dictionaries({}, optional=keys)


@settings(deadline=None, max_examples=10)
@given(link=links(), data=st.data())
def test_every_view_stands_in_any_setting(receptive, said, on_stage, open_tab, link, data) -> None:
    visitor = receptive(**link)
    turned = data.draw(st.integers(0, CLOSING - 1))
    for view in range(VIEWS):
        open_tab(visitor, "view", view)
        open_tab(visitor, "about", view + turned).run()
        assert len(said(visitor)) <= 3, "of the setting, of the view, of what closes the lesson"
        scene = on_stage(visitor)
        if scene is not None:
            assert 0 <= scene.start <= scene.steps
            assert not any(np.isnan(grid.values).any() for grid in scene.grids)


@pytest.mark.parametrize("text", TEXTS)
def test_the_stage_shows_what_the_page_says(receptive, said, on_stage, monkeypatch, text) -> None:
    shown = []
    monkeypatch.setattr(rule, "show", shown.append)
    queries = (
        {"side": "24"},
        {"side": "24", "unit": "edge"},
        {"side": "40", "unit": "corner", "view": "plane"},
    )
    for query in queries:
        visitor = receptive(stack=OWN, layers=text, **query)
        scene = on_stage(visitor)
        if said(visitor):
            continue
        assert scene is not None
        made = shown[-1]
        assert made.network.layers == read(text)
        ways = paths(made.network, made.path, made.unit)
        seen = scene.grid("input").values
        if query.get("view") == "plane":
            np.testing.assert_array_equal(seen, ways)
        else:  # along the row of the unit, from the side
            np.testing.assert_array_equal(seen[0] > 0, ways.any(axis=0))
