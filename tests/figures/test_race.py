"""The race's figures say each network's numbers, where it ended, and from whom they come."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.figures.race import colour, grouped, name, over_batches, over_depth, spread
from cnnlab.message import Message
from cnnlab.theme import LIGHT
from cnnlab.training.race.plan import DEPTHS, Lane
from cnnlab.training.race.recording import recorded
from cnnlab.training.race.results import Curve, Ended, recorded_curves, recorded_ends


def curve(lane: Lane, errors: list[float], spread: float = 0.0) -> Curve:
    middle = np.array(errors)
    return Curve(lane, middle, middle - spread, middle + spread)


PLAIN, RESIDUAL = Lane(56, False), Lane(56, True)
TWO = [curve(PLAIN, [0.9, 0.8, 0.7], 0.05), curve(RESIDUAL, [0.9, 0.4, 0.1])]
ENDS = [
    Ended(Lane(8, False), 0, 0.1, 300, recorded=True),
    Ended(Lane(8, False), 1, 0.3, 300, recorded=True),
    Ended(Lane(8, False), 2, 0.2, 300, recorded=True),
    Ended(PLAIN, 0, 0.8, 300, recorded=True),
    Ended(PLAIN, 7, 0.5, 120, recorded=False, number=3),
]


def test_they_are_sound(sound, theme) -> None:
    sound(over_batches(recorded_curves(recorded()), 300, theme))
    sound(over_batches([], 300, theme))
    sound(over_depth(recorded_ends(recorded()), theme))
    sound(over_depth([], theme))


def test_every_line_is_its_networks_error_in_per_cent(unpacked) -> None:
    bands, lines = _halves(over_batches(TWO, 300, LIGHT)["data"])
    for line, made in zip(lines, TWO, strict=True):
        np.testing.assert_array_equal(unpacked(line["x"]), [1, 2, 3])
        np.testing.assert_allclose(unpacked(line["y"]), 100 * made.errors, rtol=1e-6)
        assert line["line"]["color"] == colour(made.lane, LIGHT)
    np.testing.assert_allclose(
        unpacked(bands[0]["y"]), [95, 85, 75, 65, 75, 85], rtol=1e-6
    )  # there and back


def test_the_deeper_the_thicker() -> None:
    curves = [curve(Lane(depth, False), [0.5]) for depth in DEPTHS]
    _, lines = _halves(over_batches(curves, 300, LIGHT)["data"])
    widths = [line["line"]["width"] for line in lines]
    assert widths == sorted(set(widths))


def test_the_axes_do_not_move_while_a_race_goes_on() -> None:
    layouts = [over_batches(made, 300, LIGHT)["layout"] for made in ([], TWO)]
    for axis, span in (("xaxis", [0, 300]), ("yaxis", [0, 100])):
        assert [layout[axis]["range"] for layout in layouts] == [span, span]
    assert layouts[0]["margin"] == layouts[1]["margin"]


def test_lines_that_have_not_begun_are_left_out() -> None:
    begun = over_batches([curve(PLAIN, []), TWO[1]], 300, LIGHT)
    assert len(begun["data"]) == 2


def test_the_depth_stands_where_the_line_ends() -> None:
    words = over_batches(TWO, 300, LIGHT)["layout"]["annotations"]
    ends = {round(each["y"]): each["text"] for each in words if each["yref"] == "y"}
    assert set(ends) == {70, 10}
    assert colour(PLAIN, LIGHT) in ends[70]
    assert colour(RESIDUAL, LIGHT) in ends[10]
    assert ends[70].endswith(" 56")
    assert {each["x"] for each in words if each["yref"] == "y"} == {3}


def test_lines_of_one_kind_that_end_together_share_a_label() -> None:
    curves = [curve(Lane(depth, True), [0.1 + depth / 10_000]) for depth in DEPTHS]
    curves += [curve(Lane(depth, False), [depth / 100]) for depth in (32, 56)]
    words = over_batches(curves, 300, LIGHT)["layout"]["annotations"]
    texts = [each["text"].split()[-1] for each in words if each["yref"] == "y"]
    assert texts == ["8…56", "32", "56"]


@given(st.lists(st.tuples(st.sampled_from(DEPTHS), st.booleans(), st.floats(0, 100)), max_size=8))
def test_nobody_is_lost_in_the_labels(ends: list[tuple[int, bool, float]]) -> None:
    lanes = [(Lane(depth, kind), place) for depth, kind, place in ends]
    groups = grouped(lanes, 5.0)
    assert sum(len(of) for of, _ in groups) == len(ends)
    assert all(len({lane.residual for lane in of}) == 1 for of, _ in groups)
    assert [place for _, place in groups] == sorted(place for _, place in groups)


def test_who_has_fallen_gets_no_label() -> None:
    assert grouped([(PLAIN, float("nan")), (RESIDUAL, 10.0)], 5.0) == [([RESIDUAL], 10.0)]


@given(st.lists(st.floats(0, 100), max_size=8))
def test_labels_are_apart_and_inside(wanted: list[float]) -> None:
    places = spread(sorted(wanted), 5.0, (0.0, 100.0))
    assert all(after - before >= 5.0 - 1e-9 for before, after in pairwise(places))
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in places)
    if all(after - before >= 5.0 for before, after in pairwise(sorted(wanted))):
        assert places == pytest.approx(sorted(wanted))


def test_every_network_has_its_mark_and_recorded_ones_look_otherwise(unpacked) -> None:
    data = over_depth(ENDS, LIGHT)["data"]
    line, rings, diamonds = data
    assert (rings["marker"]["symbol"], diamonds["marker"]["symbol"]) == ("circle-open", "diamond")
    np.testing.assert_array_equal(unpacked(rings["x"]), [8, 8, 8, 56])
    np.testing.assert_allclose(unpacked(rings["y"]), [10, 30, 20, 80], rtol=1e-6)
    np.testing.assert_allclose(unpacked(diamonds["y"]), [50], rtol=1e-6)
    np.testing.assert_array_equal(unpacked(line["x"]), [8, 56])
    np.testing.assert_allclose(unpacked(line["y"]), [20, 80], rtol=1e-6)  # the medians


def test_a_mark_says_whose_it_is() -> None:
    _, rings, diamonds = over_depth(ENDS, LIGHT)["data"]
    assert rings["text"][1] == "plain, 8 layers<br>recorded, seed 1, 300 batches<br>30.0 %"
    assert diamonds["text"] == ["plain, 56 layers<br>race 3 here, seed 7, 120 batches<br>50.0 %"]


def test_without_a_recording_the_line_is_that_of_ones_own(unpacked) -> None:
    line = over_depth([ENDS[-1]], LIGHT)["data"][0]
    np.testing.assert_allclose(unpacked(line["y"]), [50])


def test_words_are_said_in_the_visitors_language() -> None:
    def say(message: Message) -> str:
        return f"«{message}»"

    shown = str(over_batches(TWO, 300, LIGHT, say)) + str(over_depth(ENDS, LIGHT, say))
    for words in ("Training error", "Batch", "plain", "residual", "recorded", "trained here"):
        assert f"«{words}»" in shown
    assert f"«{name(PLAIN)}»" in shown


def test_plain_and_residual_are_told_apart(theme) -> None:
    assert colour(PLAIN, theme) != colour(RESIDUAL, theme)


def _halves(traces: list) -> tuple[list, list]:
    return traces[: len(traces) // 2], traces[len(traces) // 2 :]
