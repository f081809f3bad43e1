"""What the class has set: one frozen record that every view, check and question is made from."""

from dataclasses import dataclass
from functools import cached_property

from cnnlab.engine import Array, LayerCounts, conv2d, layer_counts
from cnnlab.message import Message

Pair = tuple[int, int]


@dataclass(frozen=True)
class Setting:
    """One convolution: ``x`` (C, H, W), ``weight`` (F, C/groups, KH, KW), ``bias`` (F,) or None.

    ``weight`` is what slides: where the kernel was flipped (true convolution), it is flipped
    already. ``name`` is the slug of the input, by which views choose their opening; ``note`` says
    where the input comes from, where that needs saying.
    """

    name: str
    x: Array
    weight: Array
    bias: Array | None
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    flipped: bool
    note: Message | None = None

    @property
    def options(self) -> dict[str, Pair | int]:
        """The keyword arguments of `conv2d` and of the scenes."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    @cached_property
    def y(self) -> Array:
        """The output (F, OH, OW). Raises InvalidInput where the settings do not fit."""
        return conv2d(self.x[None], self.weight, self.bias, **self.options)[0]

    @cached_property
    def counts(self) -> LayerCounts:
        """Parameters and multiply–adds of this layer, shared, local and dense."""
        return layer_counts(
            self.x.shape,
            len(self.weight),
            self.weight.shape[2:],
            bias=self.bias is not None,
            **self.options,
        )
