"""The engine's answer beside PyTorch's, for given settings. PyTorch is imported when called."""

from cnnlab.check.comparison import Check, compare
from cnnlab.check.conv import (
    conv2d,
    conv2d_backward,
    conv3d,
    conv_transpose2d,
    padded_conv2d,
)
from cnnlab.check.network import network_gradients
from cnnlab.check.pool import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool2d_indices,
)

__all__ = [
    "Check",
    "avg_pool2d",
    "avg_pool2d_backward",
    "compare",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv_transpose2d",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool2d_indices",
    "network_gradients",
    "padded_conv2d",
]
