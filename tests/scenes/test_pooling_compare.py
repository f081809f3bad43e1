"""Before and after a change, and larger and larger windows: scenes and the numbers beside them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import conv2d
from cnnlab.message import InvalidInput
from cnnlab.scenes.hover import readers
from cnnlab.scenes.pooling import Pool
from cnnlab.scenes.pooling_compare import change, kept, moved, moved_back
from cnnlab.scenes.replay import counts, opening
from cnnlab.scenes.sentence import sentence

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
RNG = np.random.default_rng(3)
HALVES = Pool("max", (2, 2), (2, 2))


@st.composite
def pairs(draw):
    """A picture, the same picture changed, a kernel, and a pooling of what it makes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    original = rng.normal(size=(draw(st.integers(1, 2)), 7, 8))
    changed = original + rng.normal(size=original.shape) * draw(st.sampled_from([0, 1]))
    weight = rng.normal(size=(draw(st.integers(1, 2)), len(original), 2, 3))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pool = Pool(
        draw(st.sampled_from(["max", "average"])),
        kernel,
        draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        tuple(k // 2 for k in kernel) if draw(st.booleans()) else (0, 0),
        draw(st.booleans()),
        draw(st.booleans()),
    )
    return original, changed, weight, pool


def torchs(x, weight, pool):
    y = F.conv2d(torch.tensor(x[None]), torch.tensor(weight))
    if pool.kind == "max":
        made = F.max_pool2d(y, pool.kernel, pool.stride, pool.padding, 1, pool.ceil_mode)
    else:
        rest = (pool.ceil_mode, pool.count_include_pad)
        made = F.avg_pool2d(y, pool.kernel, pool.stride, pool.padding, *rest)
    return y[0].numpy(), made[0].numpy()


@settings(**PATIENT, max_examples=40)
@given(pair=pairs())
def test_both_rows_are_pytorchs(agree, pair):
    original, changed, weight, pool = pair
    scene = moved(original, changed, weight, pool, drag=(1, -2))
    for x, name in ((original, "before"), (changed, "after")):
        convolved, pooled = torchs(x, weight, pool)
        agree(scene, {f"pool_{name}": pooled})
        given = scene.grid(f"conv_{name}")
        top, right, bottom, left = given.padding
        rows, columns = slice(top, given.shape[1] - bottom), slice(left, given.shape[2] - right)
        np.testing.assert_allclose(given.values[:, rows, columns], convolved, atol=1e-12)
    np.testing.assert_array_equal(scene.grid("original").values, original)
    np.testing.assert_array_equal(scene.grid("changed").values, changed)


def test_all_is_done_at_first_and_only_the_changed_picture_can_be_dragged():
    x = RNG.normal(size=(1, 6, 6))
    scene = moved(x, x, np.ones((1, 1, 3, 3)), HALVES, drag=(0, 3))
    assert opening(scene) == (3, 8)
    assert {grid.id: grid.drag for grid in scene.grids if grid.drag} == {"changed": (0, 3)}
    words, _ = sentence(scene, *opening(scene))
    assert words == "The convolved map changed by 0 %, the pooled one by 0 %."
    assert sentence(scene, 1, 8)[0] == (
        "Pooled, row 1, column 2 is written, and the same place in the other maps."
    )
    assert all(grid.drag is None for grid in moved(x, x, np.ones((1, 1, 3, 3)), HALVES).grids)
    assert readers(scene, "conv_after", 0) == {"pool_after": [0]}


@pytest.mark.parametrize(("columns", "rows"), [(8, 1), (10, 1), (11, 2)])
def test_the_maps_of_a_wide_picture_stand_in_two_rows(columns, rows):
    x = RNG.normal(size=(1, 8, columns))
    scene = moved(x, x, np.ones((1, 1, 3, 3)), HALVES)
    places = sorted((grid.place[1], grid.place[0], grid.id) for grid in scene.grids)
    before, after = (["conv_" + n, "pool_" + n] for n in ("before", "after"))
    assert [name for *_, name in places] == ["original", *before, "changed", *after]
    assert len({row for row, *_ in places}) == rows
    assert len({place[:2] for place in places}) == 6


@settings(**PATIENT, max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    windows=st.sets(st.integers(1, 4), min_size=1),
)
def test_every_window_size_is_pytorchs(agree, seed, size, windows):
    x = np.random.default_rng(seed).normal(size=(1, *size))
    ordered = sorted(windows)
    scene = kept(x, ordered)
    tensor = torch.tensor(x[None], requires_grad=True)
    expected = {}
    for n in ordered:
        averages = F.avg_pool2d(tensor, n)
        averages.sum().backward()
        expected[f"average_{n}"] = averages.detach()[0].numpy()
        expected[f"max_{n}"] = F.max_pool2d(tensor, n).detach()[0].numpy()
    agree(scene, expected)
    assert scene.start == scene.steps == sum(expected[f"max_{n}"].size for n in ordered)
    grid, read = scene.grid("input"), tensor.grad.numpy()[0, 0] > 0
    assert grid.unread_rows == tuple(np.flatnonzero(~read.any(1)))
    assert grid.unread_columns == tuple(np.flatnonzero(~read.any(0)))


def test_the_notes_of_what_is_kept():
    x = np.array([[[40.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 80], [0, 0, 0, 0]]])
    scene = kept(x, (2, 4))
    notes = {grid.id: str(grid.note) for grid in scene.grids}
    assert notes == {
        "input": "4×4, mean 7.5",
        "max_2": "mean 30",
        "average_2": "mean 7.5",
        "max_4": "mean 80",
        "average_4": "mean 7.5",
    }
    means = "The mean of the input is 7.5; of the maxima 30, 80; of the averages 7.5, 7.5."
    assert sentence(scene, *opening(scene))[0] == means
    assert counts(scene, 4) == [16, 16]
    assert [grid.place for grid in scene.grids] == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1)]
    with pytest.raises(InvalidInput):
        kept(x, (2, 8))


def test_how_much_is_changed():
    a = np.array([3.0, -1.0])
    assert change(a, a) == 0
    assert change(a, -a) == 2
    assert change(a, np.zeros(2)) == 1
    assert change(np.zeros(2), np.zeros(2)) == 0
    assert change(np.zeros(2), a) == np.inf
    assert change(np.array([1.0]), np.array([5.0])) == 4  # of the first, not of the second


def shifted(x, rows, columns, filler):
    """A picture moved, with something else where it has left."""
    y = np.full_like(x, filler)
    height, width = x.shape[1:]
    y[:, max(0, rows) : height + min(0, rows), max(0, columns) : width + min(0, columns)] = x[
        :,
        max(0, -rows) : height - max(0, rows),
        max(0, -columns) : width - max(0, columns),
    ]
    return y


shifts = st.tuples(st.integers(-4, 4), st.integers(-4, 4))


@settings(**PATIENT, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), shift=shifts)
def test_a_convolution_moves_with_its_picture(seed, shift):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(1, 11, 13)), rng.normal(size=(2, 1, 3, 2))
    before, after = (conv2d(y[None], weight)[0] for y in (x, shifted(x, *shift, filler=3.0)))
    assert moved_back(before, after, shift) < 1e-12
    assert moved_back(x, shifted(x, *shift, filler=3.0), shift) == 0
    other = (shift[0] + 1, shift[1])
    assert moved_back(before, after, other) > 0.1


@settings(**PATIENT, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    cells=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kind=st.sampled_from(["max", "average"]),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_pooling_moves_with_its_picture_by_whole_strides(seed, cells, kernel, stride, kind, flags):
    x = np.random.default_rng(seed).normal(size=(1, 12, 14))
    padding = tuple(k // 2 for k in kernel) if flags[0] else (0, 0)
    pool = Pool(kind, kernel, stride, padding, *flags[1:])
    shift = tuple(n * s for n, s in zip(cells, stride, strict=True))
    after = shifted(x, *shift, filler=9.0)
    assert moved_back(x, after, shift, pool) < 1e-12


@settings(**PATIENT, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), shift=shifts, kind=st.sampled_from(["max", "average"]))
def test_by_half_a_stride_pooling_does_not(seed, shift, kind):
    assume(any(n % 2 for n in shift))
    x = np.random.default_rng(seed).normal(size=(1, 13, 14))
    after = shifted(x, *shift, filler=9.0)
    assert moved_back(x, after, shift, Pool(kind, (2, 2), (2, 2))) > 0.1


def test_of_the_two_nearest_cells_the_better_one_is_taken():
    row = np.array([[[0.0, 9, 0, 0, 0, 0]]])
    pairs = Pool("max", (1, 2), (1, 2))
    # 9 moves to the next pair, by one cell of the pooled map; from the first place it stays.
    assert moved_back(row, np.roll(row, 1, 2), (0, 1), pairs) == 0
    assert moved_back(np.roll(row, -1, 2), row, (0, 1), pairs) == 0
    assert moved_back(row, np.roll(row, 1, 2), (0, 9)) == 0  # nothing is left to compare
