"""Layers as a line of text, for a link to hold and a hand to type: "conv 16 5, relu, pool 2"."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.engine.checks import Size
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.message import InvalidInput

MOST_LAYERS = 60
LONGEST = 4_000  # characters
_LARGEST = 9_999  # of any number in it
_PLAIN: Mapping[str, Callable[[], Layer]] = {
    "bn": BatchNorm,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "flatten": Flatten,
    "global": GlobalAvgPool,
}
_MARKS = {"s": "stride", "p": "padding", "d": "dilation", "g": "groups"}
_SWITCHES: Mapping[str, tuple[str, bool]] = {"nobias": ("bias", False), "ceil": ("ceil_mode", True)}
_ALLOWED = {  # what may follow the numbers, by the layer's word
    "conv": {"stride", "padding", "dilation", "groups", "bias"},
    "pool": {"stride", "padding", "ceil_mode"},
    "avgpool": {"stride", "padding", "ceil_mode"},
    "dense": {"bias"},
}
_SIZE = re.compile(r"(\d+)(?:x(\d+))?")


def read(text: str) -> tuple[Layer, ...]:
    """The layers that a line of text names, in order; see `write` for the words.

    Numbers stand in the order of the layer's settings ("conv 16 5": 16 filters of 5×5; "pool 2";
    "dense 10"; "dropout 0.5"), then s (stride), p (padding), d (dilation), g (groups) with theirs
    ("conv 16 3 s2 p1"), "nobias", "ceil". Two sizes are "5x3", rows first. A residual block is
    "res(body | shortcut)", the shortcut left out where it is the input itself.

    Raises InvalidInput that quotes what cannot be read.

    >>> read("conv 16 5 p2, relu, pool 2")
    (Conv(filters=16, kernel_size=5, stride=1, padding=2, dilation=1, groups=1, bias=True), \
ReLU(), MaxPool(kernel_size=2, stride=None, padding=0, ceil_mode=False))
    """
    if len(text) > LONGEST:
        raise InvalidInput(
            "the layers are {n} characters long; up to {most} can be read",
            n=len(text),
            most=LONGEST,
        )
    layers = _sequence(text.lower().strip())
    count = sum(_count(layer) for layer in layers)
    if count > MOST_LAYERS:
        raise InvalidInput("{n} layers are too many: up to {most}", n=count, most=MOST_LAYERS)
    return layers


def write(layers: tuple[Layer, ...]) -> str:
    """The line of text that `read` turns into these layers.

    >>> write((Conv(8, (5, 3), stride=2, bias=False), BatchNorm(), Residual((ReLU(),)), Dense(10)))
    'conv 8 5x3 s2 nobias, bn, res(relu), dense 10'
    """
    return ", ".join(map(_written, layers))


def _sequence(text: str) -> tuple[Layer, ...]:
    return tuple(_layer(part.strip()) for part in _split(text, ",") if part.strip())


def _split(text: str, mark: str) -> list[str]:
    """Cut at a mark, but not inside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _layer(text: str) -> Layer:
    if text.startswith("res(") and text.endswith(")") and "res(" not in text[4:]:
        body, *shortcut = _split(text[4:-1], "|")
        if len(shortcut) < 2:
            return Residual(_sequence(body), _sequence("".join(shortcut)))
    word, *rest = text.split()
    if word in _PLAIN and not rest:
        return _PLAIN[word]()
    try:
        return _with_numbers(word, rest)
    except (KeyError, ValueError, TypeError):
        raise InvalidInput(
            "“{given}” is no layer. There are: conv 16 5, pool 2, avgpool 2, global, bn, relu, "
            "tanh, sigmoid, dropout 0.5, flatten, dense 10",
            given=text[:60],
        ) from None


def _with_numbers(word: str, rest: list[str]) -> Layer:
    """Raises KeyError, ValueError or TypeError where it cannot be read."""
    if word == "dropout":
        (share,) = rest
        return Dropout(_share(share))
    allowed = _ALLOWED[word]
    sizes: list[Size] = []
    named: dict[str, Any] = {}
    for part in rest:
        if part[0].isdigit():
            sizes.append(_size(part))
            continue
        name, value = _SWITCHES.get(part) or (_MARKS[part[0]], _size(part[1:]))
        if name not in allowed or name in named:
            raise KeyError(name)
        named[name] = value
    kinds: Mapping[str, Callable[..., Layer]] = {
        "conv": Conv,
        "pool": MaxPool,
        "avgpool": AvgPool,
        "dense": Dense,
    }
    if len(sizes) != (2 if word == "conv" else 1):
        raise ValueError(sizes)
    if word in ("conv", "dense"):
        _one(sizes[0])
    _one(named.get("groups", 1))
    return kinds[word](*sizes, **named)


def _one(size: Size) -> None:
    if not isinstance(size, int):
        raise TypeError(size)


def _size(text: str) -> Size:
    match = _SIZE.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError(text)
    numbers = tuple(int(digits) for digits in match.groups() if digits and len(digits) < 5)
    if not numbers or max(numbers) > _LARGEST or len(numbers) < 1 + ("x" in text):
        raise ValueError(text)
    return numbers if len(numbers) == 2 else numbers[0]


def _share(text: str) -> float:
    if not re.fullmatch(r"0?\.\d{1,4}|0", text, re.ASCII):
        raise ValueError(text)
    return float(text)


def _count(layer: Layer) -> int:
    if isinstance(layer, Residual):
        return sum(_count(inner) for inner in (*layer.body, *layer.shortcut))
    return 1


def _written(layer: Layer) -> str:
    match layer:
        case Residual(body, shortcut):
            ways = [write(body), write(shortcut)] if shortcut else [write(body)]
            return f"res({' | '.join(ways)})"
        case Conv():
            marks = [f"{layer.filters}", _pair(layer.kernel_size)]
            return " ".join(["conv", *marks, *_marked(layer)])
        case MaxPool() | AvgPool():
            word = "pool" if isinstance(layer, MaxPool) else "avgpool"
            return " ".join([word, _pair(layer.kernel_size), *_marked(layer)])
        case Dense():
            return " ".join(["dense", str(layer.outputs), *_marked(layer)])
        case Dropout(share):
            return f"dropout {share:g}"
    return next(word for word, kind in _PLAIN.items() if isinstance(layer, kind))  # type: ignore[arg-type]


def _marked(layer: Conv | MaxPool | AvgPool | Dense) -> list[str]:
    """What differs from the layer's own defaults, as it is written."""
    usual = {"stride": 1 if isinstance(layer, Conv) else None, "padding": 0, "dilation": 1}
    usual |= {"groups": 1}
    marks = [
        f"{mark}{_pair(getattr(layer, name))}"
        for mark, name in _MARKS.items()
        if getattr(layer, name, usual[name]) != usual[name]
    ]
    return marks + [
        word for word, (name, value) in _SWITCHES.items() if getattr(layer, name, None) is value
    ]


def _pair(size: Size) -> str:
    if isinstance(size, int):
        return str(size)
    rows, columns = size
    return f"{rows}x{columns}"
