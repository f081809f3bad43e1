"""What LeNet-5 learned in its paper, layer by layer, beside the usual remake: 60,000 and 61,706."""

from dataclasses import dataclass

from cnnlab.engine.counts import conv_parameters, dense_parameters
from cnnlab.message import Message

# How many of the six maps each of the sixteen filters of C3 reads: table I of the paper.
_READS = (3,) * 6 + (4,) * 9 + (6,)
_WINDOW = 5 * 5


@dataclass(frozen=True)
class Counted:
    """A layer by the paper's ``name``, its parameters there and in the remake, and the reason."""

    name: str
    original: int
    remake: int
    why: Message


_SAME = Message("The same.")
_POOLS = Message(
    "The original adds up each window, multiplies the sum by a learned number and adds another, "
    "one pair for each map; the remake only averages."
)
# LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998), section II.B.
LAYERS = (
    Counted("C1", conv_parameters(1, 6, (5, 5)), conv_parameters(1, 6, (5, 5)), _SAME),
    Counted("S2", 2 * 6, 0, _POOLS),
    Counted(
        "C3",
        _WINDOW * sum(_READS) + len(_READS),
        conv_parameters(6, 16, (5, 5)),
        Message(
            "In the original six filters read three of the maps, nine read four, and one reads all "
            "six; in the remake each reads all six."
        ),
    ),
    Counted("S4", 2 * 16, 0, _POOLS),
    Counted("C5", dense_parameters(400, 120), dense_parameters(400, 120), _SAME),
    Counted("F6", dense_parameters(120, 84), dense_parameters(120, 84), _SAME),
    Counted(
        "Output",
        0,
        dense_parameters(84, 10),
        Message(
            "The original compares the 84 numbers with a picture of each digit that was set by "
            "hand; the remake has a dense layer."
        ),
    ),
)
