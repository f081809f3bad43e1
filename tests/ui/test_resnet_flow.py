"""The views of gradient flow and of what was claimed: their numbers, their words, their limits."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

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
    drawn = getattr(
        flow.measured(Chosen(8, "he", 40), True, measure), "residual" if residual else "plain"
    )
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
        (2e-3, None),
        (1.0, None),
        (999.0, None),
        (2e3, "explodes"),
    ],
)
def test_a_ratio_has_a_name(ratio: float, word: str | None) -> None:
    found = flow.word(ratio)
    assert (found and str(found)) == word


FOUND = re.compile(
    r"Without batch norm: plain \*\*(.*?)\*\*(.*?), residual \*\*(.*?)\*\*(.*?)\. "
    r"With it: plain \*\*(.*?)\*\*(.*?), residual \*\*(.*?)\*\*(.*?)\."
)


def test_both_are_told_side_by_side_and_the_paper_is_quoted() -> None:
    app = visit("flow", deep="20")
    words = said(app)
    plain, named, residual, unnamed, *normed = FOUND.search(words).groups()
    assert "10⁻" in plain
    assert named == " (vanishes)"
    assert 0.1 < float(residual) < 10
    assert float(normed[0]) > 1
    assert [unnamed, normed[1], normed[3]] == ["", "", ""]
    for part in ("section 4.1", "why plain networks degrade", "optimisation", "weights, norm**"):
        assert part in words
    assert "PyTorch's own first weights let" in words


def test_what_hes_weights_do_without_batch_norm_is_said_as_it_is() -> None:
    words = said(visit("flow", deep="20", initial="he", measure="deltas"))
    *_, residual, _, _, _, _, _ = FOUND.search(words).groups()
    assert float(residual) > 10  # it grows, and so is said
    assert "grow with the depth of the residual network" in words
    assert "PyTorch's own first weights let" not in words


def test_many_who_ask_at_once_are_computed_for_once(monkeypatch) -> None:
    asked, together = [], Barrier(4)
    real = flow.gradient_flow.flow

    def counted(*given):
        asked.append(given[3])
        return real(*given)

    monkeypatch.setattr(flow.gradient_flow, "flow", counted)

    def one(_: int):
        together.wait(30)
        return flow.measured(Chosen(4, "he", 7_000), True, "signals").plain

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one, range(4)))
    assert all((each == found[0]).all() for each in found)
    assert sorted(asked) == sorted([*range(7_000, 7_005)] * 2)  # once plain, once residual


@pytest.mark.parametrize("start", ["uniform", "he"])
@pytest.mark.parametrize("depth", [4, 18])
def test_what_is_said_of_batch_norm_holds_for_every_depth(depth: int, start: str) -> None:
    """The plain gradient does not vanish, and every output is 1."""
    chosen = Chosen(depth, start, 100)
    gradients = flow.measured(chosen, True, "gradients").plain
    assert flow.ratio(gradients, "gradients") > 0.3
    for values in flow.measured(chosen, True, "signals"):
        assert values[:, :-1] == pytest.approx(1, abs=0.02)


def test_what_is_said_of_hes_weights_holds() -> None:
    """Plain fades far less than with PyTorch's own; residual outputs and gradients grow."""
    he, uniform = (Chosen(20, start, 100) for start in ("he", "uniform"))
    for measure in ("gradients", "deltas"):
        fades = [flow.ratio(flow.measured(c, False, measure).plain, measure) for c in (he, uniform)]
        assert fades[0] > 1e3 * fades[1]
    for measure in ("signals", "deltas"):
        shallow = flow.ratio(flow.measured(Chosen(8, "he", 100), False, measure).residual, measure)
        assert flow.ratio(flow.measured(he, False, measure).residual, measure) > 2 * shallow


def test_with_two_layers_both_are_the_same_network() -> None:
    for measure in flow.MEASURES:
        plain, residual = flow.measured(Chosen(2, "uniform", 0), False, measure)
        assert (plain == residual).all()
    assert "the same network" in said(visit("flow", deep="2"))


def test_signals_are_said_the_other_way_round() -> None:
    words = said(visit("flow", deep="8", measure="signals"))
    assert "Last convolution ÷ first layer" in words
    assert "biases" in words
    assert "root mean square of 1" in words
    assert "not normalised" in words


@pytest.mark.parametrize(
    "query",
    [
        {"deep": "7"},
        {"deep": "-2", "seed": "x"},
        {"deep": "9e9", "initial": "small", "measure": "<b>"},
        {"initial": "", "norm": "true"},
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
