"""What the class has set: a network, its input, classes and batch; all views are made from it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.depths import Depths, depths
from cnnlab.engine.famous import FAMOUS, Famous, Variant, resized, variant
from cnnlab.engine.memory import FLOAT, Memory, memory
from cnnlab.engine.receptive_field import Field, fields
from cnnlab.message import Message
from cnnlab.ui.architectures.lines import Line, every, folded


@dataclass(frozen=True)
class Setting:
    """A famous network, in one of its variants, as ``network`` for this input and these classes.

    ``batch``: how many images at once.
    """

    slug: str
    which: str
    network: Architecture
    batch: int = 1

    @property
    def famous(self) -> Famous:
        """What the network is known for."""
        return FAMOUS[self.slug]

    @property
    def variant(self) -> Variant:
        """The variant with its own input and classes."""
        return variant(self.slug, self.which)

    @property
    def published(self) -> bool:
        """Whether input and classes are the variant's own, so that what is told of it holds."""
        return self.network == self.variant.network

    @property
    def name(self) -> str:
        """The network's name, without its variant."""
        return self.famous.name

    @property
    def full_name(self) -> str | Message:
        """The name with the variant, where there are several."""
        if len(self.famous.variants) == 1:
            return self.name
        return Message("{name}: {variant}", {"name": self.name, "variant": self.variant.name})

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every layer at work."""
        return trace(self.network)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every layer's receptive field."""
        return _fields(self.network)

    @cached_property
    def memory(self) -> Memory:
        """What the activations of the whole batch take in training."""
        return memory(self.network, self.batch)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """A line for every layer."""
        return every(self.network, self.fields, self.memory.kept)

    @cached_property
    def folded(self) -> tuple[Line, ...]:
        """The lines, as few as they can be."""
        return folded(self.lines)

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Multiply–adds for one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def kept(self) -> int:
        """Bytes of all that training keeps of the whole batch until it goes backward."""
        return self.memory.total_kept

    @property
    def weighed(self) -> int:
        """Bytes of the parameters."""
        return FLOAT * self.parameters

    @cached_property
    def counts(self) -> Depths:
        """How many layers there are, by every way of counting."""
        return depths(self.network)

    def of(self, kind: type) -> tuple[Row, ...]:
        """The layers of a kind."""
        return tuple(row for row in self.rows if isinstance(row.layer, kind))


def setting(
    slug: str,
    which: str = "",
    *,
    channels: int | None = None,
    side: int | None = None,
    classes: int | None = None,
    batch: int = 1,
) -> Setting:
    """That variant of a famous network; None: as it is.

    Raises InvalidInput that names the layer which does not fit, and why.
    """
    network = variant(slug, which).network
    own_channels, own_side, _ = network.input
    sides = (side or own_side,) * 2
    made = resized(network, (channels or own_channels, *sides), classes)
    return Setting(slug, which, made, batch)


@lru_cache(maxsize=32)
def _fields(network: Architecture) -> tuple[Field, ...]:
    return fields(network)
