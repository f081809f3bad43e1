"""The two programs of the code tab: both run, and make the network that is shown."""

import contextlib
import io

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.architecture import Architecture, parameters, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.layer_text import read
from cnnlab.ui.architectures.program import described, pytorch
from cnnlab.ui.architectures.setting import setting
from cnnlab.ui.code import WIDTH

EVERY = [(slug, which) for slug, famous in FAMOUS.items() for which in famous.variants]
SMALL = ("lenet5", "booknet", "tanhnet")
KINDS = (
    "conv 4 3 p1", "conv 4 3x1 s1x2 p1x0 nobias", "conv 4 3 p2 d2 g2", "relu", "bn", "tanh",
    "sigmoid", "dropout 0.3", "pool 2 s1 p1 ceil", "avgpool 2 s1", "res(conv 4 1, bn)",
    "res(conv 4 3 p1, relu, conv 4 3 p1 | conv 4 1 nobias, bn)",
)  # fmt: skip


def run(program: str) -> tuple[dict, list[str]]:
    """What the names of a program stand for after it ran, and the lines that it printed."""
    names: dict = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "<shown>", "exec"), names)
    return names, printed.getvalue().splitlines()


def holds(network: Architecture) -> None:
    """The program prints each top-level layer's shape and parameters as the engine has them."""
    _, printed = run(pytorch(network))
    rows = trace(network)
    top = [row for row in rows if len(row.path) == 1]
    assert len(printed) == len(top) + 1
    for row, line in zip(top, printed, strict=False):
        inside = (r.parameters for r in rows if r.path[:1] == row.path)
        assert line.endswith(f"{tuple(row.output)} {sum(inside)}"), row.path
    assert printed[-1] == f"{parameters(network)} parameters"


@pytest.mark.parametrize("slug", SMALL)
def test_a_small_network_is_built_and_run(slug: str) -> None:
    holds(setting(slug).network)
    holds(setting(slug, classes=7, channels=2).network)


@pytest.mark.parametrize(("slug", "which"), [name for name in EVERY if name[0] not in SMALL])
def test_a_large_network_is_built_without_its_numbers(slug: str, which: str) -> None:
    with torch.device("meta"):
        holds(FAMOUS[slug].variants[which].network)


@pytest.mark.parametrize(("slug", "which"), EVERY)
def test_the_description_is_the_network(slug: str, which: str) -> None:
    network = FAMOUS[slug].variants[which].network
    text = described(network)
    assert run(text)[0]["network"] == network
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(text.splitlines()) < 150, "what is repeated is written once"


def test_what_is_repeated_is_written_once() -> None:
    network = Architecture("four", (1, 9, 9), read("conv 2 3, relu, conv 2 3, relu, relu, relu"))
    assert "*(Conv(2, 3), ReLU()) * 2,\n        ReLU(),\n        ReLU(),\n" in described(network)


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_any_network(kinds: list[str]) -> None:
    network = Architecture("any", (4, 14, 14), read(", ".join(kinds)))
    assert run(described(network))[0]["network"] == network
    with torch.device("meta"):
        holds(network)
