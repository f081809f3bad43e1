"""Where in a network its parameters are, and where its work is: layer by layer, or in runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnnlab.engine.architecture import Architecture, Row, Shape, trace
from cnnlab.engine.layers import BatchNorm, Conv, Dense

MOST = 20  # layers with weights that stand each on its own


@dataclass(frozen=True)
class Part:
    """One layer with weights, or a run of convolutions whose maps are of one size.

    ``row`` is the first layer's; ``layers``: how many there are; ``output`` (C, H, W) or (N,) of
    the last. ``parameters`` and ``multiply_adds`` are those of all of them and of the batch norms
    that follow each.
    """

    row: Row
    layers: int
    output: Shape
    parameters: int
    multiply_adds: int

    @property
    def dense(self) -> bool:
        """Whether it is a dense layer."""
        return isinstance(self.row.layer, Dense)


def parts(network: Architecture, most: int = MOST) -> tuple[Part, ...]:
    """The layers with weights, in order; in runs of one map size where they are more than ``most``.

    Shortcuts are among them. Together they have all parameters and all multiply–adds of the
    network. Raises InvalidInput as `trace` does.

    >>> from cnnlab.engine.famous import FAMOUS
    >>> [(part.layers, part.output) for part in parts(FAMOUS["resnet18"].network)][:3]
    [(1, (64, 112, 112)), (4, (64, 56, 56)), (5, (128, 28, 28))]
    """
    single = tuple(_single(network))
    return single if len(single) <= most else tuple(_runs(single))


def _single(network: Architecture) -> Iterator[Part]:
    held: Part | None = None
    for row in trace(network):
        if isinstance(row.layer, BatchNorm) and held and isinstance(held.row.layer, Conv):
            held = replace(held, parameters=held.parameters + row.parameters)
        elif isinstance(row.layer, Conv | Dense | BatchNorm):
            if held:
                yield held
            held = Part(row, 1, row.output, row.parameters, row.multiply_adds)
    if held:
        yield held


def _runs(single: tuple[Part, ...]) -> Iterator[Part]:
    held = single[0]
    for part in single[1:]:
        if part.dense or held.dense or part.output[1:] != held.output[1:]:
            yield held
            held = part
        else:
            held = Part(
                held.row,
                held.layers + part.layers,
                part.output,
                held.parameters + part.parameters,
                held.multiply_adds + part.multiply_adds,
            )
    yield held
