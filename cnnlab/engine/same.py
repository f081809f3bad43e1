"""Padding that keeps the size, as three frameworks understand it."""

from typing import Literal, TypeAlias, get_args

from cnnlab.engine.checks import whole
from cnnlab.message import InvalidInput

SameRule: TypeAlias = Literal["pytorch", "tensorflow", "scipy"]

SAME_RULES: tuple[SameRule, ...] = get_args(SameRule)


def same_padding(
    n: int, kernel: int, stride: int = 1, dilation: int = 1, rule: SameRule = "pytorch"
) -> tuple[int, int]:
    """How many cells "same" adds before and after an axis of ``n``: n outputs, ⌈n / s⌉ at stride s.

    With a reach of e = d(k − 1) + 1 cells, stride 1 needs e − 1. Where that is odd, the frameworks
    part: ``pytorch`` (padding="same") and ``tensorflow`` (padding="SAME", also JAX and Keras) put
    the extra cell after, ``scipy`` (scipy.signal.correlate with mode="same") before. So do SciPy's
    convolve2d and NumPy's correlate; SciPy's correlate2d alone puts it after. At stride s

    - PyTorch refuses "same", and so does this (InvalidInput);
    - TensorFlow adds only what the last window needs, max((⌈n / s⌉ − 1)s + e − n, 0) in all, so
      where the windows start depends on n;
    - SciPy has no stride: taken is every s-th cell of its map at stride 1, and the padding is that
      of stride 1. The last windows may leave some of it unread.

    Sources: the documentation of torch.nn.Conv2d and of tf.nn ("Notes on padding"); what SciPy
    does is tried in the tests.

    >>> [same_padding(6, 4, rule=rule) for rule in SAME_RULES]
    [(1, 2), (1, 2), (2, 1)]
    >>> [same_padding(n, 3, 2, rule="tensorflow") for n in (6, 7)], same_padding(6, 3)
    ([(0, 1), (1, 1)], (1, 1))
    """
    n, kernel = whole("n", n, 1), whole("kernel", kernel, 1)
    stride, dilation = whole("stride", stride, 1), whole("dilation", dilation, 1)
    if rule not in SAME_RULES:
        raise InvalidInput(
            "there is no rule {rule}; there are {rules}", rule=rule, rules=", ".join(SAME_RULES)
        )
    if rule == "pytorch" and stride > 1:
        raise InvalidInput(
            "PyTorch keeps the size at stride 1 only, but the stride is {stride}: "
            "there, give the padding as a number",
            stride=stride,
        )
    return _same_padding(n, kernel, stride, dilation, rule)


def _same_padding(
    n: int, kernel: int, stride: int, dilation: int, rule: SameRule
) -> tuple[int, int]:
    extent = dilation * (kernel - 1) + 1
    total = extent - 1
    if rule == "tensorflow":
        outputs = -(-n // stride)
        total = max((outputs - 1) * stride + extent - n, 0)
    less = total // 2
    more = total - less
    return (more, less) if rule == "scipy" else (less, more)
