"""Questions on receptive fields with settings of their own; the engine answers each."""

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import Conv, Layer, MaxPool
from cnnlab.engine.receptive_field import Field, fields, support
from cnnlab.message import Message
from cnnlab.ui.predict import Question

_ROOM = 31  # cells: more than any of these units sees

LAST_ONLY = Message("That is the last layer's window alone: it stands on a map, not on the image.")
ADDED = Message("Windows overlap, so their widths do not simply add up.")
MULTIPLIED = Message("Fields do not multiply: each layer adds (k − 1) steps of its input.")
NO_JUMP = Message("After a stride one step of the map is worth more than one cell of the image.")


def two_windows() -> Question:
    """Two 3×3 convolutions."""
    r = _last(Conv(1, 3), Conv(1, 3)).size[0]
    return Question(
        Message("Two 3×3 convolutions, stride 1. How many cells wide is a unit's field?"),
        r,
        {3 + 3: ADDED, 3 * 3: MULTIPLIED, 3: LAST_ONLY},
        Message("3 + (3 − 1)·1 = 5."),
    )


def with_a_pool() -> Question:
    """Convolution, pooling, convolution: the jump counts only from the pooling on."""
    r = _last(Conv(1, 3), MaxPool(2), Conv(1, 3)).size[0]
    early = Message("The pooling's own window still stands on neighbours: its jump comes after it.")
    return Question(
        Message(
            "Convolution 3×3, max pooling 2×2 with stride 2, convolution 3×3. How many cells wide "
            "is a unit's field?"
        ),
        r,
        {6: NO_JUMP, 9: early, 3 * 2 * 3: MULTIPLIED},
        Message("3, then 3 + (2 − 1)·1 = 4, then 4 + (3 − 1)·2 = 8."),
    )


def dilated() -> Question:
    """Three dilated layers: how many cells are read, not how far they lie apart."""
    layers = (Conv(1, 3, dilation=2),) * 3
    read = support(_network(layers), (2,), (0, 0)).any(axis=0).sum()
    reach = _last(*layers).size[0]
    return Question(
        Message(
            "Three 3×3 convolutions, each with dilation 2. How many different columns of the image "
            "does a unit read?"
        ),
        int(read),
        {
            reach: Message("That is the extent from edge to edge; every second column is a hole."),
            3**3: Message("Ways are that many, but many of them begin in the same cell."),
            3 * 3: Message("Three taps in each of three layers: but windows share columns."),
        },
        Message("Every second one of 13 columns: 7, so 49 of 169 cells."),
    )


def corner() -> Question:
    """The corner unit of two padded layers: how much of its field is image."""
    layers = (Conv(1, 3, padding=1),) * 2
    seen = support(_network(layers), (1,), (0, 0)).sum()
    return Question(
        Message(
            "Two 3×3 convolutions with padding 1. How many cells of the image does the unit in the "
            "top left corner see?"
        ),
        int(seen),
        {
            25: Message("The field is 5×5, but part of it lies outside the image, on padding."),
            16: Message("That would be one cell outside on each side; here there are two."),
            4: Message("That is what it sees through the last layer alone, on the map before."),
        },
        Message("Of rows and columns −1 to 3 only 1 to 3 are in the image: 3×3 = 9."),
    )


def _network(layers: tuple[Layer, ...]) -> Architecture:
    return Architecture("", (1, _ROOM, _ROOM), layers)


def _last(*layers: Layer) -> Field:
    return fields(_network(layers))[-1]
