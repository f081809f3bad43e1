"""The views of the lesson on architectures: what they say is what PyTorch and the papers have."""

import pytest
import torch
from torch import nn

from cnnlab.engine.famous import FAMOUS, variant
from cnnlab.message import InvalidInput
from cnnlab.ui.architectures import accuracy, alexnet, compare, shares
from cnnlab.ui.architectures.controls import openings, others
from cnnlab.ui.architectures.setting import setting


@pytest.mark.parametrize("name", alexnet.READINGS)
def test_every_reading_of_alexnets_first_layer(name: str) -> None:
    reading = alexnet.READINGS[name]
    pad = nn.ZeroPad2d((reading.before, reading.after) * 2)
    conv = nn.Conv2d(1, 1, alexnet.KERNEL, stride=alexnet.STRIDE, device="meta")
    pool = nn.MaxPool2d(3, 2, ceil_mode=reading.up)
    maps = [conv(pad(torch.zeros(1, 1, reading.side, reading.side, device="meta")))]
    for _ in range(3):
        maps.append(pool(maps[-1]))
    assert reading.maps == tuple(made.shape[-1] for made in maps)
    assert reading.flattened == 256 * maps[-1].shape[-1] ** 2


def test_what_the_readings_come_to() -> None:
    found = {name: (r.exact, r.maps[0], r.maps[-1]) for name, r in alexnet.READINGS.items()}
    assert found == {
        "printed": (54.25, 54, 5),
        "fits": (55.0, 55, 6),
        "caffe": (54.25, 54, 6),
        "torchvision": (55.25, 55, 6),
        "d2l": (54.75, 54, 5),
        "same": (56.0, 56, 6),
    }


@pytest.mark.parametrize(
    ("which", "name"),
    [("grouped", "fits"), ("torchvision", "torchvision"), ("paper224", "printed")],
)
def test_the_variants_of_the_engine_read_it_so(which: str, name: str) -> None:
    shown, reading = setting("alexnet", which), alexnet.READINGS[name]
    pools = [row.output[1] for row in shown.rows if type(row.layer).__name__ == "MaxPool"]
    assert (shown.rows[0].output[1], *pools) == reading.maps


def test_where_the_parameters_of_vgg16_are() -> None:
    found = shares.found(setting("vgg16"))
    assert found["parameters"] == "74 %"
    assert found["layer"] == "the first dense layer (25,088 → 4,096)"
    assert found["many"] == "1"
    assert (found["dense"], found["convs"]) == ("89 %", "11 %")
    assert (found["conv_work"], found["dense_work"]) == ("99 %", "0.8 %")


@pytest.mark.parametrize(("slug", "which"), [("resnet18", ""), ("resnet50", "v15")])
def test_layers_that_are_equally_large_are_counted(slug: str, which: str) -> None:
    found = shares.found(setting(slug, which))
    assert found["layer"] == "a 3×3 convolution (512 → 512 channels)"
    assert found["many"] == "3"


def test_the_sentence_and_the_axis_say_the_same_accuracy() -> None:
    found = accuracy.found("torchvision")
    assert (found["large"], found["deep"]) == ("71.6", "76.1")


def test_two_networks_beside_each_other() -> None:
    table = compare.table(setting("lenet5", batch=32), setting("vgg16", batch=32))
    assert "| Parameters | 61,706 (61.7 k) | 138,357,544 (138 M) | 1 : 2,242 |" in table
    assert "| Number of layers | 5 (7 with pooling) | 16 (21 with pooling) |  |" in table
    assert "batch of 32" in table


def test_a_variant_is_named_where_there_are_several() -> None:
    table = compare.table(setting("alexnet", "torchvision"), setting("vgg16"))
    assert table.startswith("|  | **AlexNet: torchvision** | **VGG-16** | Ratio |")


def test_others_are_every_variant_by_a_name_of_its_own() -> None:
    names = others()
    assert len(names) == sum(len(famous.variants) for famous in FAMOUS.values())
    for slug in names:
        network, _, which = slug.partition("-")
        assert network in FAMOUS
        assert which in FAMOUS[network].variants or not which
    assert len(set(map(str, names.values()))) == len(names)


@pytest.mark.parametrize(
    ("slug", "which", "opening"),
    [
        ("lenet5", "remake", {"side": 32, "classes": 10, "channels": 1}),
        ("alexnet", "grouped", {"side": 227, "classes": 1000, "channels": 3}),
        ("alexnet", "torchvision", {"side": 224, "classes": 1000, "channels": 3}),
        ("tanhnet", "", {"side": 28, "classes": 10, "channels": 1}),
    ],
)
def test_where_a_variant_opens(slug: str, which: str, opening: dict[str, int]) -> None:
    assert openings(slug, which) == opening


def test_a_setting_is_the_variant_on_another_input() -> None:
    shown = setting("resnet18", channels=1, side=64, classes=5)
    assert (shown.network.input, shown.rows[-1].output) == ((1, 64, 64), (5,))
    assert setting("vgg16").network == variant("vgg16").network
    with pytest.raises(InvalidInput, match="layer"):
        setting("lenet5", side=8)
