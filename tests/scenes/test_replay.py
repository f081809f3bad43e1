"""Positions: what has been computed so far, and nothing else."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.message import Message
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.replay import (
    Move,
    at,
    cells,
    coordinates,
    counts,
    finished,
    locate,
    loop_index,
    moves,
    opening,
)
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term

NONE = Message("")


def grid(identity, shape, values=None):
    return Grid(identity, Message(identity), shape, values, "input")


def line(identity, *axis, **options):
    return Term(identity, (Axis(), Axis(*axis)), **options)


def row(*parts, over=(1,), **values):
    """A scene of one phase over grids of one row; a grid that is a number is so long and empty."""
    grids = [
        grid(name, (1, v), None) if isinstance(v, int) else grid(name, (1, len(v)), np.array([v]))
        for name, v in values.items()
    ]
    return Scene(tuple(grids), (Phase(NONE, over, parts),))


def test_steps_run_through_the_last_loop_first():
    phase = Phase(NONE, (2, 3, 5), ())
    expected = list(product(range(2), range(3), range(5)))
    assert [loop_index(phase, step) for step in range(phase.steps)] == expected
    assert loop_index(Phase(NONE, (), ()), 0) == ()


def test_steps_are_numbered_on_from_phase_to_phase():
    phases = tuple(Phase(Message(name), (n,), ()) for name, n in (("a", 2), ("b", 3)))
    scene = Scene((), phases)
    places = [(str(locate(scene, step)[0].label), locate(scene, step)[1]) for step in range(5)]
    assert places == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)]
    with pytest.raises(IndexError):
        locate(scene, 5)


def test_cells_are_row_major_in_the_counts_and_none_off_the_grid():
    scene = Scene((grid("x", (2, 3, 4)),), ())
    phase = Phase(NONE, (2, 2), ())
    term = Term("x", (Axis(0, (1,)), Axis(1, (0, 1), 2), Axis(3, (), 3, -2)))
    # Step (1, 1): plane 1, rows 2 and 3, columns 3, 1 and −1.
    assert cells(scene, phase, term, 3) == [12 + 8 + 3, 12 + 8 + 1, None, None, None, None]
    assert cells(scene, phase, Term("x", at=(5, 24, -1, 0)), 0) == [5]
    assert cells(scene, phase, Term("x", at=(5, 24, -1, 0)), 1) == [None]
    assert cells(scene, phase, Term("x", at=(5, 24, -1, 0)), 2) == [None]


def test_a_scene_opens_before_its_start_or_when_all_is_done():
    part = Part("copy", (line("x", 0, (), 3),), NONE, line("y", -1, (1,), 3))
    scene = row(part, over=(2,), x=[1.0, 2.0, 3.0], y=4)
    assert [opening(replace(scene, start=step)) for step in range(3)] == [(0, 0), (1, 0), (1, 3)]
    np.testing.assert_array_equal(
        at(scene, *opening(replace(scene, start=2))).values["y"], finished(scene)["y"]
    )


def test_what_no_phase_writes_stands_there_from_the_start():
    part = Part("copy", (line("x"),), NONE, line("y"))
    scene = row(part, x=[1.0], y=1, told=[4.0, 6.0])
    assert at(scene, 0, 0).values["told"].tolist() == [[4, 6]]
    assert np.isnan(at(scene, 0, 0).values["y"]).all()


def test_over_the_edge_there_are_no_cells():
    part = Part("mean", (line("x", 1, (), 3),), NONE, line("y"))
    scene = row(part, x=[2.0, 3.0, 7.0], y=1)
    wide = replace(scene.grids[0], overhang=(0, 1, 0, 0))
    assert counts(replace(scene, grids=(wide, scene.grids[1])), 0) == [2]
    assert finished(replace(scene, grids=(wide, scene.grids[1])))["y"].item() == 5


def test_infinity_takes_part_as_any_number():
    part = Part("max", (line("x", 0, (), 3),), NONE, line("y"))
    for numbers, largest in (([-np.inf, -3.0, -np.inf], -3), ([-np.inf] * 3, -np.inf)):
        assert finished(row(part, x=numbers, y=1))["y"].item() == largest


def test_coefficients_may_be_shorter_than_the_loops():
    assert coordinates(Axis(1, (2,), 2, 3), (5, 7)) == [11, 14]


def test_off_the_grid_pairs_drop_out_together():
    scene = row(
        Part("dot", (line("x", -1, (), 3), line("w", 0, (), 3)), NONE, line("y")),
        x=[2.0, 3.0, 5.0],
        w=[7.0, 11.0, 13.0],
        y=1,
    )
    phase = scene.phases[0]
    assert moves(scene, phase, phase.parts[0], 0) == [
        Move((("x", 0), ("w", 1))),
        Move((("x", 1), ("w", 2))),
    ]
    assert finished(scene)["y"].item() == 2 * 11 + 3 * 13


def test_a_number_drops_out_with_the_cell_it_would_have_written():
    scene = row(
        Part("scale", (line("s"), line("x", 0, (), 3)), NONE, line("y", -1, (), 3), scatter=True),
        s=[10.0],
        x=[2.0, 3.0, 5.0],
        y=2,
    )
    assert counts(scene, 0) == [2]
    assert finished(scene)["y"].tolist() == [[30, 50]]


@pytest.mark.parametrize(
    ("op", "terms", "expected"),
    [
        ("dot", [("x", 0, 3), ("w", 0, 3)], 2 * 7 - 3 * 11 + 5 * 13),
        ("add", [("x", 0, 3), ("w", 1, 2)], 2 - 3 + 5 + 11 + 13),
        ("max", [("x", 0, 3)], 5),
        ("mean", [("x", 1, 3)], 1.0),  # the third cell is off the grid, so two are left
        ("relu", [("x", 1, 1)], 0),
        ("relu", [("x", 2, 1)], 5),
        ("affine", [("x", 1, 1), ("w", 0, 1), ("w", 2, 1)], -3 * 7 + 13),
        ("copy", [("x", 1, 1)], -3),
        ("scale", [("x", 1, 1), ("w", 2, 1)], -39),
    ],
)
def test_each_operation(op, terms, expected):
    terms = tuple(line(name, first, (), n) for name, first, n in terms)
    scene = row(Part(op, terms, NONE, line("y")), x=[2.0, -3.0, 5.0], w=[7.0, 11.0, 13.0], y=1)
    assert finished(scene)["y"].item() == expected


def test_a_written_total_starts_again_at_zero():
    def double(target):
        return (
            Part("add", (line("x"),), NONE),
            Part("add", (line("x"),), NONE, line(target)),
        )

    values = finished(row(*double("y"), *double("z"), x=[3.0], y=1, z=1))
    assert (values["y"].item(), values["z"].item()) == (6, 6)


def test_a_step_of_which_nothing_is_on_the_grid_is_written_at_once():
    scene = row(
        Part("dot", (line("x", 5), line("x", 5)), NONE, line("y", 0, (1,))),
        over=(2,),
        x=[3.0],
        y=2,
    )
    assert counts(scene, 0) == [0]
    np.testing.assert_array_equal(at(scene, 0, 0).values["y"], [[0, np.nan]])


def test_a_part_without_a_move_waits_for_its_turn():
    absent = Part("add", (line("x", 9),), NONE, line("y"))
    scene = row(absent, Part("add", (line("x"),), NONE, line("z")), x=[3.0], y=1, z=1)
    assert np.isnan(at(scene, 0, 0).values["y"].item())  # looking: nothing is written yet
    assert at(scene, 0, 1).values["y"].item() == 0
    scene = row(Part("add", (line("x", 0, (), 2),), NONE, line("z")), absent, x=[3.0, 4], y=1, z=1)
    assert np.isnan(at(scene, 0, 1).values["y"].item())
    assert at(scene, 0, 2).values["y"].item() == 0


def test_looking_at_a_maximum_has_no_total_yet():
    scene = row(
        Part("add", (line("x"),), NONE),
        Part("max", (line("x"),), NONE, line("y")),
        x=[3.0],
        y=1,
    )
    assert [at(scene, 0, m).total for m in (0, 1, 2)] == [0, 3, 0]


def test_handing_on_is_seen_number_by_number():
    scene = row(
        Part("copy", (line("x", 0, (), 3),), NONE, line("y", 2, (), 3, -1)), x=[1.0, 2, 3], y=3
    )
    seen = [at(scene, 0, m).values["y"][0].tolist() for m in range(4)]
    nan = pytest.approx(np.nan, nan_ok=True)
    assert seen == [[nan] * 3, [nan, nan, 1], [nan, 2, 1], [3, 2, 1]]


def test_what_is_scattered_into_starts_at_zero_and_grows():
    scene = row(
        Part("add", (line("x", 0, (1,)),), NONE, line("y"), scatter=True),
        over=(3,),
        x=[1.0, 2, 4],
        y=1,
    )
    assert [at(scene, s, 0).values["y"].item() for s in range(3)] == [0, 1, 3]
    assert at(scene, 2, 1).values["y"].item() == 7


RNG = np.random.default_rng(11)
X, W, B = RNG.normal(size=(4, 5, 3)), RNG.normal(size=(4, 2, 2, 3)), RNG.normal(size=4)
OPTIONS = {"stride": (2, 1), "padding": (1, 0), "dilation": (2, 1), "groups": 2}
CONV, PLAIN = convolution(X, W, B, **OPTIONS), convolution(X, W, **OPTIONS)


@settings(deadline=None, max_examples=80)
@given(
    biased=st.booleans(), step=st.integers(0, CONV.steps - 1), move=st.integers(0, 2 * 2 * 3 + 1)
)
def test_any_position_is_the_prefix_of_the_loops(biased, step, move):
    """The plain loops of a convolution, stopped after so many products."""
    scene, last = (CONV, 13) if biased else (PLAIN, 12)
    assume(move <= last)
    padded = np.pad(X, ((0, 0), (1, 1), (0, 0)))
    y = scene.grid("output").values
    f, i, j = np.unravel_index(step, y.shape)
    numbers = [
        padded[f // 2 * 2 + c, 2 * i + 2 * u, j + v] * W[f, c, u, v]
        for c, u, v in product(range(2), range(2), range(3))
    ] + [B[f]] * biased
    state = at(scene, step, move)
    expected = y.copy()
    expected.reshape(-1)[step + (move == last) :] = np.nan
    np.testing.assert_array_equal(state.values["output"], expected)
    assert state.total == pytest.approx(0 if move == last else sum(numbers[:move]))


def test_finished_cells_show_the_engines_number_but_the_replay_does_not_trust_it():
    y = CONV.grid("output").values
    wrong = tuple(replace(g, values=y + 100) if g.id == "output" else g for g in CONV.grids)
    scene = replace(CONV, grids=wrong)
    assert at(scene, 1, 0).values["output"].flat[0] == y.flat[0] + 100
    np.testing.assert_allclose(finished(scene)["output"], y)


def test_playing_leaves_the_scene_as_it_was():
    before = {g.id: g.values.copy() for g in CONV.grids}
    finished(CONV)
    at(CONV, 3, 2)
    for g in CONV.grids:
        np.testing.assert_array_equal(g.values, before[g.id])
