"""What closes the ResNet lesson: the check, the programs and the code that ran."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cnnlab.engine import residual
from cnnlab.engine.gradient_flow import flow
from cnnlab.training.race.plan import Plan
from cnnlab.training.race.racing import race
from cnnlab.ui.code import WIDTH, source_of
from cnnlab.ui.resnet import closing, programs, raced
from cnnlab.ui.resnet.backward import gradient
from cnnlab.ui.resnet.flow import DIGITS, Chosen, batch
from cnnlab.ui.resnet.setting import Setting, setting

KINDS = ("identity", "projection", "preactivated")


@st.composite
def any_setting(draw) -> Setting:
    return setting(
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(["rectified", "signed"])),
        norm=draw(st.booleans()),
        skip=draw(st.booleans()),
        last=draw(st.sampled_from([0, 35, 100, 200])),
        before=draw(st.sampled_from([50, 100])),
        seed=draw(st.integers(0, 99)),
        edits=draw(st.sampled_from(["", "0,1,1=-0.1"])),
    )


def run(program: str) -> tuple[dict[str, Any], str]:
    """The names that a program leaves, and what it prints."""
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<shown>", "exec"), names)
    return names, printed.getvalue()


@given(any_setting())
@settings(deadline=None, max_examples=25)
def test_the_program_makes_the_numbers_of_the_stage(asked: Setting) -> None:
    program = programs.pytorch(asked)
    names, printed = run(program)
    np.testing.assert_allclose(names["y"].detach().numpy()[0], asked.y, rtol=1e-3, atol=2e-3)
    assert printed.startswith("tensor(")
    assert max(map(len, program.split("\n"))) <= WIDTH


@pytest.mark.parametrize("kind_of_dy", ["one", "many"])
@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_program_backward_makes_the_gradient_of_the_stage(kind, norm, skip, kind_of_dy) -> None:
    asked = setting(kind, "signed", norm=norm, skip=skip, seed=2)
    dy = gradient(asked, kind_of_dy)
    names, printed = run(programs.pytorch(asked, dy))
    dx = residual.backward(asked.block, asked.run, dy)["x"]
    np.testing.assert_allclose(names["dx"].numpy()[0], dx, rtol=1e-3, atol=2e-3)
    assert printed.startswith("tensor(")


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (
            setting("identity"),
            [
                "self.conv1 = nn.Conv2d(1, 1, 3, padding=1)",
                "z = self.conv2(F.relu(z))",
                "return F.relu(z + x)",
            ],
        ),
        (
            setting("identity", norm=True, skip=False),
            ["self.norm2 = nn.BatchNorm2d(1)", "z = self.norm2(z)", "return F.relu(z)"],
        ),
        (
            setting("projection", norm=True),
            [
                "self.conv1 = nn.Conv2d(1, 2, 3, stride=2, padding=1, bias=False)",
                "self.projection = nn.Conv2d(1, 2, 1, stride=2, bias=False)",
                "return F.relu(z + self.projection(x))",
            ],
        ),
        (
            setting("preactivated", norm=True),
            ["z = self.conv1(F.relu(self.norm1(x)))", "return z + x"],
        ),
    ],
)
def test_the_module_is_written_as_one_writes_it(asked: Setting, lines: list[str]) -> None:
    written = [line.strip() for line in programs.pytorch(asked).split("\n")]
    assert [line for line in lines if line not in written] == []


def test_the_program_of_the_flow_prints_its_norms() -> None:
    _, printed = run(programs.gradient_norms(Chosen(6, "he", 3), seeds=2, digits=7))
    lines = printed.strip().split("\n")
    x, labels = batch()
    expected = [
        (seed, normalised, kind)
        for seed in (3, 4)
        for normalised in (False, True)
        for kind in ("plain", "residual")
    ]
    for (seed, normalised, kind), line in zip(expected, lines, strict=True):
        head, numbers = line.split(" [")
        assert head == f"{seed} {kind} {normalised}"
        ours = flow(6, kind == "residual", normalised, seed, x[:7], labels[:7], "he").gradients
        found = [float(number) for number in numbers.strip("]").split(",")]
        assert found == pytest.approx(ours, rel=1e-7)


def test_the_program_of_the_race_makes_its_errors() -> None:
    plan = Plan((8,), seed=5, steps=10)
    program = raced.pytorch(plan)
    assert max(map(len, program.split("\n"))) <= WIDTH
    _, printed = run(program)
    errors: dict[bool, list[float]] = {False: [], True: []}
    for event in race(plan):
        errors[event.lane.residual].append(event.error)
    means = [line.split("[")[1].strip("]\n") for line in printed.strip().split("\n")]
    assert [float(mean) for mean in means] == pytest.approx(
        [np.mean(errors[kind]) for kind in (False, True)], abs=0.02
    )
    assert printed.startswith("8 plain")


def test_the_check_of_the_race_is_of_the_networks_raced() -> None:
    found = raced.checks(Plan((8, 20), seed=2))
    x, labels = batch()
    for one, kind in zip(found, (False, True), strict=True):
        np.testing.assert_array_equal(one.engine, flow(20, kind, True, 2, x, labels).gradients)
        assert one.agrees


def executed(*functions) -> dict[str, Any]:
    """The names that shown functions define, beside what they import."""
    names = {**vars(residual)}
    for function in functions:
        del names[function.__name__]
    exec(
        compile("from __future__ import annotations\n" + source_of(*functions), "<s>", "exec"),
        names,
    )
    return names


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_shown_computes_the_picture(kind: str) -> None:
    asked = setting(kind, "signed", norm=True)
    names = executed(*closing.FORWARD, *closing.BACKWARD)
    made = names["run"](asked.block, asked.x)
    assert (made.y == asked.y).all()
    dy = np.ones_like(asked.y)
    ours = residual.backward(asked.block, asked.run, dy)
    for name, found in names["backward"](asked.block, made, dy).items():
        assert (found == ours[name]).all()


# ---- on the page


def page(tab: str, kind: str, view: str) -> None:
    """One tab alone, inside the frame."""
    from functools import partial

    from cnnlab.ui import lesson
    from cnnlab.ui.resnet import closing
    from cnnlab.ui.resnet.setting import setting

    shown = setting(kind, norm=True)
    more = () if tab == "predict" else (view,)
    lesson.closing(**{tab: partial(getattr(closing, tab), shown, *more)})


def visit(*args: str, lang: str = "en") -> AppTest:
    app = AppTest.from_function(page, args=args, default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("kind", "view", "rows"),
    [
        ("identity", "block", 9),
        ("projection", "claims", 9),
        ("identity", "backward", 9 + 8),
        ("projection", "backward", 9 + 9),
        ("preactivated", "race", 2),
        ("identity", "flow", 4),
    ],
)
def test_the_check_agrees_and_names_every_row(kind, view, rows, lang) -> None:
    app = visit("check", kind, view, lang=lang)
    table, sentence, *_ = (element.value for element in app.markdown)
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")]
    assert len(lines) == 2 + rows
    assert {line[4] for line in lines[2:]} == {"yes" if lang == "en" else "是"}
    assert len({line[0] for line in lines[2:]}) == rows
    if lang == "en":
        assert "numbers a" in sentence
    assert len(app.caption) == (view in ("backward", "race"))


def test_the_code_stands_beside_its_equivalent() -> None:
    asked = setting("projection", norm=True)
    app = visit("code", "projection", "backward")
    assert [element.value for element in app.code] == [
        source_of(*closing.FORWARD),
        programs.pytorch(asked),
        source_of(*closing.BACKWARD),
        programs.pytorch(asked, gradient(asked, "one")),
    ]
    app = visit("code", "projection", "flow", lang="zh")
    assert [element.value for element in app.code] == [
        source_of(*closing.FLOW),
        programs.gradient_norms(Chosen(20, "uniform", 0), 5, DIGITS),
    ]
    app = visit("code", "projection", "race")
    assert "def config(" in app.code[0].value
    assert app.code[1].value == raced.pytorch(Plan((8, 20)))


@pytest.mark.parametrize("kind", ["identity", "unprojected"])
def test_there_is_always_something_to_predict(kind: str) -> None:
    assert visit("predict", kind, "block").button
