"""The residual block on the stage: replayed, both ways, it gives the engine's numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.residual import Block, backward, run
from cnnlab.message import InvalidInput
from cnnlab.scenes.replay import at, finished
from cnnlab.scenes.residual import residual
from cnnlab.scenes.residual_backward import residual_backward
from cnnlab.scenes.sentence import sentence

FLAGS = st.booleans()


def block_of(norm, preactivated, wide, skip, seed=0):
    """A block from one or two channels, and an input of 3×4 (stride 2 halves it upwards)."""
    rng = np.random.default_rng(seed)
    channels = 1 + seed % 2
    filters = 2 * channels if wide else channels
    draw = rng.normal
    norms = tuple(
        (draw(size=c) + 1, draw(size=c)) for c in (channels if preactivated else filters, filters)
    )
    block = Block(
        (draw(size=(filters, channels, 3, 3)), draw(size=(filters, filters, 3, 3))),
        (0 * draw(size=filters), draw(size=filters)),
        norms if norm else None,
        draw(size=(filters, channels, 1, 1)) if wide else None,
        2 if wide else 1,
        preactivated,
        skip,
    )
    if norm:  # a batch norm takes every bias off, and the stage shows none
        block = replace(block, biases=(0 * block.biases[0], 0 * block.biases[1]))
    return block, draw(size=(channels, 3, 4))


@settings(deadline=None, max_examples=30)
@given(norm=FLAGS, preactivated=FLAGS, wide=FLAGS, skip=FLAGS, seed=st.integers(0, 99))
def test_every_map_replayed_is_the_engines(agree, norm, preactivated, wide, skip, seed) -> None:
    block, x = block_of(norm, preactivated, wide, skip, seed)
    scene, made = residual(block, x), run(block, x)
    shown = {name: values for name, values in made.maps.items() if name != "y" or not preactivated}
    agree(scene, shown)
    last = scene.phases[-1].parts[-1].writes
    assert last is not None
    np.testing.assert_array_equal(scene.grid(last.grid).values, made.y)


@settings(deadline=None, max_examples=30)
@given(norm=FLAGS, preactivated=FLAGS, wide=FLAGS, skip=FLAGS, seed=st.integers(0, 99))
def test_every_gradient_replayed_is_the_engines(
    agree, norm, preactivated, wide, skip, seed
) -> None:
    block, x = block_of(norm, preactivated, wide, skip, seed)
    made = run(block, x)
    dy = np.random.default_rng(seed).normal(size=made.y.shape)
    scene, grads = residual_backward(block, x, dy), backward(block, made, dy)
    shown = {grid.id: grads[grid.id[2:]] for grid in scene.grids if grid.id.startswith("d ")}
    agree(scene, shown)
    arrives = "d x" if skip else "d x by the body"
    np.testing.assert_array_equal(scene.grid(arrives).values, grads["x"])


@settings(deadline=None, max_examples=20)
@given(norm=FLAGS, preactivated=FLAGS, wide=FLAGS, skip=FLAGS, seed=st.integers(0, 9))
def test_wires_join_what_a_phase_reads_and_writes(norm, preactivated, wide, skip, seed) -> None:
    block, x = block_of(norm, preactivated, wide, skip, seed)
    for scene in (residual(block, x), residual_backward(block, x, run(block, x).y)):
        flows = set()
        for phase in scene.phases:
            target = next(part.writes for part in phase.parts if part.writes is not None)
            terms = [term for part in phase.parts for term in part.terms]
            flows |= {(term.grid, target.grid) for term in terms if term.role == "read"}
        assert {(wire.source, wire.target) for wire in scene.wires} == flows
        places = [grid.place for grid in scene.grids if grid.place is not None]
        assert len(places) == len(set(places)), "two grids stand in one place"
        assert sum(wire.around for wire in scene.wires) == skip


def example():
    """2 everywhere; the body makes −0.5 of it."""
    kernels = np.zeros((2, 1, 1, 3, 3))
    kernels[:, 0, 0, 1, 1] = 0.5, -1
    block = Block((kernels[0], kernels[1]), (np.array([1.0]), np.array([1.5])))
    return block, np.full((1, 2, 2), 2.0)


def test_it_opens_at_a_sum_whose_main_path_and_copy_are_there() -> None:
    scene = residual(*example())
    before = at(scene, scene.start, 0).values
    assert not np.isnan(before["conv2"]).any()
    assert before["shortcut"].tolist() == [[[2, 2], [2, 2]]]
    assert np.isnan(before["sum"]).all()
    assert np.isnan(before["y"]).all()
    assert sentence(scene, scene.start, 2) == (
        "F(x) + x, row 1, column 1 is written.",
        "2 + (−0.5) = 1.5",
    )


def test_first_the_main_path_then_the_copy_then_the_sum() -> None:
    scene = residual(*example())
    written = [phase.parts[-1].writes.grid for phase in scene.phases]
    assert written == ["conv1", "relu1", "conv2", "shortcut", "sum", "y"]
    copy = sum(phase.steps for phase in scene.phases[:3])
    assert scene.phases[3].steps == 1
    words, _ = sentence(scene, copy, 4)
    assert words == "The skip connection has copied x as it is: 4 numbers."
    plain = residual(replace(example()[0], skip=False), example()[1])
    assert [phase.parts[-1].writes.grid for phase in plain.phases] == [
        "conv1",
        "relu1",
        "conv2",
        "y",
    ]


def test_the_last_sentence_counts_what_is_left_of_x() -> None:
    block, x = example()
    nothing = replace(block, weights=(block.weights[0], 0 * block.weights[1]))
    nothing = replace(nothing, biases=(block.biases[0], np.zeros(1)))
    x[0, 0, 0] = -2
    scene = residual(nothing, x)
    words, numbers = sentence(scene, scene.steps - 1, 1)
    assert words == "F(x) = 0: 3 of the output’s 4 numbers are those of x."
    assert numbers == "max(0, 2) = 2"
    as_it_is = residual(block, np.abs(x))
    words, _ = sentence(as_it_is, as_it_is.steps - 1, 1)
    assert words == "The output: it differs from x by at most 0.5."  # alike by chance says nothing


def test_the_gradient_at_the_sum_is_whole_in_both_lanes_and_adds_up_at_x() -> None:
    block, x = example()
    scene = residual_backward(block, x, np.full((1, 2, 2), 6.0))
    shown = finished(scene)
    for lane in ("d sum", "d conv2", "d x by the shortcut"):
        assert shown[lane].tolist() == [[[6, 6], [6, 6]]], lane
    assert shown["d x by the body"].tolist() == [[[-3, -3], [-3, -3]]]  # 6·(−1)·0.5
    assert shown["d x"].tolist() == [[[3, 3], [3, 3]]]
    words, numbers = sentence(scene, scene.steps - 1, 2)
    assert (words, numbers) == ("Both lanes add up at x: 4 gradients.", "6 + (−3) = 3")
    assert "not a share" in sentence(scene, scene.start - 1, 4)[0]


def test_lanes_that_do_not_add_end_at_a_sum_without_numbers() -> None:
    block, x = block_of(False, False, True, True)
    block = replace(block, projection=None)
    with pytest.raises(InvalidInput, match="do not add"):
        residual_backward(block, x, x)
    scene = residual(block, x)
    shown = finished(scene)
    assert np.isnan(shown["sum"]).all()
    assert shown["sum"].shape == shown["conv2"].shape != shown["shortcut"].shape
    np.testing.assert_array_equal(shown["shortcut"], x)
    assert "y" not in shown
    assert scene.start == scene.steps
    words, _ = sentence(scene, scene.steps - 1, x.size)
    assert words == "Shapes do not add: the body makes 2×2×2, the shortcut 1×3×4."


def test_with_a_projection_the_sum_is_called_what_it_is() -> None:
    block, x = block_of(False, False, True, True)
    assert str(residual(block, x).grid("sum").label) == "F(x) + W_s·x"
    assert str(residual(*example()).grid("sum").label) == "F(x) + x"


def test_what_batch_norm_does_stands_beside_its_map_below_its_input() -> None:
    block, x = block_of(True, False, False, True)
    block = replace(block, norms=((np.array([1.0]), np.array([0.0])), (np.array([0.5]),) * 2))
    scene, measured = residual(block, x), run(block, x).statistics[0]
    scale, shift = measured.inverse_std[0], -measured.mean[0] * measured.inverse_std[0]
    written = f"{round(scale, 2):g} {round(shift, 2):+g}".replace("-", "−")
    assert str(scene.grid("norm1").note) == f"γ 1, β 0 · ×{written}"
    assert str(scene.grid("norm2").note).startswith("F(x) · γ 0.5, β 0.5 · ×")
    assert scene.grid("scale1").place is None
    for n in ("1", "2"):
        column, row = scene.grid(f"norm{n}").place
        assert (column, row - 1) == scene.grid(f"conv{n}").place
