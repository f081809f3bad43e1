"""What the class has set: one frozen record that every view, check and question is made from."""

from dataclasses import dataclass
from functools import cached_property

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.scenes.pooling import Pool, pooled


@dataclass(frozen=True)
class Setting:
    """The maps ``x`` (C, H, W) and how they are pooled.

    ``whole``: pooling is global, that is, its one window is as large as the map. ``name`` is the
    slug of the input; ``note`` says where the input comes from, where that needs saying.
    """

    name: str
    x: Array
    pool: Pool
    whole: bool = False
    note: Message | None = None

    @cached_property
    def y(self) -> Array:
        """The output (C, OH, OW). Raises InvalidInput where the settings do not fit."""
        return pooled(self.x, self.pool)
