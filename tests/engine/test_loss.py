"""softmax and cross_entropy against PyTorch, nudging and a pencil."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import cross_entropy, cross_entropy_backward, numerical_gradient, softmax
from cnnlab.message import InvalidInput

dtypes = st.sampled_from((np.float32, np.float64))
sizes = st.sampled_from((1, 2, 3, 7, 10))


@settings(deadline=None, max_examples=100)
@given(
    n=sizes,
    classes=sizes,
    scale=st.sampled_from((0.1, 1.0, 30.0, 1e4)),
    smoothing=st.sampled_from((0.0, 0.1, 1.0)),
    dtype=dtypes,
    seed=st.integers(0, 99),
)
def test_loss_and_gradient_are_pytorchs(n, classes, scale, smoothing, dtype, seed):
    rng = np.random.default_rng(seed)
    logits = (rng.standard_normal((n, classes)) * scale).astype(dtype)
    labels = rng.integers(0, classes, n)
    leaf = torch.tensor(logits).requires_grad_()
    expected = F.cross_entropy(leaf, torch.tensor(labels), label_smoothing=smoothing)
    (gradient,) = torch.autograd.grad(expected, leaf)
    loss = cross_entropy(logits, labels, smoothing)
    dlogits = cross_entropy_backward(logits, labels, smoothing)
    assert (loss.dtype, dlogits.dtype, dlogits.shape) == (dtype, dtype, logits.shape)
    close = {"rtol": 50 * np.finfo(dtype).eps, "atol": 50 * np.finfo(dtype).eps}
    np.testing.assert_allclose(loss, expected.item(), **close)
    np.testing.assert_allclose(dlogits, gradient.numpy(), **close)
    np.testing.assert_allclose(softmax(logits), F.softmax(leaf, 1).detach().numpy(), **close)


def test_a_guess_among_ten_costs_230_and_certainty_nothing():
    labels = np.array([0, 9])
    assert cross_entropy(np.zeros((2, 10)), labels).round(2) == 2.30
    sure = np.full((2, 10), -1e4)
    sure[[0, 1], labels] = 1e4
    assert cross_entropy(sure, labels) == 0
    assert cross_entropy(-sure, labels) == 2e4 + np.log(9)  # sure of all others alike


def test_the_same_number_on_all_scores_changes_no_probability():
    logits = np.random.default_rng(0).standard_normal((3, 10))
    np.testing.assert_allclose(softmax(logits + 5), softmax(logits), rtol=1e-13)
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1, rtol=1e-15)


def test_the_gradient_agrees_with_nudging():
    rng = np.random.default_rng(1)
    logits, labels = rng.standard_normal((4, 5)), rng.integers(0, 5, 4)
    for smoothing in (0.0, 0.2):
        nudged = numerical_gradient(lambda z, s=smoothing: cross_entropy(z, labels, s), logits)
        ours = cross_entropy_backward(logits, labels, smoothing)
        np.testing.assert_allclose(ours, nudged, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([0, 1, 2]), "one for each of the 2 rows of logits"),
        (np.array([0, 3]), "from 0 to 2, but there are some from 0 to 3"),
        (np.array([-1, 0]), "from -1 to 0"),
        (np.array([0.0, 1.0]), "whole numbers"),
        ([0, 1], "NumPy array"),
    ],
)
def test_labels_that_are_none_are_refused(labels, words):
    with pytest.raises(InvalidInput, match=words):
        cross_entropy(np.zeros((2, 3)), labels)


def test_smoothing_is_a_share():
    with pytest.raises(InvalidInput, match=r"from 0 to 1, but is 1\.5"):
        cross_entropy_backward(np.zeros((2, 3)), np.array([0, 1]), 1.5)
