"""The views of gradient flow and of what was claimed: their numbers, their words, their limits."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.engine.gradient_flow import flow as engine_flow
from cnnlab.lessons import sections
from cnnlab.ui.resnet import flow
from cnnlab.ui.resnet.flow import Chosen


def view(which: str) -> None:
    """One view alone, inside the frame."""
    from cnnlab.ui import lesson
    from cnnlab.ui.resnet import claims, flow

    lesson.header("resnet")
    {"flow": flow.flow, "claims": claims.claims}[which]()


def visit(which: str, lang: str = "en", **query: str) -> AppTest:
    app = AppTest.from_function(view, args=(which,), default_timeout=60)
    app.query_params["lang"] = lang
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("measure", flow.MEASURES)
@pytest.mark.parametrize("residual", [True, False])
def test_what_is_drawn_is_the_engines_for_each_seed(residual: bool, measure: str) -> None:
    chosen = Chosen(8, True, "he", 40)
    drawn = flow.measured(chosen, residual, measure)
    assert drawn.shape == (5, 8)
    x, labels = flow.batch()
    for seed, line in zip(range(40, 45), drawn, strict=True):
        one = engine_flow(8, residual, True, seed, x, labels, "he")
        assert (line == getattr(one, measure)).all()


def test_the_ratio_is_that_of_where_it_arrives_to_where_it_comes_from() -> None:
    values = np.array([[1.0, 5, 4, 9], [1, 5, 8, 9], [3, 5, 6, 9]])  # the last layer is dense
    assert flow.ratio(values, "gradients") == 0.25
    assert flow.ratio(values, "deltas") == 0.25
    assert flow.ratio(values, "signals") == 4


@pytest.mark.parametrize(
    ("ratio", "word"),
    [
        (1e-10, "vanishes"),
        (9e-4, "vanishes"),
        (2e-3, "neither vanishes nor explodes"),
        (1.0, "neither vanishes nor explodes"),
        (999.0, "neither vanishes nor explodes"),
        (2e3, "explodes"),
    ],
)
def test_a_ratio_has_a_name(ratio: float, word: str) -> None:
    assert str(flow.word(ratio)) == word


def test_without_batch_norm_the_plain_gradient_vanishes() -> None:
    words = said(visit("flow", deep="20"))
    plain = re.search(r"plain \*\*(.*?)\*\* \((.*?)\), residual \*\*(.*?)\*\* \((.*?)\)", words)
    assert "10⁻" in plain[1]
    assert plain[2] == "vanishes"
    assert 0.1 < float(plain[3]) < 10
    assert plain[4] == "neither vanishes nor explodes"
    assert "switch it on" in words


def test_with_batch_norm_it_does_not_and_the_paper_is_quoted() -> None:
    words = said(visit("flow", deep="20", norm="true"))
    plain = re.search(r"plain \*\*(.*?)\*\* \((.*?)\)", words)
    assert float(plain[1]) > 1
    assert plain[2] == "neither vanishes nor explodes"
    assert "section 4.1" in words
    assert "optimisation" in words


@pytest.mark.parametrize("start", ["uniform", "he"])
@pytest.mark.parametrize("depth", [4, 18])
def test_what_is_said_of_batch_norm_holds_for_every_depth(depth: int, start: str) -> None:
    """The plain gradient does not vanish, and every output is 1."""
    chosen = Chosen(depth, True, start, 100)
    gradients = flow.measured(chosen, False, "gradients")
    assert flow.ratio(gradients, "gradients") > 0.3
    for residual in (False, True):
        signals = flow.measured(chosen, residual, "signals")[:, :-1]
        assert signals == pytest.approx(1, abs=0.02)


def test_with_two_layers_both_are_the_same_network() -> None:
    chosen = Chosen(2, False, "uniform", 0)
    for measure in flow.MEASURES:
        plain, residual = (flow.measured(chosen, kind, measure) for kind in (False, True))
        assert (plain == residual).all()
    assert "the same network" in said(visit("flow", deep="2"))


def test_signals_are_said_the_other_way_round() -> None:
    words = said(visit("flow", deep="8", measure="signals"))
    assert "Last convolution ÷ first layer" in words
    assert "biases" in words
    words = said(visit("flow", deep="8", measure="signals", norm="true"))
    assert "makes every output 1" in words


@pytest.mark.parametrize(
    "query",
    [
        {"deep": "7"},
        {"deep": "-2", "seed": "x"},
        {"deep": "9e9", "initial": "small", "measure": "<b>"},
        {"norm": "perhaps", "initial": ""},
    ],
)
def test_a_hostile_link_opens_the_view(query: dict[str, str]) -> None:
    assert "median of 5 seeds" in said(visit("flow", **query))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_claims_and_what_was_not_claimed(lang: str) -> None:
    words = said(visit("claims", lang))
    prose = sections(lang, "resnet")
    for section in ("claimed", "not_claimed", "published"):
        assert prose[section].strip() in words
    for number in ("1202", "7.93", "6.43", "152", "4.1", "8.75", "27.94", "28.54", "25.03"):
        assert number in words
