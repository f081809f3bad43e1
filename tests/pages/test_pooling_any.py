"""The pooling lesson in any setting that a link can name, sensible or not: it always stands."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.lessons import LANGUAGES
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.pooling.controls import INPUTS, POOLS

VIEWS, CLOSING = 7, 3  # tabs above the stage and below it
REFUSALS = (  # whatever else is said, the controls did not ask for it
    "No output: a (kernel|window) of|Padding may be at most half the window"
    "|“.*” is not a (number|change)|There are no numbers|An input has planes"
    "|The rows have|An image has 1 or 3 channels, not|Choose a picture"
    "|There is no (plane|row|column|cell)|The cell"
)
AXES = ("kernel", "stride", "padding")
SINGLE = (*AXES, *(f"{key}_{axis}" for key in AXES for axis in "hw"))
NUMBERS = (*SINGLE, "seed", "digit", "size", "channels", "shift_down", "shift_across", "noise")
SWITCHES = ("axes", "ceil_mode", "count_include_pad")
TEXTS = {
    "values": ["", "1", "1 2 3 4 / 5 6 7 8 / 9 0 1 2 / 3 4 5 6", "1|2|3", "1 ; 2", "words"],
    "edits": ["", "1,1,1=5", "4,32,32=-1; 1,2,2=0.5", "1,1", "1,1,1=x"],
}
WITHIN = {  # what the views themselves offer
    "backward-dy": ["one", "two", "many"],
    "shift-test": ["shift", "noise"],
    "polarity": ["stored", "inverted"],
    "kept-picture": ["digit", "photo"],
}


@pytest.fixture(scope="module")
def pooling(visit):
    """The pooling lesson, opened by a link."""

    def opened(**query: str):
        return visit("pooling", **query)

    return opened


def links():
    """Any setting, most of them possible, as the parameters of a link."""
    keys = {key: st.integers(WHOLES[key].least, WHOLES[key].most).map(str) for key in NUMBERS}
    for key in ("padding", "padding_h", "padding_w"):  # else nearly everything would be refused
        keys[key] = st.sampled_from(["0", "0", "1", "1", "2", "3", "6"])
    keys |= {key: st.sampled_from(texts) for key, texts in TEXTS.items()}
    keys |= {key: st.sampled_from(["true", "false"]) for key in SWITCHES}
    keys["input"] = st.sampled_from(list(INPUTS))
    keys["pool"] = st.sampled_from(list(POOLS))
    keys["lang"] = st.sampled_from(list(LANGUAGES))
    keys["step"] = st.sampled_from(["1", "7", "900", "x"])
    return st.fixed_dictionaries({}, optional=keys)


@settings(deadline=None, max_examples=60)
@given(link=links(), data=st.data())
def test_every_view_stands_in_any_setting(pooling, said, on_stage, open_tab, link, data) -> None:
    visitor = pooling(**link)
    refused = said(visitor)
    assert len(refused) <= 1
    if refused:
        assert visitor.title[0].value != "Pooling" or re.match(REFUSALS, refused[0])
    else:
        agrees_with_pytorch(visitor, on_stage(visitor))
    turned = data.draw(st.integers(0, CLOSING - 1))
    for view in range(VIEWS):
        for key, choices in WITHIN.items():
            visitor.session_state[key] = data.draw(st.sampled_from(choices))
        open_tab(visitor, "view", view)
        open_tab(visitor, "about", view + turned).run()
        scene, more = on_stage(visitor), said(visitor)[len(refused) :]
        assert all("no output" in one.lower() or "没有输出" in one for one in more)
        assert (scene is None) == bool(more)
        if scene is not None:
            assert 0 <= scene.start <= scene.steps
            given = [grid.values for grid in scene.grids if grid.values is not None]
            assert not any(np.isnan(values).any() for values in given)


def agrees_with_pytorch(visitor, scene) -> None:
    """The output on the stage is what PyTorch makes of its input, as the controls say."""
    (top, right, bottom, left), whole = scene.grid("input").padding, scene.grid("input").values
    x = torch.tensor(whole[:, top : whole.shape[1] - bottom, left : whole.shape[2] - right])[None]
    y = scene.grid("output").values
    pool = visitor.selectbox(key="pool").value
    if pool.startswith("global_"):
        expected = x.amax((2, 3)) if pool == "global_max" else x.double().mean((2, 3))
        np.testing.assert_allclose(y[:, 0, 0], expected[0], rtol=1e-4, atol=1e-4)
        assert y.shape[1:] == (1, 1)
        return
    own = "_{axis}" if visitor.toggle(key="axes").value else ""
    kernel, stride, padding = (
        tuple(visitor.slider(key=key + own.format(axis=axis)).value for axis in "hw")
        for key in AXES
    )
    options = {"stride": stride, "padding": padding}
    options["ceil_mode"] = visitor.toggle(key="ceil_mode").value
    if pool == "max":
        expected = functional.max_pool2d(x, kernel, **options)
    else:
        counted = visitor.toggle(key="count_include_pad").value
        expected = functional.avg_pool2d(x, kernel, **options, count_include_pad=counted)
    np.testing.assert_allclose(y, expected[0], rtol=1e-4, atol=1e-4)


# ---- a garbled link

GARBLED = ("", "1e999", "-1", "three", "NaN", "<img src=x onerror=f()>", "9" * 300, "\u202e\u0000")
BESIDE = (
    *(key for key in NUMBERS if not key.startswith("shift_")),  # of which −1 is one
    *("input", "pool", *SWITCHES, "view", "about", "lang", *WITHIN),
)


@pytest.fixture(scope="module")
def plain(pooling, on_stage):
    """The lesson as it opens without a link."""
    return on_stage(pooling())


@pytest.mark.parametrize("turn", range(len(GARBLED)))
def test_garbled_values_count_as_none(pooling, said, same, on_stage, plain, turn: int) -> None:
    """In eight turns every key meets every value."""
    link = {key: GARBLED[(at + turn) % len(GARBLED)] for at, key in enumerate(BESIDE)}
    visitor = pooling(**link)
    assert said(visitor) == []
    assert same(on_stage(visitor), plain)
    assert on_stage(visitor).start == plain.start
    assert visitor.title[0].value == "Pooling"


@pytest.mark.parametrize("view", ["steps", "shift"])
@pytest.mark.parametrize("end", ["below", "above"])
def test_numbers_beside_their_range_count_as_none(pooling, said, same, on_stage, view, end) -> None:
    specs = {key: WHOLES[key] for key in NUMBERS}
    link = {key: spec.least - 1 if end == "below" else spec.most + 1 for key, spec in specs.items()}
    visitor = pooling(view=view, **{key: str(value) for key, value in link.items()})
    assert said(visitor) == []
    assert same(on_stage(visitor), on_stage(pooling(view=view)))


@settings(deadline=None, max_examples=40)
@given(
    link=st.dictionaries(
        st.sampled_from([*BESIDE, *TEXTS, "step", "hide", "run", "shift_down"]),
        st.text(st.characters(codec="utf-8"), max_size=30),
    )
)
def test_any_words_in_a_link(pooling, said, on_stage, link) -> None:
    visitor = pooling(**link)
    assert len(said(visitor)) <= 1
    assert on_stage(visitor) is not None


# ---- one thing after another


def moves():
    """What a hand can do to one control: which kind of widget, its key, the new value."""
    sliders = ("kernel", "stride", "padding", "size", "channels")
    values = {
        "slider": {key: st.integers(WHOLES[key].least, WHOLES[key].most) for key in sliders},
        "toggle": {key: st.booleans() for key in SWITCHES},
        "text_input": {key: st.sampled_from(texts) for key, texts in TEXTS.items()},
        "selectbox": {
            "input": st.sampled_from(list(INPUTS)),
            "pool": st.sampled_from(list(POOLS)),
        },
    }
    return st.one_of(
        st.tuples(st.just(kind), st.just(key), value)
        for kind, keys in values.items()
        for key, value in keys.items()
    )


@settings(deadline=None, max_examples=15)
@given(
    view=st.integers(0, VIEWS - 1),
    within=st.fixed_dictionaries({key: st.sampled_from(all_of) for key, all_of in WITHIN.items()}),
    hands=st.lists(moves(), min_size=3, max_size=8),
)
def test_one_control_after_another(pooling, said, on_stage, open_tab, view, within, hands) -> None:
    visitor = pooling(input="random", channels="3")
    for key, value in within.items():
        visitor.session_state[key] = value
    open_tab(visitor, "view", view).run()
    for kind, key, value in hands:
        if key not in {one.key for one in getattr(visitor, kind) if not one.disabled}:
            continue  # it does not belong to what is chosen
        getattr(visitor, kind)(key=key).set_value(value).run()
        assert len(said(visitor)) <= 2
        assert getattr(visitor, kind)(key=key).value == value, "what was set stays set"
        if on_stage(visitor) is not None:
            assert 0 <= on_stage(visitor).start <= on_stage(visitor).steps
