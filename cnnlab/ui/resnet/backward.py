"""The gradient on its way back through the block: at the sum it goes to both lanes."""

from cnnlab.ui.resnet.setting import Setting


def view(shown: Setting) -> None:
    """Not there yet."""
    del shown
