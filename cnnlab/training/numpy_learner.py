"""Training by the project's own engine, in NumPy: no PyTorch is needed, nor imported."""

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.architecture import trace
from cnnlab.engine.backprop import gradients
from cnnlab.engine.booknet import BookNet, fits
from cnnlab.engine.checks import Array
from cnnlab.engine.forward import forward, weight_shapes
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import Dropout
from cnnlab.engine.optimizers import adam, adamw, laid_out, sgd
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config

PIECE = 2**14  # weights that the optimiser takes at once: what it makes on the way stays in cache
MEMORY = {"sgd": ("velocity",), "adam": ("mean", "square"), "adamw": ("mean", "square")}


class NumpyLearner:
    """A `Learner` for any network without dropout; quicker for one that `booknet.fits`.

    The same config gives the same numbers, bit for bit, with as many BLAS threads. How many those
    are is not ``config.threads``'s to say: OpenBLAS reads OPENBLAS_NUM_THREADS, once, when NumPy
    is first imported. Raises InvalidInput for a dropout.
    """

    def __init__(self, config: Config) -> None:
        network = config.network
        if any(isinstance(row.layer, Dropout) for row in trace(network)):
            raise InvalidInput(
                "the NumPy engine trains without dropout: take it out, or train with PyTorch"
            )
        self._config, self._network = config, network
        shapes = weight_shapes(network)
        learned = {name: size for name, size in shapes.items() if ".running_" not in name}
        count = sum(map(prod, learned.values()))
        # What is learned lies in one vector, for the optimiser; the arrays are views of it.
        self._vector, self._gradient = (np.zeros(count, np.float32) for _ in range(2))
        self._memory = {name: np.zeros(count, np.float32) for name in MEMORY[config.optimizer]}
        self._gradients = laid_out(self._gradient, learned)
        parts = laid_out(self._vector, learned)
        initial = initial_weights(network, config.seed, config.start)
        self._weights = {name: parts.get(name, array) for name, array in initial.items()}
        for name, part in parts.items():
            part[...] = initial[name]
        self._quick = BookNet(self._weights, self._gradients) if fits(network) else None

    def step(
        self, x: Array, labels: NDArray[np.uint8], learning_rate: float, step: int
    ) -> tuple[float, int]:
        """One step on a batch x (B, 1, 28, 28); returns the loss, and how many it got right.

        A training that grows beyond all numbers says so by its loss, not by NumPy's warnings.
        """
        with np.errstate(all="ignore"):
            loss, logits = self._back_propagate(x, labels)
            self._move_weights(learning_rate, step)
        return loss, int((logits.argmax(axis=1) == labels).sum())

    def logits(self, x: Array) -> Array:
        """The scores (N, 10) in eval mode."""
        with np.errstate(all="ignore"):
            if self._quick is not None:
                return self._quick.logits(x)
            return forward(self._network, self._weights, x)

    def weights(self) -> dict[str, Array]:
        """Copies of all weights, running averages included, by name."""
        return {name: array.copy() for name, array in self._weights.items()}

    def gradients(self) -> dict[str, Array]:
        """Copies of the gradients of the last step by name; 0 where none was made."""
        return {name: array.copy() for name, array in self._gradients.items()}

    def state(self) -> dict[str, Array]:
        """Copies of the weights by name, and of "optimizer.…", one number for each that learns."""
        memory = {f"optimizer.{name}": array.copy() for name, array in self._memory.items()}
        return self.weights() | memory

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go back to where `state` was taken; the steps after it come out the same, bit for bit."""
        memory = {f"optimizer.{name}": array for name, array in self._memory.items()}
        for name, array in (self._weights | memory).items():
            if name not in state or state[name].shape != array.shape:
                raise InvalidInput(
                    "the state saved is not that of this training: {name}", name=name
                )
            array[...] = state[name]

    def _back_propagate(self, x: Array, labels: NDArray[np.uint8]) -> tuple[float, Array]:
        smoothing = self._config.label_smoothing
        if self._quick is not None:
            return self._quick.back_propagate(x, labels, smoothing)
        loss, logits, found, running = gradients(self._network, self._weights, x, labels, smoothing)
        for name, array in found.items():
            self._gradients[name][...] = array
        for name, array in running.items():
            self._weights[name][...] = array
        return loss, logits

    def _move_weights(self, learning_rate: float, step: int) -> None:
        changed = (self._vector, *self._memory.values())
        for start in range(0, len(self._vector), PIECE):
            piece = slice(start, start + PIECE)
            for array, new in zip(changed, self._moved(piece, learning_rate, step), strict=True):
                array[piece] = new

    def _moved(self, piece: slice, learning_rate: float, step: int) -> tuple[Array, ...]:
        """The weights of a piece after the step, and what is remembered of their gradients."""
        config, memory = self._config, self._memory
        weight, gradient = self._vector[piece], self._gradient[piece]
        if config.optimizer == "sgd":
            velocity = memory["velocity"][piece]
            settings = (learning_rate, config.momentum, config.weight_decay)
            return sgd(weight, gradient, velocity, *settings)
        rule = adam if config.optimizer == "adam" else adamw
        averages = memory["mean"][piece], memory["square"][piece]
        rates = (learning_rate, config.beta1, config.beta2, config.weight_decay)
        return rule(weight, gradient, *averages, step + 1, *rates)
