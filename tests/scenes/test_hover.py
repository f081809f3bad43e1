"""Hover in three directions, against NaN sent through PyTorch and against every move of a scene."""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.message import Message
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.hover import meets, partners, readers, sources, writers
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.pooling import Pool, pooled, pooling
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_compare import kept, moved
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.replay import cells, moves
from cnnlab.scenes.same import same
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.scenes.transposed import transposed

RNG = np.random.default_rng(2)
OPTIONS = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
X, W, B = RNG.normal(size=(4, 5, 3)), RNG.normal(size=(4, 2, 3, 2)), RNG.normal(size=4)
CONV = convolution(X, W, B, **OPTIONS)
DY = RNG.normal(size=CONV.grid("output").shape)
MAX = Pool("max", (2, 3), (2, 1), (1, 1), ceil_mode=True)
AVERAGE = Pool("average", (2, 3), (2, 1), (1, 1), True, count_include_pad=False)
POOLED = RNG.normal(size=pooled(X, MAX).shape)
SCENES = {
    "convolution": CONV,
    "im2col": im2col(X, W, B, group=1, **OPTIONS),
    "scatter": backward_scatter(X, W, DY, **OPTIONS),
    "gather": backward_gather(X, W, DY, **OPTIONS),
    "max": pooling(X, MAX),
    "average": pooling(X, AVERAGE),
    "rows of maxima": pooling_im2col(X[:1], MAX),
    "rows of means": pooling_im2col(X[:1], AVERAGE),
    "to the winner": pooling_backward(X, POOLED, MAX),
    "shared out": pooling_backward(X, POOLED, AVERAGE),
    "average as a convolution": average_as_convolution(X[:1], AVERAGE),
    "moved": moved(X, -X, W[:, :1].repeat(4, 1), MAX),
    "kept": kept(X, (1, 2)),
    "relu": relu_order(X, AVERAGE),
    "dense": connections(X[:1], W[:1, :1], "dense", RNG, padding=1),
    "padding": convolution(X, W, padding=(1, 0, 2, 1), mode="circular", groups=2, reads=True),
    "transposed": transposed(X[:1, :3], W[:1, :1], stride=2, padding=(1, 0), output_padding=1),
    "same": same(X[:1, :4], W[:1, :1], stride=2),
    "local": connections(X[:1], W[:1, :1], "local", RNG, stride=2),
}


def torch_readers(padded, weight, bias):
    options = OPTIONS | {"padding": 0}
    tensors = [torch.tensor(a) for a in (padded[None], weight, bias.reshape(-1))]
    return np.flatnonzero(np.isnan(F.conv2d(*tensors, **options)[0].numpy())).tolist()


@pytest.mark.parametrize("grid", ["input", "weight", "bias"])
def test_readers_are_the_outputs_that_a_nan_reaches(grid):
    arrays = {name: CONV.grid(name).values for name in ("input", "weight", "bias")}
    for cell in range(0, arrays[grid].size, 1 if grid == "bias" else 3):
        poisoned = {name: values.copy() for name, values in arrays.items()}
        poisoned[grid].flat[cell] = np.nan
        assert readers(CONV, grid, cell).get("output", []) == torch_readers(*poisoned.values())


def test_sources_are_the_cells_that_have_a_gradient():
    arrays = {name: CONV.grid(name).values for name in ("input", "weight", "bias")}
    for cell in range(CONV.steps):
        tensors = [torch.tensor(a, requires_grad=True) for a in arrays.values()]
        padded, weight, bias = tensors
        y = F.conv2d(padded[None], weight, bias.reshape(-1), **(OPTIONS | {"padding": 0}))
        y.reshape(-1)[cell].backward()
        found = sources(CONV, "output", cell)
        for name, tensor in zip(arrays, tensors, strict=True):
            if name == "input" or name == "bias":  # padding is 0 but read; its weights are not 0
                assert found[name] == np.flatnonzero(tensor.grad.numpy()).tolist()
        read = CONV.grid("weight").values[cell // (CONV.steps // 4)].size
        first = cell // (CONV.steps // 4) * read
        assert found["weight"] == list(range(first, first + read))


def test_a_weight_meets_the_inputs_under_it_at_every_place():
    shape, out = CONV.grid("input").shape, CONV.grid("output").shape
    for f, c, u, v in product(range(4), range(2), range(3), range(2)):
        met = {
            np.ravel_multi_index((f // 2 * 2 + c, 2 * i + u, j + 2 * v), shape)
            for i, j in product(range(out[1]), range(out[2]))
        }
        cell = np.ravel_multi_index((f, c, u, v), W.shape)
        assert partners(CONV, "weight", int(cell)) == {"input": sorted(met)}


def every_link(scene):
    """(the cells read, the cell written) of every contribution in a scene, by unrolling it."""
    for phase in scene.phases:
        for step in range(phase.steps):
            waiting = []
            for part in phase.parts:
                live = moves(scene, phase, part, step)
                if part.op in ("scale", "copy"):
                    yield from ((move.reads, (part.writes.grid, move.writes)) for move in live)
                    continue
                waiting += [move.reads for move in live]
                if part.writes is not None:
                    (target,) = cells(scene, phase, part.writes, step)
                    yield from ((reads, (part.writes.grid, target)) for reads in waiting)
                    waiting = []


@pytest.mark.parametrize("name", SCENES)
def test_all_three_directions_against_the_unrolled_scene(name):
    scene = SCENES[name]
    down, up, beside = {}, {}, {}
    for reads, target in every_link(scene):
        up.setdefault(target, set()).update(reads)
        for read in reads:
            down.setdefault(read, set()).add(target)
            beside.setdefault(read, set()).update(set(reads) - {read})
    written = {target for _, target in every_link(scene)}
    some = np.random.default_rng(0)
    for grid in scene.grids:
        size = int(np.prod(grid.shape))
        for cell in some.choice(size, min(size, 12), replace=False):
            assert bool(writers(scene, grid.id, int(cell))) == ((grid.id, cell) in written)
            for hover, links in ((readers, down), (sources, up), (partners, beside)):
                found = hover(scene, grid.id, int(cell))
                pairs = {(other, c) for other, listed in found.items() for c in listed}
                assert pairs == links.get((grid.id, int(cell)), set())
                assert all(listed == sorted(set(listed)) for listed in found.values())


def test_a_click_goes_to_the_step_that_writes_the_cell():
    assert [writers(CONV, "output", cell) for cell in range(CONV.steps)] == [
        [step] for step in range(CONV.steps)
    ]
    scatter = SCENES["scatter"]
    assert writers(CONV, "input", 0) == []
    assert writers(scatter, "db", 1) == list(range(scatter.steps // 4, scatter.steps // 2))
    gather = SCENES["gather"]
    first = gather.phases[0].steps + gather.phases[1].steps
    assert writers(gather, "dx", 7) == [first + 7]


def test_a_copy_that_drops_out_is_no_step_of_its_target():
    """The target is on its grid in both steps, but in the second there is nothing to copy."""
    one = Grid("x", Message("x"), (1, 1), np.ones((1, 1)), "input")
    two = Grid("y", Message("y"), (1, 2), None, "output")
    here = (Axis(), Axis(0, (1,)))
    part = Part("copy", (Term("x", here),), Message("copy"), Term("y", here))
    scene = Scene((one, two), (Phase(Message("copy"), (2,), (part,)),))
    assert (writers(scene, "y", 0), writers(scene, "y", 1)) == ([0], [])


def test_a_looked_up_cell_is_touched_only_at_its_own_steps():
    x = Grid("x", Message("x"), (1, 3), np.ones((1, 3)), "input")
    y = Grid("y", Message("y"), (1, 2), None, "output")
    term, target = Term("x", (Axis(), Axis(0, (1,)))), Term("y", at=(1, 0, 1), role="winner")
    part = Part("add", (term,), Message("to the winner"), target, scatter=True)
    scene = Scene((x, y), (Phase(Message("scatter"), (3,), (part,)),))
    assert (writers(scene, "y", 0), writers(scene, "y", 1)) == ([1], [0, 2])
    assert sources(scene, "y", 1) == {"x": [0, 2]}


@settings(deadline=None)
@given(
    base=st.integers(-5, 5),
    by=st.integers(-3, 3),
    count=st.integers(0, 4),
    step=st.integers(-3, 3),
    at=st.integers(0, 4),
)
def test_meeting_a_coordinate(base, by, count, step, at):
    axis = Axis(base, (by,), count, step)
    covered = {base + by * at + step * u for u in range(count)}
    assert {n for n in range(-40, 40) if meets(axis, (at,), n)} == covered
