"""What happens in a training, as frozen records without a clock, and what may be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array
from cnnlab.training.config import Config

Split = Literal["validation", "test"]
Reason = Literal["done", "stopped"]


@dataclass(frozen=True)
class Batch:
    """One step: ``step`` counts those done, from 1. Loss and accuracy are the batch's own.

    They are those of the weights before the step; ``learning_rate`` is what it was made with.
    """

    step: int
    loss: float
    accuracy: float
    learning_rate: float


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The network on digits that it does not train on, after ``step`` steps, in eval mode.

    ``loss`` is the mean cross-entropy, without label smoothing; ``predicted`` (N,) uint8 and
    ``confidence`` (N,) float32, the probability of what was predicted, in the order of the data.
    """

    step: int
    split: Split
    loss: float
    accuracy: float
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Frame:
    """The network after ``step`` steps.

    ``weights`` by name, read-only. ``gradients`` and ``updates`` are those of the last step, by
    the same names: the norm of the gradient, and the norm of the change divided by that of the
    weight; empty where no step was made yet. ``asked``: made because somebody looked, not because
    it was due.
    """

    step: int
    weights: Mapping[str, Array]
    gradients: Mapping[str, float]
    updates: Mapping[str, float]
    asked: bool = False


@dataclass(frozen=True)
class Changed:
    """From the step after ``step`` on, ``learning_rate`` is the highest of the schedule."""

    step: int
    learning_rate: float


@dataclass(frozen=True)
class Finished:
    """Nothing comes after it: all steps are done, or it was stopped."""

    step: int
    reason: Reason


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Enough to go on: the config, the steps done, the changes so far, and the learner's state.

    Generators are not in it: every draw follows from the seed and the step (`draws`).
    """

    config: Config
    step: int
    changes: tuple[Changed, ...]
    state: Mapping[str, Array]


Event: TypeAlias = Batch | Evaluated | Frame | Changed | Finished | Snapshot


@dataclass(frozen=True)
class SetLearningRate:
    """Let this be the highest rate of the schedule from now on."""

    value: float


@dataclass(frozen=True)
class Stop:
    """Make no further step; evaluate on the test images and finish."""


@dataclass(frozen=True)
class Look:
    """Give a `Frame` after the next step. Changes nothing else."""


@dataclass(frozen=True)
class Save:
    """Give a `Snapshot` now. Changes nothing else."""


Control: TypeAlias = SetLearningRate | Stop | Look | Save
