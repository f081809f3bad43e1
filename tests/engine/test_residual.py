"""A residual block beside PyTorch, map by map, and what is true of every one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812 (its usual name)

from cnnlab.engine.gradient import numerical_gradient
from cnnlab.engine.residual import Block, backward, body, run
from cnnlab.message import InvalidInput

KINDS = [
    (norm, pre, wide, skip)
    for norm in (False, True)
    for pre in (False, True)
    for wide in (False, True)
    for skip in (True, False)
]


def made(norm, preactivated, wide, skip, seed=0, dtype=np.float64):
    """A block of two channels in (or twice as many out, at stride 2) and an input of 2×5×7."""
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.normal(size=shape).astype(dtype)  # noqa: E731
    channels, filters = 2, 4 if wide else 2
    norms = tuple((draw(c) + 1, draw(c)) for c in (channels if preactivated else filters, filters))
    block = Block(
        (draw(filters, channels, 3, 3), draw(filters, filters, 3, 3)),
        (draw(filters), draw(filters)),
        norms if norm else None,
        draw(filters, channels, 1, 1) if wide else None,
        2 if wide else 1,
        preactivated,
        skip,
    )
    return block, draw(channels, 5, 7)


def theirs(block: Block, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The same block, written out once more in PyTorch."""
    t = torch.tensor
    maps = {"x": x}

    def conv(source, n):
        weight, bias = t(block.weights[n]), t(block.biases[n])
        stride = block.stride if n == 0 else 1
        maps[f"conv{n + 1}"] = F.conv2d(maps[source][None], weight, bias, stride, 1)[0]
        return f"conv{n + 1}"

    def norm(source, n):
        if block.norms is None:
            return source
        gamma, beta = map(t, block.norms[n])
        maps[f"norm{n + 1}"] = F.batch_norm(
            maps[source][None], None, None, gamma, beta, training=True
        )[0]
        return f"norm{n + 1}"

    def rectified(source, n):
        maps[f"relu{n + 1}"] = F.relu(maps[source])
        return f"relu{n + 1}"

    if block.preactivated:
        last = conv(rectified(norm("x", 0), 0), 0)
        last = conv(rectified(norm(last, 1), 1), 1)
    else:
        last = norm(conv(rectified(norm(conv("x", 0), 0), 0), 1), 1)
    if block.skip:
        project = block.projection
        maps["shortcut"] = x
        if project is not None:
            maps["shortcut"] = F.conv2d(x[None], t(project), stride=block.stride)[0]
        maps["sum"] = maps[last] + maps["shortcut"]
        last = "sum"
    maps["y"] = maps[last] if block.preactivated else F.relu(maps[last])
    return maps


@pytest.mark.parametrize("kind", KINDS)
def test_every_map_and_gradient_is_pytorchs(kind) -> None:
    block, x = made(*kind)
    leaf = torch.tensor(x, requires_grad=True)
    expected, ours = theirs(block, leaf), run(block, x)
    assert set(ours.maps) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(ours.maps[name], values.detach(), atol=1e-12, err_msg=name)
    dy = np.random.default_rng(1).normal(size=ours.y.shape)
    for values in expected.values():
        values.retain_grad()
    (expected["y"] * torch.tensor(dy)).sum().backward()
    grads = backward(block, ours, dy)
    names = set(expected) - ({"shortcut"} if block.projection is None else set())
    for name in names:  # of a shortcut that is x itself, PyTorch knows only one gradient
        np.testing.assert_allclose(grads[name], expected[name].grad, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_gradients_are_the_measured_slopes(kind) -> None:
    block, x = made(*kind, seed=3)
    dy = np.random.default_rng(2).normal(size=run(block, x).y.shape)
    grads = backward(block, run(block, x), dy)

    def loss(**changed) -> float:
        return float((run(replace(block, **changed), x).y * dy).sum())

    w1, w2 = block.weights
    b1, b2 = block.biases
    slopes = {
        "weight1": numerical_gradient(lambda w: loss(weights=(w, w2)), w1),
        "weight2": numerical_gradient(lambda w: loss(weights=(w1, w)), w2),
        "bias1": numerical_gradient(lambda b: loss(biases=(b, b2)), b1),
        "bias2": numerical_gradient(lambda b: loss(biases=(b1, b)), b2),
    }
    if block.norms is not None:
        first, (gamma, beta) = block.norms
        slopes["gamma2"] = numerical_gradient(lambda g: loss(norms=(first, (g, beta))), gamma)
        slopes["beta2"] = numerical_gradient(lambda b: loss(norms=(first, (gamma, b))), beta)
    if block.projection is not None and block.skip:
        slopes["projection"] = numerical_gradient(lambda w: loss(projection=w), block.projection)
    for name, slope in slopes.items():
        np.testing.assert_allclose(grads[name], slope, rtol=2e-5, atol=2e-6, err_msg=name)


@settings(deadline=None, max_examples=20)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 999))
def test_the_gradient_at_the_sum_is_copied_to_both_lanes(kind, seed) -> None:
    block, x = made(*kind, seed=seed)
    ours = run(block, x)
    grads = backward(block, ours, np.ones_like(ours.y))
    last = body(block)[-1].target
    if not block.skip:
        assert "shortcut" not in grads
        np.testing.assert_array_equal(grads["x"], grads["x by the body"])
        return
    np.testing.assert_array_equal(grads["shortcut"], grads["sum"])
    np.testing.assert_array_equal(grads[last], grads["sum"])
    both = grads["x by the body"] + grads["x by the shortcut"]
    np.testing.assert_array_equal(grads["x"], both)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999), norm=st.booleans(), preactivated=st.booleans())
def test_a_body_of_zeros_hands_on_what_the_last_relu_lets_through(seed, norm, preactivated) -> None:
    block, x = made(norm, preactivated, wide=False, skip=True, seed=seed)
    nothing = replace(block, weights=(block.weights[0], 0 * block.weights[1]))
    nothing = replace(nothing, biases=(block.biases[0], 0 * block.biases[1]))
    if norm and not preactivated:
        assert block.norms is not None
        nothing = replace(block, norms=(block.norms[0], tuple(0 * one for one in block.norms[1])))
    y = run(nothing, x).y
    np.testing.assert_array_equal(y, x if preactivated else np.maximum(x, 0))


def test_a_block_by_hand() -> None:
    """One number a map: 2·0.5 + 1 = 2; ReLU 2; 2·(−1) + 1.5 = −0.5; + 2 = 1.5."""
    kernels = np.zeros((2, 1, 1, 3, 3))
    kernels[:, 0, 0, 1, 1] = 0.5, -1
    block = Block((kernels[0], kernels[1]), (np.array([1.0]), np.array([1.5])))
    found = {
        name: values.item() for name, values in run(block, np.full((1, 1, 1), 2.0)).maps.items()
    }
    assert found == {
        "x": 2, "conv1": 2, "relu1": 2, "conv2": -0.5, "shortcut": 2, "sum": 1.5, "y": 1.5,
    }  # fmt: skip


def test_a_projection_with_stride_2_reads_one_position_in_four() -> None:
    block, x = made(norm=False, preactivated=False, wide=True, skip=True)
    unread = x.copy()
    unread[:, 1::2], unread[:, :, 1::2] = 9, 9
    np.testing.assert_array_equal(
        run(block, x).maps["shortcut"], run(block, unread).maps["shortcut"]
    )
    assert run(block, x).maps["shortcut"].shape == (4, 3, 4)


def test_shapes_that_do_not_add_are_refused_in_a_sentence() -> None:
    block, x = made(norm=False, preactivated=False, wide=True, skip=True)
    with pytest.raises(InvalidInput, match="the body makes 4×3×4, the shortcut 2×5×7"):
        run(replace(block, projection=None), x)
    assert run(replace(block, projection=None, skip=False), x).y.shape == (4, 3, 4)
