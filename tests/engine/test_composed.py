"""Convolutions one after another against PyTorch and SciPy, and against the one they come to."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d
from torch.nn import functional

from cnnlab.engine import conv2d
from cnnlab.engine.composed import apart, chained, composed


def in_turn(x: np.ndarray, kernels: np.ndarray, *, padding: int, rectified: bool) -> np.ndarray:
    y = torch.tensor(x)[None, None]
    for place, kernel in enumerate(kernels):
        if place and rectified:
            y = functional.relu(y)
        y = functional.conv2d(y, torch.tensor(kernel)[None, None], padding=padding)
    return y[0, 0].numpy()


@given(st.integers(1, 4), st.sampled_from([1, 3, 5]), st.booleans(), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_a_chain_is_pytorchs(count: int, k: int, rectified: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, kernels = rng.standard_normal((9, 7)), rng.standard_normal((count, k, k))
    expected = in_turn(x, kernels, padding=k // 2, rectified=rectified)
    np.testing.assert_allclose(chained(x, kernels, rectified=rectified), expected, atol=1e-9)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_the_one_kernel_does_what_all_do(count: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, kernels = rng.standard_normal((16, 15)), rng.standard_normal((count, k, k))
    one = composed(kernels)
    assert one.shape == (count * (k - 1) + 1,) * 2
    made = conv2d(x[None, None], one[None, None])[0, 0]
    expected = in_turn(x, kernels, padding=0, rectified=False)
    np.testing.assert_allclose(made, expected, atol=1e-9)


def test_the_one_kernel_is_the_full_convolution() -> None:
    one, other = np.random.default_rng(0).standard_normal((2, 3, 3))
    np.testing.assert_allclose(composed(np.stack([one, other])), convolve2d(one, other))


@pytest.mark.parametrize("count", [2, 3])
def test_padded_maps_differ_at_the_border_alone(count: int) -> None:
    rng = np.random.default_rng(1)
    x, kernels = rng.standard_normal((20, 20)), rng.standard_normal((count, 3, 3))
    large = conv2d(x[None, None], composed(kernels)[None, None], padding=count)[0, 0]
    off = abs(chained(x, kernels) - large) > 1e-9
    inner = off[count - 1 : 1 - count, count - 1 : 1 - count]
    assert off.any()
    assert not inner.any(), "the outermost rows and columns alone see padding between the layers"


@given(st.integers(1, 3), st.sampled_from([1, 3, 5]), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_how_far_apart_both_are(count: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, kernels = rng.standard_normal((16, 14)), rng.standard_normal((count, k, k))
    made = apart(x, kernels)
    reach = count * (k // 2)
    one = torch.tensor(composed(kernels))[None, None]
    large = functional.conv2d(torch.tensor(x)[None, None], one, padding=reach)[0, 0].numpy()
    chain = in_turn(x, kernels, padding=k // 2, rectified=False)
    bent = in_turn(x, kernels, padding=k // 2, rectified=True)
    np.testing.assert_allclose(made.chain, chain, atol=1e-9)
    np.testing.assert_allclose(made.one, large, atol=1e-9)
    np.testing.assert_allclose(made.rectified, bent, atol=1e-9)
    inner = np.pad(np.ones((16 - 2 * reach, 14 - 2 * reach), bool), reach)
    assert made.interior == abs(made.chain - made.one)[inner].max() < 1e-9
    assert made.border == abs(made.chain - made.one)[~inner].max(initial=0)
    assert made.bent == abs(made.rectified - made.one)[inner].max()


def test_without_an_interior_nothing_differs_there() -> None:
    made = apart(np.ones((3, 3)), np.ones((2, 3, 3)))
    assert (made.interior, made.bent) == (0, 0)
    assert made.border > 0
