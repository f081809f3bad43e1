"""The picture of the views that need one: the page's input if it is one, else the digit."""

from dataclasses import dataclass

from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.ui import source
from cnnlab.ui.pooling.setting import Setting

_PICTURES = ("digit", "photo", "upload")


@dataclass(frozen=True)
class Picture:
    """One channel of a picture, (1, H, W), from 0 to 255; where it comes from."""

    name: str
    x: Array
    note: Message | None


def picture(shown: Setting, digit: int) -> Picture:
    """``shown`` has one channel; ``digit`` is the number of the test image that stands in."""
    if shown.name.partition("-")[0] in _PICTURES:
        return Picture(shown.name, shown.x, shown.note)
    made = source.load(source.Choice("digit", (28, 28), 1, 0, digit, None, "", ""))
    return Picture(made.slug, made.x, made.note)
