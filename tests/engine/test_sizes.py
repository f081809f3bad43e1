"""Output sizes against PyTorch's convolution and pooling, and the cases that people get wrong."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine import output_size
from cnnlab.message import InvalidInput

small = st.integers(1, 13)


def of_torch(convolve):
    """The length that PyTorch makes, or None where it refuses."""
    try:
        return convolve().shape[-1]
    except RuntimeError:
        return None


def of_engine(*arguments, **options):
    try:
        return output_size(*arguments, **options)
    except InvalidInput:
        return None


@settings(deadline=None, max_examples=300)
@given(small, st.integers(1, 6), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_of_a_convolution(n, kernel, stride, padding, dilation):
    theirs = of_torch(
        lambda: F.conv1d(
            torch.ones(1, 1, n), torch.ones(1, 1, kernel), None, stride, padding, dilation
        )
    )
    assert of_engine(n, kernel, stride, padding, dilation) == theirs


@settings(deadline=None, max_examples=300)
@given(
    small, st.integers(1, 6), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.booleans()
)
def test_of_a_pool(n, kernel, stride, padding, dilation, ceil_mode):
    padding = min(padding, kernel // 2)  # a pool may not look at padding alone
    theirs = of_torch(
        lambda: F.max_pool1d(torch.ones(1, 1, n), kernel, stride, padding, dilation, ceil_mode)
    )
    assert of_engine(n, kernel, stride, padding, dilation, ceil_mode) == theirs


def test_padding_may_differ_before_and_after():
    """TensorFlow's "same" for 6 at stride 2 under a kernel of 3: nothing before, one after."""
    assert output_size(6, 3, stride=2, padding=(0, 1)) == 3
    assert output_size(224, 7, stride=2, padding=(2, 3)) == 112


@pytest.mark.parametrize(
    ("settings", "outputs"),
    [
        ((10, 3, 2), 4),  # does not divide: floored, the last cell is never read
        ((6, 3, 2), 2),
        ((8, 3, 2), 3),
        ((227, 11, 4), 55),  # AlexNet as drawn
        ((224, 11, 4), 54),  # AlexNet as written
        ((224, 11, 4, 2), 55),  # AlexNet in torchvision
        ((5, 3, 1, 0, 2), 1),  # a kernel of 3 at dilation 2 reaches over 5
    ],
)
def test_pencil(settings, outputs):
    assert output_size(*settings) == outputs


def test_below_one_it_refuses_rather_than_rounds_towards_zero():
    """int(−1 / 2) + 1 is 1, which a popular textbook's formula gives for 2 cells under 3."""
    with pytest.raises(InvalidInput, match="a kernel of 3 is larger than the input of 2 cells"):
        output_size(2, 3, stride=2)
