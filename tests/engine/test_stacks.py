"""The named stacks are the networks that they are called after."""

import numpy as np
import pytest

from cnnlab.engine.architecture import output_shape_of, parameters, trace
from cnnlab.engine.effective_field import effective_field, width
from cnnlab.engine.layer_text import LONGEST, MOST_LAYERS, read, write
from cnnlab.engine.layers import BatchNorm, Conv
from cnnlab.engine.receptive_field import extent, fields
from cnnlab.engine.stacks import STACKS, costs

BIG = ("alexnet", "vgg16", "resnet18", "resnet50", "resnet50b")


def test_they_are_all_there():
    small = ("two3", "three3", "one5", "one7", "dilated", "deep20", "deep20res", "lenet5")
    assert tuple(STACKS) == (*small, *BIG, "fast")


@pytest.mark.parametrize("slug", STACKS)
def test_a_link_can_hold_them(slug):
    layers = STACKS[slug].network.layers
    text = write(layers)
    assert read(text) == layers  # refuses what is too long or has too many layers
    assert len(text) < LONGEST
    assert text.count(",") < MOST_LAYERS


@pytest.mark.parametrize("slug", ["two3", "three3", "one5", "one7", "dilated"])
def test_the_small_ones_keep_their_size(slug):
    assert output_shape_of(STACKS[slug].network) == (1, 15, 15)


@pytest.mark.parametrize("slug", ["deep20", "deep20res"])
def test_the_field_of_twenty_layers_just_fits_on_the_image(slug):
    network = STACKS[slug].network
    row = fields(network)[-1]
    middle = (22, 22)
    assert (row.size, row.output) == ((41, 41), (45, 45))
    assert extent(row, middle) == ((2, 42), (2, 42))
    assert sum(isinstance(each.layer, Conv) for each in trace(network)) == 20


def test_ways_around_make_the_effective_field_smaller():
    """Twenty layers: 41 cells are seen, some 21 listened to, and with ways around some 13."""
    found = []
    for slug in ("deep20", "deep20res"):
        network = STACKS[slug].network
        path = (len(network.layers) - 1,)
        shares = [effective_field(network, path, (22, 22), 4, n, rectified=True) for n in (0, 1)]
        found.append(np.mean([width(share) for share in shares]))
    assert found[0] == pytest.approx(21, abs=2)
    assert found[1] == pytest.approx(13, abs=2)


@pytest.mark.parametrize(
    ("slug", "known"),
    [
        ("lenet5", 61_706),
        ("alexnet", 60_965_224),  # in two groups; torchvision's variant has 61,100,840
        ("vgg16", 138_357_544),
        ("resnet18", 11_689_512 - 2 * 4_800),  # without batch norm
        ("resnet50", 25_557_032 - 2 * 26_560),
        ("resnet50b", 25_557_032 - 2 * 26_560),
    ],
)
def test_known_numbers_of_parameters(slug, known):
    assert parameters(STACKS[slug].network) == known


@pytest.mark.parametrize(
    ("slug", "known"),
    [("vgg16", 15_470_264_320), ("resnet50", 3.858e9), ("resnet50b", 4.089e9)],
)
def test_known_multiply_adds(slug, known):
    found = sum(row.multiply_adds for row in trace(STACKS[slug].network))
    assert found == pytest.approx(known, rel=2e-4)


@pytest.mark.parametrize("slug", BIG)
def test_the_big_ones_end_in_a_thousand_classes(slug):
    rows = trace(STACKS[slug].network)
    assert rows[-1].output == (1000,)
    assert [row.output[1] for row in rows if len(row.output) == 3 and row.output[1] > 1][-1] in (
        6,
        7,
    )


def test_the_two_resnet_50_differ_in_where_the_stride_is():
    def strided(slug):
        rows = trace(STACKS[slug].network)
        convs = [row for row in rows if isinstance(row.layer, Conv) and len(row.path) == 3]
        return {
            row.layer.kernel_size for row in convs if row.path[1] == 0 and row.layer.stride == 2
        }

    assert (strided("resnet50"), strided("resnet50b")) == ({1}, {3})
    kinds = {type(row.layer) for row in trace(STACKS["resnet50"].network)}
    assert BatchNorm not in kinds


@pytest.mark.parametrize("channels", [1, 7, 64])
def test_small_kernels_cost_less_for_the_same_field(channels):
    size = (5, 11)
    two, five = costs(channels, size, (3, 3)), costs(channels, size, (5,))
    three, seven = costs(channels, size, (3, 3, 3)), costs(channels, size, (7,))
    assert (two.field, five.field, three.field, seven.field) == (5, 5, 7, 7)
    squares = [one.parameters / channels**2 for one in (two, five, three, seven)]
    assert squares == [18, 25, 27, 49]
    for one in (two, five, three, seven):
        assert one.multiply_adds == 55 * one.parameters
