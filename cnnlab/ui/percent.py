"""Shares as they are said, in whole percent.

What needs more says it itself: a test's accuracy in hundredths, a probability that must not look
like certainty, a change that may be infinite.
"""

from cnnlab.ui.language import t


def percent(share: float) -> str:
    """A share in percent; what is little but not nothing is never called 0.

    >>> percent(0), percent(0.0004), percent(0.64), percent(1)
    ('0 %', 'under 1 %', '64 %', '100 %')
    """
    if 0 < share < 0.005:
        return t("under 1 %")
    return f"{100 * share:.0f} %"
