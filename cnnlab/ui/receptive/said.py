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


def percent(share: float) -> str:
    """A share in percent; what is little but not nothing is never called 0.

    >>> percent(0), percent(0.0004), percent(0.64), percent(1)
    ('0 %', 'under 1 %', '64 %', '100 %')
    """
    if 0 < share < 0.005:
        return t("under 1 %")
    return f"{100 * share:.0f} %"
