"""BookNet, quickly: convolution of 5×5, ReLU, 2×2 max pooling and two dense layers as one.

`backprop` trains any network, layer by layer. This module trains one shape of network several times
as fast, and gives the same numbers. What makes it quick:

- **The batch is the innermost axis.** Whatever is done for one pixel is done for all images of the
  batch, whose numbers lie side by side: long runs for the processor, and maps that are the columns
  of the dense layer without being moved.
- **A pooled output reads 6×6 pixels, once.** Its four candidates are the same filter at four
  places of that square. So only 36 slabs of pixels are laid out, in place of 4 times 25, and one
  matrix product makes all four: of the filter framed by zeros in four ways.
- **Bias and ReLU come after the pooling**, where there is a quarter of the numbers. Both are the
  same function for the whole map and never turn an order round, so they may change places with max.
- **All memory is taken once** for every size of batch: new memory costs more than arithmetic.
- **Row by row of the pooled map**, so that what one operation leaves is in the cache for the next.
- **The images' own gradient is left out**, as nobody asks for it.
"""

from collections.abc import Mapping

import numpy as np

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.engine.layers import Conv, Dense, Flatten, MaxPool, ReLU
from cnnlab.engine.loss import Labels, cross_entropy, cross_entropy_backward

SIDE, KERNEL, POOL = 28, 5, 2
PLACES = (SIDE - KERNEL + 1) // POOL  # 12: the side of a pooled map
REACH = KERNEL + POOL - 1  # 6: the side of the square that one pooled output reads
AT_ONCE = 100  # images, where no gradients are asked for


def fits(network: Architecture) -> bool:
    """Whether a network has the shape that this module knows, with any number of filters.

    >>> from cnnlab.engine.networks import BOOKNET, LENET5
    >>> fits(BOOKNET), fits(LENET5)
    (True, False)
    """
    match network.layers:
        case (
            Conv(_, 5, 1, 0, 1, 1, True),
            ReLU(),
            MaxPool(2, None | 2, 0),
            Flatten(),
            Dense(_, True),
            ReLU(),
            Dense(_, True),
        ):
            return network.input == (1, SIDE, SIDE)
    return False


class BookNet:
    """A network that `fits`: reads ``weights`` at each call, writes into the arrays ``gradients``.

    Both are by the names of `weight_shapes`, of one dtype, and stay the caller's: whoever changes
    the weights in place has changed this network. Not for two threads at once: they would share
    its memory.
    """

    def __init__(self, weights: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        self.weights, self.gradients = weights, gradients
        self._rooms: dict[int, _Room] = {}

    def back_propagate(
        self, x: Array, labels: Labels, label_smoothing: float = 0.0
    ) -> tuple[float, Array]:
        """Fill ``gradients`` for a batch as `backprop.gradients` finds them; loss and logits.

        ``x`` (N, 1, 28, 28), ``labels`` (N,) whole numbers. Returns the loss, and (N, 10).
        """
        room = self._room(len(x))
        logits = self._forward(x, room)
        dlogits = cross_entropy_backward(logits, labels, label_smoothing)
        self._backward(dlogits.T, room)
        return float(cross_entropy(logits, labels, label_smoothing)), logits

    def logits(self, x: Array) -> Array:
        """The scores (N, 10) of images (N, 1, 28, 28)."""
        pieces = [x[i : i + AT_ONCE] for i in range(0, len(x), AT_ONCE)]
        return np.concatenate([self._forward(piece, self._room(len(piece))) for piece in pieces])

    def _room(self, n: int) -> "_Room":
        if n not in self._rooms:
            weight = self.weights["0.weight"]
            self._rooms[n] = _Room(n, len(weight), weight.dtype)
        return self._rooms[n]

    def _forward(self, x: Array, room: "_Room") -> Array:
        weights = self.weights
        columns = x.reshape(-1, SIDE, SIDE // 2, 2)  # (N, row, pair of columns, even or odd)
        np.copyto(room.pixels, columns.transpose(1, 3, 2, 0))
        filters = _framed(weights["0.weight"])
        for row in range(PLACES):
            np.copyto(room.slabs[row], room.squares[row])
            slabs = room.slabs[row].reshape(REACH * REACH, -1)
            np.matmul(filters, slabs, out=room.candidates.reshape(len(filters), -1))
            _pool(room, row)
        room.pooled += weights["0.bias"].reshape(-1, 1, 1)
        np.maximum(room.pooled, 0, out=room.pooled)
        # (F, 12, 12·N) is (F·12·12, N): flattened as PyTorch flattens (F, 12, 12), image by image
        room.hidden = weights["4.weight"] @ room.pooled.reshape(-1, len(x))
        room.hidden += weights["4.bias"][:, np.newaxis]
        np.maximum(room.hidden, 0, out=room.hidden)
        logits: Array = (weights["6.weight"] @ room.hidden).T + weights["6.bias"]
        return logits

    def _backward(self, dlogits: Array, room: "_Room") -> None:
        """``dlogits`` (10, N). Each product is that of a dense layer, with the batch innermost."""
        weights, gradients = self.weights, self.gradients
        n = dlogits.shape[1]
        np.matmul(dlogits, room.hidden.T, out=gradients["6.weight"])
        np.sum(dlogits, axis=1, out=gradients["6.bias"])
        dhidden = weights["6.weight"].T @ dlogits
        dhidden *= room.hidden > 0
        np.matmul(dhidden, room.pooled.reshape(-1, n).T, out=gradients["4.weight"])
        np.sum(dhidden, axis=1, out=gradients["4.bias"])
        np.matmul(weights["4.weight"].T, dhidden, out=room.dpooled.reshape(-1, n))
        room.dpooled *= room.pooled > 0
        np.sum(room.dpooled, axis=(1, 2), out=gradients["0.bias"])
        self._convolution_backward(room)

    def _convolution_backward(self, room: "_Room") -> None:
        weight = self.weights["0.weight"]
        framed = np.zeros((POOL * POOL * len(weight), REACH * REACH), weight.dtype)
        for row in range(PLACES):
            _unpool(room, row)
            slabs = room.slabs[row].reshape(REACH * REACH, -1)
            framed += room.candidates.reshape(len(framed), -1) @ slabs.T
        self.gradients["0.weight"][:, 0] = _unframed(framed)


class _Room:
    """The memory for batches of N images and F filters."""

    def __init__(self, n: int, filters: int, dtype: np.dtype[np.floating]) -> None:
        # Even columns beside even ones: what the outputs of a row read then lies in one run.
        self.pixels = np.empty((SIDE, 2, SIDE // 2, n), dtype)
        self.squares = _squares(self.pixels)
        self.slabs = np.empty(self.squares.shape, dtype)
        run = PLACES * n  # the numbers of one row of a pooled map, of all images
        self.candidates = np.empty((POOL, POOL, filters, run), dtype)
        self.halves = np.empty((POOL, filters, run), dtype)
        self.right = np.empty((PLACES, POOL, filters, run), bool)
        self.lower = np.empty((PLACES, filters, run), bool)
        self.pooled = np.empty((filters, PLACES, run), dtype)
        self.dpooled = np.empty((filters, PLACES, run), dtype)
        self.hidden = np.empty((0, n), dtype)


def _squares(pixels: Array) -> Array:
    """The 36 slabs of every row of pooled outputs, as a view (12, 6, 3, 2, 12·N) of the pixels.

    The square of output (p, q) holds the pixels (2p + u, 2q + v), u and v from 0 to 5; of the
    column, 2q + v, v is 2·h + parity. So q moves along the run, and nothing is copied.
    """
    row, parity, column, item = pixels.strides
    shape = (PLACES, REACH, REACH // 2, 2, PLACES * pixels.shape[3])
    strides = (POOL * row, row, column, parity, item)
    squares: Array = np.ndarray(shape, pixels.dtype, pixels, 0, strides)
    squares.flags.writeable = False
    return squares


def _framed(weight: Array) -> Array:
    """Filters (F, 1, 5, 5) at the four places of a 6×6 square, zeros around them: (4·F, 36)."""
    framed = np.zeros((POOL, POOL, len(weight), REACH, REACH), weight.dtype)
    for a in range(POOL):
        for b in range(POOL):
            framed[a, b, :, a : a + KERNEL, b : b + KERNEL] = weight[:, 0]
    return framed.reshape(-1, REACH * REACH)


def _unframed(framed: Array) -> Array:
    """The sum of what the four places say of each filter: (4·F, 36) becomes (F, 5, 5)."""
    at = framed.reshape(POOL, POOL, -1, REACH, REACH)
    total = np.zeros((at.shape[2], KERNEL, KERNEL), framed.dtype)
    for a in range(POOL):
        for b in range(POOL):
            total += at[a, b, :, a : a + KERNEL, b : b + KERNEL]
    return total


def _pool(room: _Room, row: int) -> None:
    """The largest of four candidates, and where it stood: only a larger one beats the first."""
    left, right = room.candidates[:, 0], room.candidates[:, 1]  # (2, F, 12·N): upper, lower
    np.greater(right, left, out=room.right[row])
    upper, lower = np.maximum(left, right, out=left)
    np.greater(lower, upper, out=room.lower[row])
    np.maximum(upper, lower, out=room.pooled[:, row])


def _unpool(room: _Room, row: int) -> None:
    """Each gradient to the one candidate that won: those of the others are 0."""
    upper, lower = halves = room.halves
    np.multiply(room.dpooled[:, row], room.lower[row], out=lower)
    np.subtract(room.dpooled[:, row], lower, out=upper)
    left, right = room.candidates[:, 0], room.candidates[:, 1]
    np.multiply(halves, room.right[row], out=right)
    np.subtract(halves, right, out=left)
