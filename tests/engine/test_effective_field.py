"""The measured field against PyTorch, against counted ways, and the numbers known of it."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import effective_field as module
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.effective_field import effective_field, width
from cnnlab.engine.field_paths import paths
from cnnlab.engine.forward import layer_name, weight_shapes
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
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
from cnnlab.engine.measured import drawn, untrained
from cnnlab.engine.receptive_field import fields
from cnnlab.engine.stacks import STACKS
from cnnlab.engine.units import unit_maps
from cnnlab.message import InvalidInput

MIDDLE = (22, 22)
DEEP = Architecture("deep", (1, 45, 45), (Conv(8, 3, padding=1, bias=False),) * 20)


def near(found, expected):
    """An even number of cells cannot be, and chance moves an end by one cell."""
    return all(abs(n - expected) <= 2 for n in found)


def test_the_effective_field_of_twenty_layers():
    """Of 41 cells that are seen; Luo et al. (2016): about the square root of the depth."""
    last = (19,)
    rectified = effective_field(DEEP, last, MIDDLE, 8, 0, rectified=True)
    uniform = effective_field(DEEP, last, MIDDLE, 1, 0, weights="uniform")
    assert near(width(rectified), 21)
    assert width(uniform) == (15, 15)
    assert np.ptp(np.flatnonzero(uniform.any(axis=0))) == 40


def test_ways_around_make_it_smaller():
    block = Residual((Conv(8, 3, padding=1, bias=False), ReLU()))
    network = Architecture("residual", (8, 45, 45), (block,) * 20)
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        weights = {
            name: (rng.standard_normal(size) * np.sqrt(2 / np.prod(size[1:]))).astype(np.float32)
            for name, size in weight_shapes(network).items()
        }
        found.append(width(effective_field(network, (19,), MIDDLE, 8, seed, weights)))
    assert near(np.median(found, axis=0), 13)
    assert np.median(found) < 19


def test_of_one_image_max_pooling_shows_one_cell_of_sixteen():
    pools = Architecture("", (1, 8, 8), (MaxPool(2), MaxPool(2)))
    one = effective_field(pools, (1,), (1, 0), inputs=1, seed=0)
    many = effective_field(pools, (1,), (1, 0), inputs=300, seed=0)
    assert np.count_nonzero(one) == 1
    assert np.count_nonzero(many) == np.count_nonzero(many[4:, :4]) == 16


LINEAR = st.one_of(
    st.builds(
        Conv,
        st.integers(1, 9),
        st.tuples(st.integers(1, 3), st.integers(1, 3)),
        st.integers(1, 2),
        st.integers(0, 1),
        st.integers(1, 2),
    ),
    st.builds(AvgPool, st.integers(1, 2), st.integers(1, 2)),
    st.sampled_from([BatchNorm(), Tanh(), Dropout()]),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(LINEAR, min_size=1, max_size=4), st.booleans(), st.data())
def test_equal_weights_without_a_bend_count_the_ways(layers, dense, data):
    """A unit somewhere, so the part of the image that is used is tried out too."""
    end = (Flatten(), Dense(3), Dense(2)) if dense else ()
    network = Architecture("", (2, 13, 11), (*layers, *end))
    try:
        path, units = list(unit_maps(network).items())[-1]
    except InvalidInput:
        assume(False)
    unit = tuple(data.draw(st.integers(0, n - 1)) for n in units.after)
    ways = paths(network, path, unit)
    share = effective_field(network, path, unit, 1, 0, weights="uniform")
    np.testing.assert_allclose(share, ways / max(ways.sum(), 1), atol=1e-6)


@pytest.mark.parametrize("unit", [(0, 0), (3, 5), (5, 6)])
def test_only_the_part_of_the_image_that_is_seen_is_worked_through(monkeypatch, unit):
    block = Residual((Conv(9, 3, 2, 1), ReLU(), Conv(9, 3, padding=1)), (Conv(9, 1, 2),))
    layers = (Conv(4, (3, 5), padding=(1, 2)), MaxPool(3, 2, 1, ceil_mode=True), block)
    network = Architecture("", (3, 23, 27), layers)
    part = effective_field(network, (2,), unit, 3, 0, rectified=True)
    (rows, columns), _ = module._region(network, unit)
    assert (rows[1] - rows[0]) * (columns[1] - columns[0]) < 23 * 27
    monkeypatch.setattr(module, "_region", lambda *_: (((0, 23), (0, 27)), unit))
    whole = effective_field(network, (2,), unit, 3, 0, rectified=True)
    np.testing.assert_allclose(part, whole, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(
    ("path", "unit"),
    [((1,), (2, 3)), ((4,), (1, 0)), ((6, 0, 2), (1, 1)), ((6, 1, 1), (0, 1)), ((8,), (0, 0)),
     ((9,), (0, 0)), ((11,), (0, 0))],
)  # fmt: skip
def test_a_trained_network_as_pytorch_has_it(nets, path, unit):
    """Every kind of layer, batch norm held still; image i asks channel i."""
    network = nets.all["odd"]
    weights = nets.drawn(network, np.float64)
    model = nets.loaded(network, weights).eval()
    kept = {}
    inner = model.get_submodule(layer_name(path))
    inner.register_forward_hook(lambda _, __, y: kept.update(y=y))
    rng = np.random.default_rng(5)
    expected = np.zeros(network.input[1:])
    for n in range(4):
        image = rng.standard_normal((1, *network.input), np.float32).astype(np.float64)
        x = torch.from_numpy(image).requires_grad_()
        model(x)
        y = kept["y"].reshape(1, -1, *unit_maps(network)[path].after)
        asked = y[(0, n % y.shape[1], *unit)]
        expected += abs(torch.autograd.grad(asked, x)[0][0].numpy()).sum(axis=0)
    found = effective_field(network, path, unit, 4, 5, weights)
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-6, atol=1e-12)


def test_weights_are_drawn_anew_for_every_image_from_the_seed():
    network = STACKS["two3"].network
    given = network, (1,), (7, 7)
    one, again, two = (effective_field(*given, n, 0) for n in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert abs(one - effective_field(*given, 1, seed=1)).max() > 1e-3
    assert abs(one - two).max() > 1e-3  # the network is linear: other images alone change nothing


def test_a_unit_that_nothing_moves_is_all_zero():
    network = Architecture("", (1, 5, 5), (Conv(1, 3, bias=False),))
    share = effective_field(network, (0,), (1, 1), 3, 0, {"0.weight": np.zeros((1, 1, 3, 3))})
    assert not share.any()
    assert width(share) == (0, 0)


def test_a_unit_of_padding_alone():
    network = Architecture("", (1, 4, 4), (Conv(1, 1, padding=2),))
    assert not effective_field(network, (0,), (0, 0), 2, 0).any()


def test_what_is_measured_before_training():
    block = Residual((Conv(64, 3, padding=1), BatchNorm(), ReLU(), Conv(64, 3, padding=1)))
    layers = (Conv(64, 3), BatchNorm(), Tanh(), block, MaxPool(2), Conv(128, 3, groups=64))
    network = Architecture("", (3, 16, 16), (*layers, GlobalAvgPool(), Dropout(), Flatten()))
    narrow = Conv(8, 3, padding=1)
    rectified = untrained(network, True, 8).layers
    assert rectified == (
        *(Conv(8, 3), Tanh(), Residual((narrow, ReLU(), narrow)), ReLU(), MaxPool(2)),
        *(Conv(8, 3, groups=8), ReLU(), GlobalAvgPool(), Flatten()),
    )
    linear = untrained(network, False, 8).layers
    assert linear == tuple(
        Residual((narrow, narrow)) if isinstance(layer, Residual) else layer
        for layer in rectified
        if not isinstance(layer, ReLU | Tanh)
    )
    rows = Architecture("", (1, 4, 4), (Flatten(), Residual((Dense(16),))))
    assert untrained(rows, False, 8).layers == rows.layers  # else it would not add


def test_the_weights_that_are_drawn():
    network = Architecture("", (4, 9, 9), (Conv(64, (3, 5)), Flatten(), Dense(30)))
    random = drawn(network, False, np.random.default_rng(0))
    for name, fan_in in (("0.weight", 4 * 15), ("2.weight", 64 * 7 * 5)):
        assert random[name].std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)
        assert random[name].mean() == pytest.approx(0, abs=0.01)
    uniform = drawn(network, True, np.random.default_rng(0))
    assert np.unique(uniform["0.weight"]) == np.float32(1 / 60)
    for arrays in (random, uniform):
        assert not arrays["0.bias"].any()
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


def test_the_width_is_of_each_axis_and_around_the_middle_of_mass():
    cells = np.outer([0, 0, 1, 8, 1, 0, 0, 0], [1.0, 0, 0, 0, 0])
    assert width(cells, 0.8) == (1, 1)
    assert width(cells, 0.81) == (3, 1)
    assert width(np.ones((10, 20)) / 200) == (10, 19)  # 95 % of each
    assert width(np.eye(1, 9)) == (1, 1)


def test_sentences():
    network = STACKS["two3"].network
    with pytest.raises(InvalidInput, match="random, uniform or a network's own"):
        effective_field(network, (1,), (7, 7), 1, 0, "none")
    with pytest.raises(InvalidInput, match=r"no array 0\.weight"):
        effective_field(network, (1,), (7, 7), 1, 0, {})
    with pytest.raises(InvalidInput, match="inputs must be at least 1"):
        effective_field(network, (1,), (7, 7), 0, 0)
    with pytest.raises(InvalidInput, match="channels must be at least 1"):
        effective_field(network, (1,), (7, 7), 1, 0, channels=0)
    with pytest.raises(InvalidInput, match="no unit in row 16"):
        effective_field(network, (1,), (15, 7), 1, 0)


def test_what_would_take_too_long_is_refused_at_once():
    huge = Architecture("", (1, 512, 512), (Conv(8, 11, padding=5),) * 60)
    with pytest.raises(InvalidInput, match="too long to measure"):
        effective_field(huge, (59,), (256, 256), 1, 0)
    field = [row for row in fields(STACKS["vgg16"].network) if not row.whole][-1]
    part = untrained(STACKS["vgg16"].network, True, 8)
    module._affordable(part, 100)  # the largest that the lesson offers
    with pytest.raises(InvalidInput, match="fewer random inputs"):
        effective_field(STACKS["vgg16"].network, field.path, (3, 3), 10**6, 0)
