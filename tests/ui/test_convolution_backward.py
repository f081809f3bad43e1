"""The backward view in any setting: loss, gradients, nudging and one step, against PyTorch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnlab.engine import WORKED_EXAMPLES
from cnnlab.scenes.replay import finished
from cnnlab.ui.convolution import backward
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.gradients import gradient_of

PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
KINDS = ("one", "two", "many")
EXAMPLE = Setting(
    name="one_channel",
    x=WORKED_EXAMPLES[0].x[0],
    weight=WORKED_EXAMPLES[0].weight,
    bias=None,
    stride=(1, 1),
    padding=(0, 0),
    dilation=(1, 1),
    groups=1,
    flipped=False,
)


def sampled(test):
    """Forty settings, each with one of the three dY."""
    drawn = given(data=st.data(), kind=st.sampled_from(KINDS))
    return settings(deadline=None, max_examples=40)(drawn(test))


def torch_gradients(shown: Setting, dy: np.ndarray):
    """L = Σ dY·Y and its gradients by x, weight and bias (None without one), all in float64."""
    leaves = [
        None if array is None else torch.tensor(array, dtype=torch.float64, requires_grad=True)
        for array in (shown.x[None], shown.weight, shown.bias)
    ]
    loss = (functional.conv2d(*leaves, **shown.options)[0] * torch.tensor(dy)).sum()
    loss.backward()
    return loss.item(), *(None if leaf is None else leaf.grad.numpy() for leaf in leaves)


def asked(staged, choose, *arguments):
    """What one of the view's own controls answers when nobody has touched it."""
    answers = []
    staged(backward, lambda: answers.append(choose(*arguments)))
    return answers[0]


# ---- the loss and its gradients


@sampled
def test_the_loss_is_the_sum_of_dy_times_y(layers, data, kind) -> None:
    shown = data.draw(layers())
    dy = gradient_of(shown.y, kind)
    loss, *_ = torch_gradients(shown, dy)
    assert backward.loss(shown, shown.weight, dy) == pytest.approx(loss, abs=1e-9)


@sampled
def test_the_gradients_on_the_stage_are_pytorchs_channel_by_channel(
    layers, staged, data, kind
) -> None:
    shown = data.draw(layers())
    dy = gradient_of(shown.y, kind)
    _, dx, dweight, dbias = torch_gradients(shown, dy)
    depth, filters = shown.weight.shape[1], len(shown.weight) // shown.groups
    for channel in range(len(shown.x)):
        group, plane = divmod(channel, depth)
        reading = range(group * filters, (group + 1) * filters)
        alone = backward.one_channel(shown, dy, channel)
        scatter, _ = staged(backward, backward._scatter, *alone)
        gather, _ = staged(backward, backward._gather, *alone)
        replayed = finished(scatter)
        np.testing.assert_allclose(replayed["dx"], dx[0, channel : channel + 1])
        np.testing.assert_allclose(finished(gather)["dx"], dx[0, channel : channel + 1])
        np.testing.assert_allclose(replayed["dw"], dweight[reading, plane : plane + 1])
        assert ("db" in replayed) == (dbias is not None)
        if dbias is not None:
            np.testing.assert_allclose(replayed["db"].ravel(), dbias[reading])


def test_the_stage_opens_where_the_first_gradient_is_handed_on(staged) -> None:
    dy = gradient_of(EXAMPLE.y, "one")
    scene, _ = staged(backward, backward._scatter, EXAMPLE, dy)
    assert scene.start == 4  # the middle of 3×3
    scene, _ = staged(backward, backward._scatter, EXAMPLE, dy * 0)
    assert scene.start == 0


# ---- the dY that comes in


@settings(deadline=None)
@given(data=st.data())
def test_dy_is_one_1_then_two_then_many_numbers(layers, data) -> None:
    shown = data.draw(layers())
    one, two, many = (gradient_of(shown.y, kind) for kind in KINDS)
    _, rows, columns = shown.y.shape
    assert one.shape == two.shape == many.shape == shown.y.shape
    assert one[0, rows // 2, columns // 2] == one.sum() == 1
    assert set(np.unique(two)) <= {0, 1}
    assert two.sum() == min(2, rows * columns)
    assert (two >= one).all()
    assert set(np.unique(many)) <= {-2, -1, 0, 1, 2}
    np.testing.assert_array_equal(many, gradient_of(shown.y, "many"))


def test_two_1s_are_neighbours_whose_stamps_overlap() -> None:
    found = np.argwhere(gradient_of(EXAMPLE.y, "two"))
    assert found.tolist() == [[0, 1, 1], [0, 1, 2]]


# ---- nudging


@sampled
def test_nudging_agrees_with_back_propagation(layers, staged, data, kind) -> None:
    shown = data.draw(layers())
    dy = gradient_of(shown.y, kind)
    _, _, dweight, _ = torch_gradients(shown, dy)
    at, names = asked(staged, backward._choose_weight, shown, dy)
    assert np.abs(dweight[at]) == np.abs(dweight).max(), "the steepest comes first"
    assert names == list(np.ndindex(dweight.shape))
    _, said = staged(backward, backward._nudge, shown, dy, at, names)
    assert said["gradient"] == backward.number(dweight[at])
    assert said["count"] == dweight.size
    above, below = (float(said[name].replace("−", "-")) for name in ("above", "below"))
    digits, _, power = said["worst"].partition("·10")
    worst = float(f"{digits}e{power.translate(PLAIN) or 0}")
    assert (above - below) / 0.002 == pytest.approx(dweight[at], abs=1e-2)
    assert worst < 1e-6 * max(1, np.abs(dweight).max(), abs(above))


def test_of_many_weights_the_first_are_nudged(staged) -> None:
    x, weight = np.ones((3, 5, 5), np.float32), np.ones((4, 3, 5, 5), np.float32)
    shown = replace(EXAMPLE, x=x, weight=weight)
    _, names = asked(staged, backward._choose_weight, shown, gradient_of(shown.y, "one"))
    assert len(names) == backward._NUDGES < shown.weight.size


# ---- one step of learning


@settings(deadline=None, max_examples=40)
@given(data=st.data(), kind=st.sampled_from(KINDS), power=st.integers(-6, 0))
def test_a_step_lowers_the_loss_by_eta_times_the_square(layers, staged, data, kind, power) -> None:
    shown, rate = data.draw(layers()), 10.0**power
    dy = gradient_of(shown.y, kind)
    before, _, dweight, _ = torch_gradients(shown, dy)
    square = (dweight**2).sum()
    scene, said = staged(backward, backward._learn, shown, dy, rate)
    new = scene.grid("new").values
    np.testing.assert_allclose(new, shown.weight - rate * dweight, rtol=1e-5, atol=1e-5)
    after = backward.loss(shown, new, dy)
    assert before - after == pytest.approx(rate * square, rel=1e-4, abs=1e-2)
    expected = {"before": before, "after": after, "square": square}
    assert said == {name: backward.number(value) for name, value in expected.items()}


@sampled
def test_the_first_learning_rate_moves_no_weight_by_more_than_the_largest(
    layers, staged, data, kind
) -> None:
    shown = data.draw(layers())
    dy = gradient_of(shown.y, kind)
    rate = asked(staged, backward._choose_rate, shown, dy)
    assert rate in {10.0**power for power in range(-6, 1)}
    step = rate * np.abs(backward._weight_gradient(shown, dy)).max()
    largest = np.abs(shown.weight).max()
    if step and largest:
        assert step <= largest * 1.0001
        assert rate == 1 or step * 10 > largest * 0.9999, "ten times as much would be too much"
