"""What the training loop asks of whoever makes its steps: PyTorch, or the project's own engine."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array


class Learner(Protocol):
    """A network with its optimiser. Arrays are float32 and NumPy's, whatever works inside."""

    def step(
        self, x: Array, labels: NDArray[np.uint8], learning_rate: float, step: int
    ) -> tuple[float, int]:
        """One step on a batch x (B, 1, 28, 28); returns the loss, and how many it got right.

        ``step`` is the number of steps done before; dropout draws from it and the seed.
        """

    def logits(self, x: Array) -> Array:
        """The scores (N, 10) in eval mode."""

    def weights(self) -> dict[str, Array]:
        """Copies of all weights, by the names of `engine.forward.weight_shapes`."""

    def gradients(self) -> dict[str, Array]:
        """The gradients of the last step, by the same names (without running averages)."""

    def state(self) -> dict[str, Array]:
        """Copies of all that is needed to go on: weights, and what the optimiser remembers."""

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go back to where `state` was taken."""
