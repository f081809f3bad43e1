"""A PyTorch program that finds a unit's field: every weight 1, then the gradient of the unit."""

from collections.abc import Mapping
from dataclasses import replace

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.checks import Size
from cnnlab.engine.forward import Path
from cnnlab.engine.layers import (
    AvgPool,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Residual,
)
from cnnlab.ui.code import WIDTH, Piece, program
from cnnlab.ui.receptive.setting import Setting

_SUM = Piece(
    "class Sum(nn.Module):\n"
    "    def __init__(self, body, shortcut):\n"
    "        super().__init__()\n"
    "        self.body, self.shortcut = body, shortcut\n"
    "\n"
    "    def forward(self, x):\n"
    "        return self.body(x) + self.shortcut(x)\n"
    "\n"
)
_ONES = """for weight in layers.parameters():
    nn.init.ones_(weight)"""


def pytorch(shown: Setting) -> str:
    """The program: which cells the unit reads, and the field from the first to the last of them.

    One channel is enough, as all channels of a layer see the same. What works number by number is
    left out, and a maximum is a sum here: which of its cells wins is up to the picture.
    """
    layers = narrowed(shown.network.layers[: shown.layer])
    height, width = shown.size
    rows = trace(Architecture("", (1, height, width), layers))
    inputs = {row.path: row.input[0] for row in rows}
    unit = _unit(shown, len(rows[-1].output) if rows else 3)
    blocks = (_SUM,) if any(isinstance(layer, Residual) for layer in layers) else ()
    x = f"x = torch.ones(1, 1, {height}, {width}, dtype=torch.float64, requires_grad=True)"
    return program(
        *blocks,
        Piece(f"layers = {_sequence(layers, (), inputs)}.double()"),
        Piece(_ONES, ("import torch\nfrom torch import nn",)),
        Piece(x),
        Piece("y = layers(x)"),
        Piece(f"(ways,) = torch.autograd.grad({unit}, x)"),
        Piece("rows, columns = ways[0, 0].nonzero(as_tuple=True)"),
        Piece('print("rows", int(rows.min()), "to", int(rows.max()))'),
        Piece('print("columns", int(columns.min()), "to", int(columns.max()))'),
        Piece('print("cells read:", len(rows))'),
    )


def narrowed(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers with one channel each, without what works number by number."""
    return tuple(made for layer in layers if (made := _narrow(layer)) is not None)


def _narrow(layer: Layer) -> Layer | None:
    match layer:
        case Conv():
            return replace(layer, filters=1, groups=1, bias=False)
        case Dense():
            return Dense(1, bias=False)
        case Residual(body, shortcut):
            return Residual(narrowed(body), narrowed(shortcut))
        case MaxPool() | AvgPool() | GlobalAvgPool() | Flatten():
            return layer
    return None


def _unit(shown: Setting, axes: int) -> str:
    """The unit's place in what the layers give: maps, or a row of numbers."""
    row, column = shown.unit
    return f"y[0, 0, {row}, {column}]" if axes == 3 else f"y[0, {row * shown.map[1] + column}]"


def _sequence(layers: tuple[Layer, ...], path: Path, inputs: Mapping[Path, int]) -> str:
    """The layers at that place of the network, in one line if there is room."""
    written = [_module(layer, (*path, n), inputs) for n, layer in enumerate(layers)]
    if not written:
        return "nn.Identity()"
    line = f"nn.Sequential({', '.join(written)})"
    indent = "    " * len(path)
    if len(indent) + len(line) + len("layers = .double()") <= WIDTH and "\n" not in line:
        return line
    body = "".join(f"{indent}    {text},\n" for text in written)
    return f"nn.Sequential(\n{body}{indent})"


def _module(layer: Layer, path: Path, inputs: Mapping[Path, int]) -> str:
    match layer:
        case Conv():
            dilation = _named("dilation", layer.dilation, 1)
            padding = _named("padding", layer.padding, 0)
            stride = _named("stride", layer.stride, 1)
            given = ", ".join([_size(layer.kernel_size), *stride, *padding, *dilation])
            return f"nn.Conv2d(1, 1, {given}, bias=False)"
        case MaxPool() | AvgPool():
            stride = _named("stride", layer.stride or layer.kernel_size, layer.kernel_size)
            padding = _named("padding", layer.padding, 0)
            ceil = ["ceil_mode=True"] if layer.ceil_mode else []
            return (
                f"nn.AvgPool2d({', '.join([_size(layer.kernel_size), *stride, *padding, *ceil])})"
            )
        case GlobalAvgPool():
            return "nn.AdaptiveAvgPool2d(1)"
        case Dense():
            return f"nn.Linear({inputs[path]}, 1, bias=False)"
        case Residual(body, shortcut):
            indent = "    " * len(path)
            ways = (_sequence(way, (*path, n), inputs) for n, way in enumerate((body, shortcut)))
            inside = "".join(f"{indent}    {way},\n" for way in ways)
            return f"Sum(\n{inside}{indent})"
    return "nn.Flatten()"


def _named(name: str, value: Size, usual: Size) -> list[str]:
    return [] if _pair(value) == _pair(usual) else [f"{name}={_size(value)}"]


def _size(value: Size) -> str:
    down, across = _pair(value)
    return str(down) if down == across else str((down, across))


def _pair(value: Size) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
