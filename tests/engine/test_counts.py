"""Counts against the lesson's figures, and against counting real weights."""

import numpy as np
import pytest
import torch

from cnnlab.engine import (
    conv2d,
    conv_multiply_adds,
    conv_parameters,
    dense_parameters,
    layer_counts,
    local_parameters,
)


def test_the_figures_of_the_lesson():
    """26 / 14,976 / 452,160: 24·24 = 576 outputs, 26·576, and 784·576 + 576."""
    counts = layer_counts((1, 28, 28), filters=1, kernel_size=5)
    assert counts.output == (1, 24, 24)
    assert (counts.shared, counts.local, counts.dense) == (26, 14_976, 452_160)
    assert (counts.multiply_adds, counts.dense_multiply_adds) == (576 * 25, 784 * 576)


def test_three_channels_two_filters():
    """56, and what the wrong answers count: no bias 54, dense 1368."""
    assert conv_parameters(3, 2, (3, 3)) == 56
    assert conv_parameters(3, 2, (3, 3), bias=False) == 54
    assert layer_counts((3, 5, 5), 2, 3, stride=2, padding=1).dense == 75 * 18 + 18 == 1368


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
def test_parameters_are_those_of_pytorchs_modules(groups, bias):
    conv = torch.nn.Conv2d(6, 4, (3, 5), groups=groups, bias=bias)
    assert conv_parameters(6, 4, (3, 5), groups, bias) == sum(p.numel() for p in conv.parameters())
    dense = torch.nn.Linear(7, 11, bias=bias)
    assert dense_parameters(7, 11, bias) == sum(p.numel() for p in dense.parameters())


def test_multiply_adds_are_what_ones_add_up_to():
    """Ones under ones: every product is 1, so that the sum of all outputs counts them."""
    x, weight = np.ones((1, 4, 7, 11)), np.ones((6, 2, 3, 2))
    y = conv2d(x, weight, stride=(2, 1), dilation=(1, 2), groups=2)
    counts = layer_counts((4, 7, 11), 6, (3, 2), (2, 1), 0, (1, 2), groups=2)
    assert counts.output == y.shape[1:]
    assert counts.multiply_adds == y.sum() == conv_multiply_adds(4, 6, (3, 2), (3, 9), groups=2)


def test_a_local_layer_with_several_filters():
    assert local_parameters(3, 2, (3, 3), (4, 5)) == 2 * 4 * 5 * (27 + 1)


def test_the_size_of_the_image_does_not_matter_to_what_is_shared():
    small, large = layer_counts((3, 7, 7), 2, 3), layer_counts((3, 14, 14), 2, 3)
    assert small.shared == large.shared
    assert small.local < large.local


def test_a_clip_has_counts_too():
    counts = layer_counts((1, 3, 5, 5), filters=2, kernel_size=3)
    assert (counts.output, counts.shared) == ((2, 1, 3, 3), 2 * 28)
