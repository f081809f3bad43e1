"""Padding and stride in any setting that a link can name, sensible or not: it always stands."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.lessons import LANGUAGES
from cnnlab.ui import filters
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.padding.controls import INPUTS, MODES

VIEWS, CLOSING = 4, 5  # tabs above the stage and below it
REFUSALS = (  # whatever else is said, the controls did not ask for it
    "No output: a kernel of |Reflecting .|Circular padding|“.*” is not a (number|change)"
    "|1e9 is too large|There are no numbers|The rows have 2, 3 numb|An input has planes"
    "|Choose a picture|Output padding .* must be|The planes have|At most"
)
AXES = ("size", "kernel", "stride", "padding", "dilation", "output_padding")
NUMBERS = (*AXES, *(f"{key}_{axis}" for key in AXES for axis in "hw"), "fill", "depth", "seed")
TEXTS = {
    "weights": ["", "5", "1 2 / 3 4", "1 | 2 ; 3 | 4", "x", "1 2 / 3", "1e9"],
    "values": ["", "1", "1 2 3 4 / 5 6 7 8 / 9 0 1 2 / 3 4 5 6", "1|2|3", "1 ; 2", "words"],
    "edits": ["", "1,1,1=5", "4,32,32=-1; 1,2,2=0.5", "1,1", "1,1,1=x"],
}


@pytest.fixture(scope="module")
def padding(visit):
    """The lesson, opened by a link."""
    return partial(visit, "padding-stride")


def links():
    """Any setting, most of them possible, as the parameters of a link."""
    keys = {key: st.integers(WHOLES[key].least, WHOLES[key].most).map(str) for key in NUMBERS}
    for key in ("dilation", "output_padding"):  # else much would be refused
        keys[key] = st.sampled_from([str(WHOLES[key].least)] * 3 + ["2"])
    keys |= {key: st.sampled_from(texts) for key, texts in TEXTS.items()}
    keys |= {key: st.sampled_from(["true", "false"]) for key in ("axes", "reads")}
    keys["input"] = st.sampled_from(list(INPUTS))
    keys["mode"] = st.sampled_from(list(MODES))
    keys["fed"] = st.sampled_from(["output", "one", "ones"])
    keys["preset"] = st.sampled_from(list(filters.PRESETS))
    keys["lang"] = st.sampled_from(list(LANGUAGES))
    keys["step"] = st.sampled_from(["1", "7", "900", "x"])
    return st.fixed_dictionaries({}, optional=keys)


@settings(deadline=None, max_examples=40)
@given(link=links(), turned=st.integers(0, CLOSING - 1))
def test_every_view_stands_in_any_setting(padding, said, on_stage, open_tab, link, turned) -> None:
    visitor = padding(**link)
    refused = said(visitor)
    assert len(refused) <= 1
    if refused:
        assert link.get("lang") == "zh" or re.match(REFUSALS, refused[0])
    else:
        agrees_with_pytorch(visitor, on_stage(visitor))
    for view in range(VIEWS):
        open_tab(visitor, "view", view)
        open_tab(visitor, "about", view + turned).run()
        more = said(visitor)[len(refused) :]
        assert len(more) <= (view == 3), "only the transposed view has a setting of its own"
        scene = on_stage(visitor)
        assert 0 <= scene.start < scene.steps
        given = [grid.values for grid in scene.grids if grid.values is not None]
        assert all(np.isfinite(values).all() for values in given)


def agrees_with_pytorch(visitor, scene) -> None:
    """What is on the stage is what PyTorch pads and convolves, as the controls say."""
    own = "_{axis}" if visitor.toggle(key="axes").value else ""
    kernel, stride, (top, left), dilation = (
        tuple(visitor.slider(key=key + own.format(axis=axis)).value for axis in "hw")
        for key in ("kernel", "stride", "padding", "dilation")
    )
    around, weight, y = (
        torch.tensor(scene.grid(one).values) for one in ("input", "weight", "output")
    )
    assert tuple(weight.shape[2:]) == kernel
    height, width = around.shape[1] - 2 * top, around.shape[2] - 2 * left
    inside = around[None, :, top : top + height, left : left + width]
    mode = visitor.selectbox(key="mode").value
    if mode in ("zeros", "constant"):
        fill = float(visitor.slider(key="fill").value) if mode == "constant" else 0.0
        expected = functional.pad(inside, (left, left, top, top), value=fill)
    else:
        expected = functional.pad(inside, (left, left, top, top), mode)
    np.testing.assert_array_equal(around, expected[0])
    options = {"stride": stride, "dilation": dilation}
    made = functional.conv2d(expected.double(), weight.double(), **options)[0]
    np.testing.assert_allclose(y, made, atol=2e-5 * (1 + float(made.abs().max())))


def hands():
    """What a hand can do to one control: which kind of widget, its key, the new value."""
    sliders = ("size", "kernel", "stride", "padding", "dilation", "output_padding")
    values = {
        "slider": {key: st.integers(WHOLES[key].least, WHOLES[key].most) for key in sliders},
        "toggle": {"axes": st.booleans()},
        "selectbox": {
            "input": st.sampled_from([slug for slug in INPUTS if slug != "own"]),
            "mode": st.sampled_from(list(MODES)),
        },
    }
    return st.one_of(
        st.tuples(st.just(kind), st.just(key), value)
        for kind, keys in values.items()
        for key, value in keys.items()
    )


@settings(deadline=None, max_examples=12)
@given(view=st.integers(0, VIEWS - 1), moves=st.lists(hands(), min_size=3, max_size=8))
def test_one_control_after_another(padding, said, on_stage, open_tab, view, moves) -> None:
    visitor = open_tab(padding(), "view", view).run()
    for kind, key, value in moves:
        if key not in {one.key for one in getattr(visitor, kind) if not one.disabled}:
            continue  # the open view makes no use of it
        getattr(visitor, kind)(key=key).set_value(value).run()
        assert len(said(visitor)) <= 2
        assert getattr(visitor, kind)(key=key).value == value, "what was set stays set"
        assert 0 <= on_stage(visitor).start < on_stage(visitor).steps
