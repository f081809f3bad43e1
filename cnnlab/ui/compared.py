"""The engine's numbers beside PyTorch's, as a table and a sentence."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cnnlab.check import Check
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui.language import t

_NAMES: Mapping[str, Message] = {
    "y": Message("Output Y"),
    "indices": Message("Places of the maxima"),
    "transposed": Message("Transposed"),
    "z": Message("Transposed, of z"),
    "pytorch": Message("“Same” of PyTorch"),
    "tensorflow": Message("“Same” of TensorFlow"),
    "scipy": Message("“Same” of SciPy"),
    "dx": Message("Gradient dX"),
    "dweight": Message("Gradient dW"),
    "dbias": Message("Gradient db"),
    "logits": Message("Scores"),
}
# Arrays of one image each: the batch is not what the stage shows.
_OF_A_BATCH = ("y", "indices", "transposed", "z", "pytorch", "tensorflow", "scipy", "dx")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def show(compute: Callable[[], list[Check]], words: Mapping[str, Message] = _NAMES) -> None:
    """What is compared, number by number, and what was found; ``words`` name what a lesson adds."""
    with st.spinner(t("PyTorch is computing the same…")):
        checks = compute()
    st.markdown("\n".join(_table(checks, {**_NAMES, **words})))
    st.markdown(t(verdict(checks)))
    if any(check.name in ("dx", "dweight") for check in checks):
        st.caption(t("The gradients are those of L = Σ dY·Y; the same random dY goes into both."))


def verdict(checks: Sequence[Check]) -> Message:
    """What the check found, in a sentence."""
    numbers = {"n": f"{sum(check.engine.size for check in checks):,}"}
    if not all(check.agrees for check in checks):
        return Message("They differ by more than rounding explains: please report it.")
    if any(check.largest_absolute for check in checks):
        return Message(
            "All {n} numbers agree; what is left is rounding, as the two add in different orders.",
            numbers,
        )
    return Message("All {n} numbers are the same to the last bit.", numbers)


def scientific(number: float) -> str:
    """A difference as it is said.

    >>> scientific(1.2e-7), scientific(0.0)
    ('1.2·10⁻⁷', '0')
    """
    if number == 0:
        return "0"
    digits, power = f"{number:.1e}".split("e")
    return f"{digits}·10{str(int(power)).translate(_SUPERSCRIPTS)}"


def _table(checks: Sequence[Check], words: Mapping[str, Message]) -> list[str]:
    """The checks as a Markdown table."""
    head = (
        t("Numbers"),
        t("Shape"),
        t("Largest difference"),
        t("Rounding explains up to"),
        t("Agrees"),
    )
    rows = [
        (
            t(words[check.name]),
            times(check.engine.shape[check.name in _OF_A_BATCH :]),
            scientific(check.largest_absolute),
            scientific(check.tolerance),
            t("yes") if check.agrees else t("no"),
        )
        for check in checks
    ]
    lines = (head, ("---",) * len(head), *rows)
    return [f"| {' | '.join(line)} |" for line in lines]
