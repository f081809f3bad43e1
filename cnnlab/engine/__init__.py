"""The arithmetic of convolutional networks in NumPy, each operation beside its derivative.

Names, arguments and shapes are those of torch.nn.functional: images are (N, C, H, W).
"""

from cnnlab.engine.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from cnnlab.engine.average import avg_pool2d, avg_pool2d_backward, avg_pool_counts
from cnnlab.engine.batch_norm import BatchStatistics, batch_norm, batch_norm_backward
from cnnlab.engine.checks import Array, Size
from cnnlab.engine.conv import conv2d, conv2d_backward, conv3d, flip
from cnnlab.engine.counts import (
    LayerCounts,
    conv_multiply_adds,
    conv_parameters,
    dense_parameters,
    layer_counts,
    local_parameters,
)
from cnnlab.engine.dense import linear, linear_backward, relu, relu_backward
from cnnlab.engine.gradient import numerical_gradient
from cnnlab.engine.kernels import KERNEL_NAMES, KernelName, kernel
from cnnlab.engine.loss import cross_entropy, cross_entropy_backward, softmax
from cnnlab.engine.pad import PadMode, pad2d
from cnnlab.engine.pool import max_pool2d, max_pool2d_backward
from cnnlab.engine.reads import read_counts
from cnnlab.engine.same import SAME_RULES, SameRule, same_padding
from cnnlab.engine.sizes import layer_sizes, output_size
from cnnlab.engine.transpose import conv_transpose2d, conv_transpose2d_backward
from cnnlab.engine.windows import fold, unfold
from cnnlab.engine.worked import WORKED_EXAMPLES, WorkedExample

__all__ = [
    "KERNEL_NAMES",
    "SAME_RULES",
    "WORKED_EXAMPLES",
    "Array",
    "BatchStatistics",
    "KernelName",
    "LayerCounts",
    "PadMode",
    "SameRule",
    "Size",
    "WorkedExample",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool_counts",
    "batch_norm",
    "batch_norm_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv_multiply_adds",
    "conv_parameters",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "dense_parameters",
    "flip",
    "fold",
    "kernel",
    "layer_counts",
    "layer_sizes",
    "linear",
    "linear_backward",
    "local_parameters",
    "max_pool2d",
    "max_pool2d_backward",
    "numerical_gradient",
    "output_size",
    "pad2d",
    "read_counts",
    "relu",
    "relu_backward",
    "same_padding",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "tanh",
    "tanh_backward",
    "unfold",
]
