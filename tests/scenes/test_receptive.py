"""The cone of a unit as a scene: beside the engine's own ways, supports and influences."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.field_paths import influence, paths, support
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
)
from cnnlab.engine.receptive_field import extent, fields
from cnnlab.engine.stacks import STACKS
from cnnlab.message import InvalidInput
from cnnlab.scenes.hover import cone
from cnnlab.scenes.receptive import LARGEST, PLACES, WIDEST, plane_view, side_view
from cnnlab.scenes.replay import at, counts, finished, opening
from cnnlab.scenes.sentence import sentence

PATIENT = {"deadline": None, "max_examples": 60}
pairs = st.tuples


def small(least, most):
    return pairs(st.integers(least, most), st.integers(least, most))


@st.composite
def convs(draw):
    return Conv(1, draw(small(1, 3)), draw(small(1, 2)), draw(small(0, 2)), draw(small(1, 2)))


@st.composite
def pools(draw):
    """No padding beyond half the window, which PyTorch refuses."""
    kernel = draw(small(1, 3))
    kind = draw(st.sampled_from([MaxPool, AvgPool]))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    return kind(kernel, draw(st.none() | small(1, 3)), padding, draw(st.booleans()))


@st.composite
def blocks(draw):
    """Both ways make one size: at stride s the body's first layer and the shortcut both step."""
    step = draw(small(1, 2))
    body = (Conv(1, 3, step, 1), ReLU(), Conv(1, (3, 5), padding=(2, 4), dilation=2))
    narrow = (Conv(1, 1, step),)
    return Residual(body, narrow if step != (1, 1) or draw(st.booleans()) else ())


@st.composite
def stacks(draw):
    layers = st.one_of(convs(), pools(), blocks(), st.sampled_from([ReLU(), BatchNorm()]))
    chosen = draw(st.lists(layers, min_size=1, max_size=4))
    ends = [(), (), (GlobalAvgPool(),), (Flatten(), Dense(3)), (Flatten(), Dense(3), ReLU())]
    chosen += draw(st.sampled_from(ends))
    size = draw(pairs(st.integers(5, 12), st.integers(5, 14)))
    network = Architecture("drawn", (1, *size), tuple(chosen))
    try:
        rows = fields(network)
    except InvalidInput:
        return Architecture("plain", (1, *size), (Conv(1, 3),)), draw(unit_of(4, 4))
    tops = next(row for row in rows if row.path == (len(chosen) - 1,))
    return network, draw(unit_of(*tops.output))


def unit_of(rows, columns):
    return pairs(st.integers(0, 2**16), st.integers(0, 2**16)).map(
        lambda at: (at[0] % rows, at[1] % columns)
    )


def in_range(network, unit):
    """The chosen unit, on a map that may be smaller than was thought."""
    rows, columns = fields(network)[-1].output
    return unit[0] % rows, unit[1] % columns


@settings(**PATIENT)
@given(case=stacks())
def test_replayed_it_comes_to_the_ways_that_the_engine_counts(travel, case):
    network, unit = case
    unit = in_range(network, unit)
    top = (len(network.layers) - 1,)
    scene = plane_view(network.layers, network.input[1:], len(network.layers), unit)
    expected = paths(network, top, unit)
    for played in (scene, travel(scene)):
        np.testing.assert_array_equal(finished(played)["input"], expected)
    for grid in scene.grids:
        np.testing.assert_array_equal(finished(scene)[grid.id], grid.values)


@settings(**PATIENT)
@given(case=stacks())
def test_a_cone_is_what_a_unit_reads_and_what_a_cell_reaches(case):
    """Of every unit, also of those that hold nothing."""
    network, unit = case
    unit = in_range(network, unit)
    last = len(network.layers)
    scene = plane_view(network.layers, network.input[1:], last, unit)
    top, (rows, columns) = scene.grids[0], scene.grids[0].shape
    for other in {(0, 0), (rows - 1, columns - 1), unit}:
        found = cone(scene, top.id, other[0] * columns + other[1])
        read = np.flatnonzero(support(network, (last - 1,), other))
        assert found.get("input", []) == read.tolist()
    for cell in ((0, 0), (2, 3), (4, 1)):
        found = cone(scene, "input", cell[0] * network.input[2] + cell[1])
        for path, reached in influence(network, cell).items():
            if len(path) == 1 and f"layer{path[0] + 1}" in {grid.id for grid in scene.grids}:
                assert found.get(f"layer{path[0] + 1}", []) == np.flatnonzero(reached).tolist()


@settings(**PATIENT)
@given(case=stacks())
def test_what_hangs_over_the_edge_is_the_engines_extent(case):
    network, unit = case
    unit = in_range(network, unit)
    scene = plane_view(network.layers, network.input[1:], len(network.layers), unit)
    field = next(row for row in fields(network) if row.path == (len(network.layers) - 1,))
    (top, bottom), (left, right) = extent(field, unit)
    _, height, width = network.input
    beyond = (-top, right - width + 1, bottom - height + 1, -left)
    assert scene.grid("input").overhang == tuple(max(0, n) for n in beyond)


@settings(**PATIENT)
@given(case=stacks())
def test_the_side_view_is_the_column_axis_alone(case):
    """As if rows were one: with kernels 1 high, no stride and no padding there."""
    network, _ = case
    low = tuple(flat(layer) for layer in network.layers)
    line = Architecture("line", (1, 1, network.input[2]), low)
    columns = fields(line)[-1].output[1]
    unit = columns // 2
    scene = side_view(network.layers, network.input[2], len(low), unit)
    np.testing.assert_array_equal(finished(scene)["input"], paths(line, (len(low) - 1,), (0, unit)))
    rows = {f"layer{row.path[0] + 1}": row for row in fields(line) if len(row.path) == 1}
    for grid in scene.grids[:-1]:
        if grid.id in rows and rows[grid.id].jump is None:
            assert (grid.shape, grid.pitch[0] * grid.shape[1]) == ((1, 1), network.input[2])
        elif grid.id in rows:
            assert grid.pitch == (rows[grid.id].jump[1], rows[grid.id].centre[1])
            assert grid.shape == rows[grid.id].output


def flat(layer):
    """The layer with its columns alone."""
    if isinstance(layer, Residual):
        return Residual(tuple(map(flat, layer.body)), tuple(map(flat, layer.shortcut)))
    if not isinstance(layer, Conv | MaxPool | AvgPool):
        return layer
    step = layer.kernel_size if layer.stride is None else layer.stride
    narrow = replace(
        layer,
        kernel_size=(1, column(layer.kernel_size)),
        stride=(1, column(step)),
        padding=(0, column(layer.padding)),
    )
    return (
        replace(narrow, dilation=(1, column(layer.dilation)))
        if hasattr(layer, "dilation")
        else narrow
    )


def column(size):
    return size[1] if isinstance(size, tuple) else size


def test_two_layers_by_hand():
    """The sentences of the first view: 3, then 3 + (3 − 1)·1 = 5; five cells, 1 2 3 2 1 ways."""
    scene = side_view((Conv(1, 3), Conv(1, 3)), 15, 2)
    assert opening(scene) == (1, 9)
    assert [(grid.id, grid.shape, grid.place) for grid in scene.grids] == [
        ("layer2", (1, 11), (0, 0)),
        ("layer1", (1, 13), (0, 1)),
        ("input", (1, 15), (0, 2)),
    ]
    assert [grid.pitch for grid in scene.grids] == [(1, 2), (1, 1), (1, 0)]
    assert sentence(scene, 0, 0) == (
        "Layer 2, column 6: this unit counts as 1. What does it read?",
        "1 → Layer 1",
    )
    assert sentence(scene, 0, 3) == (
        "Layer 2: this one unit stands on 3 cells of layer 1.",
        "ways from each cell to the unit: 1, 1, 1",
    )
    assert sentence(scene, 1, 0)[0] == "One layer further down: what do all of these read?"
    assert sentence(scene, 1, 4) == (
        "Layer 1, column 6: tap 2, number 1 of 3.",
        "1 + 1 = 2 → Input, column 7",
    )
    assert sentence(scene, 1, 9) == (
        "Layer 1: 3 units stand on 3 + (3 − 1)·1 = 5 cells of the input.",
        "ways from each cell to the unit: 1, 2, 3, 2, 1",
    )
    assert at(scene, 1, 0).values["layer1"].ravel().tolist() == [0] * 5 + [1] * 3 + [0] * 5


def test_after_a_stride_each_step_is_worth_more():
    """3, then 3 + 1·1 = 4 … of lessons.md: conv 3, pool 2/2, conv 3 makes 8."""
    scene = side_view((Conv(1, 3), MaxPool(2), Conv(1, 3)), 20, 3)
    assert [str(phase.finale) for phase in scene.phases] == [
        "Layer 3: this one unit stands on 3 cells of layer 2.",
        "Layer 2: now each step is worth 2. 3 units stand on 2 + (3 − 1)·2 = 6 cells of layer 1.",
        "Layer 1: 6 units stand on 3 + (6 − 1)·1 = 8 cells of the input.",
    ]
    assert np.count_nonzero(scene.grid("input").values) == 8


def test_holes_and_the_edge_are_told():
    """Extent 13, 7 read; and the corner unit of two padded 3×3 stands on 9 real cells of 25."""
    scene = side_view((Conv(1, 3, dilation=2),) * 3, 21, 3)
    assert str(scene.phases[2].finale) == (
        "Layer 1: 9 units stand on 5 + (9 − 1)·1 = 13 cells of the input. Really read: 7 of 13."
    )
    assert scene.grid("input").values[0, 4:17].tolist() == [1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1]
    corner = plane_view((Conv(1, 3, padding=1),) * 2, (9, 9), 2, (0, 0))
    assert str(corner.phases[1].finale) == (
        "Layer 1: 3×3 units stand on 5×5 cells of the input. Beyond the edge: 16."
    )
    assert np.count_nonzero(corner.grid("input").values) == 9
    assert corner.grid("input").overhang == (2, 0, 0, 2)


def test_the_other_layers_have_sentences_of_their_own():
    block = Residual((Conv(1, 3, padding=1), ReLU(), Conv(1, 3, padding=1)))
    layers = (Conv(1, 1), block, GlobalAvgPool(), Flatten(), Dense(3))
    scene = plane_view(layers, (6, 8), 5)
    assert [str(phase.finale) for phase in scene.phases] == [
        "Layer 5 sees everything: the one cell of layer 3.",
        "Layer 3 sees everything: 6×8 cells of layer 2.",
        *(
            f"Layer {n}: below a unit that sees everything, the field is all of {below}: 6×8 cells."
            for n, below in ((2, "layer 1"), (1, "the input"))
        ),
    ]
    assert [str(grid.note) for grid in scene.grids if grid.place] == [
        "dense · 1×1",
        "global average · 1×1",
        "block · 6×8",
        "conv 1×1 · 6×8",
        "6×8",
    ]
    assert cone(scene, "layer5", 0)["input"] == list(range(48))
    assert all(grid.overhang == (0, 0, 0, 0) for grid in scene.grids)
    assert [str(phase.finale) for phase in plane_view(layers[:2], (6, 8), 2).phases] == [
        "Layer 2, a residual block: two ways lead down. The longer one spans 5×5 cells of layer 1.",
        "Layer 1 looks at one cell at a time: 5×5 units, 5×5 cells of the input.",
    ]
    strided = plane_view((Conv(1, (1, 3), (2, 1), dilation=(1, 2)), MaxPool(2)), (12, 12), 2)
    assert str(strided.grid("layer1").note) == "conv 1×3, s 2/1, d 1/2 · 6×8"
    assert str(strided.grid("layer2").note) == "pool 2×2, s 2 · 3×4"


def test_below_a_unit_that_sees_everything_nothing_lies_beyond_the_edge():
    """ResNet-50's dense layer: the field is the input, though windows below it hang over."""
    network = STACKS["resnet50"].network
    scene = side_view(network.layers, 224, len(network.layers))
    assert scene.grid("input").overhang == (0, 0, 0, 0)
    assert str(scene.phases[-1].finale) == (
        "Layer 1: below a unit that sees everything, the field is all of the input: 224 cells."
    )
    skipped = side_view((Conv(1, 1, 2), Flatten(), Dense(2)), 16, 3)
    assert str(skipped.phases[-1].finale).endswith("16 cells. Really read: 8 of 16.")


def test_a_unit_on_one_cell_is_said_in_the_singular():
    scene = side_view((Conv(1, 3), Conv(1, 1, 2)), 9, 2)
    assert str(scene.phases[0].finale) == "Layer 2: this one unit stands on one cell of layer 1."


def test_groups_and_channels_do_not_matter():
    """The input of a view has one channel, whatever the layers were made for."""
    layers = (Conv(6, 3, padding=1, groups=3), BatchNorm(), Conv(8, 3, groups=2))
    assert np.count_nonzero(side_view(layers, 9, 3).grid("input").values) == 5


def test_layers_that_work_number_by_number_have_no_row_but_alone():
    scene = side_view((Conv(1, 3), BatchNorm(), ReLU()), 9, 3)
    assert [grid.id for grid in scene.grids] == ["layer1", "input"]
    alone = side_view((ReLU(),), 9, 1, 2)
    assert [grid.id for grid in alone.grids] == ["layer1", "input"]
    assert np.flatnonzero(finished(alone)["input"]).tolist() == [2]
    assert counts(alone, 0) == [1]


def test_a_unit_that_sees_padding_alone_has_an_empty_cone():
    scene = side_view((Conv(1, 2, padding=3),), 5, 1, 0)
    assert not finished(scene)["input"].any()
    assert counts(scene, 0) == [0, 0]
    assert cone(scene, "layer1", 0) == {"layer1": [0]}
    assert cone(scene, "input", 0) == {"input": [0], "layer1": [2, 3]}


@pytest.mark.parametrize("slug", STACKS)
def test_every_named_stack_is_seen_from_the_side(travel, slug):
    network = STACKS[slug].network
    layers = len(network.layers)
    scene = side_view(network.layers, network.input[2], layers)
    assert scene.steps == len([grid for grid in scene.grids if grid.place]) - 1
    assert travel(scene).grid("input").values.max() > 0
    assert (scene.reach, scene.lens) == ("cone", None)


def test_of_many_maps_some_have_a_place():
    scene = plane_view((Conv(1, 3, padding=1),) * 9, (20, 20), 9)
    places = {grid.id: grid.place for grid in scene.grids if grid.place}
    assert len(places) == PLACES
    assert (places["input"], places["layer9"]) == ((0, 0), (PLACES - 1, 0))
    assert len(scene.grids) == 10
    assert all(grid.pitch is None for grid in scene.grids)


def test_what_is_refused():
    conv = (Conv(1, 3),)
    with pytest.raises(InvalidInput, match=f"from the side {WIDEST} columns can be seen"):
        side_view(conv, WIDEST + 1, 1)
    with pytest.raises(InvalidInput, match=f"from above {LARGEST}×{LARGEST} cells"):
        plane_view(conv, (3, LARGEST + 1), 1)
    for layer in (0, 2):
        with pytest.raises(InvalidInput, match=f"there is no layer {layer}: the stack has 1"):
            side_view(conv, 9, layer)
    with pytest.raises(InvalidInput, match="1×7 units: there is none in row 1, column 8"):
        side_view(conv, 9, 1, 7)
    with pytest.raises(InvalidInput, match="there is none in row 0, column 1"):
        plane_view(conv, (9, 9), 1, (-1, 0))
    with pytest.raises(InvalidInput, match=r"layer 2 \(Conv\): no output: a kernel of 1×3"):
        side_view(conv * 2, 4, 2)
    with pytest.raises(InvalidInput, match="shapes do not add"):
        side_view((Residual((Conv(1, 3),)),), 9, 1)
