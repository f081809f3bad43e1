"""The engine's answer beside PyTorch's, for given settings. PyTorch is imported when called."""

from cnnlab.check.architecture import shapes_and_parameters
from cnnlab.check.block import block_gradients, block_maps
from cnnlab.check.comparison import Check, compare
from cnnlab.check.conv import (
    conv2d,
    conv2d_backward,
    conv3d,
    conv_transpose2d,
    padded_conv2d,
)
from cnnlab.check.field import field_paths
from cnnlab.check.flow import gradient_flow
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
    "block_gradients",
    "block_maps",
    "compare",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv_transpose2d",
    "field_paths",
    "gradient_flow",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool2d_indices",
    "network_gradients",
    "padded_conv2d",
    "shapes_and_parameters",
]
