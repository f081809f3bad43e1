"""Where parameters and work are: nothing is lost, and runs are of one size."""

import pytest

from cnnlab.engine.architecture import Architecture, parameters, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.layers import BatchNorm, Conv, Dense, Flatten, ReLU
from cnnlab.engine.parts import MOST, parts


@pytest.mark.parametrize("slug", FAMOUS)
@pytest.mark.parametrize("most", [MOST, 0, 1000])
def test_parts_have_everything(slug, most) -> None:
    network = FAMOUS[slug].network
    found = parts(network, most)
    weighted = [row for row in trace(network) if isinstance(row.layer, Conv | Dense)]
    assert sum(part.parameters for part in found) == parameters(network)
    assert sum(part.multiply_adds for part in found) == sum(row.multiply_adds for row in weighted)
    assert sum(part.layers for part in found) == len(weighted)
    if most >= len(weighted):
        assert [part.row for part in found] == weighted


def test_layers_stand_alone_up_to_as_many_as_are_asked_for() -> None:
    vgg = FAMOUS["vgg16"].network
    assert len(parts(vgg, 16)) == 16
    assert [part.layers for part in parts(vgg, 15)] == [2, 2, 3, 3, 3, 1, 1, 1]
    assert [part.dense for part in parts(vgg, 15)] == [False] * 5 + [True] * 3


def test_a_deep_one_in_runs_of_one_size() -> None:
    found = parts(FAMOUS["resnet152"].network)
    # The first 1×1 of a row still makes maps of the row before: v1.5 strides after it.
    assert [part.output for part in found] == [
        (64, 112, 112),
        (128, 56, 56),
        (256, 28, 28),
        (512, 14, 14),
        (2048, 7, 7),
        (1000,),
    ]
    assert [part.layers for part in found] == [1, 11, 25, 109, 9, 1]


def test_a_batch_norm_belongs_to_the_convolution_before_it() -> None:
    layers = (BatchNorm(), Conv(4, 3), BatchNorm(), ReLU(), Flatten(), Dense(2))
    first, conv, dense = parts(Architecture("a", (3, 5, 5), layers))
    assert (first.parameters, first.multiply_adds) == (6, 0)  # before any, it stands alone
    assert conv.parameters == 4 * 27 + 4 + 8
    assert dense.parameters == 4 * 9 * 2 + 2
    assert parts(Architecture("none", (1, 5, 5), (ReLU(),))) == ()
