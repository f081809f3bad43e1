"""One residual block with every map on the way kept: forward, and the gradient on both lanes.

Source: He et al., "Deep Residual Learning for Image Recognition" (2016), section 3.2 (the block,
equations 1 and 2) and "Identity Mappings in Deep Residual Networks" (2016), figure 4e, for the
pre-activated one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cnnlab.engine.batch_norm import BatchStatistics, batch_norm, batch_norm_backward
from cnnlab.engine.checks import Array
from cnnlab.engine.conv import conv2d, conv2d_backward
from cnnlab.engine.dense import relu, relu_backward
from cnnlab.engine.sizes import times
from cnnlab.message import InvalidInput

Op = Literal["conv", "norm", "relu"]


@dataclass(frozen=True, eq=False)
class Block:
    """The numbers of a block of two 3×3 convolutions, from C to F channels.

    ``weights`` are (F, C, 3, 3) and (F, F, 3, 3), ``biases`` (F,) each. ``norms`` holds γ and β of
    the two batch norms, (channels,) each, or None where there are none. The first convolution has
    the ``stride``, and so has the shortcut's ``projection`` W_s (F, C, 1, 1); None: the shortcut is
    x itself. ``preactivated``: batch norm and ReLU stand before each convolution, and no ReLU
    after the sum. Without ``skip`` nothing leads around the convolutions.
    """

    weights: tuple[Array, Array]
    biases: tuple[Array, Array]
    norms: tuple[tuple[Array, Array], tuple[Array, Array]] | None = None
    projection: Array | None = None
    stride: int = 1
    preactivated: bool = False
    skip: bool = True


@dataclass(frozen=True)
class Step:
    """One operation on the way through the body: from which map to which; ``n`` counts its kind."""

    op: Op
    n: int
    source: str
    target: str


@dataclass(frozen=True, eq=False)
class Run:
    """What a block made of its input: every map (channels, H, W) by name, in order.

    The names are those of `body`, and "x", "shortcut", "sum" and "y". ``statistics`` are those of
    the batch norms, in order.
    """

    maps: Mapping[str, Array]
    statistics: tuple[BatchStatistics, ...]

    @property
    def y(self) -> Array:
        """The output."""
        return self.maps["y"]


def body(block: Block) -> tuple[Step, ...]:
    """The operations between x and the sum, in order.

    >>> import numpy as np
    >>> kernels, biases = (np.zeros((1, 1, 3, 3)),) * 2, (np.zeros(1),) * 2
    >>> [step.target for step in body(Block(kernels, biases))]
    ['conv1', 'relu1', 'conv2']
    >>> [step.target for step in body(Block(kernels, biases, preactivated=True))]
    ['relu1', 'conv1', 'relu2', 'conv2']
    """
    norm: tuple[Op, ...] = () if block.norms is None else ("norm",)
    ops: tuple[Op, ...] = ("conv", *norm, "relu", "conv", *norm)
    if block.preactivated:
        ops = (*norm, "relu", "conv") * 2
    steps: list[Step] = []
    source = "x"
    for at, op in enumerate(ops):
        n = ops[:at].count(op)
        steps.append(Step(op, n, source, f"{op}{n + 1}"))
        source = steps[-1].target
    return tuple(steps)


def run(block: Block, x: Array) -> Run:
    """Every map that the block makes of ``x`` (C, H, W), one image.

    Batch norm takes mean and variance over this one map, as in training with a batch of one.
    Raises InvalidInput where the shapes of the two lanes do not add.

    >>> import numpy as np
    >>> x = np.array([[[1.0, -2.0]]])
    >>> nothing = Block((np.zeros((1, 1, 3, 3)),) * 2, (np.zeros(1),) * 2)
    >>> run(nothing, x).y.tolist()  # a body of zeros: only the last ReLU is left
    [[[1.0, 0.0]]]
    """
    both = lanes(block, x)
    maps = dict(both.maps)
    last = maps[body(block)[-1].target]
    if block.skip:
        last = maps["sum"] = _added(maps["shortcut"], last)
    maps["y"] = last if block.preactivated else relu(last)
    return Run(maps, both.statistics)


def lanes(block: Block, x: Array) -> Run:
    """The maps of the two lanes of ``x`` (C, H, W) as far as the sum, whether they add or not."""
    maps, statistics = {"x": x}, []
    for step in body(block):
        maps[step.target], measured = _forward(block, step, maps[step.source])
        statistics += measured
    if block.skip:
        maps["shortcut"] = shortcut(block, x)
    return Run(maps, tuple(statistics))


def refused(shortcut: Array, body: Array) -> InvalidInput | None:
    """What to say of two maps (C, H, W) whose shapes do not add; None where they do."""
    if shortcut.shape == body.shape:
        return None
    return InvalidInput(
        "shapes do not add: the body makes {body}, the shortcut {shortcut}",
        body=times(body.shape),
        shortcut=times(shortcut.shape),
    )


def shortcut(block: Block, x: Array) -> Array:
    """What the skip connection hands on: x itself, or W_s times x, at every stride-th position."""
    if block.projection is None:
        return x
    return _only(conv2d(x[None], block.projection, stride=block.stride))


def backward(block: Block, made: Run, dy: Array) -> dict[str, Array]:
    """How a loss changes with every map of a run; ``dy`` in the shape of y.

    Names as in `Run`. What comes to the sum goes to both lanes as it is, so "shortcut" and the
    body's last map both get "sum". "x" is the sum of "x by the body" and "x by the shortcut", the
    second only where there is a skip. Also "weight1", "bias1", "weight2", "bias2", with batch norm
    "gamma1", "beta1", "gamma2", "beta2", and with a projection "projection".
    """
    steps, maps = body(block), made.maps
    grads = {"y": dy}
    last = "sum" if block.skip else steps[-1].target
    grads[last] = dy if block.preactivated else relu_backward(dy, maps[last])
    grads[steps[-1].target] = grads[last]
    for step in reversed(steps):
        name = "x by the body" if step.source == "x" else step.source
        grads[name] = _backward(block, step, made, grads)
    grads["x"] = grads["x by the body"]
    if block.skip:
        grads["shortcut"] = grads["sum"]
        grads["x by the shortcut"] = _shortcut_backward(block, maps["x"], grads)
        grads["x"] = grads["x by the body"] + grads["x by the shortcut"]
    return grads


def _forward(block: Block, step: Step, x: Array) -> tuple[Array, list[BatchStatistics]]:
    if step.op == "relu":
        return relu(x), []
    if step.op == "norm":
        assert block.norms is not None
        weight, bias = block.norms[step.n]
        y, statistics = batch_norm(x[None], weight=weight, bias=bias, training=True)
        return y[0], [statistics]
    stride = block.stride if step.n == 0 else 1
    y = conv2d(x[None], block.weights[step.n], block.biases[step.n], stride, 1)
    return y[0], []


def _backward(block: Block, step: Step, made: Run, grads: dict[str, Array]) -> Array:
    """The gradient of a step's input; those of its weights are put into ``grads``."""
    dy, x = grads[step.target], made.maps[step.source]
    if step.op == "relu":
        return relu_backward(dy, x)
    if step.op == "norm":
        assert block.norms is not None
        weight = block.norms[step.n][0]
        dx, dweight, dbias = batch_norm_backward(dy[None], x[None], made.statistics[step.n], weight)
        grads[f"gamma{step.n + 1}"], grads[f"beta{step.n + 1}"] = dweight, dbias
        return _only(dx)
    stride = block.stride if step.n == 0 else 1
    dx, dweight, dbias = conv2d_backward(
        dy[None], x[None], block.weights[step.n], stride=stride, padding=1
    )
    grads[f"weight{step.n + 1}"], grads[f"bias{step.n + 1}"] = dweight, dbias
    return _only(dx)


def _shortcut_backward(block: Block, x: Array, grads: dict[str, Array]) -> Array:
    if block.projection is None:
        return grads["shortcut"]
    dx, grads["projection"], _ = conv2d_backward(
        grads["shortcut"][None], x[None], block.projection, stride=block.stride
    )
    return _only(dx)


def _only(batch: Array) -> Array:
    """The one image of a batch."""
    first: Array = batch[0]
    return first


def _added(shortcut: Array, body: Array) -> Array:
    error = refused(shortcut, body)
    if error is not None:
        raise error
    return shortcut + body
