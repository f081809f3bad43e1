"""The first view: the window slides over the padded input, and each cell counts its reads."""

from functools import partial

from cnnlab.scenes.convolution import convolution
from cnnlab.ui import link
from cnnlab.ui.padding import tools
from cnnlab.ui.padding.controls import Chosen, edit, start
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.player import play


def size(chosen: Chosen, shown: Setting) -> None:
    """Input with its padding, output, and how often each cell is read; cells can be typed into."""
    reads = tools.row(chosen, shown, reads=True)
    scene = convolution(
        shown.x,
        shown.weight,
        stride=shown.stride,
        padding=shown.padding,
        dilation=shown.dilation,
        mode=shown.mode,
        value=shown.value,
        reads=reads,
        start=link.opening(shown.name, start(shown), shown.y.size),
    )
    play(scene, key="padding-size", topic=shown.name, on_edit=partial(edit, chosen, shown))
