"""What the class has set: one frozen record that every view, check and question is made from."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from cnnlab.data import table
from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Run, body, lanes, refused, run
from cnnlab.message import InvalidInput

Kind = Literal["identity", "projection", "unprojected", "preactivated"]
SIDE = 4  # rows and columns of x
_STREAM = 1842  # of random numbers: under seed 0 a cell of its sum is 2 + (−0.5) = 1.5
_SHIFT = 0.5  # β of the last batch norm: with γ = 0 alone the block would not be the identity


@dataclass(frozen=True)
class Setting:
    """A residual block and its input ``x`` (1, 4, 4), float32.

    ``kind`` is the block's slug, ``name`` the input's. ``drawn`` is the block before its last
    numbers were scaled by ``last`` %, and its weights before a batch norm by ``before`` %.
    """

    kind: Kind
    name: str
    x: Array
    drawn: Block
    last: int = 100
    before: int = 100

    @cached_property
    def block(self) -> Block:
        """The block as it is set."""
        return scaled(self.drawn, self.last / 100, self.before / 100)

    @cached_property
    def run(self) -> Run:
        """Every map. Raises InvalidInput where the shapes of the two lanes do not add."""
        return run(self.block, self.x)

    @property
    def y(self) -> Array:
        """The output (F, H, W). Raises InvalidInput where the two lanes do not add."""
        return self.run.y

    @cached_property
    def refusal(self) -> InvalidInput | None:
        """Why the two lanes do not add; None where they do."""
        if not self.block.skip:
            return None
        maps = lanes(self.block, self.x).maps
        return refused(maps["shortcut"], maps[body(self.block)[-1].target])

    @property
    def scaled(self) -> str:
        """The names of what the last scale multiplies."""
        if self.block.norms is None:
            return "W2, b2"
        return "W2" if self.kind == "preactivated" else "γ2, β2"


def setting(
    kind: Kind,
    name: str = "rectified",
    *,
    norm: bool = False,
    skip: bool = True,
    last: int = 100,
    before: int = 100,
    seed: int = 0,
    edits: str = "",
) -> Setting:
    """The setting of those names; ``name`` "rectified" has no negative numbers, "signed" has.

    Raises InvalidInput for edits that cannot be read.
    """
    rng = np.random.default_rng((seed, _STREAM))
    x = _numbers(rng, (1, SIDE, SIDE), np.array([-2, -1, 0, 1, 1, 2, 2, 3]))
    if name == "rectified":
        x = np.maximum(x, 0)
    if edits:
        x = table.change(x, edits)
    return Setting(kind, name, x, _block(rng, kind, norm, skip), last, before)


def scaled(block: Block, last: float, before: float) -> Block:
    """The block with its last numbers times ``last``, and weights before batch norm ``before``.

    The last numbers are γ and β of the last batch norm, or where none stands at the end, the
    weights and the bias of the last convolution. Weights with no batch norm after them stay.
    """
    weights, biases, norms = block.weights, block.biases, block.norms
    if norms is not None:
        weights = (_times(weights[0], before), weights[1])
        if not block.preactivated:
            weights = (weights[0], _times(weights[1], before))
    if norms is not None and not block.preactivated:
        norms = (norms[0], (_times(norms[1][0], last), _times(norms[1][1], last)))
    else:
        weights = (weights[0], _times(weights[1], last))
        biases = (biases[0], _times(biases[1], last))
    return replace(block, weights=weights, biases=biases, norms=norms)


def _block(rng: np.random.Generator, kind: Kind, norm: bool, skip: bool) -> Block:
    """A block with small weights, most of them 0, so that its sums can be done in the head."""
    wider = kind in ("projection", "unprojected")
    filters = 2 if wider else 1
    signs = np.array([-1, 0, 0, 1])
    weights = (
        _numbers(rng, (filters, 1, 3, 3), signs) / 2,
        _numbers(rng, (filters, filters, 3, 3), signs),
    )
    biases = tuple(_numbers(rng, (filters,), np.array([-1, 0, 1])) / 2 for _ in range(2))
    projection = np.array([1, 0.5], np.float32).reshape(2, 1, 1, 1)
    if norm:  # takes every bias off again: PyTorch's networks leave them out
        biases = tuple(np.zeros_like(bias) for bias in biases)
    return Block(
        weights,
        (biases[0], biases[1]),
        _norms(1 if kind == "preactivated" else filters, filters) if norm else None,
        projection if kind == "projection" else None,
        2 if wider else 1,
        kind == "preactivated",
        skip,
    )


def _norms(first: int, second: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    ones = [np.ones(channels, np.float32) for channels in (first, second)]
    return (ones[0], 0 * ones[0]), (ones[1], _SHIFT * ones[1])


def _numbers(rng: np.random.Generator, shape: tuple[int, ...], of: Array) -> Array:
    chosen: Array = rng.choice(of, shape).astype(np.float32)
    return chosen


def _times(values: Array, factor: float) -> Array:
    scaled: Array = values * values.dtype.type(factor)
    return scaled
