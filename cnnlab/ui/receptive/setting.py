"""What the class has set: a stack, a layer, and a unit; all views are made from this record."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.field_paths import Mask
from cnnlab.engine.forward import Path
from cnnlab.engine.receptive_field import Field, fields, inside, support
from cnnlab.message import InvalidInput, Message
from cnnlab.ui.setting import Pair

Unit = str | Pair  # "middle", "corner", "edge", or a row and a column from 0


@dataclass(frozen=True)
class Setting:
    """A unit of the top-level layer number ``layer`` (from 1) of a network.

    ``stack`` is the slug of the network, ``name`` what it is called. ``wanted`` says which unit: a
    word that holds for maps of any size, or a place (row, column) from 0, which a smaller map
    moves to its last.
    """

    stack: str
    network: Architecture
    layer: int
    wanted: Unit = "middle"
    name: str | Message = ""

    @property
    def path(self) -> tuple[int, ...]:
        """The path of the layer, as in `architecture.Row`."""
        return (self.layer - 1,)

    @property
    def size(self) -> Pair:
        """Rows and columns of the input."""
        _, height, width = self.network.input
        return height, width

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every layer's field. Raises InvalidInput where the layers do not fit."""
        return fields(self.network)

    @cached_property
    def field(self) -> Field:
        """The field of the layer."""
        return next(field for field in self.fields if field.path == self.path)

    @property
    def before(self) -> Field | None:
        """The field of the layer before; None for the first."""
        before = [field for field in self.fields if field.path == (self.layer - 2,)]
        return before[0] if before else None

    @property
    def map(self) -> Pair:
        """Rows and columns of the layer's map."""
        return self.field.output

    @property
    def unit(self) -> Pair:
        """Row and column of the unit, from 0."""
        height, width = self.map
        if isinstance(self.wanted, tuple):
            row, column = self.wanted
            return min(row, height - 1), min(column, width - 1)
        middle = height // 2, width // 2
        return {"corner": (0, 0), "edge": (middle[0], 0)}.get(self.wanted, middle)

    @property
    def inside(self) -> Pair:
        """How many rows and columns of the unit's extent lie on the image."""
        return inside(self.field, self.unit, self.size)

    def read(self, field: Field | None = None) -> Mask | None:
        """The cells (H, W) that the unit really reads; None where a map is too large to follow.

        ``field``: of another layer, the unit (0, 0).
        """
        if field is None:
            return _read(self.network, self.path, self.unit)
        return _read(self.network, field.path, (0, 0))

    def at(self, side: int) -> "Setting":
        """The same on an input of that many rows and columns."""
        channels = self.network.input[0]
        return replace(self, network=replace(self.network, input=(channels, side, side)))


@lru_cache(maxsize=64)
def _read(network: Architecture, path: Path, unit: Pair) -> Mask | None:
    try:
        cells = support(network, path, unit)
    except InvalidInput:
        return None
    cells.flags.writeable = False
    return cells
