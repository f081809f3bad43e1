"""How many places a window has: the size of an output, one axis at a time."""

from collections.abc import Sequence

from cnnlab.engine.checks import per_axis, whole
from cnnlab.message import InvalidInput, Message

_LARGER = "no output: {what} is larger than {where}"
_TOO_LARGE_ON_ONE_AXIS = "no output: {what} does not fit into {where}"


def output_size(
    n: int,
    kernel: int,
    stride: int = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """The number of outputs along one axis: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1.

    ``padding`` is what is added on *each* side, or a (before, after) pair. Where the stride does
    not divide, the quotient is floored and the last cells are never read. With ``ceil_mode`` (of
    pooling) it is rounded up, so that the last window may hang over the end; but a window may not
    start in the padding after the end, as in PyTorch.

    Raises InvalidInput where no window fits. Source: Dumoulin & Visin, "A guide to convolution
    arithmetic for deep learning" (2016), relationship 15; ceil mode: torch.nn.MaxPool2d.

    >>> output_size(5, kernel=3), output_size(5, kernel=3, stride=2, padding=1)
    (3, 3)
    >>> output_size(6, kernel=3, stride=2), output_size(6, kernel=3, stride=2, ceil_mode=True)
    (2, 3)
    >>> output_size(2, kernel=3)
    Traceback (most recent call last):
    cnnlab.message.InvalidInput: no output: a kernel of 3 is larger than the input of 2 cells
    """
    whole("n", n, 1)
    whole("kernel", kernel, 1)
    whole("stride", stride, 1)
    whole("dilation", dilation, 1)
    before, after = per_axis("padding", padding, 0)
    outputs = _output_size(n, kernel, stride, (before, after), dilation, ceil_mode)
    if outputs < 1:
        raise InvalidInput(
            _LARGER,
            what=_reach((kernel,), (dilation,), window=False),
            where=Message(
                "the input of {cells} cells with padding {before} before and {after} after"
                if before or after
                else "the input of {cells} cells",
                {"cells": n, "before": before, "after": after},
            ),
        )
    return outputs


def layer_sizes(
    n: int,
    layers: int,
    kernel: int,
    stride: int = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int = 1,
) -> tuple[int, ...]:
    """The size of one axis before the first of ``layers`` equal layers, and after each of them.

    ``n`` cells and the settings are those of `output_size`. The tuple starts with n and has one
    more entry for each layer; it ends early where no window fits any more.

    >>> layer_sizes(28, 13, kernel=3)
    (28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2)
    >>> layer_sizes(28, 13, kernel=3, padding=1)[-1], layer_sizes(5, 9, kernel=3)
    (28, (5, 3, 1))
    """
    sizes, stride = [whole("n", n, 1)], whole("stride", stride, 1)
    extent = whole("dilation", dilation, 1) * (whole("kernel", kernel, 1) - 1) + 1
    margin = sum(per_axis("padding", padding, 0))
    for _ in range(whole("layers", layers, 0)):
        if sizes[-1] + margin < extent:
            break
        sizes.append(output_size(sizes[-1], kernel, stride, padding, dilation))
    return tuple(sizes)


def _output_size(
    n: int,
    kernel: int,
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    ceil_mode: bool = False,
) -> int:
    before, after = padding
    room = n + before + after - (dilation * (kernel - 1) + 1)  # how far the window can move
    if not ceil_mode:
        return room // stride + 1
    outputs = -(-room // stride) + 1
    last_start = (outputs - 1) * stride
    return outputs - 1 if last_start >= n + before else outputs


def output_shape(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool = False,
    window: bool = False,
) -> tuple[int, ...]:
    """`output_size` on every axis at once; the sentence names the whole shapes.

    It speaks of a kernel, or, for pooling, of a ``window``.
    """
    axes = zip(size, kernel, stride, padding, dilation, strict=True)
    outputs = tuple([_output_size(n, k, s, (p, p), d, ceil_mode) for n, k, s, p, d in axes])
    if min(outputs) < 1:
        raise InvalidInput(
            _LARGER if max(outputs) < 1 else _TOO_LARGE_ON_ONE_AXIS,
            what=_reach(kernel, dilation, window),
            where=Message(
                "the input of {size} with padding {padding} on each side"
                if any(padding)
                else "the input of {size}",
                {"size": times(size), "padding": alike(padding)},
            ),
        )
    return outputs


def _reach(kernel: Sequence[int], dilation: Sequence[int], window: bool) -> Message:
    """What does not fit: its size and, where it is spread, how far that makes it reach."""
    fields = {
        "size": times(kernel),
        "dilation": alike(dilation),
        "extent": times([d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]),
    }
    if max(dilation) == 1:
        return Message("a window of {size}" if window else "a kernel of {size}", fields)
    return Message(
        "a window of {size} with dilation {dilation}, reaching over {extent} cells,"
        if window
        else "a kernel of {size} with dilation {dilation}, reaching over {extent} cells,",
        fields,
    )


def alike(setting: Sequence[int]) -> str:
    """A setting of every axis as it is said: one number where all agree.

    >>> alike((1, 1)), alike((2, 1))
    ('1', '2×1')
    """
    return str(setting[0]) if len(set(setting)) == 1 else times(setting)


def times(size: Sequence[int]) -> str:
    """A size as it is said.

    >>> times((3, 5))
    '3×5'
    """
    return "×".join(str(n) for n in size)
