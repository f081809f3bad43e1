"""The weights that a network starts from, drawn from a seed."""

from math import prod, sqrt
from typing import Any, Literal, get_args
from zlib import crc32

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.engine.forward import weight_shapes
from cnnlab.message import InvalidInput

Start = Literal["uniform", "small", "he"]
SMALL = 0.01  # the standard deviation of "small"


def initial_weights(
    network: Architecture,
    seed: int,
    start: Start = "uniform",
    dtype: DTypeLike = np.float32,
) -> dict[str, Array]:
    """All arrays of a network before training, by the names of `weight_shapes`.

    "uniform" draws weights and biases of convolutions and dense layers from U(−1/√fan_in,
    1/√fan_in), fan_in being the inputs of one output: what PyTorch starts from. "small" draws
    weights from 0.01·N(0, 1), "he" from N(0, 2/fan_in), which keeps numbers as large as they are
    from one layer with ReLU to the next; both set biases to 0. Batch norm starts as what changes
    nothing: weight 1, bias 0, running mean 0 and variance 1.

    Every array has a generator of its own, made from the seed and its name: the same seed gives
    the first layer the same weights whatever comes after it. The numbers are drawn in float64 and
    rounded to ``dtype``.
    Sources: LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998), section 4.6, for a spread
    that falls as 1/√fan_in; He, Zhang, Ren & Sun, "Delving Deep into Rectifiers" (2015), section
    2.2, for the factor 2.

    >>> from cnnlab.engine.networks import DENSE
    >>> weights = initial_weights(DENSE, seed=0)
    >>> bool(abs(weights["1.weight"]).max() < 1 / 28), weights["3.bias"].dtype
    (True, dtype('float32'))
    """
    if start not in get_args(Start):
        raise InvalidInput("there is no start {start}: it is uniform, small or he", start=start)
    shapes = weight_shapes(network)
    weights: dict[str, Array] = {}
    for name, shape in shapes.items():
        layer, _, kind = name.rpartition(".")
        if f"{layer}.running_var" in shapes:  # batch norm
            values = np.full(shape, 0.0 if kind in ("bias", "running_mean") else 1.0)
        else:
            fan_in = prod(shapes[f"{layer}.weight"][1:])
            values = _drawn(shape, kind, fan_in, start, np.random.default_rng(_seed(seed, name)))
        weights[name] = values.astype(dtype)
    return weights


def _drawn(
    shape: tuple[int, ...], kind: str, fan_in: int, start: str, rng: np.random.Generator
) -> NDArray[Any]:
    if start == "uniform":
        edge = 1 / sqrt(fan_in)
        return rng.uniform(-edge, edge, shape)
    spread = SMALL if start == "small" else sqrt(2 / fan_in)
    return spread * rng.standard_normal(shape) if kind == "weight" else np.zeros(shape)


def _seed(seed: int, name: str) -> list[int]:
    return [seed, crc32(name.encode())]
