"""The network as this project describes it, and as a PyTorch program; both run as they stand."""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from textwrap import indent

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import Layer, Residual
from cnnlab.training.script_network import RESIDUAL, modules_of
from cnnlab.ui.architectures.lines import NUMBER_BY_NUMBER
from cnnlab.ui.code import WIDTH, Piece, program

_COUNT = """model.eval()
x = torch.zeros({shape})
for layer in model:
    x = layer(x)
    learned = sum(weight.numel() for weight in layer.parameters())
    print(type(layer).__name__, tuple(x.shape[1:]), learned)
print(sum(weight.numel() for weight in model.parameters()), "parameters")"""


def described(network: Architecture) -> str:
    """Python that says the network as data; what is repeated is written once.

    >>> from cnnlab.engine.networks import DENSE
    >>> print(described(DENSE))
    from cnnlab.engine.architecture import Architecture
    from cnnlab.engine.layers import (
        Dense,
        Flatten,
        ReLU,
    )
    <BLANKLINE>
    network = Architecture(
        "Dense 784→100→10",
        (1, 28, 28),
        (
            Flatten(),
            Dense(100),
            ReLU(),
            Dense(10),
        ),
    )
    """
    kinds = "".join(f"    {kind},\n" for kind in sorted(_kinds(network.layers)))
    name = f'"{network.name}"'
    layers = indent(_tuple(network.layers), "    ")
    return program(
        Piece(
            f"network = Architecture(\n    {name},\n    {network.input},\n{layers},\n)",
            (
                "from cnnlab.engine.architecture import Architecture",
                f"from cnnlab.engine.layers import (\n{kinds})",
            ),
        )
    )


def pytorch(network: Architecture) -> str:
    """A program that builds the network, and prints every shape and all parameters."""
    blocks = any(isinstance(layer, Residual) for layer in network.layers)
    return program(
        *((Piece(RESIDUAL),) if blocks else ()),
        Piece(f"model = {modules_of(network)}", ("import torch\nfrom torch import nn",)),
        Piece(_COUNT.format(shape=", ".join(map(str, (1, *network.input))))),
    )


def _tuple(layers: Sequence[Layer]) -> str:
    """A tuple of layers, in one line if there is room."""
    line = f"({', '.join(map(_layer, layers))}{',' if len(layers) == 1 else ''})"
    if len(layers) < 4 and len(line) <= WIDTH - 12 and "\n" not in line:
        return line
    return "(\n" + indent("".join(f"{item},\n" for item in _items(layers)), "    ") + ")"


def _items(layers: Sequence[Layer]) -> list[str]:
    """One item for each layer, or for one or two that are repeated."""
    items, at = [], 0
    while at < len(layers):
        width = 1 if _repeats(layers[at:], 1) > 1 else 2
        times = 1 if isinstance(layers[at], NUMBER_BY_NUMBER) else _repeats(layers[at:], width)
        if times == 1:
            width = 1
        part = layers[at : at + width]
        items.append(f"*{_tuple(part)} * {times}" if times > 1 else _layer(layers[at]))
        at += width * times
    return items


def _repeats(layers: Sequence[Layer], width: int) -> int:
    """How often the first ``width`` layers stand one after another."""
    part, times = tuple(layers[:width]), 1
    while len(part) == width and tuple(layers[times * width : (times + 1) * width]) == part:
        times += 1
    return times


def _layer(layer: Layer) -> str:
    if not isinstance(layer, Residual):
        return _made(layer)
    ways = [layer.body, layer.shortcut] if layer.shortcut else [layer.body]
    inside = "".join(f"{_tuple(way)},\n" for way in ways)
    return f"Residual(\n{indent(inside, '    ')})"


def _made(layer: Layer) -> str:
    """A layer as it is made: settings without a default by place, others where they differ."""
    told = []
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.default is MISSING:
            told.append(repr(value))
        elif value != field.default:
            told.append(f"{field.name}={value!r}")
    return f"{type(layer).__name__}({', '.join(told)})"


def _kinds(layers: Sequence[Layer]) -> set[str]:
    found = {type(layer).__name__ for layer in layers}
    for layer in layers:
        if isinstance(layer, Residual):
            found |= _kinds(layer.body) | _kinds(layer.shortcut)
    return found
