"""A residual block beside PyTorch: every map, and the gradient of every map and weight."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.check.comparison import Check, exact
from cnnlab.engine import Array
from cnnlab.engine.residual import Block, backward, body, run

EPS = 1e-5  # what batch norm adds to a variance
Tensors = dict[str, Any]  # torch.Tensor by name
Norm = Callable[[Any, Any, Any], Any]  # of a map (1, C, H, W), γ (C,) and β (C,)


def block_maps(block: Block, x: Array) -> list[Check]:
    """Every map that the block makes of ``x`` (C, H, W), in float64; names as in `residual.Run`.

    Batch norm is torch.nn.functional's, over this one image.
    """
    block, x = _double(block), x.astype(np.float64)
    ours = run(block, x).maps
    theirs = _maps(block, _leaves(block, x), _library_norm)
    return _compared(ours, {name: map_.detach()[0].numpy() for name, map_ in theirs.items()})


def block_gradients(block: Block, x: Array, dy: Array) -> list[Check]:
    """How a loss changes with every map and weight, ``dy`` (F, H, W) being that of the output.

    Names as in `residual.backward`; all in float64, by PyTorch's autograd. There batch norm is
    written out, (x − mean)/√(variance + ε)·γ + β: rearranged, as the library has it, a number that
    is the mean comes out as a rounding error beside 0, and a ReLU behind it lets a gradient pass
    or not by accident.
    """
    block, x = _double(block), x.astype(np.float64)
    ours = backward(block, run(block, x), dy.astype(np.float64))
    import torch

    leaves = _leaves(block, x)
    maps = _maps(block, leaves, _written_out)
    wanted = {**maps, **{name: leaf for name, leaf in leaves.items() if name != "x"}}
    arriving = torch.from_numpy(dy.astype(np.float64))[None]
    found = torch.autograd.grad(maps["y"], list(wanted.values()), arriving)
    theirs = {
        name: (gradient[0] if name in maps else gradient).numpy()
        for name, gradient in zip(wanted, found, strict=True)
    }
    return _compared(ours, theirs)


def _compared(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> list[Check]:
    largest = max(float(abs(array).max()) for array in theirs.values())
    return [exact(name, ours[name], array, largest) for name, array in theirs.items()]


def _leaves(block: Block, x: Array) -> Tensors:
    """The input as a batch of one, and everything learned, ready for autograd."""
    import torch

    arrays: dict[str, Array] = {"x": x[None]}
    for n in (0, 1):
        arrays[f"weight{n + 1}"], arrays[f"bias{n + 1}"] = block.weights[n], block.biases[n]
        if block.norms is not None:
            arrays[f"gamma{n + 1}"], arrays[f"beta{n + 1}"] = block.norms[n]
    if block.projection is not None and block.skip:
        arrays["projection"] = block.projection
    return {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}


def _maps(block: Block, leaves: Tensors, norm: Norm) -> Tensors:
    """Every map (1, C, H, W) by PyTorch, the input first."""
    import torch
    from torch.nn import functional

    maps: Tensors = {"x": leaves["x"]}
    for step in body(block):
        given, target, at = maps[step.source], step.target, step.n + 1
        if step.op == "conv":
            stride = block.stride if step.n == 0 else 1
            weight, bias = leaves[f"weight{at}"], leaves[f"bias{at}"]
            maps[target] = functional.conv2d(given, weight, bias, stride, 1)
        elif step.op == "norm":
            maps[target] = norm(given, leaves[f"gamma{at}"], leaves[f"beta{at}"])
        else:
            maps[target] = torch.relu(given)
    last = maps[target]
    if block.skip:
        maps["shortcut"] = _around(block, leaves)
        last = maps["sum"] = last + maps["shortcut"]
    maps["y"] = last.clone() if block.preactivated else torch.relu(last)
    return maps


def _around(block: Block, leaves: Tensors) -> Any:
    from torch.nn import functional

    if block.projection is None:
        return leaves["x"].clone()  # a tensor of its own, whose gradient can be asked for
    return functional.conv2d(leaves["x"], leaves["projection"], stride=block.stride)


def _library_norm(x: Any, gamma: Any, beta: Any) -> Any:
    from torch.nn import functional

    return functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPS)


def _written_out(x: Any, gamma: Any, beta: Any) -> Any:
    apart = x - x.mean((0, 2, 3), keepdim=True)
    variance = (apart * apart).mean((0, 2, 3), keepdim=True)
    return apart / (variance + EPS).sqrt() * gamma.view(-1, 1, 1) + beta.view(-1, 1, 1)


def _double(block: Block) -> Block:
    """The same block in float64."""
    norms, projection = block.norms, block.projection
    return replace(
        block,
        weights=_both(block.weights),
        biases=_both(block.biases),
        norms=None if norms is None else (_both(norms[0]), _both(norms[1])),
        projection=None if projection is None else projection.astype(np.float64),
    )


def _both(arrays: tuple[Array, Array]) -> tuple[Array, Array]:
    return arrays[0].astype(np.float64), arrays[1].astype(np.float64)
