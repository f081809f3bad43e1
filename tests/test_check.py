"""The check agrees where it should, and can say no."""

from functools import partial

import numpy as np
import pytest

from cnnlab import check, engine
from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.networks import FAST, NETWORKS
from cnnlab.message import InvalidInput

OPTIONS = [
    {},
    {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    {"padding": 1, "groups": 2},
]


@pytest.fixture(params=[np.float32, np.float64])
def arrays(request):
    rng = np.random.default_rng(0)

    def draw(*shape):
        return (255 * rng.standard_normal(shape)).astype(request.param)

    return draw


@pytest.mark.parametrize("options", OPTIONS)
def test_conv2d_agrees(arrays, options):
    per_group = 4 // options.get("groups", 1)
    x, weight, bias = arrays(2, 4, 11, 13), arrays(6, per_group, 3, 2), arrays(6)
    result = check.conv2d(x, weight, bias, **options)
    assert result.agrees
    assert result.engine.shape == result.torch.shape
    assert result.engine.dtype == result.torch.dtype == x.dtype
    gradients = check.conv2d_backward(result.engine, x, weight, **options)
    assert [one.name for one in gradients] == ["dx", "dweight", "dbias"]
    assert [one.engine.shape for one in gradients] == [x.shape, weight.shape, bias.shape]
    assert all(one.agrees for one in gradients)


def test_conv3d_agrees(arrays):
    x, weight = arrays(1, 2, 5, 7, 11), arrays(3, 2, 2, 3, 3)
    assert check.conv3d(x, weight, stride=(1, 2, 1), padding=(0, 1, 2)).agrees


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0), "dilation": (2, 1)}],
)
@pytest.mark.parametrize("groups", [1, 2])
def test_conv_transpose2d_agrees(arrays, options, groups):
    x, weight, bias = arrays(2, 4, 5, 7), arrays(4, 3, 3, 2), arrays(3 * groups)
    result = check.conv_transpose2d(x, weight, bias, groups=groups, **options)
    assert result.agrees
    assert result.engine.shape == result.torch.shape
    assert result.engine.dtype == result.torch.dtype == x.dtype
    assert check.conv_transpose2d(x, weight, groups=groups).agrees


@pytest.mark.parametrize("mode", ["zeros", "constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [0, 1, (2, 1), (0, 1, 2, 3)])
def test_padded_conv2d_agrees(arrays, mode, padding):
    x, weight = arrays(2, 3, 5, 7), arrays(4, 3, 3, 2)
    value = -100.0 if mode == "constant" else 0.0
    result = check.padded_conv2d(x, weight, padding, mode, value, stride=(2, 1), dilation=(1, 2))
    assert result.agrees
    assert result.engine.shape == result.torch.shape


MAX_POOLS = [
    {"kernel_size": 2},
    {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0), "dilation": (1, 3)},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
]
AVERAGE_POOLS = [
    {"kernel_size": 2},
    {"kernel_size": (3, 2), "stride": (1, 3), "padding": (1, 0), "count_include_pad": False},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
]


@pytest.mark.parametrize("options", MAX_POOLS)
def test_max_pool2d_agrees_to_the_last_bit(arrays, options):
    x = np.maximum(arrays(2, 3, 8, 10), 0)  # half are 0: many ties
    result = check.max_pool2d(x, **options)
    assert result.agrees
    assert (result.largest_absolute, result.tolerance) == (0, 0)
    assert result.engine.shape == result.torch.shape
    gradient = check.max_pool2d_backward(arrays(*result.engine.shape), x, **options)
    assert gradient.agrees
    assert (gradient.name, gradient.engine.shape) == ("dx", x.shape)


@pytest.mark.parametrize("options", AVERAGE_POOLS)
def test_avg_pool2d_agrees(arrays, options):
    x = arrays(2, 3, 8, 10)
    result = check.avg_pool2d(x, **options)
    assert result.agrees
    assert result.engine.shape == result.torch.shape
    gradient = check.avg_pool2d_backward(arrays(*result.engine.shape), x, **options)
    assert gradient.agrees
    assert (gradient.name, gradient.engine.shape) == ("dx", x.shape)


def test_minus_infinity_agrees_with_itself():
    x = np.full((1, 1, 2, 4), -np.inf)
    x[..., 0] = 1.0
    result = check.max_pool2d(x, 2)
    assert result.agrees
    assert result.torch.tolist() == [[[[1.0, -np.inf]]]]


def test_whole_numbers_differ_by_nothing():
    x, weight = np.arange(35.0).reshape(1, 1, 5, 7), np.ones((1, 1, 3, 3))
    result = check.conv2d(x, weight)
    assert (result.largest_absolute, result.largest_relative) == (0.0, 0.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_wrong_engine_is_found_out(monkeypatch, dtype):
    """One weight that is read one column off, and one bias that is forgotten."""
    rng = np.random.default_rng(1)
    x, weight = (rng.standard_normal(s).astype(dtype) for s in ((1, 3, 5, 7), (2, 3, 3, 3)))
    bias = np.array([0, 1e-3], dtype)
    real = engine.conv2d
    monkeypatch.setattr(engine, "conv2d", lambda x, w, _, **s: real(x, w, **s))
    forgotten = check.conv2d(x, weight, bias)
    assert not forgotten.agrees
    assert forgotten.largest_absolute == pytest.approx(1e-3, rel=1e-2)
    monkeypatch.setattr(engine, "conv2d", lambda x, *wb, **_: real(np.roll(x, 1, 3), *wb))
    assert not check.conv2d(x, weight, bias).agrees


def wrong(monkeypatch, name, replacement):
    """Put ``replacement(the real one, *arguments)`` in the place of an operation of the engine."""
    monkeypatch.setattr(engine, name, partial(replacement, getattr(engine, name)))


def test_a_wrong_maximum_is_found_out(monkeypatch):
    """Zeros around it that win where all is negative."""
    x = -np.arange(1.0, 36.0).reshape(1, 1, 5, 7)
    options = {"kernel_size": 3, "stride": 2}
    wrong(
        monkeypatch,
        "max_pool2d",
        lambda real, x, padding, **s: real(engine.pad2d(x, padding), **s),
    )
    assert not check.max_pool2d(x, **options, padding=1).agrees
    assert check.max_pool2d(x, **options, padding=0).agrees


def test_a_gradient_for_the_last_of_equals_is_found_out(monkeypatch):
    wrong(
        monkeypatch,
        "max_pool2d_backward",
        lambda real, dy, indices, size: real(dy, indices + 1, size),
    )
    assert not check.max_pool2d_backward(np.ones((1, 1, 2, 3)), np.zeros((1, 1, 4, 6)), 2).agrees


@pytest.mark.parametrize("backward", [False, True])
def test_a_wrong_divisor_is_found_out(monkeypatch, backward):
    """Padding that does not count where it should."""
    name = "avg_pool2d_backward" if backward else "avg_pool2d"
    wrong(monkeypatch, name, lambda real, *a, **s: real(*a, **{**s, "count_include_pad": False}))
    x = np.ones((1, 1, 4, 6))
    for padding in (0, 1):
        options = {"kernel_size": 3, "stride": 2, "padding": padding, "ceil_mode": True}
        dy = np.ones((1, 1, *engine.avg_pool_counts((4, 6), **options).shape))
        result = (
            check.avg_pool2d_backward(dy, x, **options)
            if backward
            else check.avg_pool2d(x, **options)
        )
        assert result.agrees == (padding == 0)


def test_a_wrong_border_is_found_out(monkeypatch):
    wrong(monkeypatch, "pad2d", lambda real, x, padding, *_: real(x, padding, "replicate"))
    x, weight = np.arange(1.0, 36.0).reshape(1, 1, 5, 7), np.ones((1, 1, 3, 3))
    assert not check.padded_conv2d(x, weight, 1).agrees
    assert check.padded_conv2d(x, weight, 1, "replicate").agrees


def test_a_wrong_transposed_convolution_is_found_out(monkeypatch):
    wrong(monkeypatch, "conv_transpose2d", lambda real, x, *a, **s: real(x[:, :, ::-1], *a, **s))
    x, weight = np.arange(1.0, 36.0).reshape(1, 1, 5, 7), np.ones((1, 1, 3, 3))
    assert not check.conv_transpose2d(x, weight).agrees


def test_the_largest_difference_is_that_of_the_worst_cell():
    ours, theirs = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.5, 5.0])
    result = check.compare("y", ours, theirs, magnitude=np.abs(ours), terms=1)
    assert (result.largest_absolute, result.largest_relative) == (1.0, 0.2)
    assert not result.agrees


def test_what_is_not_a_number_never_agrees():
    nan = np.array([1.0, np.nan])
    assert not check.compare("y", nan, nan, magnitude=np.ones(2), terms=1).agrees


def test_arrays_may_be_flipped_views_and_read_only():
    x = np.arange(15.0).reshape(1, 1, 3, 5)[..., ::-1]
    x.setflags(write=False)
    assert check.conv2d(x, np.ones((1, 1, 2, 2))[:, :, ::-1]).agrees


def test_zeros_agree_with_zeros():
    assert check.conv2d(np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 2, 2))).agrees


def test_impossible_settings_are_the_engines_sentence():
    with pytest.raises(InvalidInput, match="is larger than the input of 2×2"):
        check.conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)))


@pytest.mark.parametrize("slug", ["fast", "tanhnet", "lenet5", "resnet", "dense"])
def test_whole_networks_agree_backward_too(slug):
    network = NETWORKS[slug]
    checks = check.network_gradients(network, initial_weights(network, 1), *digits())
    learned = [name for name in weight_shapes(network) if "running" not in name]
    assert [one.name for one in checks] == ["logits", *learned]
    assert all(one.agrees for one in checks)
    assert all(one.engine.shape == one.torch.shape for one in checks)


def test_a_whole_network_can_disagree(monkeypatch):
    wrong = "cnnlab.engine.backprop.max_pool2d_backward"
    right = engine.max_pool2d_backward
    monkeypatch.setattr(wrong, lambda *arguments: 1.001 * right(*arguments))
    checks = check.network_gradients(FAST, initial_weights(FAST, 1), *digits())
    assert {one.name for one in checks if not one.agrees} >= {"0.weight", "2.weight"}
    assert checks[-1].agrees  # the last layer lies behind every pooling


def digits():
    test = mnist.load("test")
    return standardised(test.images[:8]), test.labels[:8]
