"""What the page on receptive fields says and shows, beside PyTorch and beside a pencil."""

import numpy as np
import pytest

from cnnlab.data.photos import PHOTOS, photo
from cnnlab.data.shrink import fit
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layer_text import read
from cnnlab.engine.receptive_field import extent
from cnnlab.engine.stacks import STACKS
from cnnlab.message import Message
from cnnlab.ui.receptive import compare, photograph, rule, said, table, three
from cnnlab.ui.receptive.controls import (
    OWN,
    OWN_LAYERS,
    STARTS,
    Measure,
    named,
    opening_layer,
    openings,
)
from cnnlab.ui.receptive.setting import Setting, Unit


def of(text: str, layer: int, side: int = 31, unit: Unit = "middle") -> Setting:
    """A setting of layers as they are typed."""
    network = Architecture("own", (1, side, side), read(text))
    return Setting("own", network, layer, unit, Message("Your stack"))


def stack(slug: str, unit: Unit = "middle") -> Setting:
    network = STACKS[slug].network
    return Setting(slug, network, opening_layer(network.layers), unit, STACKS[slug].name)


# ---- the setting


@pytest.mark.parametrize(
    ("slug", "size", "jump", "outputs"),
    [
        ("two3", 5, 1, 15),
        ("three3", 7, 1, 15),
        ("one5", 5, 1, 15),
        ("one7", 7, 1, 15),
        ("dilated", 15, 1, 15),
        ("deep20", 41, 1, 45),
        ("deep20res", 41, 1, 45),
        ("lenet5", 16, 4, 5),
        ("alexnet", 195, 32, 6),
        ("vgg16", 212, 32, 7),
        ("resnet18", 435, 32, 7),
        ("resnet50", 483, 32, 7),
        ("resnet50b", 427, 32, 7),
    ],
)
def test_each_stack_opens_at_its_last_local_layer(slug, size, jump, outputs) -> None:
    shown = stack(slug)
    assert shown.field.size == (size, size)
    assert shown.field.jump == (jump, jump)
    assert shown.map == (outputs, outputs)
    rectified = slug.startswith("deep")
    assert openings(slug) == {"side": shown.size[0], "layer": shown.layer, "rectified": rectified}


def test_the_unit_that_is_meant() -> None:
    shown = of("conv 1 3, pool 2", 2, side=13)  # a map of 5×5
    assert shown.unit == (2, 2)
    for wanted, unit in {
        "corner": (0, 0),
        "edge": (2, 0),
        (1, 4): (1, 4),
        (9, 0): (4, 0),
        "?": (2, 2),
    }.items():
        assert of("conv 1 3, pool 2", 2, side=13, unit=wanted).unit == unit
    assert of("flatten, dense 5", 2, unit="middle").unit == (0, 0)


def test_the_layer_before() -> None:
    shown = of("conv 1 3, pool 2, conv 1 3", 3)
    assert shown.before is not None
    assert shown.before.path == (1,)
    assert of("conv 1 3", 1).before is None


def test_on_another_side_only_the_side_changes() -> None:
    shown = stack("vgg16", "corner").at(96)
    assert shown.network.input == (3, 96, 96)
    assert (shown.layer, shown.unit, shown.map) == (31, (0, 0), (3, 3))


def test_what_opens_in_a_stack() -> None:
    for text, layer in {
        "relu": 1,
        "conv 1 3, relu": 1,
        "conv 1 3, pool 2, relu, global": 2,
        "conv 1 3, flatten, dense 5": 1,
        OWN_LAYERS: 3,
    }.items():
        assert opening_layer(read(text)) == layer


def test_ones_own_layers_open_where_they_say() -> None:
    for text, layer in {"conv 1 3, conv 1 3 s2": 2, "nonsense": 3, "": 3, "conv 1 3": 1}.items():
        assert openings(OWN, text) == {"side": 31, "layer": layer, "rectified": False}


def test_a_layer_in_few_words() -> None:
    texts = {
        "conv 16 5": "conv 5×5",
        "conv 16 5x3 s2 p1 nobias": "conv 5×3 s2 p1",
        "conv 4 3 d2 g2": "conv 3×3 d2 g2",
        "pool 3 s2": "pool 3×3 s2",
        "avgpool 2 ceil": "avgpool 2×2 ceil",
        "relu": "ReLU",
        "global": "Global average",
        "dense 10": "Dense",
        "res(conv 1 3 p1 | conv 1 1)": "Residual block",
    }
    for text, words in texts.items():
        assert named(read(text)[0]) == words


# ---- the rule


def test_how_the_field_grew() -> None:
    for text, layer, line in (
        ("conv 1 3, conv 1 3", 1, "(1 + (3 − 1)·1)"),
        ("conv 1 3, conv 1 3", 2, "(3 + (3 − 1)·1)"),
        ("conv 1 3, pool 2, conv 1 3", 3, "(4 + (3 − 1)·2)"),
        ("conv 1 3, conv 1 3 d4", 2, "(3 + (9 − 1)·1)"),
    ):
        assert rule.grown(of(text, layer)) == " " + line.replace(" ", "\N{NO-BREAK SPACE}")
    assert rule.grown(of("conv 1 3, relu", 2)) == "", "nothing is added"
    assert rule.grown(of("res(conv 1 3 p1, conv 1 3 p1)", 1)) == "", "no line for a union"


def test_numbers_of_two_axes() -> None:
    assert said.one((3, 3)) == "3"
    assert said.one((-2.5, -2.5)) == "−2.5"
    assert said.one((4, 2)) == "4 down, 2 across"


# ---- the table


def test_the_table_of_every_layer() -> None:
    shown = of("conv 1 3 p1, pool 2, conv 1 3x5, flatten, dense 10", 2, side=12)
    assert table.table(shown).splitlines() == [
        "| Layer | Window | Jump | Field | First centre | Map |",
        "| --- | --: | --: | --: | --: | --: |",
        "| Input |  | 1 | 1×1 | 1 | 12×12 |",
        "| 1 conv 3×3 p1 | 3×3 | 1 | 3×3 | 1 | 12×12 |",
        "| **2 pool 2×2** | **2×2** | **2** | **4×4** | **1.5** | **6×6** |",
        "| 3 conv 3×5 | 3×5 | 2 | 8×12 | 3.5 down, 5.5 across | 4×2 |",
        "| 4 Flatten | 1×1 | 2 | 8×12 | 3.5 down, 5.5 across | 4×2 |",
        "| 5 Dense | 4×2 | – | 12×12 (everything) | – | 1×1 |",
    ]


def test_who_sees_everything_may_read_less() -> None:
    """A stride of 2 skips three of four cells, though the dense layer reads the whole map."""
    shown = of("conv 1 1 s2, flatten, dense 10", 3, side=16)
    assert table.table(shown).splitlines()[-1].split("|")[4].strip() == "**16×16 (64 cells read)**"
    assert rule._read(shown) == ": 64 of its 256 cells reach this unit"
    assert rule._read(of("conv 1 2 s2, flatten, dense 10", 3, side=16)).startswith(": every cell")


def test_what_is_too_large_to_follow_is_not_said() -> None:
    shown = of("conv 1 9999 p9999, flatten, dense 5", 3, side=16)
    assert shown.read() is None
    assert rule._read(shown) == ""
    assert "16×16" in table.table(shown).splitlines()[-1]
    assert "too large" in three.support_said(shown)


def test_the_layers_of_a_block_stand_in_the_table() -> None:
    lines = table.table(of("conv 1 3, res(conv 1 3 p1, conv 1 3 p1 | conv 1 1)", 2)).splitlines()
    assert [line.split("|")[1].strip() for line in lines[4:]] == [
        "2.1.1 conv 3×3 p1",
        "2.1.2 conv 3×3 p1",
        "2.2.1 conv 1×1",
        "**2 Residual block**",
    ]
    assert "**7×7**" in lines[-1]


# ---- on a photograph


@pytest.mark.parametrize("name", [one.name for one in PHOTOS])
def test_every_photograph_fills_the_input(name: str) -> None:
    for side in (5, 224, 299, 512):
        size = photograph.on_photograph(stack("two3").at(side)).size
        assert photograph.LEAST <= size[0] <= photograph.MOST
        assert fit(photo(name), *size).shape == (*size, 3)


def test_the_cut_is_what_lies_in_the_box() -> None:
    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    np.testing.assert_array_equal(photograph.cut(pixels, ((1, 2), (0, 3))), pixels[1:3, 0:4])
    over = photograph.cut(pixels, ((-1, 1), (3, 6)))
    assert over.shape == (3, 4, 3)
    np.testing.assert_array_equal(over[1:, :2], pixels[:2, 3:])
    assert (over[0] == 128).all()
    assert (over[:, 2:] == 128).all()
    assert (photograph.cut(pixels, ((7, 7), (8, 9))) == 128).all(), "nothing of it is on the image"


def test_no_box_makes_a_huge_cut() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    box = (-(10**9), 10**9), (2, 10**9)
    assert photograph.cut(pixels, box).shape == (12, 8, 3)


def test_pixels_are_enlarged_by_whole_numbers() -> None:
    for size, times in {(5, 7): 47, (3, 300): 1, (900, 900): 1}.items():
        pixels = np.zeros((*size, 3), np.uint8)
        assert photograph._enlarged(pixels).shape == (size[0] * times, size[1] * times, 3)


# ---- three fields


def test_what_the_extent_comes_to() -> None:
    assert three.extent_said(of("conv 1 3 d2", 1)) == "**5×5**, all of it on the image."
    corner = of("conv 1 3 p1, conv 1 3 p1", 2, unit="corner")
    assert three.extent_said(corner) == "**5×5**, 64 % of it outside the image."


def test_holes_and_cells_off_the_image_are_told_apart() -> None:
    dilated = "conv 1 3 d2, conv 1 3 d2, conv 1 3 d2"
    assert three.support_said(of(dilated, 3)) == "**49** of its 169 cells on the image (29 %)."
    corner = of("conv 1 3 p1, conv 1 3 p1", 2, unit="corner")
    assert three.support_said(corner) == "**9** of its 9 cells on the image (100 %)."
    middle = three.support_said(stack("resnet18"))
    assert middle == "**50,176** of its 50,176 cells on the image (100 %)."
    off = of("conv 1 1 p5", 1, unit="corner")
    assert three.support_said(off) == "**0** of its 0 cells on the image (0 %)."


def test_what_the_effective_field_comes_to() -> None:
    share = np.zeros((31, 31))
    share[15, 13:18] = 0.2
    assert three.effective_said(share, Measure("random", True, 7, 0)) == (
        "Along each axis, 95 % of |gradient| within **1×5**. "
        "Measured with random weights, with ReLU, over 7 random inputs."
    )
    said_of = {start: three.effective_said(share, Measure(start, False, 7, 0)) for start in STARTS}
    assert "all weights the same, without ReLU," in said_of["uniform"]
    assert "with trained weights, over 7" in said_of["trained"]
    assert "every gradient is 0" in three.effective_said(0 * share, Measure("random", True, 7, 0))


# ---- two small or one large


@pytest.mark.parametrize(("slug", "field", "taps"), [("two", 5, (18, 25)), ("three", 7, (27, 49))])
def test_weights_and_work_of_both(slug: str, field: int, taps: tuple[int, int]) -> None:
    pair = compare.PAIRS[slug]
    for channels in (1, 64, 512):
        for costs, n in zip(compare.both(pair, channels), taps, strict=True):
            assert costs.field == field
            assert costs.parameters == n * channels**2
            assert costs.multiply_adds == n * channels**2 * 56**2
    lines = compare.table(pair, 64).splitlines()
    assert f"{taps[0]}C² = **{taps[0] * 4096:,}**" in lines[3]
    assert lines[3].endswith(f"{100 * taps[0] / taps[1]:.0f} % |")


@pytest.mark.parametrize("count", [2, 3])
def test_the_maps_are_equal_only_inside_and_without_relu(count: int) -> None:
    made = compare.maps(count)
    assert made.interior < 1e-12
    assert made.border > 0.05
    assert made.bent > 0.1
    assert compare.difference(made.interior) == "0"
    assert compare.difference(made.bent) == f"{made.bent:.2f}".rstrip("0")


def test_the_extent_is_the_engines() -> None:
    shown = of("conv 1 3 p1, conv 1 3 p1", 2, side=9, unit="corner")
    assert extent(shown.field, shown.unit) == ((-2, 2), (-2, 2))
