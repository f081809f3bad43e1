"""The convolution lesson in any setting that a link can name, sensible or not: it always stands."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.lessons import LANGUAGES
from cnnlab.ui import filters
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.convolution.controls import INPUTS

VIEWS, CLOSING = 5, 3  # tabs above the stage and below it
REFUSALS = (  # whatever else is said, the controls did not ask for it
    "No output: a kernel of |. input channels cannot be divided|. groups cannot share . filters"
    "|“.*” is not a (number|change)|1e9 is too large|There are no numbers|The rows have 2, 3 numb"
    "|An input has planes|An image has 1 or 3 channels, not|Choose a picture"
)
AXES = ("kernel", "stride", "padding", "dilation")
SINGLE = (*AXES, *(f"{key}_{axis}" for key in AXES for axis in "hw"))
NUMBERS = (*SINGLE, "seed", "digit", "size", "groups", "channels", "filters")
TEXTS = {
    "weights": ["", "5", "1 2 / 3 4", "1 | 2 ; 3 | 4", "x", "1 2 / 3", "1e9", "1;2;3;4;5;6"],
    "values": ["", "1", "1 2 3 4 / 5 6 7 8 / 9 0 1 2 / 3 4 5 6", "1|2|3", "1 ; 2", "words"],
    "edits": ["", "1,1,1=5", "4,32,32=-1; 1,2,2=0.5", "1,1", "1,1,1=x"],
    "biases": ["", "0.5", "1 2", "one"],
}
GROUPED = (  # chance alone seldom finds groups that divide both sides
    {},
    {},
    {},
    {"input": "random", "channels": "4", "groups": "2", "filters": "4"},
    {"input": "photo-chelsea", "channels": "3", "groups": "3", "filters": "3"},
)
WITHIN = {  # what the views themselves offer
    "backward-step": ["scatter", "gather", "nudge", "learn"],
    "backward-dy": ["one", "two", "many"],
    "connections": ["dense", "local", "shared"],
}


def links():
    """Any setting, most of them possible, as the parameters of a link."""
    keys = {key: st.integers(WHOLES[key].least, WHOLES[key].most).map(str) for key in NUMBERS}
    for key in ("groups", "dilation", "stride"):  # else nearly everything would be refused
        keys[key] = st.sampled_from(["1", "1", "1", *map(str, range(1, WHOLES[key].most + 1))])
    keys |= {key: st.sampled_from(texts) for key, texts in TEXTS.items()}
    keys |= {key: st.sampled_from(["true", "false"]) for key in ("axes", "flip", "bias")}
    keys["input"] = st.sampled_from(list(INPUTS))
    keys["preset"] = st.sampled_from(list(filters.PRESETS))
    keys["lang"] = st.sampled_from(list(LANGUAGES))
    keys["step"] = st.sampled_from(["1", "7", "900", "x"])
    any_keys = st.fixed_dictionaries({}, optional=keys)
    return st.tuples(any_keys, st.sampled_from(GROUPED)).map(lambda both: both[0] | both[1])


@settings(deadline=None, max_examples=60)
@given(link=links(), data=st.data())
def test_every_view_stands_in_any_setting(lesson, said, on_stage, open_tab, link, data) -> None:
    visitor = lesson(**link)
    refused = said(visitor)
    assert len(refused) <= 1
    if refused:
        assert visitor.title[0].value != "Convolution" or re.match(REFUSALS, refused[0])
    else:
        agrees_with_pytorch(visitor, on_stage(visitor))
    turned = data.draw(st.integers(0, CLOSING - 1))
    for view in range(VIEWS):
        for key, choices in WITHIN.items():
            visitor.session_state[key] = data.draw(st.sampled_from(choices))
        open_tab(visitor, "view", view)
        open_tab(visitor, "about", view + turned).run()
        scene, more = on_stage(visitor), said(visitor)[len(refused) :]
        assert all("too many to show" in sentence for sentence in more)
        nudging = view == 2 and visitor.session_state["backward-step"] == "nudge"
        assert (scene is None) == (bool(more) or nudging)
        if scene is not None:
            assert 0 <= scene.start < scene.steps
            given = [grid.values for grid in scene.grids if grid.values is not None]
            assert all(np.isfinite(values).all() for values in given)


def agrees_with_pytorch(visitor, scene) -> None:
    """The output on the stage is what PyTorch makes of its input, as the controls say."""
    own = "_{axis}" if visitor.toggle(key="axes").value else ""
    kernel, stride, padding, dilation = (
        tuple(visitor.slider(key=key + own.format(axis=axis)).value for axis in "hw")
        for key in AXES
    )
    x, weight, y = (torch.tensor(scene.grid(one).values) for one in ("input", "weight", "output"))
    bias = None
    if visitor.toggle(key="bias").value:
        bias = torch.tensor(scene.grid("bias").values).flatten().double()
    assert weight.shape[0] == visitor.slider(key="filters").value
    assert tuple(weight.shape[2:]) == kernel
    assert scene.grid("input").padding == (*padding, *padding)  # and so it is in x already
    groups = visitor.slider(key="groups").value
    options = {"stride": stride, "dilation": dilation, "groups": groups}
    expected = functional.conv2d(x[None].double(), weight.double(), bias, **options)[0]
    np.testing.assert_allclose(y, expected, atol=2e-5 * (1 + float(expected.abs().max())))


# ---- a garbled link

GARBLED = ("", "1e999", "-1", "three", "NaN", "<img src=x onerror=f()>", "9" * 300, "\u202e\u0000")
BESIDE = (*NUMBERS, "input", "preset", "axes", "flip", "bias", "view", "about", "lang")


@pytest.fixture(scope="module")
def plain(lesson, on_stage):
    """The lesson as it opens without a link."""
    return on_stage(lesson())


@pytest.mark.parametrize("turn", range(len(GARBLED)))
def test_garbled_values_count_as_none(lesson, said, same, on_stage, plain, turn: int) -> None:
    """In eight turns every key meets every value."""
    link = {key: GARBLED[(at + turn) % len(GARBLED)] for at, key in enumerate(BESIDE)}
    visitor = lesson(**link)
    assert said(visitor) == []
    assert same(on_stage(visitor), plain)
    assert on_stage(visitor).start == plain.start
    assert visitor.title[0].value == "Convolution"


@pytest.mark.parametrize("slug", ["random", "digit"])
@pytest.mark.parametrize("end", ["below", "above"])
def test_numbers_beside_their_range_count_as_none(lesson, said, same, on_stage, slug, end) -> None:
    specs = {key: WHOLES[key] for key in NUMBERS}
    link = {key: spec.least - 1 if end == "below" else spec.most + 1 for key, spec in specs.items()}
    visitor = lesson(input=slug, **{key: str(value) for key, value in link.items()})
    assert said(visitor) == []
    assert same(on_stage(visitor), on_stage(lesson(input=slug)))


@pytest.mark.parametrize("value", ["", "1e999", "<img src=x onerror=alert(1)>", "1,2;" * 5000])
@pytest.mark.parametrize("key", TEXTS)
def test_a_garbled_text_is_a_sentence(lesson, said, same, on_stage, plain, key, value) -> None:
    read = {"weights": {"preset": "custom"}, "values": {"input": "own"}, "biases": {"bias": "true"}}
    sentences = said(lesson(**{key: value}, **read.get(key, {})))
    means_none = value == "" and key in ("edits", "biases")
    assert len(sentences) == (0 if means_none else 1)
    if key in read:  # nobody reads it
        visitor = lesson(**{key: value})
        assert said(visitor) == []
        assert same(on_stage(visitor), plain)


@settings(deadline=None, max_examples=40)
@given(
    link=st.dictionaries(
        st.sampled_from([*BESIDE, *TEXTS, "step", "hide", "run"]),
        st.text(st.characters(codec="utf-8"), max_size=30),
    )
)
def test_any_words_in_a_link(lesson, said, on_stage, link) -> None:
    visitor = lesson(**link)
    assert len(said(visitor)) <= 1
    assert on_stage(visitor) is not None


# ---- one thing after another


def moves():
    """What a hand can do to one control: which kind of widget, its key, the new value."""
    sliders = [
        key for key in NUMBERS if key not in ("seed", "digit") and not key.endswith(("h", "w"))
    ]
    values = {
        "slider": {key: st.integers(WHOLES[key].least, WHOLES[key].most) for key in sliders},
        "toggle": {key: st.booleans() for key in ("axes", "flip", "bias")},
        "text_input": {key: st.sampled_from(texts) for key, texts in TEXTS.items()},
        "selectbox": {"input": st.sampled_from(list(INPUTS)), "preset": st.none()},
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
    data=st.data(),
)
def test_one_control_after_another(
    lesson, said, on_stage, open_tab, view, within, hands, data
) -> None:
    visitor = lesson(input="random", channels="3", filters="2")
    for key, value in within.items():
        visitor.session_state[key] = value
    open_tab(visitor, "view", view).run()
    for kind, key, value in hands:
        if key not in {widget.key for widget in getattr(visitor, kind)}:
            continue  # it belongs to another input, and nobody can reach it
        widget = getattr(visitor, kind)(key=key)
        if key == "preset":
            offered = filters.presets(visitor.selectbox(key="input").value)
            value = data.draw(st.sampled_from(list(offered)))
        widget.set_value(value).run()
        assert len(said(visitor)) <= 2
        assert getattr(visitor, kind)(key=key).value == value, "what was set stays set"
        if on_stage(visitor) is not None:
            assert 0 <= on_stage(visitor).start < on_stage(visitor).steps
