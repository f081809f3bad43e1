"""What closes the page on receptive fields: the check, the program, the code that ran."""

import contextlib
import io

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import receptive_field
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layer_text import read
from cnnlab.engine.receptive_field import support
from cnnlab.engine.stacks import STACKS
from cnnlab.message import InvalidInput
from cnnlab.ui.code import WIDTH, source_of
from cnnlab.ui.receptive import closing
from cnnlab.ui.receptive.controls import opening_layer
from cnnlab.ui.receptive.program import narrowed, pytorch
from cnnlab.ui.receptive.setting import Setting

TEXTS = (
    "conv 1 3, conv 1 3",
    "conv 4 3x5 s2 p1 g2, relu, bn, conv 2 3 d2x1",
    "conv 8 3, pool 3 s2 p1, avgpool 2 ceil",
    "conv 8 3, relu, flatten, dense 5, relu, dense 3",
    "conv 8 3, global, flatten, dense 2",
    "res(conv 4 3 p1, relu, conv 4 3 p1 | conv 4 1), conv 4 3 s2",
    "conv 4 3, res(conv 4 3 p1), res(conv 4 5 s2 p2 | conv 4 1 s2), pool 2",
    "conv 8 3, tanh, dropout 0.5, flatten",
    "relu",
)


def run(program: str) -> tuple[dict, list[str]]:
    """What the names of a program stand for after it ran, and the lines that it printed."""
    names: dict = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<shown>", "exec"), names)
    return names, printed.getvalue().splitlines()


def holds(shown: Setting) -> None:
    """The program's gradient is not 0 exactly where the engine says that a cell is read."""
    program = pytorch(shown)
    names, printed = run(program)
    cells = support(shown.network, shown.path, shown.unit)
    np.testing.assert_array_equal(names["ways"][0, 0].numpy() != 0, cells)
    rows, columns = (np.flatnonzero(cells.any(axis=1 - axis)) for axis in (0, 1))
    assert printed == [
        f"rows {rows[0]} to {rows[-1]}",
        f"columns {columns[0]} to {columns[-1]}",
        f"cells read: {cells.sum()}",
    ]
    assert names["ways"].dtype == torch.float64
    assert max(map(len, program.splitlines())) <= WIDTH + 12


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("unit", ["middle", "corner"])
def test_the_program_finds_what_the_engine_does(text: str, unit: str) -> None:
    layers = read(text)
    network = Architecture("own", (2, 17, 14), layers)
    for layer in range(1, len(layers) + 1):
        holds(Setting("own", network, layer, unit))


@pytest.mark.parametrize("slug", ["two3", "dilated", "lenet5", "alexnet", "resnet18", "fast"])
def test_the_program_of_a_stack(slug: str) -> None:
    network = STACKS[slug].network
    holds(Setting(slug, network, opening_layer(network.layers), "edge"))
    holds(Setting(slug, network, len(network.layers)))


@st.composite
def any_setting(draw) -> Setting:
    kinds = ["conv 2 {k} s{s} p{p} d{d}", "pool {w} s{s}", "avgpool {w} s{s} ceil", "relu"]
    texts = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = {name: draw(st.integers(1, 3)) for name in "kswd"}
        texts.append(draw(st.sampled_from(kinds)).format(p=draw(st.integers(0, 2)), **numbers))
    layers = read(", ".join(texts))
    size = draw(st.integers(6, 16)), draw(st.integers(6, 16))
    wanted = draw(st.sampled_from(["middle", "corner", "edge", (3, 1)]))
    shown = Setting("own", Architecture("own", (1, *size), layers), len(layers), wanted)
    try:
        cells = support(shown.network, shown.path, shown.unit)
    except InvalidInput:
        assume(False)
    assume(cells.any())
    return shown


@given(any_setting())
@settings(max_examples=60, deadline=None)
def test_the_program_follows_every_option(shown: Setting) -> None:
    holds(shown)


def test_what_is_shown_has_one_channel_and_nothing_that_bends() -> None:
    layers = read("conv 8 3 g2, bn, relu, res(conv 8 3 p1, tanh | conv 8 1), dropout 0.1, dense 9")
    assert narrowed(layers) == read("conv 1 3 nobias, res(conv 1 3 p1 nobias | conv 1 1 nobias), "
                                    "dense 1 nobias")  # fmt: skip


def test_the_engine_agrees_with_pytorch() -> None:
    network = STACKS["lenet5"].network
    checks = closing.field_paths(network, (5,), (1, 2))
    assert {check.name for check in checks} <= set(closing.WORDS)
    assert all(check.agrees for check in checks)


def test_the_code_shown_is_the_engines() -> None:
    shown = source_of(*closing.CODE)
    assert "def extent(" in shown
    for function in closing.CODE:
        assert function.__module__ == receptive_field.__name__
        assert f"def {function.__name__}(" in shown
