"""The figures of gradient flow and of ImageNet's competition."""

import numpy as np
import pytest

from cnnlab.figures.flow import flow, powers, said
from cnnlab.figures.ilsvrc import HUMAN, WINNERS, ilsvrc
from cnnlab.message import Message
from cnnlab.theme import LIGHT

WHAT = Message("Gradient of the weights, norm")


def lines(figure, width):
    return [trace for trace in figure["data"] if trace["line"]["width"] == width]


def test_a_thin_line_for_each_seed_and_a_thick_one_of_the_median(unpacked, sound, theme) -> None:
    rng = np.random.default_rng(0)
    plain = 10 ** rng.uniform(-9, 0, (5, 20))
    residual = 10 ** rng.uniform(-1, 1, (5, 20))
    figure = flow(plain, residual, WHAT, theme)
    sound(figure)
    assert len(figure["data"]) == 12
    for values, thin in ((plain, lines(figure, 1)[:5]), (residual, lines(figure, 1)[5:])):
        for one, trace in zip(values, thin, strict=True):
            assert unpacked(trace["y"]) == pytest.approx(np.log10(one), abs=1e-5)
            assert unpacked(trace["x"]) == pytest.approx(np.arange(1, 21))
    for values, thick in zip((plain, residual), lines(figure, 3), strict=True):
        median = np.median(values, axis=0)
        assert unpacked(thick["y"]) == pytest.approx(np.log10(median), abs=1e-5)
        assert thick["text"] == [said(value) for value in median]
    assert lines(figure, 3)[0]["line"]["color"] == theme.muted
    assert lines(figure, 3)[1]["line"]["color"] == theme.accent


@pytest.mark.parametrize(
    ("least", "most", "low", "high"),
    [(0.5, 2, -2, 1), (0.01, 10, -2, 1), (0.009, 11, -4, 2), (1e-25, 75, -30, 2), (1, 3e3, -2, 4)],
)
def test_the_axis_grows_in_steps_and_holds_everything(theme, least, most, low, high) -> None:
    figure = flow(np.array([[least, 1.0]]), np.array([[1.0, most]]), WHAT, theme)
    axis = figure["layout"]["yaxis"]
    assert axis["range"] == [low - 0.15, high + 0.15]
    ticks = axis["tickvals"]
    assert ticks[0] == low
    assert len(ticks) <= 9
    assert len(set(np.diff(ticks))) == 1
    named = {-2: "10⁻²", 0: "1", 1: "10", 2: "100", -30: "10⁻³⁰"}
    for tick, text in zip(ticks, axis["ticktext"], strict=True):
        assert text == named.get(tick, text)


def test_what_has_no_logarithm_is_a_gap_and_what_is_beyond_stands_at_the_end(
    unpacked, sound
) -> None:
    values = np.array([[0.0, np.inf, np.nan, 1e-99, 1e99, 0.1]])
    figure = flow(values, np.ones((1, 6)), WHAT, LIGHT)
    sound(figure)
    drawn = unpacked(lines(figure, 1)[0]["y"])
    assert np.isnan(drawn).tolist() == [True, True, True, False, False, False]
    assert drawn[3:] == pytest.approx([-40, 12, -1])
    assert lines(figure, 3)[0]["text"] == ["0", "–", "–", "1.0·10⁻⁹⁹", "1.0·10⁹⁹", "0.1"]
    sound(flow(np.zeros((1, 2)), np.zeros((1, 2)), WHAT, LIGHT))


@pytest.mark.parametrize("layers", [2, 6, 16, 20, 34, 55, 56])
def test_the_layers_are_counted_from_the_first_to_the_last(layers) -> None:
    figure = flow(np.ones((1, layers)), np.ones((1, layers)), WHAT, LIGHT)
    axis = figure["layout"]["xaxis"]
    ticks = axis["tickvals"]
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert layers - ticks[-1] <= 1
    assert len(ticks) <= 18
    assert axis["range"] == [0.5, layers + 0.5]


def test_the_legend_names_both_kinds_in_their_colours(theme) -> None:
    figure = flow(np.ones((2, 4)), np.ones((2, 4)), WHAT, theme, lambda m: f"[{m}]")
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert words[0] == "<b>[Gradient of the weights, norm]</b>"
    assert f'color:{theme.muted}">╍╍</span> [plain]' in words[1]
    assert f'color:{theme.accent}">━━</span> [residual]' in words[1]
    assert words[2] == "[Layer with weights]"
    hover = lines(figure, 3)[1]["hovertemplate"]
    assert hover == "[layer %{x}, residual: %{text}]<extra></extra>"


def test_the_errors_of_the_competition_are_those_published(unpacked, sound, theme) -> None:
    figure = ilsvrc(theme)
    sound(figure)
    (bars,) = figure["data"]
    assert bars["x"] == list(range(2010, 2018))
    published = [28.2, 25.8, 16.4, 11.7, 6.7, 3.57, 2.99, 2.25]
    assert unpacked(bars["y"]) == pytest.approx(published)
    under = [text.split("<br>") for text in figure["layout"]["xaxis"]["ticktext"]]
    assert [year for year, _ in under] == [str(year) for year in range(2010, 2018)]
    assert [depth for _, depth in under] == [
        f"<b>{depth}</b>" for depth in ("–", "–", 8, 8, 22, 152, "–", "–")
    ]
    assert bars["marker"]["color"].index(theme.accent) == 5
    assert bars["customdata"][2] == ["AlexNet, ", "16.4 %"]
    (line,) = figure["layout"]["shapes"]
    assert line["y0"] == line["y1"] == HUMAN == 5.1
    assert [year for year, one in WINNERS.items() if one.error < HUMAN] == [2015, 2016, 2017]
    _, human, layers, *errors = figure["layout"]["annotations"]
    assert "about 5.1 %" in human["text"]
    assert layers["text"] == "Depth"
    assert [note["text"] for note in errors] == [f"<b>{error:g}</b>" for error in published]
    assert [note["x"] for note in errors] == bars["x"]
    assert [note["y"] for note in errors] == pytest.approx(published)  # each at its own bar's end
    inside = [note["yanchor"] == "top" for note in errors]  # none on the line
    assert inside == [error < HUMAN for error in published]


def test_two_figures_can_share_an_axis() -> None:
    wide, narrow = np.array([[1e-9, 1.0]]), np.array([[0.5, 50.0]])
    shared = powers(wide, narrow)
    figures = [flow(each, each, WHAT, LIGHT, span=shared) for each in (wide, narrow)]
    assert len({tuple(one["layout"]["yaxis"]["range"]) for one in figures}) == 1
    alone = flow(narrow, narrow, WHAT, LIGHT)["layout"]["yaxis"]["range"]
    assert alone[0] > shared[0]


def test_plain_and_residual_differ_in_more_than_their_colour() -> None:
    thick = [
        trace["line"]["dash"]
        for trace in flow(np.ones((1, 4)), np.ones((1, 4)), WHAT, LIGHT)["data"]
        if trace["line"]["width"] == 3
    ]
    assert len(set(thick)) == 2
