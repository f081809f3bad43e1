"""The networks with a name are the published ones: counts, shapes, layers, also in PyTorch."""

import pytest

from cnnlab.check import shapes_and_parameters
from cnnlab.engine.architecture import Architecture, parameters, trace
from cnnlab.engine.depths import depths
from cnnlab.engine.famous import FAMOUS, resized, variant
from cnnlab.engine.imagenet import RESNETS, resnet, without
from cnnlab.engine.layers import BatchNorm, Conv, Dense, Dropout, MaxPool, ReLU, Residual
from cnnlab.engine.lenet_original import LAYERS
from cnnlab.engine.networks import BOOKNET, TANHNET
from cnnlab.message import InvalidInput
from cnnlab.nets.build import on_meta

ALL = [(slug, which) for slug, famous in FAMOUS.items() for which in famous.variants]


def named(slug: str, which: str = "") -> Architecture:
    return variant(slug, which).network


def work(network: Architecture, kind: type | tuple[type, ...] = (Conv, Dense)) -> int:
    return sum(row.multiply_adds for row in trace(network) if isinstance(row.layer, kind))


def test_the_slugs_are_those_of_a_link() -> None:
    images = ("lenet5", "alexnet", "vgg16", "resnet18", "resnet34", "resnet50", "resnet152")
    assert tuple(FAMOUS) == (*images, "booknet", "tanhnet")


@pytest.mark.parametrize(
    ("slug", "which", "known"),
    [
        ("lenet5", "remake", 61_706),
        ("lenet5", "mnist", 61_706),
        ("alexnet", "grouped", 60_965_224),
        ("alexnet", "ungrouped", 62_378_344),
        ("alexnet", "torchvision", 61_100_840),
        ("vgg16", "", 138_357_544),
        ("resnet18", "", 11_689_512),
        ("resnet34", "", 21_797_672),
        ("resnet50", "v1", 25_557_032),
        ("resnet50", "v15", 25_557_032),
        ("resnet152", "v1", 60_192_808),
        ("resnet152", "v15", 60_192_808),
        ("booknet", "", 433_890),
        ("tanhnet", "", 442_446),
    ],
)
def test_published_numbers_of_parameters(slug, which, known) -> None:
    assert parameters(named(slug, which)) == known


def test_published_multiply_adds() -> None:
    assert work(named("vgg16"), Conv) == 15_346_630_656
    assert work(named("vgg16")) == 15_470_264_320
    for slug, which, giga in (
        ("resnet50", "v15", 4.089),
        ("resnet50", "v1", 3.858),
        ("resnet152", "v15", 11.514),
        ("resnet152", "v1", 11.282),
        ("resnet18", "", 1.814),
        ("resnet34", "", 3.664),
        ("alexnet", "torchvision", 0.714),
    ):
        assert round(work(named(slug, which)) / 1e9, 3) == giga


def test_the_first_dense_layer_of_vgg_has_most() -> None:
    rows = trace(named("vgg16"))
    first = next(row for row in rows if isinstance(row.layer, Dense))
    assert first.parameters == 25_088 * 4096 + 4096
    assert round(100 * first.parameters / parameters(named("vgg16"))) == 74


@pytest.mark.parametrize(("slug", "which"), ALL)
def test_pytorch_counts_the_same(slug, which) -> None:
    for check in shapes_and_parameters(named(slug, which)):
        assert check.agrees, check.name
        assert check.engine.shape == check.torch.shape
        assert check.engine.size > 0


@pytest.mark.parametrize(("slug", "which"), ALL)
def test_the_module_of_each_has_its_parameters_and_top_level_shapes(slug, which) -> None:
    """Independently of the check: the module's own count, and each child's output."""
    import torch

    network = named(slug, which)
    model = on_meta(network)
    assert sum(array.numel() for array in model.parameters()) == parameters(network)
    tops = [row.output for row in trace(network) if len(row.path) == 1]
    x = torch.empty((2, *network.input), device="meta")
    for child, output in zip(model.children(), tops, strict=True):
        x = child(x)
        assert tuple(x.shape) == (2, *output)


@pytest.mark.parametrize("slug", FAMOUS)
def test_as_many_layers_count_as_the_name_says(slug) -> None:
    famous = FAMOUS[slug]
    digits = "".join(letter for letter in slug if letter.isdigit())
    if digits:
        assert famous.counted == int(digits)
    for one in famous.variants.values():
        assert depths(one.network).weighted == famous.counted
    assert famous.network is next(iter(famous.variants.values())).network


def test_every_way_of_counting_layers() -> None:
    vgg, deep = depths(named("vgg16")), depths(named("resnet152"))
    assert (vgg.weighted, vgg.pooled, vgg.projections) == (16, 21, 0)
    assert (deep.weighted, deep.pooled, deep.projections) == (152, 154, 4)
    assert deep.listed == len(trace(named("resnet152")))


@pytest.mark.parametrize(
    ("slug", "which", "maps"),
    [
        ("lenet5", "remake", [(6, 28), (6, 14), (16, 10), (16, 5)]),
        ("lenet5", "mnist", [(6, 28), (6, 14), (16, 10), (16, 5)]),
        ("alexnet", "grouped", [(96, 55), (96, 27), (256, 27), (256, 13), (384, 13), (256, 6)]),
        ("alexnet", "torchvision", [(64, 55), (64, 27), (192, 27), (192, 13), (384, 13), (256, 6)]),
        ("alexnet", "paper224", [(96, 54), (96, 26), (256, 26), (256, 12), (384, 12), (256, 5)]),
        ("vgg16", "", [(64, 224), (128, 112), (256, 56), (512, 28), (512, 14), (512, 7)]),
        ("resnet34", "", [(64, 112), (64, 56), (128, 28), (256, 14), (512, 7), (512, 1)]),
        ("resnet50", "v1", [(64, 112), (64, 56), (256, 56), (512, 28), (1024, 14), (2048, 7)]),
        ("resnet152", "v15", [(256, 56), (512, 28), (1024, 14), (2048, 7), (2048, 1)]),
    ],
)
def test_maps_are_of_the_published_sizes_in_this_order(slug, which, maps) -> None:
    rows = [row for row in trace(named(slug, which)) if len(row.path) == 1]
    found = iter(row.output for row in rows)
    for channels, side in maps:
        assert (channels, side, side) in found  # an iterator: what comes after the one before


def test_the_original_alexnet_has_two_groups_in_three_layers() -> None:
    convs = [layer for layer in named("alexnet").layers if isinstance(layer, Conv)]
    assert [conv.groups for conv in convs] == [1, 2, 1, 2, 2]
    assert named("alexnet").input == (3, 227, 227)
    assert {
        layer.kernel_size for layer in named("alexnet").layers if isinstance(layer, MaxPool)
    } == {3}
    half = [layer for layer in named("alexnet").layers if isinstance(layer, Dropout)]
    assert [layer.p for layer in half] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("slug", "which", "kinds"),
    [
        ("alexnet", "grouped", [Dense, ReLU, Dropout, Dense, ReLU, Dropout, Dense]),
        ("alexnet", "torchvision", [Dropout, Dense, ReLU, Dropout, Dense, ReLU, Dense]),
        ("vgg16", "", [Dense, ReLU, Dropout, Dense, ReLU, Dropout, Dense]),
    ],
)
def test_where_dropout_stands(slug, which, kinds) -> None:
    assert [type(layer) for layer in named(slug, which).layers[-7:]] == kinds


@pytest.mark.parametrize(("which", "strided"), [("v1", {1}), ("v15", {3})])
def test_where_a_bottleneck_has_its_stride(which, strided) -> None:
    rows = trace(named("resnet50", which))
    inner = [row.layer for row in rows if isinstance(row.layer, Conv) and row.path[1:2] == (0,)]
    assert {conv.kernel_size for conv in inner if conv.stride == 2} == strided
    around = [row.layer for row in rows if isinstance(row.layer, Conv) and row.path[1:2] == (1,)]
    assert [conv.stride for conv in around] == [1, 2, 2, 2]


@pytest.mark.parametrize("depth", RESNETS)
def test_blocks_of_a_resnet(depth) -> None:
    many, bottleneck = RESNETS[depth]
    layers = resnet(depth)
    blocks = [layer for layer in layers if isinstance(layer, Residual)]
    assert len(blocks) == sum(many)
    assert all(isinstance(layers[layers.index(block) + 1], ReLU) for block in blocks)
    for block in blocks:
        convs = [layer for layer in block.body if isinstance(layer, Conv)]
        assert [conv.kernel_size for conv in convs] == ([1, 3, 1] if bottleneck else [3, 3])
        assert isinstance(block.body[-1], BatchNorm)  # no ReLU before the sum
        assert not any(conv.bias for conv in convs)


def test_booknet_and_tanhnet_are_the_trained_ones() -> None:
    assert named("booknet") is BOOKNET
    assert named("tanhnet") is TANHNET


def test_the_original_lenet_has_sixty_thousand() -> None:
    counted = {one.name: one.original for one in LAYERS}
    published = {"C1": 156, "S2": 12, "C3": 1516, "S4": 32, "C5": 48_120, "F6": 10_164, "Output": 0}
    assert counted == published
    assert sum(counted.values()) == 60_000
    remake = [one.remake for one in LAYERS if one.remake]
    assert remake == [row.parameters for row in trace(named("lenet5")) if row.parameters]


def test_an_unknown_variant_is_the_usual_one() -> None:
    assert variant("alexnet", "nonsense") is variant("alexnet")
    assert variant("alexnet").network.input == (3, 227, 227)
    assert variant("resnet50") is FAMOUS["resnet50"].variants["v15"]


@pytest.mark.parametrize("slug", FAMOUS)
def test_classes_are_the_outputs_of_the_last_layer(slug) -> None:
    network = FAMOUS[slug].network
    seven = resized(network, classes=7)
    assert trace(seven)[-1].output == (7,)
    assert seven.layers[:-1] == network.layers[:-1]
    assert resized(network) == network


def test_a_larger_input_changes_the_first_dense_layer_alone() -> None:
    vgg = named("vgg16")
    large = resized(vgg, (3, 448, 448))
    before, after = trace(vgg), trace(large)
    changed = [a.path for a, b in zip(before, after, strict=True) if a.parameters != b.parameters]
    assert len(changed) == 1
    assert isinstance(vgg.layers[changed[0][0]], Dense)
    assert work(large, Conv) == 4 * work(vgg, Conv)


def test_more_channels_change_the_first_convolution_alone() -> None:
    grey = resized(named("resnet18"), (1, 224, 224))
    assert parameters(named("resnet18")) - parameters(grey) == 2 * 64 * 7 * 7


def test_an_input_that_does_not_fit_is_told_with_layer_and_reason() -> None:
    with pytest.raises(InvalidInput, match=r"layer 4 \(Conv\)") as told:
        resized(named("lenet5"), (1, 12, 12))
    assert set(told.value.message.fields) == {"layer", "kind", "why"}
    with pytest.raises(InvalidInput, match=r"layer 13 \(MaxPool\)"):
        resized(named("alexnet"), (3, 60, 60))
    assert resized(named("alexnet", "torchvision"), (3, 63, 63))  # torchvision's own least
    with pytest.raises(InvalidInput):
        resized(named("alexnet", "torchvision"), (3, 62, 62))


def test_nonsense_is_refused() -> None:
    with pytest.raises(InvalidInput, match="classes"):
        resized(named("lenet5"), classes=0)
    with pytest.raises(InvalidInput, match="dense"):
        resized(Architecture("none", (1, 5, 5), (Conv(2, 3),)), classes=3)


def test_layers_are_left_out_of_blocks_too() -> None:
    bare = without(resnet(50), BatchNorm, ReLU)
    kinds = {type(row.layer) for row in trace(Architecture("bare", (3, 224, 224), bare))}
    assert kinds.isdisjoint({BatchNorm, ReLU})
    assert parameters(Architecture("bare", (3, 224, 224), bare)) == 25_557_032 - 2 * 26_560
