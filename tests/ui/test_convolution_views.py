"""The forward views in any setting: matrix, dense, video, and where the stage opens."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import WORKED_EXAMPLES, conv2d
from cnnlab.scenes.replay import finished
from cnnlab.ui.convolution import controls, views
from cnnlab.ui.convolution.setting import Setting

EXAMPLES = {
    one.name: Setting(
        name=one.name,
        x=one.x[0],
        weight=one.weight,
        bias=one.bias if one.bias.any() else None,
        stride=(one.stride,) * 2,
        padding=(one.padding,) * 2,
        dilation=(1, 1),
        groups=1,
        flipped=False,
    )
    for one in WORKED_EXAMPLES
}


def sampled(test):
    return settings(deadline=None, max_examples=40)(given(data=st.data())(test))


def steps(staged, shown: Setting, **link: str):
    """The scene of the first view."""
    return staged(views, views.steps, shown, print, **link)[0]


# ---- step by step


@pytest.mark.parametrize(
    ("name", "step", "cell"),
    [("one_channel", 6, 9), ("three_channels", 9, -1), ("one_window", 0, 37)],
)
def test_the_examples_open_before_the_cell_that_their_text_works_out(staged, name, step, cell):
    shown = EXAMPLES[name]
    assert steps(staged, shown).start == step
    assert shown.y.flat[step] == cell


@sampled
def test_the_stage_opens_at_a_step_that_there_is(layers, staged, data) -> None:
    shown = data.draw(layers())
    name = data.draw(st.sampled_from(["random", "digit", *EXAMPLES]))
    asked = data.draw(st.sampled_from([None, "", "0", "1", "3", "9" * 200, "-1", "x", "²", "٣"]))
    scene = steps(staged, replace(shown, name=name), step=asked)
    assert 0 <= scene.start < scene.steps
    if asked in ("1", "3", "٣"):
        assert scene.start == min(int(asked), scene.steps) - 1


def test_other_pictures_open_half_told(staged) -> None:
    shown = replace(EXAMPLES["one_channel"], name="random")
    assert steps(staged, shown).start == 4
    assert controls.start(shown) == 4


@sampled
def test_what_is_stepped_through_is_the_output(layers, staged, data) -> None:
    shown = data.draw(layers())
    np.testing.assert_allclose(finished(steps(staged, shown))["output"], shown.y, atol=1e-4)


def test_only_there_can_cells_be_changed(staged) -> None:
    shown = EXAMPLES["three_channels"]
    editable = {grid.id for grid in steps(staged, shown).grids if grid.editable}
    assert editable == {"input", "weight", "bias"}
    for view in (views.matrix, views.dense, views.video):
        scene, _ = staged(views, view, shown)
        assert not any(grid.editable for grid in scene.grids), view.__name__


# ---- as a matrix


@sampled
def test_each_group_is_a_matrix_product_of_its_own(layers, staged, data) -> None:
    shown = data.draw(layers())
    maps = shown.y.reshape(shown.groups, -1, *shown.y.shape[1:])
    for group in range(shown.groups):
        scene, _ = staged(views, views.matrix, shown, chosen=group)
        np.testing.assert_allclose(finished(scene)["output"], maps[group], atol=1e-4)
    beyond, _ = staged(views, views.matrix, shown, chosen=shown.groups)
    np.testing.assert_allclose(finished(beyond)["output"], maps[-1], atol=1e-4)


# ---- one map, cut small


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_one_map_is_cut_where_most_happens_with_room_for_a_step(layers, data) -> None:
    shown = data.draw(layers(largest=32, kernel=7))
    x, weight = views._one_map(shown)
    y = conv2d(x[None], weight, None, shown.stride, shown.padding, shown.dilation)[0]
    np.testing.assert_array_equal(weight, shown.weight[:1, :1])
    for axis in (1, 2):
        whole, kept = shown.x.shape[axis], x.shape[axis]
        assert min(whole, 6) <= kept <= whole
        assert y.shape[axis] > 1 or shown.y.shape[axis] == 1, "a window can move if it could"
    pieces = np.lib.stride_tricks.sliding_window_view(shown.x[0], x.shape[1:])
    assert (pieces == x[0]).all((2, 3)).any(), "it is a piece of the input"
    assert x.var(dtype=np.float64) >= pieces.var((2, 3), np.float64).max() * (1 - 1e-6)


def test_of_pieces_alike_the_middle_one_is_cut_out() -> None:
    shown = replace(EXAMPLES["one_channel"], x=np.zeros((1, 28, 28), np.float32))
    assert views._nearest_middle(np.ones((23, 23), bool)) == (11, 11)
    assert views._one_map(shown)[0].shape == (1, 6, 6)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "kept"),
    [(28, 3, 1, 1, 6), (28, 7, 1, 1, 8), (28, 7, 4, 4, 28), (28, 7, 1, 3, 20), (5, 3, 1, 1, 5)],
)
def test_no_more_is_cut_out_than_can_be_followed(size, kernel, stride, dilation, kept) -> None:
    numbers = np.arange(size * size, dtype=np.float32).reshape(1, size, size)
    shown = replace(
        EXAMPLES["one_channel"],
        x=numbers,
        weight=np.ones((1, 1, kernel, kernel), np.float32),
        stride=(stride,) * 2,
        dilation=(dilation,) * 2,
    )
    assert views._one_map(shown)[0].shape == (1, kept, kept)


# ---- why not dense


def counts(said, prefix: str = "") -> list[str]:
    return [said[prefix + kind] for kind in ("dense", "local", "shared")]


@pytest.mark.parametrize("kind", ["dense", "local", "shared"])
def test_three_ways_of_wiring_with_the_counts_of_the_whole_layer(staged, kind: str) -> None:
    scene, said = staged(views, views.dense, EXAMPLES["one_channel"], chosen=kind)
    assert counts(said) == ["225", "81", "9"]
    assert counts(said, "piece_") == counts(said), "it is all on the stage"
    assert counts(said, "famous_") == ["452,160", "14,976", "26"]
    assert scene.start == 4
    assert scene.grid("weight").values.size == {"dense": 225, "local": 81, "shared": 9}[kind]
    again, _ = staged(views, views.dense, EXAMPLES["one_channel"], chosen=kind)
    np.testing.assert_array_equal(again.grid("weight").values, scene.grid("weight").values)
    _, said = staged(views, views.dense, EXAMPLES["three_channels"], chosen=kind)
    assert counts(said) == [f"{2 * 9 * (3 * 25 + 1):,}", "504", "56"]
    assert counts(said, "piece_") == ["225", "81", "9"]


# ---- video


@sampled
def test_the_video_kernel_takes_each_frame_from_the_next(layers, staged, data) -> None:
    shown = data.draw(layers())
    scene, _ = staged(views, views.video, shown)
    x, weight = views._one_map(shown)
    width = x.shape[2]
    frames = [np.pad(x, ((0, 0), (0, 0), (by, 0)))[:, :, :width] for by in range(3)]
    options = (shown.stride, shown.padding, shown.dilation)
    maps = [conv2d(frame[None], weight, None, *options)[0] for frame in frames]
    expected = np.stack([maps[1] - maps[0], maps[2] - maps[1]], axis=1)
    np.testing.assert_allclose(finished(scene)["output"], expected, atol=1e-3)
    counted = views._video_counts(shown)
    assert counted.output == expected.shape
    assert counted.shared == scene.grid("weight").values.size
    assert scene.start == expected.size // 2


@sampled
def test_what_stands_still_gives_nothing(layers, staged, data) -> None:
    shown = data.draw(layers())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "_moved", lambda plane, _: plane)
        scene, _ = staged(views, views.video, replace(shown, x=shown.x + 10))
    assert scene.grid("input").values.any()
    assert not scene.grid("output").values.any()
    assert not finished(scene)["output"].any()
