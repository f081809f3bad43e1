"""How a scene presents its grids: names, borders, where it opens, and what it refuses."""

import numpy as np
import pytest

from cnnlab.message import InvalidInput
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.replay import finished
from cnnlab.scenes.video import convolution3d


def test_frames_of_padding_are_called_so():
    x, weight = np.ones((1, 2, 3, 3)), np.ones((1, 1, 2, 2, 2))
    planes = convolution3d(x, weight, padding=(1, 0, 0)).grid("input").planes
    assert list(map(str, planes)) == ["padding frame", "frame 1", "frame 2", "padding frame"]


@pytest.mark.parametrize(
    ("stride", "padding", "outputs", "border"),
    [(1, 0, 3, 2), (1, 1, 5, 1), (1, 3, 9, 0), (2, 0, 2, 2), (2, 1, 3, 1)],
)
def test_the_border_around_the_spread_out_dy(stride, padding, outputs, border):
    """Full correlation: the kernel's size less one, less the padding that was there before."""
    x, weight, dy = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)), np.ones((1, outputs, outputs))
    scene = backward_gather(x, weight, dy, stride=stride, padding=padding)
    assert scene.grid("spread").padding == (border,) * 4
    spread = finished(scene)["spread"][0]
    inside = spread[border : len(spread) - border, border : len(spread) - border]
    assert spread.sum() == inside.sum()
    assert inside[0, 0] == inside[-1, -1] == 1


def test_planes_are_named_by_colour_only_where_they_are_colours():
    def labels(channels, groups):
        x, weight = np.ones((channels, 3, 3)), np.ones((groups, channels // groups, 2, 2))
        scene = convolution(x, weight, groups=groups)
        return [str(part.label) for part in scene.phases[0].parts]

    assert labels(3, 1) == ["R", "G", "B"]
    assert labels(2, 1) == ["channel 1", "channel 2"]
    assert labels(6, 2) == ["plane 1", "plane 2", "plane 3"]
    assert labels(3, 3) == labels(1, 1) == ["window"]


def test_every_plane_that_needs_a_name_has_one():
    rng = np.random.default_rng(0)
    x, weight, bias = rng.normal(size=(6, 5, 4)), rng.normal(size=(4, 3, 2, 2)), np.zeros(4)
    dy = rng.normal(size=(4, 4, 3))
    for scene in (
        convolution(x, weight, bias, groups=2),
        im2col(x, weight, bias, groups=2, group=1),
        backward_scatter(x, weight, dy, groups=2),
        backward_gather(x, weight, dy, groups=2),
        convolution3d(x[None], rng.normal(size=(2, 1, 2, 2, 2))),
    ):
        for grid in scene.grids:
            planes = int(np.prod(grid.shape[:-2]))
            if planes > 1 and grid.id != "bias":
                assert len(set(map(str, grid.planes))) == len(grid.planes) == planes, grid.id


def test_the_opening_step():
    x, weight = np.ones((1, 5, 5)), np.ones((2, 1, 3, 3))
    assert convolution(x, weight).start == 6  # the last row of the first map
    assert convolution(x, weight, start=3).start == 3
    assert backward_gather(x, weight, np.ones((2, 3, 3))).start == 2 * 3 + 2 + 12  # middle of dX
    assert im2col(x, weight).start == 4  # half of the windows


def test_impossible_settings_are_sentences():
    x, weight = np.ones((1, 5, 5)), np.ones((1, 1, 3, 3))
    for scene in (convolution, im2col):
        with pytest.raises(InvalidInput, match="stride"):
            scene(x, weight, stride=0)
    with pytest.raises(InvalidInput, match="no group 1 among 1"):
        im2col(x, weight, group=1)
    with pytest.raises(InvalidInput, match="one channel"):
        connections(np.ones((2, 5, 5)), np.ones((1, 2, 3, 3)), "dense", np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="451584 weights are too many"):
        connections(np.ones((1, 28, 28)), np.ones((1, 1, 5, 5)), "dense", np.random.default_rng(0))
    with pytest.raises(InvalidInput):
        backward_scatter(x, weight, np.ones((1, 2, 2)))
