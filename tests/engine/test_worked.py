"""The worked examples come to what the texts print, or to what they should have printed."""

import numpy as np
import pytest

from cnnlab.engine import WORKED_EXAMPLES, conv2d, pad2d

ONE, THREE, WINDOW = WORKED_EXAMPLES


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example.name)
def test_the_steps_are_what_the_engine_computes(example):
    y = conv2d(example.x, example.weight, example.bias, example.stride, example.padding)
    for (f, row, column), value in example.steps:
        assert y[0, f, row, column] == value


def test_one_channel_is_the_figure():
    rows = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
    np.testing.assert_array_equal(conv2d(ONE.x, ONE.weight, ONE.bias)[0, 0], rows)


def test_three_channels_step_by_channel():
    """R 0, G −1, B 0, bias 0: −1, with the windows and weights of the text."""
    window = pad2d(THREE.x, 1)[0, :, :3, :3]
    np.testing.assert_array_equal(
        window,
        [
            [[0, 0, 0], [0, 0, 1], [0, 0, 1]],
            [[0, 0, 0], [0, 1, 1], [0, 0, 2]],
            [[0, 0, 0], [0, 2, 0], [0, 0, 0]],
        ],
    )
    np.testing.assert_array_equal(
        THREE.weight[1],
        [
            [[-1, -1, 0], [-1, 1, 0], [-1, 1, 0]],
            [[1, -1, 0], [-1, 0, -1], [-1, 0, 0]],
            [[-1, 0, 1], [1, 0, 1], [0, -1, 0]],
        ],
    )
    np.testing.assert_array_equal((window * THREE.weight[1]).sum(axis=(1, 2)), [0, -1, 0])
    y = conv2d(THREE.x, THREE.weight, THREE.bias, THREE.stride, THREE.padding)
    assert y.shape == (1, 2, 3, 3)
    assert len(np.unique(y)) >= 9  # varied enough to tell the cells apart


def test_one_window_is_37_and_not_36():
    window = WINDOW.x[0, 0, :3, :3]
    np.testing.assert_array_equal(window, [[1, 2, 3], [4, 5, 6], [7, 8, 1]])
    np.testing.assert_array_equal(window * WINDOW.weight[0, 0], [[1, 2, 0], [0, 10, 0], [7, 16, 1]])
    assert conv2d(WINDOW.x, WINDOW.weight, WINDOW.bias)[0, 0, 0, 0] == 37


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda example: example.name)
def test_nobody_can_change_them(example):
    for array in (example.x, example.weight, example.bias):
        assert array.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
