"""Architectures: shapes and counts by pencil and by PyTorch, and what is said where one fails."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import layers as L  # noqa: N812 (short, as in every line of a network)
from cnnlab.engine.architecture import Architecture, output_shape_of, parameters, trace
from cnnlab.engine.networks import BOOKNET, DENSE, FAST, LENET5, NETWORKS, RESNET, TANHNET
from cnnlab.message import InvalidInput


def each(network: Architecture) -> list[int]:
    """The parameters of the layers that have some."""
    return [row.parameters for row in trace(network) if row.parameters]


def test_the_texts_networks_have_the_texts_numbers():
    assert each(BOOKNET) == [780, 432_100, 1_010]
    assert parameters(TANHNET) == 442_446
    assert parameters(LENET5) == 61_706
    assert parameters(FAST) == 29_434
    assert each(DENSE) == [78_500, 1_010]


def test_lenet_shrinks_as_the_paper_says():
    shapes = [row.output for row in trace(LENET5) if not isinstance(row.layer, L.Tanh)]
    assert shapes == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,),
    ]  # fmt: skip


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_network_ends_in_ten_scores(network):
    assert output_shape_of(network) == (10,)


def test_a_blocks_way_around_is_counted_once():
    rows = {row.path: row for row in trace(RESNET)}
    second = rows[5,]
    assert isinstance(second.layer, L.Residual)
    assert (second.input, second.output, second.parameters) == ((16, 28, 28), (32, 14, 14), 0)
    assert rows[5, 1, 0].parameters == 16 * 32
    assert rows[5, 1, 0].multiply_adds == 16 * 32 * 14 * 14
    assert list(rows).index((5,)) > list(rows).index((5, 1, 1)) > list(rows).index((5, 0, 4))


sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(deadline=None, max_examples=100)
@given(
    shape=st.tuples(st.sampled_from((2, 4)), st.integers(1, 11), st.integers(1, 11)),
    layer=st.one_of(
        st.builds(
            L.Conv,
            st.sampled_from((2, 6)),
            sizes,
            sizes,
            sizes,
            sizes,
            st.sampled_from((1, 2)),
            st.booleans(),
        ),
        st.builds(L.MaxPool, sizes, st.none() | sizes, st.sampled_from((0, (1, 0))), st.booleans()),
        st.builds(L.AvgPool, sizes, st.none() | sizes, st.sampled_from((0, (0, 1))), st.booleans()),
    ),
)
def test_shapes_and_parameters_are_pytorchs(shape, layer):
    names = {"Conv": "Conv2d", "MaxPool": "MaxPool2d", "AvgPool": "AvgPool2d"}
    settings_of = vars(layer).copy()
    if isinstance(layer, L.Conv):
        settings_of |= {"in_channels": shape[0], "out_channels": settings_of.pop("filters")}
    module = getattr(torch.nn, names[type(layer).__name__])(**settings_of)
    try:
        expected = tuple(module(torch.zeros(1, *shape)).shape[1:])
    except RuntimeError:
        with pytest.raises(InvalidInput):
            trace(Architecture("one", shape, (layer,)))
        return
    (row,) = trace(Architecture("one", shape, (layer,)))
    assert row.output == expected
    assert row.parameters == sum(p.numel() for p in module.parameters())
    if isinstance(layer, L.Conv):
        taps = np.prod(module.weight.shape[1:])
        assert row.multiply_adds == taps * np.prod(expected)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((L.Conv(4, 3), L.Dense(10)), "layer 2 (Dense): it takes a row of numbers, but gets maps"),
        ((L.Flatten(), L.MaxPool(2)), "layer 2 (MaxPool): it takes maps (C, H, W), but gets a row"),
        ((L.Conv(4, 7),), "layer 1 (Conv): no output: a kernel of 7×7"),
        ((L.Conv(4, 3, groups=2),), "layer 1 (Conv): 2 groups cannot share 1 input channels"),
        ((L.MaxPool(2, padding=2),), "layer 1 (MaxPool): padding may be at most half the window"),
        ((L.Dropout(1.0),), "layer 1 (Dropout): a share of 1.0 cannot be dropped"),
        (
            (L.ReLU(), L.Residual((L.Conv(4, 3),))),
            "layer 2 (Residual): shapes do not add: the body makes (4, 3, 3), the shortcut",
        ),
        ((L.Residual((L.ReLU(), L.Conv(1, 9))),), "layer 1.1.2 (Conv): no output"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(layers, said):
    with pytest.raises(InvalidInput) as caught:
        trace(Architecture("wrong", (1, 5, 5), layers))
    assert str(caught.value).startswith(said)


def test_another_input_takes_the_place_of_the_networks_own():
    assert output_shape_of(Architecture("one", (1, 5, 5), (L.Conv(4, 3),)), (2, 8, 9)) == (4, 6, 7)
    with pytest.raises(InvalidInput, match="input_shape must be at least 1"):
        trace(LENET5, (1, 0, 28))
