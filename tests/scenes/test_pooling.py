"""Pooling and its backward pass as scenes, against PyTorch for drawn settings and by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab.message import InvalidInput
from cnnlab.scenes.hover import sources
from cnnlab.scenes.pooling import Pool, pooled, pooling
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.replay import at, coordinates, counts, finished, loop_index

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@st.composite
def inputs(draw, channels=2):
    """A rectangle of numbers, in half of the cases with many ties."""
    height, width = draw(st.permutations([2, 3, 5, 6, 7]))[:2]
    shape = (draw(st.integers(1, channels)), height, width)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return rng.normal(size=shape)
    return rng.integers(-2, 3, shape).astype(np.float64)


@st.composite
def pools(draw):
    """All settings of both kinds: rectangles, overlaps, gaps, padding up to half of the window."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    return Pool(
        kind=draw(st.sampled_from(["max", "average"])),
        kernel=kernel,
        stride=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        padding=tuple(draw(st.integers(0, k // 2)) for k in kernel),
        ceil_mode=draw(st.booleans()),
        count_include_pad=draw(st.booleans()),
    )


def torchs(x, pool):
    """PyTorch's answer to the same settings, of a tensor or an array (C, H, W)."""
    x = torch.as_tensor(x)[None]
    if pool.kind == "max":
        rest = (1, pool.ceil_mode)  # dilation
        return F.max_pool2d(x, pool.kernel, pool.stride, pool.padding, *rest)[0]
    rest = (pool.ceil_mode, pool.count_include_pad)
    return F.avg_pool2d(x, pool.kernel, pool.stride, pool.padding, *rest)[0]


def fits(scene, x, pool):
    """Whether PyTorch takes the settings; where it does not, the scene says why."""
    try:
        torchs(x, pool)
    except RuntimeError:
        with pytest.raises(InvalidInput):
            scene(x, pool)
        return False
    return True


def drawn(channels=2, examples=80):
    """A test for drawn inputs and settings."""

    def decorate(test):
        given_both = given(x=inputs(channels), pool=pools())
        return settings(**PATIENT, max_examples=examples)(given_both(test))

    return decorate


@drawn(examples=150)
def test_pooling_is_pytorchs(agree, x, pool):
    if fits(pooling, x, pool):
        y = torchs(x, pool).numpy()
        scene = pooling(x, pool)
        agree(scene, {"output": y})
        np.testing.assert_allclose(pooled(x, pool), y, rtol=1e-12)
        assert scene.steps == y.size
        assert 0 <= scene.start < scene.steps


@drawn()
def test_every_window_lies_on_the_grid_and_the_places_drawn_around_it(x, pool):
    if not fits(pooling, x, pool):
        return
    scene = pooling(x, pool)
    grid, phase = scene.grid("input"), scene.phases[0]
    last = loop_index(phase, scene.steps - 1)
    for axis, size, before, after in (
        (1, grid.shape[1], grid.overhang[0], grid.overhang[2]),
        (2, grid.shape[2], grid.overhang[3], grid.overhang[1]),
    ):
        term = phase.parts[0].terms[0].axes[axis]
        assert coordinates(term, (0, 0, 0))[0] >= -before
        assert coordinates(term, last)[-1] < size + after
        if pool.ceil_mode and after:  # no more places than the last window needs
            margin = 0 if pool.filler is not None else pool.padding[axis - 1]
            assert max(coordinates(term, last)[-1] + 1, size + margin) == size + after


@drawn()
def test_a_mean_counts_the_cells_that_pytorch_divides_by(x, pool):
    """A mean of ones that divides by n, where m of them are no padding, is m/n."""
    average = replace(pool, kind="average")
    if fits(pooling, x, average):
        scene = pooling(np.ones_like(x), average)
        inside = torchs(np.ones_like(x), replace(average, count_include_pad=False)).numpy()
        shares = torchs(np.ones_like(x), average).numpy().reshape(-1)
        assert (inside == 1).all()
        taken = finished(scene)["input"]
        for step, share in enumerate(shares):
            (n,) = counts(scene, step)
            read = [cell for name, cell in _reads(scene, step) if name == "input"]
            assert len(read) == n
            np.testing.assert_allclose(taken.reshape(-1)[read].sum() / n, share)


def _reads(scene, step):
    return [
        (grid, cell) for grid, listed in sources(scene, "output", step).items() for cell in listed
    ]


@drawn()
def test_rows_and_columns_never_read_are_those_without_gradient(x, pool):
    if not fits(pooling, x, pool):
        return
    grid = pooling(x, pool).grid("input")
    leaf = torch.tensor(x, requires_grad=True)
    torchs(leaf, replace(pool, kind="average")).sum().backward()
    read = leaf.grad.numpy()[0] > 0
    top, right, bottom, left = grid.padding
    inside = (range(top, grid.shape[1] - bottom), range(left, grid.shape[2] - right))
    for axis, (rows, unread) in enumerate(
        zip(inside, (grid.unread_rows, grid.unread_columns), strict=True)
    ):
        none = np.flatnonzero(~read.any(1 - axis)) + rows.start
        assert [n for n in unread if n in rows] == none.tolist()


def test_padding_never_reached_is_called_unread_too():
    scene = pooling(np.ones((1, 4, 4)), Pool("max", (3, 3), (2, 2), (1, 1)))
    assert scene.grid("input").unread_rows == (5,)
    gaps = pooling(np.ones((1, 5, 7)), Pool("max", (2, 2), (2, 3)))
    assert gaps.grid("input").unread_columns == (2, 5, 6)


def backward(x, pool):
    rng = np.random.default_rng(7)
    leaf = torch.tensor(x, requires_grad=True)
    y = torchs(leaf, pool)
    dy = rng.integers(-8, 9, y.shape) / 4  # exact, whatever the order of adding
    y.backward(torch.tensor(dy))
    return dy, y.detach().numpy(), leaf.grad.numpy()


@drawn(examples=150)
def test_backward_is_pytorchs(agree, x, pool):
    if fits(pooling, x, pool):
        dy, y, dx = backward(x, pool)
        scene = pooling_backward(x, dy, pool)
        agree(scene, {"dx": dx, "output": y})


@drawn()
def test_halfway_the_gradient_is_that_of_the_cells_handed_on(x, pool):
    if not fits(pooling, x, pool):
        return
    dy, _, _ = backward(x, pool)
    scene = pooling_backward(x, dy, pool)
    step = scene.steps // 2
    told = dy.copy()
    told.reshape(-1)[step:] = 0
    leaf = torch.tensor(x, requires_grad=True)
    torchs(leaf, pool).backward(torch.tensor(told))
    np.testing.assert_allclose(at(scene, step, 0).values["dx"], leaf.grad.numpy(), atol=1e-12)


@drawn(channels=1)
def test_rows_columns_and_maps_are_pytorchs(agree, x, pool):
    if not fits(pooling_im2col, x, pool):
        return
    y = torchs(x, pool).numpy()
    scene = pooling_im2col(x, pool)
    filler = -np.inf if pool.kind == "max" else 0
    around = [(p, p + k) for p, k in zip(pool.padding, pool.kernel, strict=True)]
    whole = np.pad(x[0], around, constant_values=filler)
    windows = np.lib.stride_tricks.sliding_window_view(whole, pool.kernel)
    windows = windows[:: pool.stride[0], :: pool.stride[1]][: y.shape[1], : y.shape[2]]
    rows, column = windows.reshape(y.size, -1), y.reshape(-1, 1)
    agree(scene, {"output": y, "rows": rows, "column": column})
    if pool.kind == "average":
        shares = scene.grid("shares").values
        means = rows @ shares if shares.shape[1] == 1 else (rows * shares).sum(1, keepdims=True)
        np.testing.assert_allclose(means, column, atol=1e-12)


def test_shares_are_one_column_only_where_all_windows_count_alike():
    ones = np.ones((1, 4, 4))
    even = pooling_im2col(ones, Pool("average", (2, 2), (2, 2))).grid("shares")
    assert even.shape == (4, 1)
    counted = Pool("average", (2, 2), (2, 2), (1, 1))
    assert pooling_im2col(ones, counted).grid("shares").shape == (4, 1)
    not_counted = pooling_im2col(ones, replace(counted, count_include_pad=False)).grid("shares")
    assert not_counted.shape == (9, 4)
    assert not_counted.values[0].tolist() == [0, 0, 0, 1]
    assert not_counted.values[1].tolist() == [0, 0, 0.5, 0.5]


@drawn(channels=1)
def test_the_average_is_a_convolution_and_the_maximum_is_not(agree, x, pool):
    plain = Pool("average", pool.kernel, pool.stride, pool.padding)
    if not fits(average_as_convolution, x, plain):
        return
    kernel = np.full((1, 1, *pool.kernel), 1 / np.prod(pool.kernel))
    conv = F.conv2d(torch.tensor(x[None]), torch.tensor(kernel), None, pool.stride, pool.padding)
    average, largest = torchs(x, plain).numpy(), torchs(x, replace(plain, kind="max")).numpy()
    scene = average_as_convolution(x, pool)
    agree(scene, {"convolution": conv[0].numpy(), "average": average, "max": largest})
    np.testing.assert_allclose(scene.grid("convolution").values, average, atol=1e-12)
    other = int((abs(average - largest) > 1e-9).sum())
    assert scene.phases[0].finale.fields == {"n": average.size, "different": other}


@drawn()
def test_relu_may_change_places_with_the_maximum_only(agree, x, pool):
    if not fits(relu_order, x, pool):
        return
    first, last = torchs(x.clip(0), pool).numpy(), torchs(x, pool).numpy().clip(0)
    scene = relu_order(x, pool)
    given = scene.grid("input").values
    wanted = {"pool_relu": first, "relu_pool": last, "pool": torchs(x, pool).numpy()}
    agree(scene, wanted | {"relu": given.clip(0)})
    fields = scene.phases[1].finale.fields
    assert fields["n"] == first.size
    assert fields["different"] == (abs(first - last) > 1e-9).sum()
    if pool.kind == "max":
        assert fields["different"] == 0
        np.testing.assert_array_equal(
            scene.grid("pool_relu").values, scene.grid("relu_pool").values
        )
