"""Probabilities, accuracy per digit, confusion, and the sizes of gradients and steps."""

import numpy as np
import pytest

from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.networks import NETWORKS, RESNET
from cnnlab.figures.bars import per_digit, probabilities
from cnnlab.figures.confusion import confusion, counted
from cnnlab.figures.names import names
from cnnlab.figures.sizes import sizes
from cnnlab.message import Message
from cnnlab.theme import LIGHT, contrast, shade


def test_ten_probabilities_the_answer_in_colour_the_label_in_a_frame(
    unpacked, sound, theme
) -> None:
    values = np.array([0, 0, 0.2, 0, 0.7, 0, 0, 0.1, 0, 0], np.float32)
    figure = probabilities(values, 7, theme)
    sound(figure)
    (bars,) = figure["data"]
    assert unpacked(bars["y"]) == pytest.approx(100 * values)
    colours = bars["marker"]["color"]
    assert [i for i, colour in enumerate(colours) if colour == theme.accent] == [4]
    assert [i for i, width in enumerate(bars["marker"]["line"]["width"]) if width] == [7]
    assert [text for text in bars["text"] if text] == ["20", "70", "10"]
    assert figure["layout"]["annotations"][0]["text"] == "Says 4: 70 %; it is 7"
    assert figure["layout"]["yaxis"]["range"] == [0, 120]


def test_an_unknown_digit_has_no_frame() -> None:
    figure = probabilities(np.full(10, 0.1), None, LIGHT)
    assert not any(figure["data"][0]["marker"]["line"]["width"])
    assert figure["layout"]["annotations"][0]["text"] == "Says 0: 10 %"


def test_digits_by_the_share_misread(unpacked, sound, theme) -> None:
    seen = np.array([100] * 9 + [0])
    right = np.array([100, 99, 98, 97, 96, 95, 94, 93, 50, 0])
    figure = per_digit(right, seen, theme)
    sound(figure)
    (bars,) = figure["data"]
    assert unpacked(bars["y"])[:9] == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 50], abs=1e-5)
    assert bars["text"] == [*(f"{n}.0" for n in range(8)), "50", "100"]  # what the bar shows
    assert bars["textfont"]["size"] >= 11
    assert bars["constraintext"] == "none"  # no smaller where bars are narrow
    assert figure["layout"]["annotations"][0]["text"] == "Misread, in % of each digit"
    assert bars["customdata"][8] == [50, 100]
    low, high = figure["layout"]["yaxis"]["range"]
    assert low == 0
    assert high >= 100  # of the digit that was never seen none were right


def test_pairs_are_counted() -> None:
    rng = np.random.default_rng(0)
    labels, said = rng.integers(0, 10, (2, 500)).astype(np.uint8)
    counts = counted(labels, said)
    by_hand = np.zeros((10, 10), int)
    for pair in zip(labels, said, strict=True):
        by_hand[pair] += 1
    assert np.array_equal(counts, by_hand)


def test_confusion_shows_mistakes_by_their_share_and_the_diagonal_apart(
    unpacked, sound, theme
) -> None:
    counts = np.diag(np.arange(100, 1100, 100))
    counts[4, 9] = 125  # of 625 fours
    counts[9, 4] = 1
    figure = confusion(counts, theme)
    sound(figure)
    cells, diagonal = figure["data"]
    shares = unpacked(cells["z"])
    assert np.isnan(np.diagonal(shares)).all()
    assert shares[4, 9] == pytest.approx(0.2)
    assert shares[9, 4] == pytest.approx(1 / 1001)
    assert (cells["zmin"], cells["zmax"]) == (0, pytest.approx(0.2))
    assert cells["text"][4][9] == "125"
    assert cells["text"][4][3] == ""
    assert unpacked(cells["customdata"])[4, 9].tolist() == pytest.approx([125, 20])
    assert diagonal["text"] == [str(n) for n in range(100, 1100, 100)]
    assert figure["layout"]["yaxis"]["range"] == [9.5, -0.5]  # 0 is at the top


def test_few_mistakes_have_not_the_full_colour() -> None:
    counts = np.diag([1000] * 10)
    counts[0, 1] = 1
    assert confusion(counts, LIGHT)["data"][0]["zmax"] == 0.02


def test_numbers_are_read_on_every_shade(theme) -> None:
    worst = min(contrast(theme.cell_ink, shade(n, 100, theme)) for n in range(101))
    assert worst >= 4.5
    assert contrast(theme.ink, theme.empty) >= 4.5


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_everything_learned_has_a_name_of_its_own(network) -> None:
    learned = [name for name in weight_shapes(network) if "running" not in name]
    found = names(network)
    assert list(found) == learned
    assert len(set(map(str, found.values()))) == len(learned)


def test_layers_of_a_residual_block_are_counted_on() -> None:
    found = names(RESNET)
    assert str(found["3.body.0.weight"]) == "conv 2 weight"
    assert str(found["0.weight"]) == "conv 1 weight"


def test_sizes_on_log_axes_zeros_left_out_ends_clipped(unpacked, sound, theme) -> None:
    words = {name: Message("dense {n} weight", {"n": n}) for n, name in enumerate("abc")}
    figure = sizes({"a": 0.01, "b": 0.0, "c": 1e9}, {"a": 1e-3}, words, theme)
    sound(figure)
    gradients, updates = figure["data"]
    assert unpacked(gradients["x"]) == pytest.approx([0.01, np.nan, 100], nan_ok=True)
    assert unpacked(gradients["customdata"])[2] == pytest.approx(1e9)
    assert unpacked(updates["x"]) == pytest.approx([1e-3, np.nan, np.nan], nan_ok=True)
    layout = figure["layout"]
    assert layout["xaxis"]["type"] == layout["xaxis2"]["type"] == "log"
    assert layout["yaxis"]["ticktext"] == ["dense 0 weight", "dense 1 weight", "dense 2 weight"]
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0]


def test_before_the_first_step_there_are_no_sizes(unpacked, sound) -> None:
    figure = sizes({}, {}, names(RESNET), LIGHT)
    sound(figure)
    assert np.isnan(unpacked(figure["data"][0]["x"])).all()
