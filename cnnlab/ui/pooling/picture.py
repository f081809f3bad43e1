"""The picture of the views that need one: the page's input if it is one, else another."""

from dataclasses import dataclass

from cnnlab.data.photos import PHOTOS
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


def is_picture(shown: Setting) -> bool:
    """Whether the page's input is a picture itself."""
    return shown.name.partition("-")[0] in _PICTURES


def picture(shown: Setting, digit: int, instead: str = "digit") -> Picture:
    """``shown`` has one channel; where it is no picture, another stands in.

    That is a test image, ``digit`` being its number, or if ``instead`` is "photo" the first
    photograph.
    """
    if is_picture(shown):
        return Picture(shown.name, shown.x, shown.note)
    slug = f"photo-{PHOTOS[0].name}" if instead == "photo" else "digit"
    made = source.load(source.Choice(slug, (28, 28), 1, 0, digit, None, "", ""))
    return Picture(made.slug, made.x, made.note)
