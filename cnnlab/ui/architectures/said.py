"""Large numbers and layers, as this lesson says them."""

from collections.abc import Callable

from cnnlab.engine.architecture import Row
from cnnlab.engine.checks import Size
from cnnlab.engine.layers import AvgPool, Conv, Layer, MaxPool, Residual
from cnnlab.engine.sizes import times
from cnnlab.engine.units import window
from cnnlab.figures import boxes
from cnnlab.figures.shares import percent
from cnnlab.ui.architectures.lines import Line
from cnnlab.ui.language import t
from cnnlab.ui.layer_stack import KINDS

_UNITS = ("B", "kB", "MB", "GB", "TB")
_POWERS = ("", "k", "M", "G", "T")


def short(number: int) -> str:
    """A count with three digits that say something: 416 k, 61.7 M, 15.5 G.

    >>> short(999), short(61_706), short(15_470_264_320), short(999_999)
    ('999', '61.7 k', '15.5 G', '1 M')
    """
    return _scaled(number, _POWERS)


def stored(size: int) -> str:
    """So many bytes, in powers of 1000.

    >>> stored(246_824), stored(0)
    ('247 kB', '0 B')
    """
    return _scaled(size, _UNITS)


def share(part: int, whole: int) -> str:
    """A share in percent, as the bars say it.

    >>> share(102_764_544, 138_357_544), share(1, 10_000), share(999, 1000), share(0, 0)
    ('74 %', '< 0.1 %', '99.9 %', '0 %')
    """
    return percent(100 * part / whole if whole else 0.0)


def shape(sizes: tuple[int, ...]) -> str:
    """A shape: 6×28×28, channels first; a row of numbers by how many there are."""
    return times(sizes) if len(sizes) > 1 else f"{sizes[0]:,}"


def kind(line: Line) -> str:
    """What a line's layers are called: "Convolution + ReLU", "Residual block (W_s) ×2"."""
    named = [_kind(line.layer), *(t(KINDS[type(layer)]) for layer in line.after)]
    return " + ".join(named) + (f" **×{line.many}**" if line.many > 1 else "")


def single(pair: Size) -> str:
    """A size by one number where both are alike: "3", "5×3"."""
    down, across = (pair, pair) if isinstance(pair, int) else pair
    return str(down) if down == across else times((down, across))


def row_name(row: Row, *, first: bool = False) -> str:
    """One layer in words: "the first dense layer (25,088 → 4,096)", if it is the ``first``."""
    made = {"inputs": f"{row.input[0]:,}", "outputs": f"{row.output[0]:,}"}
    if isinstance(row.layer, Conv):
        kernel = boxes.window(row.layer)
        return t("a {kernel} convolution ({inputs} → {outputs} channels)", kernel=kernel, **made)
    if first:
        return t("the first dense layer ({inputs} → {outputs})", **made)
    return t("a dense layer ({inputs} → {outputs})", **made)


def kernels(layer: Layer) -> str:
    """The window of a layer; of a block those of its body, one after another."""
    return _each(layer, lambda one: single(w.kernel) if (w := window(one)) else "")


def strides(layer: Layer) -> str:
    """The step of a layer's window; of a block those of its body."""
    return _each(layer, lambda one: single(w.stride) if (w := window(one)) else "")


def paddings(layer: Layer) -> str:
    """The padding per side of a layer; of a block those of its body."""
    return _each(layer, lambda one: single(w.padding) if (w := window(one)) else "")


def _each(layer: Layer, say: Callable[[Layer], str]) -> str:
    if isinstance(layer, Residual):
        return ", ".join(filter(None, (say(one) for one in layer.body)))
    return say(layer)


def _kind(layer: Layer) -> str:
    name = t(KINDS[type(layer)])
    if isinstance(layer, Conv) and layer.groups > 1:
        return t("{kind}, {n} groups", kind=name, n=layer.groups)
    if isinstance(layer, Residual) and layer.shortcut:
        return f"{name} (W_s)"
    if isinstance(layer, MaxPool | AvgPool) and layer.ceil_mode:
        return t("{kind}, rounded up", kind=name)
    return name


def _scaled(number: int, units: tuple[str, ...]) -> str:
    value, power = float(number), 0
    while float(f"{value:.3g}") >= 1000 and power < len(units) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.3g} {units[power]}".rstrip()
