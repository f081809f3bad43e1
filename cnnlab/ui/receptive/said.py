"""Numbers of two axes as they are said: once where both are alike."""

from cnnlab.ui.language import t
from cnnlab.ui.predict import say

Of = tuple[int, int] | tuple[float, float]


def one(pair: Of) -> str:
    """A number that both axes share, else "4 down, 2 across"."""
    down, across = pair
    if down == across:
        return say(down)
    return t("{down} down, {across} across", down=say(down), across=say(across))
