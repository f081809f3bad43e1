"""Pooling worked out with a pencil: what is said, where it opens, and what pointing finds."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.message import InvalidInput
from cnnlab.scenes.hover import partners, readers, sources, writers
from cnnlab.scenes.pooling import Pool, pooled, pooling
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.replay import at, counts, finished
from cnnlab.scenes.sentence import sentence

MAX, AVERAGE = (Pool(kind, (2, 2), (2, 2)) for kind in ("max", "average"))
X = np.array([[[1.0, 5, 2, 0], [3, 4, -1, 0.5], [0, 0, 7, 8], [0, 0, 9, 6]]])
DY = np.array([[[1.0, -2], [3, 0.5]]])
INF = np.inf


def told(scene, step):
    """All that is said from the look at a window until its number is written."""
    return [sentence(scene, step, move) for move in range(sum(counts(scene, step)) + 1)]


def test_what_is_said_of_a_maximum():
    assert told(pooling(X, MAX), 0) == [
        ("Output, row 1, column 1 looks at 4 numbers.", "max(1, 5, 3, 4) = ?"),
        ("Output, row 1, column 1: window, comparing 1 of 4.", "the first is 1"),
        ("Output, row 1, column 1: window, comparing 2 of 4.", "best so far 1, now 5"),
        ("Output, row 1, column 1: window, comparing 3 of 4.", "best so far 5, now 3"),
        (
            "Output, row 1, column 1 is the largest of 4 numbers.",
            "max(1, 5, 3, 4) = 5 · runner-up 4, margin 1",
        ),
    ]
    assert told(pooling(X, MAX), 2)[-1][1].startswith("max(0, 0, 0, 0) = 0 · 4 are equal")
    assert told(pooling(X, MAX), 3)[-1][0] == "16 numbers became 4; no parameter was needed."


def test_what_is_said_of_a_mean():
    words, numbers = told(pooling(X, AVERAGE), 0)[-1]
    assert words == "Output, row 1, column 1 is the mean of 4 numbers."
    assert numbers == "mean(1, 5, 3, 4) = 3.25"


def test_padding_of_a_maximum_is_below_every_number():
    scene = pooling(-X - 10, Pool("max", (2, 2), (2, 2), (1, 1)))
    assert scene.grid("output").values[0, 0].tolist() == [-11, -12, -10]
    assert scene.grid("input").values[0, 0].tolist() == [-INF] * 6
    assert told(scene, 0)[-1][1] == "max(−∞, −∞, −∞, −11) = −11"


def test_padding_of_a_mean_counts_as_zeros_or_is_not_there():
    counted = Pool("average", (2, 2), (2, 2), (1, 1))
    assert told(pooling(X, counted), 1)[-1][1] == "mean(0, 0, 5, 2) = 1.75"
    without = pooling(X, replace(counted, count_include_pad=False))
    assert told(without, 1)[-1][1] == "mean(5, 2) = 3.5"
    assert without.grid("input").shape == (1, 4, 4)
    assert without.grid("input").overhang == (1, 1, 1, 1)


def test_what_hangs_over_in_ceil_mode_never_counts():
    row = np.array([[[1.0, 2, 3, 4, 5]]])
    scene = pooling(row, Pool("average", (1, 2), (1, 2), ceil_mode=True))
    assert scene.grid("output").values.tolist() == [[[1.5, 3.5, 5]]]
    assert scene.grid("input").overhang == (0, 1, 0, 0)
    # With padding of two kinds: that of the padding counts, that beyond it does not.
    both = Pool("average", (3, 3), (2, 2), (1, 1), ceil_mode=True)
    ones = pooling(np.ones((1, 4, 4)), both)
    assert ones.grid("output").values[0, 2].tolist() == [2 / 6, 3 / 6, 1 / 4]
    assert ones.grid("input").overhang == (0, 1, 1, 0)


def test_a_loser_may_grow_until_it_wins():
    still, over = X.copy(), X.copy()
    still[0, 1, 1], over[0, 1, 1] = 4.9, 5.1
    assert [pooled(x, MAX)[0, 0, 0] for x in (X, still, over)] == [5, 5, 5.1]


def test_where_a_scene_opens():
    assert pooling(X, MAX).start == 2
    assert pooling(X[:, :2, :2], MAX).start == 0
    assert pooling(X[:, :2], MAX).start == 1
    assert pooling(X, MAX, start=1).start == 1
    digit = np.zeros((1, 28, 28))
    digit[0, 15, 20] = 1
    assert pooling(digit, MAX).start == 7 * 14 + 10  # the ink of the middle row
    assert pooling(np.zeros((2, 28, 28)), AVERAGE).start == 7 * 14
    assert pooling_im2col(X, MAX).start == pooling_backward(X, DY, MAX).start == 2
    assert relu_order(X, MAX).start == 16 + 2
    assert average_as_convolution(X, MAX).start == 2


def test_the_winner_takes_all_and_the_mean_shares():
    scene = pooling_backward(X, DY, MAX)
    assert scene.grid("dx").values[0].tolist() == [
        [0, 1, -2, 0],
        [0, 0, 0, 0],
        [3, 0, 0, 0],  # of four zeros the first
        [0, 0, 0.5, 0],
    ]
    assert told(scene, 0)[0] == ("dY, row 1, column 1 will be handed on.", "max(1, 5, 3, 4) = ?")
    assert told(scene, 0)[-1] == (
        "dY, row 1, column 1 has been handed on.",
        "0 + 1 = 1 → dX, row 1, column 2",
    )
    others = "inputs, the others get 0."
    assert told(scene, 3)[-1][0] == f"Gradients other than 0: 4; they went to 4 of 16 {others}"
    one = pooling_backward(X, np.array([[[0, 0], [0, 1.0]]]), MAX)
    assert told(one, 3)[-1][0] == f"Gradients other than 0: 1; they went to 1 of 16 {others}"
    both = pooling_backward(X[:, :1, :3], np.array([[[2.0, 3]]]), Pool("max", (1, 2), (1, 1)))
    assert told(both, 1)[-1][0] == f"Gradients other than 0: 2; they went to 1 of 3 {others}"
    shared = pooling_backward(X, DY, AVERAGE)
    assert shared.grid("dx").values[0, :2, :2].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert told(shared, 1)[-1][1] == "−2·(0.25, 0.25, 0.25, 0.25) → dX"


def test_a_winner_of_two_windows_gets_both_gradients():
    row = np.array([[[1.0, 5, 2]]])
    scene = pooling_backward(row, np.array([[[2.0, 3.0]]]), Pool("max", (1, 2), (1, 1)))
    assert at(scene, 1, 0).values["dx"][0, 0].tolist() == [0, 2, 0]
    assert finished(scene)["dx"][0, 0].tolist() == [0, 5, 0]
    assert told(scene, 1)[-1][1] == "2 + 3 = 5 → dX, row 1, column 2"


def test_rows_of_a_maximum_and_of_a_mean():
    rows = finished(pooling_im2col(X, MAX))["rows"]
    assert rows.tolist() == [[1, 5, 3, 4], [2, 0, -1, 0.5], [0, 0, 0, 0], [7, 8, 9, 6]]
    scene = pooling_im2col(X, AVERAGE)
    assert told(scene, 4)[-1][1] == "1·0.25 + 5·0.25 + 3·0.25 + 4·0.25 = 3.25"
    assert str(scene.phases[0].finale) == "16 numbers became 16."
    overlapping = pooling_im2col(X, Pool("max", (3, 3), (1, 1)))
    assert str(overlapping.phases[0].finale) == "16 numbers became 36."
    assert str(overlapping.phases[1].finale) == "4 rows became 4 numbers."


def test_hover_from_the_input_to_all_windows_that_read_it():
    scene = pooling(X, Pool("max", (3, 3), (1, 1)))
    assert readers(scene, "input", 0) == {"output": [0]}
    assert readers(scene, "input", 5) == {"output": [0, 1, 2, 3]}
    assert sources(scene, "output", 3) == {"input": [5, 6, 7, 9, 10, 11, 13, 14, 15]}
    assert writers(scene, "output", 2) == [2]


def test_hover_in_the_backward_pass():
    scene = pooling_backward(X, DY, MAX)
    assert sources(scene, "dx", 1) == {"dy": [0]}
    assert sources(scene, "dx", 0) == {}
    assert readers(scene, "dy", 2) == {"dx": [8]}
    assert readers(scene, "input", 8) == {"output": [2]}
    shared = pooling_backward(X, DY, AVERAGE)
    assert readers(shared, "dy", 2) == {"dx": [8, 9, 12, 13]}
    assert sources(shared, "dx", 9) == {"dy": [2], "share": [2]}
    assert partners(shared, "share", 2) == {"dy": [2]}
    assert writers(shared, "dx", 9) == [2]


def test_what_is_shown_for_one_channel_only_says_so():
    two = np.ones((2, 4, 4))
    with pytest.raises(InvalidInput, match="one channel"):
        pooling_im2col(two, MAX)
    with pytest.raises(InvalidInput, match="one channel"):
        average_as_convolution(two, AVERAGE)


def test_channels_keep_their_names_and_are_pooled_each_alone():
    x = np.stack([X[0], -X[0], 2 * X[0]])
    scene = pooling(x, MAX)
    assert [str(plane) for plane in scene.grid("output").planes] == ["R", "G", "B"]
    assert readers(scene, "input", 16) == {"output": [4]}
    np.testing.assert_array_equal(scene.grid("output").values[1], pooled(-X, MAX)[0])
    dy = np.stack([DY[0]] * 3)
    back = pooling_backward(x, dy, MAX)
    assert readers(back, "dy", 4) == {"dx": [16]}  # the largest of −1, −5, −3, −4


def test_impossible_settings_are_sentences():
    for scene in (pooling, pooling_im2col, relu_order, average_as_convolution):
        for pool in (
            replace(MAX, kernel=(5, 2)),
            replace(AVERAGE, stride=(0, 1)),
            replace(MAX, padding=(2, 0)),
        ):
            with pytest.raises(InvalidInput):
                scene(X, pool)
    for pool in (MAX, AVERAGE):
        with pytest.raises(InvalidInput):
            pooling_backward(X, np.ones((1, 3, 2)), pool)


def test_the_maximum_beside_the_convolution_never_sees_the_zeros_of_the_padding():
    scene = average_as_convolution(-X - 10, Pool("max", (2, 2), (2, 2), (1, 1)))
    assert scene.grid("max").values[0, 0].tolist() == [-11, -12, -10]
    assert scene.grid("average").values[0, 0].tolist() == [-2.75, -6.75, -2.5]
    words, _ = told(scene, 8)[-1]
    assert words == (
        "Convolution and average agree in all 9 cells; the maximum is another number in 9 of them."
    )


def test_relu_and_the_average_do_not_change_places():
    x = np.array([[[-1.0, 3.0, 2.0, 4.0]]])
    halves = Pool("average", (1, 2), (1, 2))
    assert told(relu_order(x, halves), 5)[-1][0] == (
        "ReLU first or pooling first: other numbers in 1 of 2 cells."
    )
    assert told(relu_order(x, replace(halves, kind="max")), 5)[-1][0] == (
        "ReLU first or pooling first: the same 2 numbers."
    )
