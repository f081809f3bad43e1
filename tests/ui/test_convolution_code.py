"""The code tab of the convolution lesson: what it shows is what ran, and it runs elsewhere."""

import ast
import contextlib
import io
import subprocess
import sys
from dataclasses import replace
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from cnnlab.data import mnist
from cnnlab.data.photos import photo
from cnnlab.data.shrink import shrink, to_planes
from cnnlab.engine import WORKED_EXAMPLES, conv2d_backward, flip, kernel
from cnnlab.ui.code import source_of
from cnnlab.ui.convolution import closing
from cnnlab.ui.convolution.setting import Setting

PLAIN = {"bias": None, "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
SOBEL = kernel("sobel_x", 3, 3)[None, None]


def setting(name: str, x: np.ndarray, weight: np.ndarray, **changed) -> Setting:
    return Setting(name, x, weight, **{**PLAIN, "flipped": False, **changed})


def samples() -> dict[str, Setting]:
    """What a class may have on the stage."""
    rng = np.random.default_rng(0)
    digit = to_planes(mnist.load("test").images[3], 1)
    cat = to_planes(shrink(photo("chelsea"), 32), 3)
    found = {
        example.name: setting(
            example.name,
            example.x[0],
            example.weight,
            bias=example.bias,
            stride=(example.stride,) * 2,
            padding=(example.padding,) * 2,
        )
        for example in WORKED_EXAMPLES
    }
    return found | {
        "digit": setting("digit", digit, SOBEL, padding=(1, 1)),
        "flipped": setting("digit", digit, flip(SOBEL), flipped=True, stride=(3, 1)),
        "photo": setting("photo-chelsea", cat, SOBEL.repeat(3, 1), dilation=(1, 3)),
        "upload": setting("upload", cat / 255, rng.standard_normal((4, 3, 7, 7)).astype("f")),
        "random": setting(
            "random",
            rng.integers(0, 10, (4, 32, 30)).astype("f"),
            rng.standard_normal((4, 2, 2, 5)).astype("f"),
            bias=rng.standard_normal(4).astype("f"),
            stride=(2, 3),
            padding=(0, 4),
            dilation=(4, 1),
            groups=2,
        ),
        "doubles": setting(
            "own", rng.standard_normal((1, 5, 7)), rng.standard_normal((2, 1, 2, 3))
        ),
    }


SAMPLES = samples()


@st.composite
def any_setting(draw) -> Setting:
    """Small settings with every option, all possible."""
    groups, depth, per_group = (draw(st.integers(1, 2)) for _ in range(3))
    kernel_size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel_size, strict=True)]
    size = [
        max(1, e - 2 * p) + draw(st.integers(0, 6)) for e, p in zip(extent, padding, strict=True)
    ]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    numbers = rng.integers(-3, 10, 4000) if draw(st.booleans()) else rng.standard_normal(4000)
    numbers = numbers.astype(draw(st.sampled_from([np.float32, np.float64])))
    shapes = (groups * depth, *size), (groups * per_group, depth, *kernel_size)
    x, weight = (
        numbers[i : i + prod(s)].reshape(s) for i, s in zip((0, 1000), shapes, strict=True)
    )
    bias = numbers[-groups * per_group :] if draw(st.booleans()) else None
    return Setting(
        "own",
        x,
        weight,
        bias,
        draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        padding,
        dilation,
        groups,
        draw(st.booleans()),
    )


# ---- the program in PyTorch


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
    return (
        theirs.dtype == ours.dtype
        and theirs.shape == ours.shape
        and np.allclose(theirs, ours, rtol=tolerance, atol=scale)
    )


def holds(asked: Setting) -> None:
    """The program makes these very inputs and this very output; backward, these gradients."""
    names, printed = run(closing.pytorch(asked))
    assert (names["x"].numpy() == asked.x[None]).all()
    assert (names["weight"].numpy() == asked.weight).all()
    assert close(names["y"], asked.y[None])
    assert printed.startswith("tensor(")

    names, printed = run(closing.pytorch(asked, backward=True))
    dy = np.ones_like(asked.y[None])
    dx, dweight, dbias = conv2d_backward(dy, asked.x[None], asked.weight, **asked.options)
    assert close(names["dx"], dx)
    assert close(names["dweight"], dweight)
    assert ("dbias" in names) == (asked.bias is not None)
    assert asked.bias is None or close(names["dbias"], dbias)
    assert printed.count("tensor(") == (2 if asked.bias is None else 3)


@pytest.mark.parametrize("asked", SAMPLES.values(), ids=SAMPLES)
def test_the_program_computes_what_is_on_the_stage(asked: Setting) -> None:
    holds(asked)


@given(any_setting())
@settings(max_examples=60, deadline=None)
def test_the_program_follows_every_option(asked: Setting) -> None:
    holds(asked)


def test_the_program_runs_by_itself() -> None:
    program = closing.pytorch(SAMPLES["one_channel"])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert "[ 9.,  6., 14.]" in done.stdout
    assert done.stderr == ""


def test_the_call_says_what_differs_from_the_defaults() -> None:
    last = closing.pytorch(SAMPLES["digit"]).splitlines()[-2]
    assert last == "y = F.conv2d(x, weight, stride=1, padding=1)"
    last = closing.pytorch(SAMPLES["random"]).splitlines()[-2]
    assert last == (
        "y = F.conv2d(x, weight, bias, stride=(2, 3), padding=(0, 4), dilation=(4, 1), groups=2)"
    )


def test_a_flipped_kernel_is_written_as_it_was_typed() -> None:
    program = closing.pytorch(SAMPLES["flipped"])
    assert "[[[[-1,  0,  1]," in program
    assert "weight.flip(-2, -1)" in program
    assert "flip" not in closing.pytorch(SAMPLES["digit"])


# ---- the code that ran


def tools() -> dict:
    """What the shown functions take from elsewhere; their own helpers must all be shown."""
    return {"np": np, "prod": prod, "Array": np.ndarray, "Sequence": tuple}


def executed(*functions) -> dict:
    names = tools()
    exec(compile(source_of(*functions), "<shown>", "exec"), names)
    return names


@pytest.mark.parametrize("asked", SAMPLES.values(), ids=SAMPLES)
def test_the_code_shown_is_complete_and_computes_the_picture(asked: Setting) -> None:
    forward = executed(*closing.FORWARD)
    size = asked.y.shape[1:]
    options = (size, asked.stride, asked.padding, asked.dilation)
    y, columns = forward["_conv"](asked.x[None], asked.weight, asked.bias, *options, asked.groups)
    assert (y[0] == asked.y).all()

    backward = executed(*closing.BACKWARD)
    dy = np.ones_like(y)
    made = backward["_conv2d_backward"](
        dy, asked.x[None], asked.weight, columns, *options, asked.groups
    )
    expected = conv2d_backward(dy, asked.x[None], asked.weight, **asked.options)
    assert all((a == b).all() for a, b in zip(made, expected, strict=True))


def test_the_code_shown_is_called_top_down() -> None:
    for shown in (closing.FORWARD, closing.BACKWARD):
        names = [function.__name__ for function in shown]
        for place, function in enumerate(shown[1:], 1):
            above = ast.parse(source_of(*shown[:place]))
            called = {
                n.func.id
                for n in ast.walk(above)
                if isinstance(n, ast.Call) and hasattr(n.func, "id")
            }
            assert function.__name__ in called, names


# ---- SciPy


@pytest.mark.parametrize("name", ["one_channel", "one_window", "doubles", "digit"])
def test_what_is_said_of_scipy_is_so(name: str) -> None:
    asked = replace(SAMPLES[name], padding=(0, 0), bias=None)
    plane, weight = asked.x[0], asked.weight[0, 0]
    assert np.allclose(signal.correlate2d(plane, weight, mode="valid"), asked.y[0])
    assert str(closing.scipy(asked)).index("correlate2d") < str(closing.scipy(asked)).index("same")
    flipped = replace(asked, weight=flip(asked.weight), flipped=True)
    assert np.allclose(signal.convolve2d(plane, weight, mode="valid"), flipped.y[0])
    assert "`scipy.signal.convolve2d` flips the kernel, as is done here" in str(
        closing.scipy(flipped)
    )
