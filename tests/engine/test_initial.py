"""The first weights: their spread, and what they depend on."""

import numpy as np
import pytest

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import Conv, Dense, Flatten
from cnnlab.engine.networks import BOOKNET, NETWORKS
from cnnlab.message import InvalidInput


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_names_shapes_and_dtype(name, dtype):
    weights = initial_weights(NETWORKS[name], 0, dtype=dtype)
    shapes = {n: array.shape for n, array in weights.items()}
    assert list(shapes.items()) == list(weight_shapes(NETWORKS[name]).items())
    assert {array.dtype for array in weights.values()} == {np.dtype(dtype)}


def test_uniform_fills_what_pytorch_fills():
    """The very bounds that torch.nn.Conv2d and Linear draw from, weights and biases alike."""
    torch = pytest.importorskip("torch")
    network = Architecture("wide", (4, 3, 3), (Conv(400, 3, groups=2), Flatten(), Dense(900)))
    weights = initial_weights(network, 3)
    modules = {"0": torch.nn.Conv2d(4, 400, 3, groups=2), "2": torch.nn.Linear(400, 900)}
    for name, module in modules.items():
        for kind, tensor in module.named_parameters():
            ours, theirs = weights[f"{name}.{kind}"], tensor.detach().numpy()
            assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=0.02)
            assert ours.std() == pytest.approx(theirs.std(), rel=0.15)
            assert abs(ours.mean()) < 4 * theirs.std() / np.sqrt(ours.size)


def test_small_is_a_hundredth_of_normal_with_no_biases():
    weights = initial_weights(BOOKNET, 0, "small")
    assert not weights["0.bias"].any()
    assert not weights["6.bias"].any()
    wide = weights["4.weight"]
    assert wide.std() == pytest.approx(0.01, rel=0.01)
    assert (abs(wide) > 0.02).mean() == pytest.approx(0.0455, abs=0.002)  # as a normal's beyond 2σ


def test_he_spreads_by_the_root_of_two_over_fan_in_as_pytorch_does():
    torch = pytest.importorskip("torch")
    network = Architecture("wide", (4, 3, 3), (Conv(400, 3, groups=2), Flatten(), Dense(900)))
    weights = initial_weights(network, 3, "he")
    assert not weights["0.bias"].any()
    assert not weights["2.bias"].any()
    for name in ("0.weight", "2.weight"):
        drawn = torch.empty(weights[name].shape)
        torch.nn.init.kaiming_normal_(drawn, nonlinearity="relu")
        assert weights[name].std() == pytest.approx(drawn.std().item(), rel=0.05)
        assert (abs(weights[name]) > 2 * weights[name].std()).mean() == pytest.approx(
            0.0455, abs=0.01
        )


@pytest.mark.parametrize("start", ["uniform", "small", "he"])
def test_batch_norm_starts_as_what_changes_nothing(start):
    weights = initial_weights(NETWORKS["resnet"], 0, start)
    for kind, value in {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}.items():
        for name in ("1", "5.shortcut.1", "7.body.4"):
            assert (weights[f"{name}.{kind}"] == value).all()


def test_seed_and_name_decide_and_nothing_else():
    ours = initial_weights(BOOKNET, 7)
    shorter = Architecture("", (1, 28, 28), (*BOOKNET.layers[:3], Flatten(), Dense(10)))
    for name in ("0.weight", "0.bias"):
        np.testing.assert_array_equal(initial_weights(shorter, 7)[name], ours[name])
        assert (initial_weights(BOOKNET, 8)[name] != ours[name]).all()
    exact = initial_weights(BOOKNET, 7, dtype=np.float64)
    for name, array in ours.items():
        np.testing.assert_array_equal(array, exact[name].astype(np.float32))
    fan_ins = {"4.bias": 30 * 12 * 12, "6.bias": 100}
    a, b = (ours[name][:10] * np.sqrt(n) for name, n in fan_ins.items())
    assert abs(a - b).min() > 1e-4  # no two arrays are drawn alike


def test_the_numbers_of_a_seed_stay_what_they_are():
    """A saved config promises its run: another draw would break every link that was shared."""
    np.testing.assert_array_equal(
        initial_weights(BOOKNET, 0, dtype=np.float64)["6.bias"][:2].round(6), GOLDEN
    )


GOLDEN = [-0.089466, 0.014743]


def test_another_start_is_refused():
    with pytest.raises(InvalidInput, match="no start large"):
        initial_weights(BOOKNET, 0, "large")
