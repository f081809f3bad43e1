"""What closes pooling: the check, the programs, the code that ran, and the pages."""

import contextlib
import io
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cnnlab import engine
from cnnlab.data import mnist
from cnnlab.data.shrink import to_planes
from cnnlab.engine import avg_pool2d_backward, max_pool2d, max_pool2d_backward
from cnnlab.message import InvalidInput
from cnnlab.scenes.pooling import Pool
from cnnlab.ui.code import WIDTH, source_of
from cnnlab.ui.pooling import closing
from cnnlab.ui.pooling.setting import Setting


def setting(kind: str = "max", x: np.ndarray | None = None, **changed) -> Setting:
    """Uneven in every option, with ties."""
    if x is None:
        x = np.random.default_rng(0).integers(-3, 4, (2, 9, 7)).astype(np.float32)
    whole = changed.pop("whole", False)
    options = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 1), **changed}
    return Setting("own", x, Pool(kind, **options), whole)


def whole(kind: str, x: np.ndarray) -> Setting:
    """Global pooling, as the controls make it."""
    size = x.shape[1:]
    return setting(kind, x, kernel=size, stride=size, padding=(0, 0), whole=True)


@st.composite
def any_setting(draw) -> Setting:
    """Any that has an output, of both kinds of numbers, ties among them."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))
    x = rng.integers(-3, 4, size) if draw(st.booleans()) else rng.standard_normal(size)
    x = x.astype(draw(st.sampled_from([np.float32, np.float64])))
    kind = draw(st.sampled_from(["max", "average"]))
    if draw(st.integers(0, 4)) == 0:
        return whole(kind, x)
    made = setting(
        kind,
        x,
        kernel=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        stride=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        padding=draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        ceil_mode=draw(st.booleans()),
        count_include_pad=draw(st.booleans()),
    )
    try:
        assert made.y.size
    except InvalidInput:
        assume(False)
    return made


def dx_of(asked: Setting) -> np.ndarray:
    """The gradient of the output's sum, by the engine: (1, C, H, W)."""
    x, pool = asked.x[None], asked.pool
    dy, size = np.ones_like(asked.y[None]), asked.x.shape[1:]
    given = pool.kernel, pool.stride, pool.padding
    if pool.kind == "max":
        _, indices = max_pool2d(x, *given, ceil_mode=pool.ceil_mode, return_indices=True)
        return max_pool2d_backward(dy, indices, size)
    return avg_pool2d_backward(dy, size, *given, pool.ceil_mode, pool.count_include_pad)


# ---- the check

ONES = np.ones((2, 4, 4), np.float32)  # nothing but ties
CHECKED = {
    "max": setting(),
    "average": setting("average"),
    "rounded up": setting(ceil_mode=True, stride=(2, 2), padding=(1, 0)),
    "mean, rounded up": setting("average", ceil_mode=True, stride=(2, 2), padding=(1, 0)),
    "not counted": setting("average", count_include_pad=False),
    "global max": whole("max", ONES),
    "global average": whole("average", setting().x),
}


@pytest.mark.parametrize("asked", CHECKED.values(), ids=CHECKED)
def test_the_engine_agrees_with_pytorch(asked: Setting) -> None:
    checks = closing.checks(asked)
    names = ["y", "indices", "dx"] if asked.pool.kind == "max" else ["y", "dx"]
    assert [check.name for check in checks] == names
    assert all(check.agrees for check in checks)
    assert checks[0].torch.shape == (1, *asked.y.shape)
    assert np.allclose(checks[0].torch[0], asked.y)
    assert checks[-1].engine.shape == (1, *asked.x.shape)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_an_engine_that_is_wrong_is_told_so(kind: str, monkeypatch) -> None:
    name = f"{kind[:3].replace('ave', 'avg')}_pool2d"
    right, backward = getattr(engine, name), getattr(engine, f"{name}_backward")

    def wrong(*given: Any, **options: Any) -> Any:
        made = right(*given, **options)
        return (made[0], made[1][..., ::-1]) if isinstance(made, tuple) else made + 0.01

    monkeypatch.setattr(engine, name, wrong)
    monkeypatch.setattr(engine, f"{name}_backward", lambda *a, **k: backward(*a, **k) * 1.01)
    assert not any(check.agrees for check in closing.checks(setting(kind)))


def test_an_impossible_setting_is_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidInput, match="at most half the window"):
        closing.checks(setting(padding=(2, 2)))


# ---- the programs


def run(program: str) -> tuple[dict, str]:
    """What the names of a program stand for after it ran, and what it printed."""
    names: dict = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<shown>", "exec"), names)
    return names, printed.getvalue()


def close(theirs: torch.Tensor, ours: np.ndarray) -> bool:
    made = theirs.detach().numpy()
    tolerance = 1e-5 if ours.dtype == np.float32 else 1e-12
    same = made.dtype == ours.dtype and made.shape == ours.shape
    return same and np.allclose(made, ours, rtol=tolerance, atol=tolerance)


def holds(asked: Setting) -> None:
    """The programs make the stage's output, and backward the gradient of its sum."""
    names, printed = run(closing.pytorch(asked))
    assert (names["x"].numpy() == asked.x[None]).all()
    assert close(names["y"], asked.y[None])
    assert printed.startswith("tensor(")

    names, printed = run(closing.pytorch(asked, backward=True))
    assert close(names["dx"], dx_of(asked))
    assert printed.startswith("tensor(")


@given(any_setting())
@settings(max_examples=100, deadline=None)
def test_the_programs_follow_every_option(asked: Setting) -> None:
    holds(asked)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_the_programs_of_a_digit_are_short_and_right(kind: str) -> None:
    digit = to_planes(mnist.load("test").images[3], 1)
    asked = Setting("digit", digit, Pool(kind, (2, 2), (2, 2)))
    holds(asked)
    holds(replace(asked, pool=Pool(kind, (28, 28), (28, 28)), whole=True))
    assert len(closing.pytorch(asked)) < 400


@pytest.mark.parametrize(
    ("asked", "call"),
    [
        (
            setting(kernel=(2, 2), stride=(2, 2), padding=(0, 0)),
            "y = F.max_pool2d(x, kernel_size=2, stride=2)",
        ),
        (
            setting("average", ceil_mode=True),
            "y = F.avg_pool2d(x, kernel_size=(3, 2), stride=(2, 1), padding=1, ceil_mode=True)",
        ),
        (
            setting("average", count_include_pad=False, padding=(1, 0)),
            "y = F.avg_pool2d(\n    x, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), "
            "count_include_pad=False\n)",
        ),
        (whole("max", ONES), "y = F.adaptive_max_pool2d(x, 1)"),
        (whole("average", ONES), "y = F.adaptive_avg_pool2d(x, 1)"),
    ],
)
def test_the_call_says_what_differs_from_the_defaults(asked: Setting, call: str) -> None:
    program = closing.pytorch(asked)
    assert program.endswith(f"\n{call}\nprint(y)")
    assert max(map(len, call.split("\n"))) <= WIDTH


# ---- the code that ran


def executed(*functions) -> dict:
    """The names that shown functions define; only types and NumPy are given."""
    types = {"Array": np.ndarray, "Sequence": tuple, "NDArray": list, "Taps": list, "Any": int}
    names: dict[str, Any] = {"np": np, "prod": prod, **types, "Indices": np.ndarray}
    exec(
        compile("from __future__ import annotations\n" + source_of(*functions), "<s>", "exec"),
        names,
    )
    return names


@pytest.mark.parametrize("asked", CHECKED.values(), ids=CHECKED)
def test_the_code_shown_is_complete_and_computes_the_picture(asked: Setting) -> None:
    pool, size = asked.pool, asked.x.shape[1:]
    x, places = asked.x[None], asked.y.shape[1:]
    forward, backward = (
        executed(*closing.FORWARD[pool.kind]),
        executed(*closing.BACKWARD[pool.kind]),
    )
    core = pool.kernel, pool.stride, pool.padding
    dy = np.ones((1, *asked.y.shape), x.dtype)
    if pool.kind == "max":
        y = forward["_max_pool2d"](x, places, *core, (1, 1))
        _, indices = backward["_max_pool2d_indices"](x, places, *core, (1, 1))
        dx = backward["_max_pool2d_backward"](dy, indices, size)
    else:
        counts = forward["_counts"](size, places, *core, pool.count_include_pad)
        y = forward["_avg_pool2d"](x, counts, *core)
        dx = backward["_avg_pool2d_backward"](dy, counts, size, *core)
    assert (y[0] == asked.y).all()
    assert (dx == dx_of(asked)).all()


# ---- what is said


def test_what_is_said_of_layers_is_so() -> None:
    assert "stride of `nn.MaxPool2d`" in str(closing.remark(setting()))
    assert torch.nn.MaxPool2d(3).stride == torch.nn.AvgPool2d(3).stride == 3
    assert torch.nn.Conv2d(1, 1, 3).stride == (1, 1)
    for kind, layer in (
        ("max", torch.nn.AdaptiveMaxPool2d),
        ("average", torch.nn.AdaptiveAvgPool2d),
    ):
        asked = whole(kind, setting().x)
        assert f"nn.{layer.__name__}(1)" in str(closing.remark(asked))
        assert close(layer(1)(torch.tensor(asked.x[None])), asked.y[None])
    assert "PyTorch counts the zeros" in str(closing.remark(setting("average")))
    assert torch.nn.AvgPool2d(3).count_include_pad


# ---- on the page


def page(tab: str, kind: str, side: int) -> None:
    """One tab alone, inside the frame."""
    from functools import partial

    import numpy as np

    from cnnlab.scenes.pooling import Pool
    from cnnlab.ui import lesson
    from cnnlab.ui.pooling import closing
    from cnnlab.ui.pooling.setting import Setting

    x = np.arange(side * side, dtype=np.float32).reshape(1, side, side)
    shown = Setting("own", x, Pool(kind, (2, 2), (2, 2)))
    lesson.closing(**{tab: partial(getattr(closing, tab), shown)})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_check_is_a_small_table_and_a_sentence(lang: str) -> None:
    app = AppTest.from_function(page, args=("check", "max", 6), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    table, sentence = (element.value for element in app.markdown)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")]
    assert [row[1] for row in rows[2:]] == ["1×3×3", "1×3×3", "1×6×6"]
    assert [row[2] for row in rows[2:]] == ["0", "0", "0"]
    if lang == "en":
        assert [row[0] for row in rows[2:]] == ["Output Y", "Places of the maxima", "Gradient dX"]
        assert sentence == "All 54 numbers are the same to the last bit."
    else:
        assert rows[3][0] == "最大值的位置"
        assert "54" in sentence


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_the_code_stands_beside_its_equivalent(lang: str, kind: str) -> None:
    app = AppTest.from_function(page, args=("code", kind, 6), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    x = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    asked = setting(kind, x, kernel=(2, 2), stride=(2, 2), padding=(0, 0))
    assert [element.value for element in app.code] == [
        source_of(*closing.FORWARD[kind]),
        closing.pytorch(asked),
        source_of(*closing.BACKWARD[kind]),
        closing.pytorch(asked, backward=True),
    ]
    assert "MaxPool2d" in app.caption[0].value
    assert app.expander[0].label in ("Backward", "反向传播")


@pytest.mark.parametrize("tab", ["predict", "check", "code"])
def test_a_tab_never_shows_a_traceback(tab: str) -> None:
    app = AppTest.from_function(page, args=(tab, "max", 1), default_timeout=60).run()
    assert not app.exception
    assert len(app.info) == (tab == "check")
