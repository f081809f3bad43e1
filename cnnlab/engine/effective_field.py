"""Which cells of its receptive field a unit really listens to, measured by going backwards.

Source: Luo, Li, Urtasun & Zemel, "Understanding the Effective Receptive Field in Deep Convolutional
Neural Networks" (2016): the gradient of a unit with respect to the input, over many inputs.
"""

from collections.abc import Mapping
from math import prod
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.backprop import Tape, chain
from cnnlab.engine.checks import Array, per_axis, whole
from cnnlab.engine.forward import Path, check_weights
from cnnlab.engine.layers import Conv
from cnnlab.engine.measured import drawn, frozen, untrained
from cnnlab.engine.receptive_field import extent, fields
from cnnlab.engine.units import Pair, cut, unit_maps, within
from cnnlab.message import InvalidInput

Weights: TypeAlias = Literal["random", "uniform"] | Mapping[str, Array]
Measured: TypeAlias = NDArray[np.float64]
AT_ONCE = 2**27  # numbers that one image may leave on the way: half a gigabyte
IN_ALL = 2**31  # and all images together: some twenty seconds
Region: TypeAlias = tuple[Pair, Pair]  # first row and the one after the last, the same of columns


def effective_field(
    network: Architecture,
    path: Path,
    unit: Pair,
    inputs: int,
    seed: int,
    weights: Weights = "random",
    rectified: bool = False,
    channels: int = 8,
) -> Measured:
    """How strongly each cell of the input moves a unit, as shares (H, W) that add up to 1.

    Mean over ``inputs`` images of N(0, 1) numbers of |d unit / d cell|, added up over the input's
    channels. ``unit`` is a place of the layer at ``path``, before any ReLU that follows it; image i
    asks its channel i, and after the last the first again. A unit that no image moves is all 0.

    ``weights``: "random" draws them anew for every image, N(0, 2 / fan_in) (He et al. 2015);
    "uniform" is 1 / fan_in; in both every layer has at most ``channels`` filters, biases are 0, and
    batch norm does nothing, as before training. ``rectified``: with a ReLU after every convolution
    and every sum; else all that bends is taken out, but for max pooling. Arrays by name, see
    `weight_shapes`, are those of a trained network, taken as it is, with its running averages in
    batch norm. Dropout is left out.

    Raises InvalidInput where there is no such unit, for weights that are not the network's, and
    where it would take too long.

    >>> from cnnlab.engine.layers import Conv
    >>> two = Architecture("two", (1, 1, 7), (Conv(1, (1, 3)), Conv(1, (1, 3))))
    >>> effective_field(two, (1,), (0, 1), inputs=1, seed=0, weights="uniform").round(2)
    array([[0.  , 0.11, 0.22, 0.33, 0.22, 0.11, 0.  ]])
    """
    whole("inputs", inputs, 1)
    upper, places = cut(network, path)
    within(unit, unit_maps(upper)[(len(upper.layers) - 1,)].after)
    region, at = _region(upper, unit)
    bare, given = _ready(network, upper, list(places.values()), weights, rectified, channels)
    rows, columns = (slice(*ends) for ends in region)
    part = Architecture("", (bare.input[0], *(end - first for first, end in region)), bare.layers)
    _affordable(part, inputs)
    dtype = next(iter(given.values())).dtype if given else np.dtype(np.float32)
    moved = np.zeros(bare.input[1:])
    rng = np.random.default_rng(seed)
    for n in range(inputs):  # drawn whole, so that the part that is used does not change the draw
        image = rng.standard_normal((1, *bare.input), np.float32)[:, :, rows, columns]
        arrays = drawn(part, weights == "uniform", rng) if given is None else given
        moved[rows, columns] += _moved(part, arrays, image.astype(dtype), at, n)
    total = float(moved.sum())
    return moved / total if total else moved


def width(effective: Measured, share: float = 0.95) -> Pair:
    """How many rows and how many columns hold a share of an effective field, that is of |gradient|.

    Each axis by itself: of what the field adds up to along the other one, the fewest cells to both
    sides of the middle (the cell nearest to the centre of mass) that hold ``share`` of all; (0, 0)
    where all is 0. The rectangle of both holds a little less.

    >>> width(np.outer([0, 0, 1, 0, 0], [1.0, 2, 3, 2, 1]))
    (1, 5)
    >>> width(np.outer([0, 0, 1, 0, 0], [1.0, 2, 3, 2, 1]), share=0.7)
    (1, 3)
    """
    rows, columns = (_width(effective.sum(axis=axis), share) for axis in (1, 0))
    return rows, columns


def _width(marginal: Measured, share: float) -> int:
    total = float(marginal.sum())
    if not total:
        return 0
    middle = round(float(marginal @ np.arange(len(marginal))) / total)
    reach = 0
    while marginal[max(0, middle - reach) : middle + reach + 1].sum() < share * total * (1 - 1e-9):
        reach += 1
    return len(marginal[max(0, middle - reach) : middle + reach + 1])


def _ready(
    network: Architecture,
    upper: Architecture,
    paths: list[Path],
    weights: Weights,
    rectified: bool,
    channels: int,
) -> tuple[Architecture, dict[str, Array] | None]:
    """The network to go back through, and its arrays; None where they are drawn for each image."""
    if not isinstance(weights, str):
        check_weights(network, weights)
        layers, arrays = frozen(upper.layers, paths, weights)
        return Architecture(upper.name, upper.input, layers), arrays
    if weights not in ("random", "uniform"):
        raise InvalidInput(
            "there are no weights {weights}: they are random, uniform or a network's own",
            weights=weights,
        )
    return untrained(upper, rectified, whole("channels", channels, 1)), None


def _region(network: Architecture, unit: Pair) -> tuple[Region, Pair]:
    """The part of the image that a unit of the last layer needs, and where the unit is of that.

    A part that starts at a multiple of the jump has the same units, but for those that read at the
    new border, which the unit does not see. Where that cannot be had, all of the image.
    """
    size = network.input[1], network.input[2]
    everything = ((0, size[0]), (0, size[1])), unit
    row = fields(network)[-1]
    if row.seen is None or row.jump is None or max(map(len, row.seen)) > 1:
        return everything
    starts, ends = [], []
    for (first, last), jump, n in zip(extent(row, unit), row.jump, size, strict=True):
        starts.append(max(0, first) // jump * jump)
        ends.append(min(n, last + 1))
    part = ends[0] - starts[0], ends[1] - starts[1]
    try:
        trace(network, (network.input[0], *part))
    except InvalidInput:  # nothing of the image, or too little for a window of another unit
        return everything
    at = unit[0] - starts[0] // row.jump[0], unit[1] - starts[1] // row.jump[1]
    return ((starts[0], ends[0]), (starts[1], ends[1])), at


def _affordable(network: Architecture, inputs: int) -> None:
    """Refuse what would fill the memory, or the time of a lesson."""
    numbers = 0
    for row in trace(network):
        taps = prod(per_axis("", row.layer.kernel_size, 1)) if isinstance(row.layer, Conv) else 1
        numbers += row.input[0] * taps * prod(row.output[1:]) + prod(row.output)
    if numbers > AT_ONCE or numbers * inputs > IN_ALL:
        raise InvalidInput(
            "that would take too long to measure: try fewer random inputs, a smaller input or an "
            "earlier layer"
        )


def _moved(
    network: Architecture, arrays: Mapping[str, Array], image: Array, unit: Pair, channel: int
) -> Measured:
    """How strongly each cell of one image (1, C, H, W) moves a unit, added up over C: (H, W)."""
    y, back = chain(network.layers, image, (), Tape(arrays))
    units = y.shape[2:] if y.ndim == 4 else unit_maps(network)[(len(network.layers) - 1,)].after
    asked = np.zeros((y.size // (units[0] * units[1]), *units), y.dtype)
    asked[(channel % len(asked), *unit)] = 1
    gradient: Measured = abs(back(asked.reshape(y.shape))[0]).sum(axis=0, dtype=np.float64)
    return gradient
