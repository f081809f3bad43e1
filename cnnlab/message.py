"""Words with their values kept apart, so that the user interface can translate them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """An English sentence with ``{name}`` places, and the values that belong there.

    The English text is also the key under which a translation is looked up.

    >>> str(Message("a {k}×{k} kernel", {"k": 3}))
    'a 3×3 kernel'
    """

    text: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.fields)


class InvalidInput(ValueError):
    """Something that was asked for cannot be done; the message says what, and what to do.

    >>> str(InvalidInput("stride must be at least 1, but is {stride}", stride=0))
    'stride must be at least 1, but is 0'
    """

    def __init__(self, text: str, **fields: object) -> None:
        self.message = Message(text, fields)
        super().__init__(str(self.message))
