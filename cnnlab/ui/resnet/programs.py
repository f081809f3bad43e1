"""Programs that make the same numbers with PyTorch: the block as a module, and gradient norms."""

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, body
from cnnlab.ui.code import Piece, program, tensor
from cnnlab.ui.resnet.flow import Chosen
from cnnlab.ui.resnet.setting import Setting

_IMPORTS = ("import torch", "import torch.nn.functional as F", "from torch import nn")


def pytorch(setting: Setting, dy: Array | None = None) -> str:
    """A program that makes the same y; or, with the gradient ``dy`` (F, H, W) of y, that of x."""
    block = setting.block
    x = tensor("x", setting.x[None])
    pieces = [x, *_learned(block), Piece(_module(block), _IMPORTS), Piece(_loaded(block))]
    if dy is None:
        return program(*pieces, Piece("y = block(x)\nprint(y)"))
    pieces += [tensor("dy", dy[None]), Piece("x.requires_grad_()\ny = block(x)")]
    return program(*pieces, Piece("(dx,) = torch.autograd.grad(y, x, dy)\nprint(dx)"))


def gradient_norms(chosen: Chosen, seeds: int, digits: int) -> str:
    """A program that prints the norm of the gradient of every layer's weights, both networks."""
    depth, start, first = chosen
    lines = f"""\
digits = mnist.load("train")
x = torch.tensor(standardised(digits.images[:{digits}]), dtype=torch.float64)
labels = torch.tensor(digits.labels[:{digits}].tolist())


def norms(residual, normalised, seed):
    network = deep({depth}, residual, normalised)
    weights = first_weights({depth}, residual, normalised, seed, "{start}")
    model = build(network, weights).double()
    with torch.no_grad():  # build has rounded them to float32
        for name, array in model.named_parameters():
            array.copy_(torch.tensor(weights[name]))
    F.cross_entropy(model(x), labels).backward()
    return [
        array.grad.norm().item() for array in model.parameters() if array.dim() > 1
    ]


for seed in range({first}, {first + seeds}):
    for normalised in (False, True):
        for residual in (False, True):
            kind = "residual" if residual else "plain"
            print(seed, kind, normalised, norms(residual, normalised, seed))"""
    imports = (
        "import torch",
        "import torch.nn.functional as F",
        "from cnnlab.data import mnist",
        "from cnnlab.data.preprocess import standardised",
        "from cnnlab.engine.deep import deep",
        "from cnnlab.engine.gradient_flow import first_weights",
        "from cnnlab.nets.build import build",
    )
    return program(Piece(lines, imports))


def _learned(block: Block) -> list[Piece]:
    """The numbers that the module is given."""
    pieces = []
    for n in (0, 1):
        pieces.append(tensor(f"weight{n + 1}", block.weights[n]))
        if block.norms is None:
            pieces.append(tensor(f"bias{n + 1}", block.biases[n]))
        else:
            pieces.append(tensor(f"gamma{n + 1}", block.norms[n][0]))
            pieces.append(tensor(f"beta{n + 1}", block.norms[n][1]))
    if block.projection is not None and block.skip:
        pieces.append(tensor("projection", block.projection))
    return pieces


def _module(block: Block) -> str:
    """The class of the block, as one writes it."""
    return "\n".join(["\n", "class Block(nn.Module):", *_init(block), "", *_forward(block), "\n"])


def _init(block: Block) -> list[str]:
    (filters, channels), norms = block.weights[0].shape[:2], block.norms
    bias = ", bias=False" if norms is not None else ""
    stride = f"stride={block.stride}, " if block.stride > 1 else ""
    lines = ["    def __init__(self):", "        super().__init__()"]
    made = [
        f"conv1 = nn.Conv2d({channels}, {filters}, 3, {stride}padding=1{bias})",
        f"conv2 = nn.Conv2d({filters}, {filters}, 3, padding=1{bias})",
    ]
    if norms is not None:
        made += [f"norm{n + 1} = nn.BatchNorm2d({len(norms[n][0])})" for n in (0, 1)]
    if block.projection is not None and block.skip:
        size = f"{channels}, {filters}, 1, stride={block.stride}, bias=False"
        made.append(f"projection = nn.Conv2d({size})")
    return [*lines, *(f"        self.{line}" for line in made)]


def _forward(block: Block) -> list[str]:
    lines, z = ["    def forward(self, x):"], "x"
    for step in body(block):
        z = f"F.relu({z})" if step.op == "relu" else f"self.{step.op}{step.n + 1}({z})"
        if step.op == "conv":
            lines.append(f"        z = {z}")
            z = "z"
    if z != "z":
        lines.append(f"        z = {z}")
    around = "self.projection(x)" if block.projection is not None else "x"
    total = f"z + {around}" if block.skip else "z"
    return [*lines, f"        return {total if block.preactivated else f'F.relu({total})'}"]


def _loaded(block: Block) -> str:
    lines = ["block = Block()", "with torch.no_grad():"]
    for n in ("1", "2"):
        names = [(f"conv{n}.weight", f"weight{n}")]
        if block.norms is None:
            names.append((f"conv{n}.bias", f"bias{n}"))
        else:
            names += [(f"norm{n}.weight", f"gamma{n}"), (f"norm{n}.bias", f"beta{n}")]
        lines += [f"    block.{place}.copy_({name})" for place, name in names]
    if block.projection is not None and block.skip:
        lines.append("    block.projection.weight.copy_(projection)")
    return "\n".join(lines)
