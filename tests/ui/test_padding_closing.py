"""What closes padding and stride: the check, the programs, the code that ran, and the pages."""

import contextlib
import io
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from cnnlab import engine
from cnnlab.data import mnist
from cnnlab.data.shrink import to_planes
from cnnlab.engine import PadMode, conv_transpose2d, kernel, read_counts
from cnnlab.engine.checks import per_axis
from cnnlab.engine.pad import _check_mode, sides
from cnnlab.engine.sizes import output_size
from cnnlab.message import InvalidInput
from cnnlab.scenes.same import same_outputs
from cnnlab.ui.code import source_of
from cnnlab.ui.padding import closing, transposed
from cnnlab.ui.padding.setting import Setting

MODES: tuple[PadMode, ...] = ("zeros", "constant", "reflect", "replicate", "circular")


def setting(**changed) -> Setting:
    """Fractions, and uneven in every option."""
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((1, 9, 7)), rng.standard_normal((1, 1, 3, 2))
    plain = Setting("own", x, weight, (2, 1), (1, 3), (1, 2), fill=-2.0, output_padding=(1, 0))
    return replace(plain, **changed)


@st.composite
def any_setting(draw) -> Setting:
    """Any that has an output, a transposed one too, of both kinds of numbers."""
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    weight = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride, dilation = draw(pair), draw(pair)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight, strict=True)]
    size = [draw(st.integers(0, 5)) + max(r, 4) for r in reach]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    most = [min(3, r // 2) for r in reach]  # or a transposed convolution has nothing left
    return Setting(
        "own",
        rng.integers(-9, 10, (1, *size)).astype(kind),
        rng.standard_normal((1, 1, *weight)).astype(kind),
        stride,
        (draw(st.integers(0, most[0])), draw(st.integers(0, most[1]))),
        dilation,
        draw(st.sampled_from(MODES)),
        draw(st.sampled_from([1.0, -7.0])),
        tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)),
    )


# ---- the check


@pytest.mark.parametrize("mode", MODES)
def test_the_engine_agrees_with_pytorch(mode: PadMode) -> None:
    asked = setting(mode=mode)
    checks = closing.checks(asked)
    gradients = ["dx", "dweight"] if mode == "zeros" else ["dweight"]
    assert [check.name for check in checks] == ["y", *gradients, "transposed"]
    assert all(check.agrees for check in checks)
    assert checks[0].engine.shape == (1, *asked.y.shape)
    assert np.allclose(checks[0].torch[0], asked.y)
    assert checks[-2].engine.shape == asked.weight.shape
    options = (None, asked.stride, asked.padding, asked.output_padding, 1, asked.dilation)
    assert (
        checks[-1].engine == conv_transpose2d(asked.x[None], asked.weight, *options)
    ).all()  # fmt: skip


def test_where_nothing_can_be_transposed_the_rest_is_checked() -> None:
    asked = setting(output_padding=(2, 0))
    assert [check.name for check in closing.checks(asked)] == ["y", "dx", "dweight"]


@pytest.mark.parametrize("kind", ["output", "one", "ones"])
@pytest.mark.parametrize("extra", [(1, 0), (3, 3)])
def test_the_transposed_view_checks_what_it_stamps(monkeypatch, kind: str, extra) -> None:
    monkeypatch.setattr(closing, "kind_fed", lambda: kind)
    asked = setting(output_padding=extra)
    found = closing.checks(asked, "transposed")
    assert [check.name for check in found] == ["y", "dx", "dweight", "z"]
    assert all(check.agrees for check in found)
    shown = transposed.fed(transposed.possible(asked), kind)
    assert (found[-1].engine[0] == shown.back).all()
    options = (None, asked.stride, asked.padding, shown.output_padding, 1, asked.dilation)
    theirs = functional.conv_transpose2d(
        torch.tensor(shown.z[None]), torch.tensor(shown.weight), *options
    )
    assert (found[-1].torch == theirs.numpy()).all()
    if extra == (3, 3):
        assert shown.back.shape == asked.x.shape, "refused, so the stage has the input's size"


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("stride", [(1, 1), (2, 1)])
def test_the_view_of_same_checks_its_three_answers(stride) -> None:
    asked = setting(stride=stride, dilation=(1, 1))
    found = closing.checks(asked, "same")
    names = ["y", "dx", "dweight", "transposed"] if stride == (2, 1) else ["y", "dx", "dweight"]
    assert [check.name for check in found] == [*names, "pytorch", "tensorflow", "scipy"]
    assert all(check.agrees for check in found)
    for check, answer in zip(found[-3:], same_outputs(asked.x, asked.weight, stride), strict=True):
        assert (check.engine[0, 0] == answer.y).all()
    if stride == (1, 1):
        x, weight = torch.tensor(asked.x[None]), torch.tensor(asked.weight)
        theirs = functional.conv2d(x, weight, padding="same").numpy()
        assert np.allclose(found[-3].torch, theirs)
        scipy = signal.correlate(asked.x[0], asked.weight[0, 0], "same")
        assert np.allclose(found[-1].torch[0, 0], scipy)


def test_an_engine_that_is_wrong_is_told_so(monkeypatch) -> None:
    right = engine.pad2d
    monkeypatch.setattr(engine, "pad2d", lambda *a: right(*a) + 0.01)
    assert not closing.checks(setting())[0].agrees


def test_an_impossible_setting_is_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidInput, match="no output"):
        closing.checks(setting(x=np.ones((1, 1, 1)), padding=(0, 0)))


# ---- the programs


def run(program: str) -> tuple[dict, str]:
    """What the names of a program stand for after it ran, and what it printed."""
    names: dict = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<shown>", "exec"), names)
    return names, printed.getvalue()


def close(theirs, ours: np.ndarray) -> bool:
    theirs = theirs.detach().numpy()
    tolerance = 1e-5 if ours.dtype == np.float32 else 1e-12
    scale = tolerance * max(1.0, float(abs(ours).max()))
    return theirs.shape == ours.shape and np.allclose(theirs, ours, rtol=tolerance, atol=scale)


def reads_of(asked: Setting) -> np.ndarray:
    options = (asked.stride, asked.padding, asked.dilation, asked.mode)
    return read_counts(asked.x.shape[1:], asked.weight.shape[2:], *options)


def holds(asked: Setting) -> None:
    """The programs make the stage's numbers: the output, the reads, the transposed output."""
    names, printed = run(closing.pytorch(asked))
    assert (names["x"].numpy() == asked.x[None]).all()
    assert (names["weight"].numpy() == asked.weight).all()
    assert close(names["y"], asked.y[None])
    assert printed.startswith("tensor(")

    names, _ = run(closing.reads(asked))
    assert (names["reads"].numpy()[0, 0] == reads_of(asked)).all()

    names, _ = run(closing.transposed(asked))
    options = (None, asked.stride, asked.padding, asked.output_padding, 1, asked.dilation)
    assert close(names["y"], conv_transpose2d(asked.x[None], asked.weight, *options))


@given(any_setting())
@settings(max_examples=80, deadline=None)
def test_the_programs_follow_every_option(asked: Setting) -> None:
    holds(asked)


@pytest.mark.parametrize("mode", MODES)
def test_the_programs_of_a_digit_are_short_and_right(mode: PadMode) -> None:
    digit = to_planes(mnist.load("test").images[3], 1)
    sobel = kernel("sobel_x", 3, 3)[None, None]
    asked = Setting("digit", digit, sobel, (2, 2), (1, 1), (1, 1), mode, 255.0, (1, 1))
    holds(asked)
    assert len(closing.pytorch(asked)) < 700


def last_lines(asked: Setting) -> list[str]:
    return closing.pytorch(asked).splitlines()[-4:-1]


def test_padding_is_written_where_it_is_made() -> None:
    plain = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1)}
    assert last_lines(setting(**plain))[-1] == "y = F.conv2d(x, weight, stride=1, padding=1)"
    assert last_lines(setting(mode="constant"))[1:] == [
        "padded = F.pad(x, (3, 3, 1, 1), value=-2)",
        "y = F.conv2d(padded, weight, stride=(2, 1), dilation=(1, 2))",
    ]
    assert 'F.pad(x, (3, 3, 1, 1), mode="circular")' in last_lines(setting(mode="circular"))[1]
    without = setting(mode="reflect", padding=(0, 0), dilation=(1, 1))
    assert last_lines(without)[-1] == "y = F.conv2d(x, weight, stride=(2, 1), padding=0)"
    assert "F.pad" not in closing.pytorch(without)


# ---- the code that ran


def executed(*functions) -> dict:
    """The names that shown functions define; what they take from elsewhere is given."""
    given = (per_axis, sides, _check_mode, output_size)
    types = {"Array": np.ndarray, "Sequence": tuple, "NDArray": list, "PadMode": str, "Size": int}
    names = {"np": np, "prod": prod, **types, **{one.__name__: one for one in given}}
    exec(compile(source_of(*functions), "<shown>", "exec"), names)
    return names


@pytest.mark.parametrize("mode", MODES)
def test_the_code_shown_is_complete_and_computes_the_picture(mode: PadMode) -> None:
    asked = setting(mode=mode)
    names = executed(*closing.padding_of(mode), *closing.CONVOLUTION)
    x, around = asked.x[None], (1, 1, 3, 3)
    if mode in ("zeros", "constant"):
        padded = names["_pad_constant"](x, *around, asked.value)
    else:
        padded = names["_pad_copying"](x, *around, mode)
    options = (asked.y.shape[1:], asked.stride, (0, 0), asked.dilation, 1)
    y, _ = names["_conv"](padded, asked.weight, None, *options)
    assert (y[0] == asked.y).all()

    names = executed(*closing.READS)
    options = (asked.stride, asked.padding, asked.dilation, mode)
    assert (names["read_counts"]((9, 7), (3, 2), *options) == reads_of(asked)).all()


def test_the_transposed_code_shown_is_complete() -> None:
    asked = setting()
    options = (None, asked.stride, asked.padding, asked.output_padding, 1, asked.dilation)
    expected = conv_transpose2d(asked.x[None], asked.weight, *options)
    core = (expected.shape[2:], asked.stride, asked.padding, asked.dilation, 1)
    names = executed(*closing.TRANSPOSED)
    made = names["_conv_transpose2d"](asked.x[None], asked.weight, None, *core)
    assert (made == expected).all()


# ---- what is said of other libraries


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("size", [(3, 3), (4, 3), (2, 5), (5, 2)])
def test_what_is_said_of_same_is_so(size: tuple[int, int]) -> None:
    asked = setting(weight=np.random.default_rng(1).standard_normal((1, 1, *size)), stride=(1, 1))
    asked = replace(asked, dilation=(1, 1))
    said = closing.remark(asked)
    assert 'padding="same"' in said.text
    above, below = said.fields["before"], said.fields["after"]
    x, weight = torch.tensor(asked.x[None]), torch.tensor(asked.weight)
    same = functional.conv2d(x, weight, padding="same")[0, 0].numpy()
    wide = ((size[1] - 1) // 2, size[1] // 2)
    ours = functional.conv2d(functional.pad(x, (*wide, above, below)), weight)[0, 0].numpy()
    assert np.allclose(same, ours)
    # SciPy's, with the extra cell before on both axes
    ours = functional.conv2d(functional.pad(x, (*wide[::-1], below, above)), weight)[0, 0].numpy()
    assert np.allclose(signal.correlate(asked.x[0], asked.weight[0, 0], "same"), ours)


def test_what_is_said_depends_on_the_setting() -> None:
    said = closing.remark(setting(x=np.ones((1, 6, 6)), stride=(2, 2)))
    assert "TensorFlow" in said.text
    assert (said.fields["before"], said.fields["after"]) == (0, 1)
    x, weight = torch.ones(1, 1, 6, 6), torch.ones(1, 1, 3, 3)
    with pytest.raises(RuntimeError, match="not supported for strided"):
        functional.conv2d(x, weight, stride=2, padding="same")
    layer = torch.nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular")
    assert layer.padding_mode in str(closing.remark(setting(mode="circular")))
    with pytest.raises(ValueError, match="zeros"):
        torch.nn.ConvTranspose2d(1, 1, 3, padding_mode="circular")


# ---- on the page


def page(tab: str, mode: str, side: int) -> None:
    """One tab alone, inside the frame."""
    from functools import partial

    import numpy as np

    from cnnlab.ui import lesson
    from cnnlab.ui.padding import closing
    from cnnlab.ui.padding.setting import Setting

    x, weight = np.arange(side * side, dtype=np.float32), np.ones((1, 1, 3, 3), np.float32)
    pairs = ((1, 1), (1, 1), (1, 1))
    shown = Setting("own", x.reshape(1, side, side), weight, *pairs, mode)
    lesson.closing(**{tab: partial(getattr(closing, tab), shown)})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_check_is_a_small_table_and_a_sentence(lang: str) -> None:
    app = AppTest.from_function(page, args=("check", "zeros", 5), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    table, sentence = (element.value for element in app.markdown)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")]
    assert [row[1] for row in rows[2:]] == ["1×5×5", "1×5×5", "1×1×3×3", "1×5×5"]
    names = ["Output Y", "Gradient dX", "Gradient dW", "Transposed"]
    assert ([row[0] for row in rows[2:]] == names) == (lang == "en")
    assert "84" in sentence
    assert "ΣdY·Y" in app.caption[0].value.replace(" ", "")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_the_code_stands_beside_its_equivalent(lang: str, mode: str) -> None:
    app = AppTest.from_function(page, args=("code", mode, 5), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    ours = app.code[0].value
    assert ("_pad_copying" in ours) == (mode == "reflect")
    assert "def _conv(" in ours
    assert [element.language for element in app.code] == ["python"] * 6
    assert "padding" in app.caption[0].value
    assert len(app.expander) == 2
    assert app.expander[1].label == ("Transposed convolution" if lang == "en" else "转置卷积")


@pytest.mark.parametrize("tab", ["predict", "check", "code"])
def test_a_tab_never_shows_a_traceback(tab: str) -> None:
    app = AppTest.from_function(page, args=(tab, "reflect", 1), default_timeout=60).run()
    assert not app.exception
    assert len(app.info) == (tab == "check")
