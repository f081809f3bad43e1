"""Fields against the numbers of known networks, and against a pencil."""

import pytest

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.layers import (
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
from cnnlab.engine.receptive_field import extent, fields, outside
from cnnlab.engine.stacks import STACKS


def seeing(slug):
    """The rows of a stack whose units do not see everything."""
    return [row for row in fields(STACKS[slug].network) if not row.whole]


@pytest.mark.parametrize(
    ("slug", "size", "jump"),
    [
        ("two3", 5, 1),
        ("three3", 7, 1),
        ("one5", 5, 1),
        ("one7", 7, 1),
        ("dilated", 15, 1),
        ("lenet5", 16, 4),
        ("alexnet", 195, 32),
        ("vgg16", 212, 32),
        ("resnet18", 435, 32),
        ("resnet50", 483, 32),
        ("resnet50b", 427, 32),
    ],
)
def test_the_known_numbers(slug, size, jump):
    last = seeing(slug)[-1]
    assert last.size == (size, size)
    assert last.jump == (jump, jump)


def test_vgg_before_its_last_pool():
    *_, before, last = [row for row in seeing("vgg16") if not isinstance(row.layer, ReLU | Flatten)]
    assert isinstance(last.layer, MaxPool)
    assert (before.size, last.size) == ((196, 196), (212, 212))


def test_alexnet_by_hand():
    rows = [row for row in seeing("alexnet") if isinstance(row.layer, Conv | MaxPool)]
    found = [(r.output[0], r.kernel[0], r.jump[0], r.size[0], r.centre[0]) for r in rows]
    assert found == [
        (55, 11, 4, 11, 5.0),
        (27, 3, 8, 19, 9.0),
        (27, 5, 8, 51, 9.0),
        (13, 3, 16, 67, 17.0),
        (13, 3, 16, 99, 17.0),
        (13, 3, 16, 131, 17.0),
        (13, 3, 16, 163, 17.0),
        (6, 3, 32, 195, 33.0),
    ]


def test_rows_and_columns_apart_and_dilation_moves_the_centre():
    layer = Conv(1, (3, 2), stride=(1, 2), padding=(0, 1), dilation=(2, 3))
    (row,) = fields(Architecture("", (1, 9, 11), (layer,)))
    assert row.output == (5, 5)
    assert row.kernel == row.size == (5, 4)
    assert row.jump == (1, 2)
    assert row.centre == (2.0, 0.5)
    assert extent(row, (1, 4)) == ((1, 5), (7, 10))


def test_what_works_number_by_number_repeats_the_row_and_dense_sees_everything():
    layers = (Conv(2, 3), BatchNorm(), ReLU(), Dropout(), Flatten(), Dense(3), Tanh(), Dense(2))
    conv, *same, dense, tanh, last = fields(Architecture("", (1, 8, 10), layers))
    for row in same:
        assert (row.size, row.jump, row.centre) == (conv.size, conv.jump, conv.centre)
        assert (row.kernel, row.output) == ((1, 1), (6, 8))
    for row in (dense, tanh, last):
        assert (row.whole, row.size, row.jump, row.output) == (True, (8, 10), None, (1, 1))
        assert row.centre == (3.5, 4.5)
        assert extent(row, (0, 0)) == ((0, 7), (0, 9))
        assert outside(row, (0, 0), (8, 10)) == 0
    assert (dense.kernel, tanh.kernel, last.kernel) == ((6, 8), (1, 1), (1, 1))


def test_global_pooling_sees_everything():
    row = fields(Architecture("", (2, 7, 9), (Conv(2, 3), GlobalAvgPool())))[-1]
    assert (row.whole, row.kernel, row.size) == (True, (5, 7), (7, 9))


def test_a_residual_sum_is_the_union_also_where_its_ways_are_not_aligned():
    body, shortcut = Conv(1, (1, 3), 2, (0, 1)), MaxPool((1, 3), 2, ceil_mode=True)
    network = Architecture("", (1, 1, 8), (Residual((body,), (shortcut,)),))
    of_body, of_shortcut, both = fields(network)
    assert [extent(row, (0, 1))[1] for row in (of_body, of_shortcut)] == [(1, 3), (2, 4)]
    assert extent(both, (0, 1))[1] == (1, 4)
    assert (both.size[1], both.jump[1], both.centre[1]) == (4, 2, 0.5)  # larger than either


def test_ways_that_step_differently():
    block = Residual((Conv(1, 1, (1, 2)),), (Conv(1, (1, 3)),))
    network = Architecture("", (1, 1, 4), (block, Conv(1, (1, 2))))
    rows = {row.path: row for row in fields(network)}
    both = rows[(0,)]
    assert [extent(both, (0, u))[1] for u in (0, 1)] == [(0, 2), (1, 3)]
    assert (both.size[1], both.jump[1]) == (3, 2)
    assert extent(rows[(1,)], (0, 0))[1] == (0, 3)


@pytest.mark.parametrize("slug", STACKS)
def test_rows_stand_in_the_order_of_the_trace(slug):
    network = STACKS[slug].network
    rows = fields(network)
    assert [(row.path, row.layer) for row in rows] == [
        (row.path, row.layer) for row in trace(network)
    ]
    for row, traced in zip(rows, trace(network), strict=True):
        if len(traced.output) == 3:
            assert row.output == traced.output[1:]


def test_the_share_outside_the_image():
    (row,) = fields(Architecture("", (1, 5, 7), (Conv(1, 3, padding=1),)))
    shares = [outside(row, unit, (5, 7)) for unit in ((0, 0), (0, 3), (2, 3), (4, 6))]
    assert shares == pytest.approx([5 / 9, 3 / 9, 0, 5 / 9])
    (far,) = fields(Architecture("", (1, 2, 2), (Conv(1, 1, padding=3),)))
    assert outside(far, (0, 0), (2, 2)) == 1.0
