"""The lines of the table: every layer, folded without losing a number, and how they are said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.layer_text import read
from cnnlab.engine.layers import MaxPool, ReLU, Residual
from cnnlab.engine.memory import memory
from cnnlab.engine.receptive_field import fields
from cnnlab.figures.boxes import place
from cnnlab.ui.architectures.lines import NUMBER_BY_NUMBER, every, folded
from cnnlab.ui.architectures.said import kernels, kind, row_name, shape, strides
from cnnlab.ui.architectures.setting import setting

EVERY = [(slug, which) for slug, famous in FAMOUS.items() for which in famous.variants]


def of(text: str, *input: int):
    network = Architecture("", input, read(text))
    return every(network, fields(network), memory(network, 3).kept)


def summed(lines) -> tuple[int, ...]:
    return tuple(
        sum(getattr(line, name) for line in lines)
        for name in ("parameters", "multiply_adds", "memory")
    )


@pytest.mark.parametrize(("slug", "which"), EVERY)
def test_folding_loses_no_number(slug: str, which: str) -> None:
    shown = setting(slug, which, batch=2)
    assert summed(shown.folded) == summed(shown.lines)
    assert summed(shown.lines) == (
        shown.parameters,
        shown.multiply_adds,
        shown.kept - shown.memory.input_kept,
    )
    assert len(shown.lines) == len(shown.rows)
    assert len(shown.folded) <= 20
    assert shown.folded[-1].output == shown.lines[-1].output


def test_the_lines_of_lenet5() -> None:
    shown = setting("lenet5")
    found = [(place(line.path), kind(line), line.output, line.parameters) for line in shown.folded]
    assert found == [
        ("1", "Convolution + tanh", (6, 28, 28), 156),
        ("3", "Average pooling", (6, 14, 14), 0),
        ("4", "Convolution + tanh", (16, 10, 10), 2416),
        ("6", "Average pooling", (16, 5, 5), 0),
        ("7", "Flatten", (400,), 0),
        ("8", "Dense + tanh", (120,), 48120),
        ("10", "Dense + tanh", (84,), 10164),
        ("12", "Dense", (10,), 850),
    ]


def test_equal_layers_are_one_line() -> None:
    lines = folded(of("conv 4 3 p1, relu, conv 4 3 p1, relu, conv 4 3 p1, relu, pool 2", 4, 8, 8))
    assert [(line.many, len(line.after)) for line in lines] == [(3, 1), (1, 0)]
    # each 4·4·9 + 4 weights, 4·4·9·64 products
    assert (lines[0].parameters, lines[0].multiply_adds) == (3 * 148, 3 * 9216)
    assert lines[0].field.size == (7, 7)
    assert kind(lines[0]) == "Convolution + ReLU **×3**"


def test_the_first_of_a_stage_is_not_like_the_others() -> None:
    lines = folded(of("conv 4 3 p1, conv 4 3 p1", 3, 8, 8))
    assert [line.many for line in lines] == [1, 1], "it reads other channels"
    lines = folded(of("conv 4 3 p1, conv 4 3 p1 g2", 4, 8, 8))
    assert [line.many for line in lines] == [1, 1], "it has other settings"
    lines = folded(of("conv 4 3 p1, conv 4 3 p1, relu", 4, 8, 8))
    assert [line.many for line in lines] == [1, 1], "another follows it"


def test_a_block_is_one_line_with_all_that_is_in_it() -> None:
    text = "res(conv 4 3 p1 nobias, bn, relu, conv 4 3 p1 nobias | conv 4 1 nobias), relu"
    lines = of(text, 2, 6, 6)
    assert [line.path for line in lines] == [
        (0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 1, 0), (0,), (1,)
    ]  # fmt: skip
    (block,) = folded(lines)
    assert isinstance(block.layer, Residual)
    assert block.after == (ReLU(),)
    assert block.parameters == 2 * 4 * 9 + 8 + 4 * 4 * 9 + 2 * 4
    assert block.multiply_adds == 36 * (2 * 4 * 9 + 4 * 4 * 9 + 2 * 4)
    assert kind(block) == "Residual block (W_s) + ReLU"
    assert (kernels(block.layer), strides(block.layer)) == ("3, 3", "1, 1")


def test_a_layer_that_works_number_by_number_stands_alone_where_nothing_is_before_it() -> None:
    lines = folded(of("relu, tanh, pool 2", 1, 4, 4))
    assert [(line.layer, len(line.after)) for line in lines] == [(ReLU(), 1), (MaxPool(2), 0)]


@st.composite
def stacks(draw) -> str:
    kinds = ("conv 2 3 p1", "conv 2 1 nobias", "relu", "bn", "tanh", "pool 2 s1", "res(conv 2 1)")
    return ", ".join(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=8)))


@given(stacks())
@settings(max_examples=60, deadline=None)
def test_folding_any_stack(text: str) -> None:
    lines = of(text, 2, 12, 12)
    few = folded(lines)
    assert summed(few) == summed(lines)
    top = [line for line in lines if len(line.path) == 1]
    assert sum(line.many * (1 + len(line.after)) for line in few) == len(top)
    assert not any(isinstance(line.layer, NUMBER_BY_NUMBER) for line in few[1:])
    assert [line.path for line in few] == sorted(line.path for line in few)


def test_how_layers_are_said() -> None:
    rows = trace(FAMOUS["alexnet"].network)
    assert row_name(rows[3]) == "a 5×5 convolution (96 → 256 channels)"
    assert shape((9216,)) == "9,216"
    (line,) = of("conv 1 5x3 s2x1 p2x0", 1, 9, 9)
    assert (kernels(line.layer), strides(line.layer)) == ("5×3", "2×1")
    (line,) = of("pool 3 s2 ceil", 1, 9, 9)
    assert kind(line) == "Max pooling, rounded up"
