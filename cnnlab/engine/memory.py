"""How much memory the activations of a batch take while a network is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.checks import whole
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)

FLOAT, INDEX = 4, 8  # bytes of a float32, and of the place of a maximum
_INPUT: Path = ()  # the place of the batch itself among the tensors


@dataclass(frozen=True)
class Memory:
    """What the activations of a batch take, in bytes, without weights, gradients and the loss.

    ``input``: the batch itself. ``outputs``: what each layer writes, by its path. ``kept``: what
    of that has to stay until the backward pass has used it, each tensor once, with the layer that
    wrote it, as PyTorch keeps it on a CPU: the input of every convolution, dense layer, batch norm
    and pooling; the output of ReLU, sigmoid and tanh; where the maxima of a max pooling were; the
    mask of a dropout. Two numbers for each channel of a batch norm are not counted. Nothing works
    in place.
    """

    input: int
    outputs: Mapping[Path, int]
    kept: Mapping[Path, int]
    input_kept: int

    @property
    def total_outputs(self) -> int:
        """The batch and everything written."""
        return self.input + sum(self.outputs.values())

    @property
    def total_kept(self) -> int:
        """Everything that stays until the backward pass."""
        return self.input_kept + sum(self.kept.values())


def memory(network: Architecture, batch: int = 1) -> Memory:
    """What the activations take for ``batch`` inputs in float32. Raises InvalidInput as `trace`.

    >>> tiny = Architecture("tiny", (1, 6, 6), (Conv(2, 3), ReLU(), MaxPool(2), Flatten()))
    >>> found = memory(tiny, 10)
    >>> found.input, found.kept
    (1440, {(0,): 0, (1,): 1280, (2,): 640, (3,): 0})
    """
    whole("batch", batch, 1)
    rows = {row.path: row for row in trace(network)}
    walk = _Walk(rows, set(), dict.fromkeys(rows, 0))
    walk.through(network.layers, (), _Tensor(_INPUT, learned=False))
    unit = batch * FLOAT
    outputs = {
        path: 0 if isinstance(row.layer, Flatten) else unit * prod(row.output)
        for path, row in rows.items()
    }
    kept = {
        path: batch * walk.extra[path] + (outputs[path] if path in walk.used else 0)
        for path in rows
    }
    batch_bytes = unit * prod(network.input)
    return Memory(batch_bytes, outputs, kept, batch_bytes if _INPUT in walk.used else 0)


@dataclass(frozen=True)
class _Tensor:
    """The layer that wrote it, and whether anything learned went into it: else it has no gradient.

    A `Flatten` writes nothing: its tensor is that of the layer before.
    """

    writer: Path
    learned: bool


@dataclass
class _Walk:
    """``used``: the tensors that a backward pass reads; ``extra``: bytes kept beside them."""

    rows: Mapping[Path, Row]
    used: set[Path]
    extra: dict[Path, int]

    def through(self, layers: tuple[Layer, ...], path: Path, x: _Tensor) -> _Tensor:
        for place, layer in enumerate(layers):
            here = (*path, place)
            if isinstance(layer, Residual):
                ends = [
                    self.through(inner, (*here, way), x)
                    for way, inner in enumerate((layer.body, layer.shortcut))
                ]
                x = _Tensor(here, any(end.learned for end in ends))
            elif not isinstance(layer, Flatten):
                x = self._layer(layer, here, x)
        return x

    def _layer(self, layer: Layer, here: Path, x: _Tensor) -> _Tensor:
        learns = isinstance(layer, Conv | Dense | BatchNorm)
        backward = learns or x.learned
        if learns or (x.learned and isinstance(layer, MaxPool | AvgPool)):
            self.used.add(x.writer)
        if backward and isinstance(layer, ReLU | Sigmoid | Tanh):
            self.used.add(here)
        if backward and isinstance(layer, MaxPool):
            self.extra[here] = INDEX * prod(self.rows[here].output)
        if backward and isinstance(layer, Dropout):
            self.extra[here] = FLOAT * prod(self.rows[here].output)
        return _Tensor(here, backward)
