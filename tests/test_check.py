"""The check agrees where it should, and can say no."""

import numpy as np
import pytest

from cnnlab import check, engine
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
    with pytest.raises(InvalidInput, match="reaches over 3×3 cells"):
        check.conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)))
