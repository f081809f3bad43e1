"""The part of `script` that is the network: PyTorch's modules, first weights and optimiser as text.

The names in the state_dict of what is written here are those of `engine.forward.weight_shapes`.
"""

from collections.abc import Callable
from itertools import count
from textwrap import indent

from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.checks import Size
from cnnlab.engine.initial import SMALL
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
from cnnlab.training.config import Config

_PLAIN: dict[type[Layer], str] = {
    ReLU: "nn.ReLU()",
    Sigmoid: "nn.Sigmoid()",
    Tanh: "nn.Tanh()",
    Flatten: "nn.Flatten()",
    GlobalAvgPool: "nn.AdaptiveAvgPool2d(1)",
}
Written = Callable[[float], str]
RESIDUAL = '''
class Residual(nn.Module):
    """The sum of two ways through."""

    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)
'''
_DROPOUT = '''
class Dropout(nn.Module):
    """Dropout that drops the same again: it draws from the seed, the step and its place."""

    def __init__(self, p, place):
        super().__init__()
        self.p, self.place = p, place

    def forward(self, x):
        if not self.training:
            return x
        rng = np.random.default_rng([SEED, 3, step, self.place])
        dropped = rng.random(tuple(x.shape), np.float32) < self.p
        kept = np.where(dropped, np.float32(0), np.float32(1 / (1 - self.p)))
        return x * torch.from_numpy(kept).to(x.device)
'''


def classes_of(network: Architecture) -> list[str]:
    """The modules that PyTorch does not have, where the network needs them."""
    return [
        text for kind, text in ((Residual, RESIDUAL), (Dropout, _DROPOUT)) if _has(network, kind)
    ]


def model_of(network: Architecture) -> str:
    """The network as an nn.Sequential called model.

    >>> from cnnlab.engine.networks import DENSE
    >>> print(model_of(DENSE))
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 100),
        nn.ReLU(),
        nn.Linear(100, 10),
    )
    model.to(device, memory_format=torch.channels_last)
    """
    places = count()
    layers = modules_of(network, lambda p: f"Dropout({p}, place={next(places)})")
    return f"model = {layers}\nmodel.to(device, memory_format=torch.channels_last)"


def modules_of(network: Architecture, dropout: Written = "nn.Dropout({})".format) -> str:
    """The network as an nn.Sequential; its blocks are of the class `RESIDUAL`.

    ``dropout`` writes the module of a dropout of probability p.

    >>> print(modules_of(Architecture("", (1, 8, 8), (Conv(2, 3, stride=2), Dropout(0.3)))))
    nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2),
        nn.Dropout(0.3),
    )
    """
    rows = {row.path: row for row in trace(network)}
    return _sequential(network.layers, (), rows, dropout)


def first_weights_of(config: Config) -> str:
    """The first weights, as `engine.initial` draws them."""
    kept = [
        "    if isinstance(layer, nn.BatchNorm2d):",
        "        continue  # starts as what changes nothing",
    ]
    drawn = {
        "uniform": [
            "    values = rng.uniform(-1, 1, tuple(parameter.shape))",
            "    values /= np.sqrt(layer.weight[0].numel())  # the inputs of one output",
        ],
        "small": [
            f"    values = {SMALL} * rng.standard_normal(tuple(parameter.shape))",
            '    if name.endswith("bias"):',
            "        values[:] = 0",
        ],
    }[config.start]
    lines = [
        "for name, parameter in model.named_parameters():",
        '    layer = model.get_submodule(name.rpartition(".")[0])',
        *(kept if _has(config.network, BatchNorm) else []),
        "    rng = np.random.default_rng([SEED, crc32(name.encode())])",
        *drawn,
        "    parameter.data.copy_(torch.from_numpy(values))",
    ]
    return "\n".join(lines)


def optimizer_of(config: Config, constant: bool) -> str:
    """The optimiser and the loss; ``constant``: the learning rate is given here, once."""
    kind = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}[config.optimizer]
    betas = f"betas=({config.beta1}, {config.beta2})"
    settings = [
        "model.parameters()",
        "lr=LEARNING_RATE" if constant else "",
        f"momentum={config.momentum}" if config.optimizer == "sgd" else betas,
        f"weight_decay={config.weight_decay}",
        "fused=True",
    ]
    smoothing = f"label_smoothing={config.label_smoothing}" if config.label_smoothing else ""
    return (
        f"optimizer = torch.optim.{kind}(\n"
        + "".join(f"    {setting},\n" for setting in settings if setting)
        + f")\nloss_of = nn.CrossEntropyLoss({smoothing})"
    )


def _sequential(
    layers: tuple[Layer, ...],
    path: tuple[int, ...],
    rows: dict[tuple[int, ...], Row],
    dropout: Written,
) -> str:
    lines = [_module(layer, (*path, i), rows, dropout) + ",\n" for i, layer in enumerate(layers)]
    return "nn.Sequential(\n" + indent("".join(lines), "    ") + ")" if lines else "nn.Sequential()"


def _module(
    layer: Layer, path: tuple[int, ...], rows: dict[tuple[int, ...], Row], dropout: Written
) -> str:
    if isinstance(layer, Residual):
        ways = (layer.body, layer.shortcut)
        parts = [_sequential(way, (*path, i), rows, dropout) + ",\n" for i, way in enumerate(ways)]
        return "Residual(\n" + indent("".join(parts), "    ") + ")"
    inputs = rows[path].input[0]
    match layer:
        case Conv():
            return _conv(layer, inputs)
        case Dense(outputs, bias):
            return f"nn.Linear({inputs}, {outputs}{'' if bias else ', bias=False'})"
        case BatchNorm():
            return f"nn.BatchNorm2d({inputs})"
        case Dropout(p):
            return dropout(p)
        case MaxPool() | AvgPool():
            return _pool(layer)
    return _PLAIN[type(layer)]


def _conv(layer: Conv, channels: int) -> str:
    first = f"{channels}, {layer.filters}, {_size(layer.kernel_size)}"
    others = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups")}
    told = [f", {name}={_size(n)}" for name, n in others.items() if n != getattr(Conv, name)]
    return f"nn.Conv2d({first}{''.join(told)}{'' if layer.bias else ', bias=False'})"


def _pool(layer: MaxPool | AvgPool) -> str:
    told = [
        _size(layer.kernel_size),
        "" if layer.stride is None else f"stride={_size(layer.stride)}",
        f"padding={_size(layer.padding)}" if layer.padding else "",
        "ceil_mode=True" if layer.ceil_mode else "",
    ]
    kind = "MaxPool2d" if isinstance(layer, MaxPool) else "AvgPool2d"
    return f"nn.{kind}({', '.join(filter(None, told))})"


def _size(size: Size) -> str:
    return str(size if isinstance(size, int) else tuple(size))


def _has(network: Architecture, kind: type[Layer]) -> bool:
    return any(isinstance(row.layer, kind) for row in trace(network))
