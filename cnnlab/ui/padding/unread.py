"""What of this lesson's input no window reads, what only a copy of it, and what of the padding."""

from cnnlab.engine import read_counts
from cnnlab.message import Message
from cnnlab.scenes.geometry import geometry
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.unread import COLUMNS, ROWS, called, named, never, never_of_padding, sentence


def remarks(shown: Setting) -> list[Message]:
    """What of the input is never read, what only where it is copied, and what of the padding."""
    unread, copied, around = ([[], []] for _ in range(3))
    sizes = shown.x.shape[1:]
    for axis in (ROWS, COLUMNS):
        read = _read(shown, axis)
        for n in _missed(shown, axis):
            kind = around if not 0 <= n < sizes[axis] else copied if n in read else unread
            kind[axis].append(n)
    said = (
        never(unread, sizes),
        sentence(
            *named(copied, sizes, called),
            Message("{what} is read only where the padding copies it"),
            Message("{what} are read only where the padding copies them"),
        ),
        never_of_padding(around, sizes),
    )
    return [remark for remark in said if remark is not None]


def _missed(shown: Setting, axis: int) -> list[int]:
    """The rows (columns) that no window lies on; those of the padding are < 0 or ≥ the size."""
    g = geometry(
        shown.x, shown.weight, shown.y, shown.stride, shown.padding, shown.dilation, groups=1
    )
    return [n - shown.padding[axis] for n in g.unread(axis)]


def _read(shown: Setting, axis: int) -> set[int]:
    """The rows (columns) that are read somewhere, be it in a copy."""
    times = read_counts(
        shown.x.shape[1:],
        shown.weight.shape[2:],
        shown.stride,
        shown.padding,
        shown.dilation,
        shown.mode,
    )
    return set(times.any(axis=1 - axis).nonzero()[0].tolist())
