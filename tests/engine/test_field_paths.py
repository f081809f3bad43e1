"""Which cells are read, against the engine when a cell is changed, PyTorch, and a pencil."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.check.field import field_paths
from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.effective_field import effective_field
from cnnlab.engine.field_paths import influence, paths, support
from cnnlab.engine.forward import activations, weight_shapes
from cnnlab.engine.layers import (
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
    Tanh,
)
from cnnlab.engine.receptive_field import extent, fields
from cnnlab.engine.stacks import STACKS
from cnnlab.engine.units import cut, unit_maps
from cnnlab.message import InvalidInput

SMALL = st.integers(1, 3)
windows = st.tuples(SMALL, SMALL)


@st.composite
def convolutions(draw, stride=windows):
    return Conv(
        draw(st.integers(1, 2)),
        draw(windows),
        draw(stride),
        draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        draw(st.tuples(st.integers(1, 2), st.integers(1, 3))),
    )


@st.composite
def pools(draw):
    kernel = draw(windows)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    kind = draw(st.sampled_from([MaxPool, AvgPool]))
    return kind(kernel, draw(st.none() | windows), padding, draw(st.booleans()))


@st.composite
def blocks(draw):
    """Ways that add: sizes are kept by padding, or halved by both."""
    filters, stride = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, dilation = draw(st.sampled_from([1, 3])), draw(st.integers(1, 2))
    first = Conv(filters, kernel, stride, dilation * (kernel // 2), dilation)
    body = (first, ReLU(), Conv(filters, (3, 1), padding=(1, 0)))[: draw(st.sampled_from([1, 3]))]
    return Residual(body, (Conv(filters, 1, stride),))


steps = st.one_of(convolutions(), pools(), blocks(), st.sampled_from([ReLU(), Tanh(), Dropout()]))
ends = st.sampled_from(
    [(), (Flatten(), ReLU()), (Flatten(), Dense(3), ReLU(), Dense(2)), (GlobalAvgPool(),)]
)


@st.composite
def networks(draw):
    size = draw(st.integers(4, 9)), draw(st.integers(4, 11))
    layers = (*draw(st.lists(steps, min_size=1, max_size=4)), *draw(ends))
    network = Architecture("drawn", (draw(st.integers(1, 2)), *size), layers)
    try:
        maps = [row.output for row in trace(network)]
    except InvalidInput:
        assume(False)
    assume(max(map(max, maps)) <= 40)
    return network


def moved(network):
    """For every layer, which units (h, w) change with which cell of the input: (H·W, h, w).

    Tried out: one cell of an input of zeros is changed; weights are positive, so nothing cancels.
    """
    channels, height, width = network.input
    rng = np.random.default_rng(0)
    weights = {
        name: rng.uniform(0.5, 1, size) if name.endswith("weight") else np.zeros(size)
        for name, size in weight_shapes(network).items()
    }
    cells = np.eye(height * width).reshape(-1, 1, height, width).repeat(channels, axis=1)
    return {
        path: (y.reshape(len(y), -1, *unit_maps(network)[path].after) != 0).any(axis=1)
        for path, y in activations(network, weights, cells)
    }


@settings(deadline=None, max_examples=60)
@given(networks(), st.data())
def test_what_is_read_is_what_changes_the_outputs(network, data):
    size = network.input[1:]
    found = moved(network)
    at = data.draw(st.integers(0, size[0] * size[1] - 1))
    reached = influence(network, divmod(at, size[1]))
    assert list(reached) == list(found)
    for field in fields(network):
        by_cell = found[field.path]
        np.testing.assert_array_equal(reached[field.path], by_cell[at])
        unit = tuple(data.draw(st.integers(0, n - 1)) for n in field.output)
        read = support(network, field.path, unit)
        np.testing.assert_array_equal(read, by_cell[:, *unit].reshape(size))
        np.testing.assert_array_equal(read, paths(network, field.path, unit) > 0)
        around(read, field, unit)


def around(read, field, unit):
    """The extent holds all that is read; inside the image its ends are read."""
    ends = extent(field, unit)
    if not field.whole:  # the block's ways drawn here step alike
        for (first, last), n, jump, centre, u in zip(
            ends, field.size, field.jump, field.centre, unit, strict=True
        ):
            assert last - first + 1 == n
            assert (first + last) / 2 == centre + u * jump
    for axis, (first, last) in enumerate(ends):
        cells = np.flatnonzero(read.any(axis=1 - axis))
        assert all(first <= cell <= last for cell in cells)
    if not field.whole and all(
        first >= 0 and last < n for (first, last), n in zip(ends, read.shape, strict=True)
    ):
        for axis, (first, last) in enumerate(ends):
            cells = np.flatnonzero(read.any(axis=1 - axis))
            assert (cells[0], cells[-1]) == (first, last)


@settings(deadline=None, max_examples=40)
@given(networks(), st.data())
def test_the_ways_are_those_that_pytorch_finds(network, data):
    path, units = data.draw(st.sampled_from(sorted(unit_maps(network).items())))
    unit = tuple(data.draw(st.integers(0, n - 1)) for n in units.after)
    ways, read = field_paths(network, path, unit)
    assert (ways.name, read.name) == ("paths", "support")
    assert ways.agrees
    assert ways.largest_absolute == 0  # small whole numbers
    assert read.agrees


@settings(deadline=None, max_examples=25)
@given(networks(), st.booleans(), st.data())
def test_no_gradient_comes_from_a_cell_that_is_not_read(network, rectified, data):
    path, units = data.draw(st.sampled_from(sorted(unit_maps(network).items())))
    unit = tuple(data.draw(st.integers(0, n - 1)) for n in units.after)
    share = effective_field(network, path, unit, inputs=4, seed=1, rectified=rectified)
    assert share.shape == network.input[1:]
    assert share.min() >= 0
    assert share.sum() == pytest.approx(1) or not share.any()
    assert not (share > 0)[~support(network, path, unit)].any()


def test_the_ways_by_hand():
    two = Architecture("", (1, 7, 9), (Conv(1, 3), Conv(1, 3)))
    expected = np.zeros((7, 9))
    expected[1:6, 2:7] = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1])
    np.testing.assert_array_equal(paths(two, (1,), (1, 2)), expected)
    around_it = Architecture("", (1, 7, 9), (Residual((Conv(1, 3, padding=1),)),))
    expected = np.zeros((7, 9))
    expected[2:5, 3:6] = 1
    expected[3, 4] = 2  # through the middle of the kernel, and around
    np.testing.assert_array_equal(paths(around_it, (0,), (3, 4)), expected)
    np.testing.assert_array_equal(paths(around_it, (0, 0, 0), (3, 4)), expected.clip(max=1))


def test_extent_is_not_support():
    def read(*dilations):
        layers = tuple(Conv(1, 3, dilation=d) for d in dilations)
        network = Architecture("", (1, 17, 17), layers)
        unit = (0, 0)
        field = fields(network)[-1]
        return field.size[0], int(support(network, field.path, unit).sum())

    assert read(2, 2, 2) == (13, 49)  # of 169
    assert read(1, 2, 5) == (17, 17 * 17)


def test_a_padded_corner_reads_only_what_is_there():
    network = Architecture("", (1, 5, 5), (Conv(1, 3, padding=1),))
    assert support(network, (0,), (0, 0)).sum() == 4
    assert support(network, (0,), (0, 2)).sum() == 6


def test_a_cell_that_no_window_reaches():
    network = Architecture("", (1, 4, 5), (MaxPool(2),))
    assert not influence(network, (0, 4))[(0,)].any()


def test_a_dense_way_beside_a_row_of_maps():
    """Unit (0, 0) is then the first number of the sum, and it sees everything."""
    network = Architecture("", (1, 2, 3), (Flatten(), Residual((Dense(6),))))
    np.testing.assert_array_equal(paths(network, (1,), (0, 0)), [[2, 1, 1], [1, 1, 1]])
    assert field_paths(network, (1,), (0, 0))[0].agrees
    assert fields(network)[-1].whole


@pytest.mark.parametrize("slug", ["vgg16", "resnet50"])
def test_the_large_ones_agree_with_pytorch(slug):
    field = [row for row in fields(STACKS[slug].network) if not row.whole][-1]
    for unit in ((0, 0), (3, 5)):
        assert all(check.agrees for check in field_paths(STACKS[slug].network, field.path, unit))


def test_the_check_can_say_no(monkeypatch):
    def wrong(network, path, unit):
        return paths(network, path, unit).T

    network = Architecture("", (1, 5, 5), (Conv(1, (1, 3)),))
    monkeypatch.setattr("cnnlab.check.field.paths", wrong)
    monkeypatch.setattr("cnnlab.check.field.support", lambda *given: wrong(*given) > 0)
    assert [check.agrees for check in field_paths(network, (0,), (2, 1))] == [False, False]


def test_sentences():
    network = Architecture("", (1, 5, 5), (Conv(1, 3), Residual((ReLU(),))))
    for path in ((2,), (0, 0, 0), (1, 2, 0), (1, 1, 0), (1, 0), (-1,), ()):
        with pytest.raises(InvalidInput, match="no layer at"):
            support(network, path, (0, 0))
    with pytest.raises(InvalidInput, match="row 4, column 1 of a map of 3×3"):
        support(network, (0,), (3, 0))
    with pytest.raises(InvalidInput, match="row 1, column 0 of a map of 5×5"):
        influence(network, (0, -1))
    huge = Architecture("", (1, 5, 5), (Conv(1, 1, padding=9999),))
    with pytest.raises(InvalidInput, match="20003 cells along a side is too large"):
        paths(huge, (0,), (0, 0))


def test_a_cut_keeps_the_way_to_the_layer_alone():
    inner = Residual((Conv(1, 1), ReLU()), (Conv(1, 1, bias=False),))
    network = Architecture("", (1, 4, 4), (MaxPool(2), Residual((ReLU(), inner, ReLU()))))
    upper, places = cut(network, (1, 0, 1, 1, 0))
    assert upper.layers == (MaxPool(2), ReLU(), Conv(1, 1, bias=False))
    assert list(places.values()) == [(0,), (1, 0, 0), (1, 0, 1, 1, 0)]
    assert cut(network, (1,))[0].layers == network.layers
