"""What cannot be done is refused in a sentence that names values, shapes and the reason."""

import numpy as np
import pytest

from cnnlab import engine
from cnnlab.message import InvalidInput

X = np.ones((2, 4, 5, 7))
WEIGHT = np.ones((6, 4, 3, 2))
CLIP = np.ones((1, 1, 3, 5, 5))


def refuses(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value) == sentence
    assert set(caught.value.message.fields)  # values apart from words: the sentence is translated


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stride": 0}, "stride must be at least 1, but is 0"),
        ({"stride": 1.5}, "stride must be a whole number, but is 1.5"),
        ({"stride": "2"}, "stride must be a whole number, but is 2"),
        ({"stride": None}, "stride must be a whole number, but is None"),
        (
            {"stride": (1, 2, 3)},
            "stride must be one number or 2 of them, one for each axis, but is (1, 2, 3)",
        ),
        ({"padding": (0, -1)}, "padding must be at least 0, but is -1"),
        ({"dilation": (0, 1)}, "dilation must be at least 1, but is 0"),
        (
            {"dilation": (3, 1)},
            "no output: a kernel of 3×2 with dilation 3×1, reaching over 7×2 cells, does not fit "
            "into the input of 5×7",
        ),
        (
            {"dilation": 7, "padding": 1},
            "no output: a kernel of 3×2 with dilation 7, reaching over 15×8 cells, does not fit "
            "into the input of 5×7 with padding 1 on each side",
        ),
        (
            {"dilation": 9, "padding": (1, 0)},
            "no output: a kernel of 3×2 with dilation 9, reaching over 19×10 cells, is larger "
            "than the input of 5×7 with padding 1×0 on each side",
        ),
        ({"groups": 0}, "groups must be at least 1, but is 0"),
        (
            {"groups": 3},
            "3 groups cannot share 4 input channels evenly: 4 is not a multiple of 3",
        ),
        (
            {"groups": 4},
            "4 groups cannot share 6 filters evenly: 6 is not a multiple of 4",
        ),
        (
            {"groups": 2},
            "each filter reads 4 channels and there are 2 groups, so the input must have "
            "8 channels, but its shape is (2, 4, 5, 7)",
        ),
        (
            {"bias": np.ones(5)},
            "bias must have the shape (6,) to go with the other arrays, but has the shape (5,)",
        ),
        (
            {"bias": np.ones(6, np.float32)},
            "bias holds float32, but the other arrays hold float64: give all the same",
        ),
    ],
)
def test_settings_of_a_convolution(options, sentence):
    refuses(lambda: engine.conv2d(X, WEIGHT, **options), sentence)


@pytest.mark.parametrize(
    ("x", "weight", "sentence"),
    [
        (
            X[0],
            WEIGHT,
            "x must have the axes (N, C, H, W), but has the shape (4, 5, 7)",
        ),
        (
            X,
            WEIGHT[0],
            "weight must have the axes (F, C / groups, KH, KW), but has the shape (4, 3, 2)",
        ),
        (X[:0], WEIGHT, "x has no cells to compute with: its shape is (0, 4, 5, 7)"),
        (X.tolist(), WEIGHT, "x must be a NumPy array, but is of type list"),
        (
            X.astype(np.uint8),
            WEIGHT,
            "x holds uint8, but the engine computes in float32 or float64: "
            "convert it with .astype(np.float32)",
        ),
        (
            X,
            WEIGHT.astype(np.float32),
            "weight holds float32, but the other arrays hold float64: give all the same",
        ),
    ],
)
def test_arrays_of_a_convolution(x, weight, sentence):
    refuses(lambda: engine.conv2d(x, weight), sentence)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: engine.conv2d_backward(np.ones((2, 6, 3, 5)), X, WEIGHT),
            "dy must have the shape (2, 6, 3, 6) to go with the other arrays, "
            "but has the shape (2, 6, 3, 5)",
        ),
        (
            lambda: engine.conv2d_backward(
                np.ones((2, 6, 3, 6)), X, WEIGHT, columns=np.ones((2, 24, 17))
            ),
            "columns must have the shape (2, 24, 18) to go with the other arrays, "
            "but has the shape (2, 24, 17)",
        ),
        (
            lambda: engine.conv3d(CLIP, np.ones((1, 1, 4, 3, 3))),
            "no output: a kernel of 4×3×3 does not fit into the input of 3×5×5",
        ),
        (
            lambda: engine.conv3d(CLIP, np.ones((1, 1, 3, 3)), stride=1),
            "weight must have the axes (F, C / groups, KD, KH, KW), but has the shape (1, 1, 3, 3)",
        ),
        (
            lambda: engine.conv3d(CLIP, np.ones((1, 1, 1, 3, 3)), stride=(1, 1)),
            "stride must be one number or 3 of them, one for each axis, but is (1, 1)",
        ),
        (
            lambda: engine.output_size(4, 3, dilation=2, padding=(0, 0)),
            "no output: a kernel of 3 with dilation 2, reaching over 5 cells, "
            "is larger than the input of 4 cells",
        ),
        (
            lambda: engine.output_size(4, 6, padding=(1, 0)),
            "no output: a kernel of 6 is larger than the input of 4 cells with padding "
            "1 before and 0 after",
        ),
        (lambda: engine.output_size(0, 1), "n must be at least 1, but is 0"),
        (
            lambda: engine.unfold(X, 8),
            "no output: a kernel of 8×8 is larger than the input of 5×7",
        ),
        (
            lambda: engine.fold(np.ones((1, 6, 4)), (3, 3), 2),
            "columns of shape (1, 6, 4) do not fold into maps of 3×3: a 2×2 kernel takes a "
            "multiple of 4 rows, and its 2×2 places take 4 columns",
        ),
        (
            lambda: engine.conv_transpose2d(X, np.ones((3, 2, 3, 3))),
            "weight has kernels for 3 channels, but the input has the shape (2, 4, 5, 7)",
        ),
        (
            lambda: engine.conv_transpose2d(X, np.ones((4, 2, 3, 3)), groups=3),
            "3 groups cannot share 4 input channels evenly: 4 is not a multiple of 3",
        ),
        (
            lambda: engine.conv_transpose2d(X, np.ones((4, 2, 3, 3)), output_padding=1),
            "output padding 1 must be smaller than the stride 1 or the dilation 1",
        ),
        (
            lambda: engine.conv_transpose2d(
                X, np.ones((4, 2, 3, 3)), output_padding=(0, 2), stride=(3, 2)
            ),
            "output padding 0×2 must be smaller than the stride 3×2 or the dilation 1",
        ),
        (
            lambda: engine.conv_transpose2d(X[:, :, :1], np.ones((4, 2, 3, 3)), padding=(2, 0)),
            "no output: padding 2×0 takes off all that an input of shape (2, 4, 1, 7) "
            "with a 3×3 kernel at stride 1 makes",
        ),
        (
            lambda: engine.conv_transpose2d_backward(X, X, np.ones((4, 2, 3, 3))),
            "dy must have the shape (2, 2, 7, 9) to go with the other arrays, "
            "but has the shape (2, 4, 5, 7)",
        ),
        (
            lambda: engine.linear(np.ones((2, 3)), np.ones((5, 4))),
            "weight has 4 inputs for each output, but x has the shape (2, 3)",
        ),
        (
            lambda: engine.linear_backward(np.ones((2, 4)), np.ones((2, 3)), np.ones((5, 3))),
            "dy must have the shape (2, 5) to go with the other arrays, but has the shape (2, 4)",
        ),
        (
            lambda: engine.relu_backward(np.ones(3), np.ones(2)),
            "dy must have the shape (2,) to go with the other arrays, but has the shape (3,)",
        ),
        (
            lambda: engine.flip(np.ones(3)),
            "weight must have two axes to flip, but has the shape (3,)",
        ),
        (
            lambda: engine.kernel("blur", 3, 3),
            "there is no kernel blur; there are identity, sobel_x, sobel_y, laplacian, box_blur, "
            "gaussian_blur, sharpen, emboss, ones",
        ),
        (lambda: engine.kernel("identity", 0, 3), "height must be at least 1, but is 0"),
        (
            lambda: engine.layer_counts((5,), 1, 3),
            "input_shape must be channels and at least one size, like (1, 28, 28), but is (5,)",
        ),
        (
            lambda: engine.conv_parameters(3, 2, (3, 3), groups=2),
            "2 groups cannot share 3 input channels evenly: 3 is not a multiple of 2",
        ),
        (
            lambda: engine.pad2d(X, 5, "reflect"),
            "reflecting 5 cells takes more than 5 along that axis, because the edge cell is the "
            "mirror, but the input has the shape (2, 4, 5, 7)",
        ),
        (
            lambda: engine.pad2d(X, (0, 0, 8, 0), "circular"),
            "circular padding of 8 cells would go round more than once: "
            "the input has the shape (2, 4, 5, 7)",
        ),
        (
            lambda: engine.pad2d(X, 1, "same"),
            "padding mode same is none of zeros, constant, reflect, replicate, circular",
        ),
        (
            lambda: engine.pad2d(X, 1, "replicate", 2.0),
            "padding mode replicate writes no value of its own: "
            "2.0 would be ignored, only constant takes it",
        ),
        (
            lambda: engine.pad2d(X, (1, 2, 3)),
            "padding must be one number, (h, w) or (top, bottom, left, right), but is (1, 2, 3)",
        ),
        (
            lambda: engine.max_pool2d(X, (2, 3), padding=(1, 2), dilation=3),
            "padding may be at most half the window, so that no window lies in it alone, "
            "but is 1×2 for a window of 2×3",
        ),
        (
            lambda: engine.avg_pool2d(X, 3, padding=2),
            "padding may be at most half the window, so that no window lies in it alone, "
            "but is 2 for a window of 3×3",
        ),
        (
            lambda: engine.max_pool2d(X, (6, 2)),
            "no output: a window of 6×2 does not fit into the input of 5×7",
        ),
        (
            lambda: engine.avg_pool2d(X, 10, padding=1),
            "no output: a window of 10×10 is larger than the input of 5×7 "
            "with padding 1 on each side",
        ),
        (
            lambda: engine.max_pool2d(X, 2, dilation=7),
            "no output: a window of 2×2 with dilation 7, reaching over 8×8 cells, "
            "is larger than the input of 5×7",
        ),
        (lambda: engine.avg_pool2d(X, 2, stride=0), "stride must be at least 1, but is 0"),
        (
            lambda: engine.max_pool2d(X[0], 2),
            "x must have the axes (N, C, H, W), but has the shape (4, 5, 7)",
        ),
        (
            lambda: engine.max_pool2d_backward(X, X, (5, 7)),
            "indices must be an array of whole numbers, "
            "as max_pool2d returns with return_indices, but hold float64",
        ),
        (
            lambda: engine.max_pool2d_backward(X, np.zeros((2, 4, 5, 6), int), (5, 7)),
            "indices must be one for each cell of dy, of shape (2, 4, 5, 7), "
            "but have the shape (2, 4, 5, 6)",
        ),
        (
            lambda: engine.max_pool2d_backward(X, np.full(X.shape, 35), (5, 7)),
            "indices point into a map of 5×7, so they lie from 0 to 34, but these go from 35 to 35",
        ),
        (
            lambda: engine.avg_pool2d_backward(X, (12, 14), 2),
            "dy must have the shape (2, 4, 6, 7) to go with the other arrays, "
            "but has the shape (2, 4, 5, 7)",
        ),
        (
            lambda: engine.same_padding(6, 3, rule="same"),
            "there is no rule same; there are pytorch, tensorflow, scipy",
        ),
        (
            lambda: engine.same_padding(6, 3, stride=2),
            "PyTorch keeps the size at stride 1 only, but the stride is 2: "
            "there, give the padding as a number",
        ),
        (
            lambda: engine.read_counts((5, 7), 3, padding=5, mode="reflect"),
            "reflecting 5 cells takes more than 5 along that axis, because the edge cell is the "
            "mirror, but the input has the shape (5, 7)",
        ),
        (
            lambda: engine.read_counts((5, 2), 3),
            "no output: a kernel of 3 is larger than the input of 2 cells",
        ),
        (lambda: engine.layer_sizes(28, -1, 3), "layers must be at least 0, but is -1"),
        (lambda: engine.layer_sizes(2, 3, 3, stride=0), "stride must be at least 1, but is 0"),
    ],
)
def test_everything_else(call, sentence):
    refuses(call, sentence)
