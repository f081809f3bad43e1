"""What the class has set: one frozen record that every view, check and question is made from."""

from dataclasses import dataclass
from functools import cached_property

from cnnlab.engine import Array, PadMode, conv2d, pad2d
from cnnlab.message import Message
from cnnlab.ui.setting import Pair


@dataclass(frozen=True)
class Setting:
    """One map ``x`` (1, H, W) under one kernel ``weight`` (1, 1, KH, KW), without a bias.

    ``padding`` is per side; ``mode`` says what stands in it, ``fill`` the number that the mode
    ``constant`` writes. ``output_padding`` belongs to the transposed convolution alone. ``name``
    is the slug of the input; ``note`` says where the input comes from, where that needs saying.
    """

    name: str
    x: Array
    weight: Array
    stride: Pair
    padding: Pair
    dilation: Pair
    mode: PadMode = "zeros"
    fill: float = 0.0
    output_padding: Pair = (0, 0)
    note: Message | None = None

    @property
    def value(self) -> float:
        """What `pad2d` is to write: only one mode writes a number of its own."""
        return self.fill if self.mode == "constant" else 0.0

    @cached_property
    def padded(self) -> Array:
        """The input with its padding around it, (1, H + 2·PH, W + 2·PW)."""
        return pad2d(self.x[None], self.padding, self.mode, self.value)[0]

    @cached_property
    def y(self) -> Array:
        """The output (1, OH, OW). Raises InvalidInput where the settings do not fit."""
        return conv2d(self.padded[None], self.weight, None, self.stride, 0, self.dilation)[0]
