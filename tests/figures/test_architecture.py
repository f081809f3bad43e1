"""The picture of a network: every map a box to scale, blocks as arches, sizes below."""

import re
from itertools import pairwise

import numpy as np
import pytest

from cnnlab.engine.architecture import Architecture, parameters, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.layers import Conv, Dense, Flatten, GlobalAvgPool, MaxPool, ReLU, Residual
from cnnlab.figures.architecture import picture
from cnnlab.figures.boxes import drawing
from cnnlab.message import InvalidInput
from cnnlab.theme import LIGHT

ALL = [(slug, which) for slug, famous in FAMOUS.items() for which in famous.variants]


def network(slug: str, which: str = "") -> Architecture:
    variants = FAMOUS[slug].variants
    return (variants.get(which) or next(iter(variants.values()))).network


@pytest.mark.parametrize(("slug", "which"), ALL)
def test_boxes_are_the_layers_of_the_main_way(slug, which) -> None:
    shown = network(slug, which)
    drawn = drawing(shown)
    rows = [row for row in trace(shown) if not any(row.path[1::2])]
    kinds = (Conv, Dense, MaxPool, GlobalAvgPool)
    expected = [row for row in rows if isinstance(row.layer, kinds) or "Avg" in str(row.layer)]
    assert [box.row for box in drawn.boxes[1:]] == expected
    assert [box.shape for box in drawn.boxes] == [shown.input, *(row.output for row in expected)]
    counted = sum(box.parameters for box in drawn.boxes)
    counted += sum(arch.parameters for arch in drawn.arches)
    assert counted == parameters(shown)
    work = sum(box.multiply_adds for box in drawn.boxes)
    work += sum(arch.multiply_adds for arch in drawn.arches)
    assert work == sum(row.multiply_adds for row in trace(shown))


@pytest.mark.parametrize("slug", FAMOUS)
def test_boxes_stand_apart_from_left_to_right(slug) -> None:
    boxes = drawing(network(slug)).boxes
    for one, other in pairwise(boxes):
        assert one.right < other.left
    assert min(box.width for box in boxes) > 0.002 * boxes[-1].right


def test_heights_are_to_scale_and_widths_follow_the_channels(unpacked, theme, sound) -> None:
    figure = picture(network("vgg16"), theme)
    sound(figure)
    fronts = figure["data"][0]
    boxes = drawing(network("vgg16")).boxes
    heights = unpacked(fronts["y"])
    assert heights[:4].tolist() == [224, 224, 224, 112]
    assert heights[-3:] == pytest.approx([56, 56, 56])  # rows of numbers: no scale, all alike
    assert np.array(fronts["base"]) == pytest.approx(-heights / 2)  # all on one line
    widths = {box.shape[0]: box.width for box in boxes if len(box.shape) == 3}
    assert widths[512] == pytest.approx(2 * widths[64])  # the cube root of 8
    colours = dict(zip([box.shape for box in boxes], fronts["marker"]["color"], strict=True))
    assert colours[64, 224, 224] == theme.accent
    assert colours[64, 112, 112] == theme.muted
    assert colours[1000,] == theme.ink
    assert colours[3, 224, 224] not in (theme.accent, theme.muted, theme.ink)


def test_what_is_lower_than_a_line_is_still_seen(unpacked) -> None:
    heights = unpacked(picture(network("resnet18"), LIGHT)["data"][0]["y"])
    assert heights[-2] == pytest.approx(0.014 * 224)


def test_a_row_of_numbers_makes_no_map_smaller(unpacked) -> None:
    wide = Architecture("wide", (1, 10, 10), (Flatten(), Dense(10_000)))
    assert unpacked(picture(wide, LIGHT)["data"][0]["y"]) == pytest.approx([10, 2.5])
    assert "dense layers not" in picture(wide, LIGHT)["layout"]["annotations"][1]["text"]


def test_two_pictures_are_on_one_scale_or_say_that_they_are_not(unpacked) -> None:
    pair = network("alexnet"), network("resnet18")
    figures = [picture(a, LIGHT, beside=b) for a, b in (pair, pair[::-1])]
    spans = [figure["layout"]["yaxis"]["range"] for figure in figures]
    assert spans[0] == spans[1]
    for figure, one in zip(figures, pair, strict=True):
        alone = picture(one, LIGHT)["layout"]["yaxis"]["range"]
        assert spans[0][0] <= alone[0] < alone[1] <= spans[0][1]
        assert "One scale" in figure["layout"]["annotations"][1]["text"]
        hover = figure["data"][1]
        assert hover["base"] == spans[0][0]
        assert hover["base"] + unpacked(hover["y"])[0] == pytest.approx(spans[0][1])
    small = picture(network("lenet5"), LIGHT, beside=pair[0])["layout"]
    assert small["yaxis"]["range"] == picture(network("lenet5"), LIGHT)["layout"]["yaxis"]["range"]
    assert "its own" in small["annotations"][1]["text"]


@pytest.mark.parametrize(
    ("slug", "labels"),
    [
        ("lenet5", "32×32 1, 28×28 6, 14×14 6, 10×10 16, 5×5 16, 120, 84, 10"),
        (
            "alexnet",
            "227×227 3, 55×55 96, 27×27 96–256, 13×13 256–384, 6×6 256, 4096, 4096, 1000",
        ),
        (
            "resnet50",
            "224×224 3, 112×112 64, 56×56 64–256, 28×28 128–512, 14×14 256–1024, 7×7 512–2048, "
            "1×1 2048, 1000",
        ),
    ],
)
def test_sizes_and_channels_stand_under_the_boxes(slug, labels) -> None:
    axis = picture(network(slug), LIGHT)["layout"]["xaxis"]
    plain = [re.sub("</?b>", "", text).replace("<br>", " ") for text in axis["ticktext"]]
    assert ", ".join(plain) == labels
    gaps = np.diff(axis["tickvals"]) / (axis["range"][1] - axis["range"][0])
    assert min(gaps) > 0.045  # nothing written over its neighbour
    assert axis["range"][0] < axis["tickvals"][0]
    assert axis["tickvals"][-1] < axis["range"][1]


@pytest.mark.parametrize(("slug", "bare", "dashed"), [("resnet18", 5, 3), ("resnet152", 46, 4)])
def test_an_arch_for_each_block_dashed_where_layers_stand_on_it(slug, bare, dashed) -> None:
    shapes = picture(network(slug), LIGHT)["layout"]["shapes"]
    arches = [shape for shape in shapes if shape["layer"] == "above"]
    assert len(arches) == bare + dashed
    assert sum("dash" in shape["line"] for shape in arches) == dashed
    first, *_ = drawing(network(slug)).arches
    boxes = drawing(network(slug)).boxes
    assert arches[0]["path"].startswith(f"M{boxes[first.first].left:.5g},")
    assert f" {boxes[first.last].right:.5g}," in arches[0]["path"]


@pytest.mark.parametrize(("slug", "which"), ALL)
def test_everything_stays_in_the_picture_and_fills_it(slug, which) -> None:
    layout = picture(network(slug, which), LIGHT)["layout"]
    (low, high), (left, right) = layout["yaxis"]["range"], layout["xaxis"]["range"]
    tops = []
    for shape in layout["shapes"]:
        points = [
            [float(n) for n in xy] for xy in re.findall(r"([-\d.e]+),([-\d.e]+)", shape["path"])
        ]
        assert all(left < x < right for x, _ in points)
        heights = [y for _, y in points]
        if shape["layer"] == "above":  # a curve reaches half as high as its control point
            heights[1] = (heights[0] + heights[1]) / 2
        assert low < min(heights)
        tops.append(max(heights))
    assert 0.98 * high < max(tops) <= high


def test_arches_over_the_highest_boxes_have_room() -> None:
    block = Residual((Conv(2, 3, padding=1), ReLU(), Conv(2, 3, padding=1)))
    layout = picture(Architecture("high", (2, 8, 8), (block,)), LIGHT)["layout"]
    assert layout["yaxis"]["range"][1] == pytest.approx(8 * (0.6 + 0.12) * 1.01)


def test_a_block_around_nothing_that_is_drawn_has_no_arch() -> None:
    odd = Architecture("odd", (2, 6, 6), (Residual((ReLU(),)), Flatten(), Dense(3)))
    assert drawing(odd).arches == ()
    assert len(drawing(odd).boxes) == 2
    picture(odd, LIGHT)
    assert len(drawing(Architecture("empty", (1, 4, 4), ())).boxes) == 1
    picture(Architecture("empty", (1, 4, 4), ()), LIGHT)


def test_the_pointer_is_told_everything() -> None:
    told = picture(network("alexnet"), LIGHT)["data"][1]["customdata"]
    assert told[0] == "<b>Input</b><br>3×227×227"
    assert told[1].startswith("<b>1 Convolution 11×11 stride 4</b><br>96×55×55<br>34,944 param")
    assert "then: ReLU" in told[1]
    assert "padding 2 2 groups" in told[3]
    deep = picture(network("resnet50"), LIGHT)["data"][1]["customdata"]
    assert sum("its input is added" in text for text in deep) == 16
    assert sum("through a 1×1 convolution" in text for text in deep) == 4
    assert "5.1.1 Convolution 1×1" in deep[3]
    *_, norm, added, relu = deep[5].split("<br>")
    assert (norm, relu) == ("then: Batch norm", "then: ReLU")  # the ReLU comes after the sum
    assert added.startswith("end of a block")


def test_the_pointer_finds_every_box(unpacked) -> None:
    figure = picture(network("resnet152"), LIGHT)
    hover, boxes = figure["data"][1], drawing(network("resnet152")).boxes
    middles, widths = unpacked(hover["x"]), unpacked(hover["width"])
    assert len(hover["customdata"]) == len(boxes)
    for box, middle, width in zip(boxes, middles, widths, strict=True):
        assert middle - width / 2 <= box.left + 0.01 * box.width
        assert middle + width / 2 >= box.right - 0.01 * box.width
    ends = middles + widths / 2
    assert ends[:-1] == pytest.approx(middles[1:] - widths[1:] / 2, abs=1e-3)


def test_the_legend_names_arches_only_where_there_are_some(theme) -> None:
    words = [
        picture(network(s), theme)["layout"]["annotations"][0]["text"]
        for s in ("vgg16", "resnet18")
    ]
    assert "residual block" not in words[0]
    assert "residual block" in words[1]
    assert all(theme.accent in text and theme.muted in text for text in words)


def test_it_is_small_and_says_everything_in_words_that_can_be_translated() -> None:
    import json

    figure = picture(network("resnet152"), LIGHT, lambda _: "§")
    assert len(json.dumps(figure)) < 150_000
    assert "Convolution" not in json.dumps(figure)


def test_a_network_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="layer 1"):
        picture(Architecture("bad", (1, 3, 3), (Conv(1, 5),)), LIGHT)
