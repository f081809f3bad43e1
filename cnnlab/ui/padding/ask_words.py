"""What the questions of this lesson say of a setting that a convolution has not."""

from collections.abc import Mapping

from cnnlab.engine import PadMode
from cnnlab.message import Message
from cnnlab.ui.ask.words import geometry
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.predict import say

_FILLED: Mapping[PadMode, Message] = {
    "reflect": Message("the mirror image"),
    "replicate": Message("the nearest cell"),
    "circular": Message("the opposite side"),
}


def filled(setting: Setting) -> Message:
    """The geometry with what stands in the padding, where that is not zeros."""
    if setting.mode == "zeros" or not any(setting.padding):
        return geometry(setting)
    if setting.mode == "constant":
        filling = Message("the number {number}", {"number": say(setting.value)})
    else:
        filling = _FILLED[setting.mode]
    return Message(
        "{geometry}, filled with {filling}", {"geometry": geometry(setting), "filling": filling}
    )


def copies(setting: Setting) -> bool:
    """Whether the padding is made of copies of the input's cells."""
    return setting.mode not in ("zeros", "constant") and any(setting.padding)
