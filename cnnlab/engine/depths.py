"""How many layers a network has: names, textbooks and programs count in different ways."""

from dataclasses import dataclass

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.layers import AvgPool, Conv, Dense, GlobalAvgPool, MaxPool


@dataclass(frozen=True)
class Depths:
    """How many layers a network has, by the ways of counting.

    ``weighted``: convolutions and dense layers, shortcuts left out, as names count them; ``pooled``
    those and the pooling layers; ``projections``: convolutions in shortcuts; ``listed``: everything
    that an architecture lists, the layers in blocks too.
    """

    weighted: int
    pooled: int
    projections: int
    listed: int


def depths(network: Architecture) -> Depths:
    """How many layers there are, by every way of counting.

    >>> from cnnlab.engine.famous import FAMOUS
    >>> depths(FAMOUS["resnet50"].network)
    Depths(weighted=50, pooled=52, projections=4, listed=175)
    """
    rows = trace(network)
    weighted = [row for row in rows if isinstance(row.layer, Conv | Dense)]
    main = [row for row in weighted if not any(row.path[1::2])]  # way 1 of a block is the shortcut
    pools = [row for row in rows if isinstance(row.layer, MaxPool | AvgPool | GlobalAvgPool)]
    return Depths(len(main), len(main) + len(pools), len(weighted) - len(main), len(rows))
