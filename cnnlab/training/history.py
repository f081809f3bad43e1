"""What is plotted of a run: a number of each kind for every step, and how quickly steps are made.

One thread writes, any number read, and nobody waits: what was written once stays where it is.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.config import Config
from cnnlab.training.events import Batch

WINDOW = 3.0  # seconds of training over which the speed is told
_FIRST = 256  # steps that fit before the columns grow


@dataclass(frozen=True, eq=False)
class Table:
    """One number for each step done, in order; all columns are read-only and of one length (S,).

    ``steps`` int32, counted from 1; ``losses``, ``accuracies`` (0 to 1) and ``learning_rates``
    float64, exactly as the events said them.
    """

    steps: NDArray[np.int32]
    losses: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    learning_rates: NDArray[np.float64]

    def each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> "Table":
        """The same change made to every column."""
        return Table(**{column.name: change(getattr(self, column.name)) for column in fields(self)})


class History:
    """Columns that grow.

    >>> history = History()
    >>> history.append(Batch(step=1, loss=2.3, accuracy=0.125, learning_rate=0.02))
    >>> history.table().losses, len(history)
    (array([2.3]), 1)
    """

    def __init__(self) -> None:
        self._columns = _empty(_FIRST)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, batch: Batch) -> None:
        """Add a step. Only one thread may."""
        at = self._count
        if at == len(self._columns.steps):
            self._columns = _grown(self._columns)
        columns = self._columns
        columns.steps[at] = batch.step
        columns.losses[at] = batch.loss
        columns.accuracies[at] = batch.accuracy
        columns.learning_rates[at] = batch.learning_rate
        self._count = at + 1  # from here on others see it

    def table(self) -> Table:
        """All steps so far, without copying: they never change any more."""
        count = self._count  # first: columns fetched later have at least so many rows
        return self._columns.each(lambda column: _read_only(column[:count]))

    def until(self, step: int) -> "History":
        """A new history of the steps up to ``step``, that one included."""
        table = self.table()
        kept = int(np.searchsorted(table.steps, step, side="right"))
        return History.of(table.each(lambda column: column[:kept]))

    @staticmethod
    def of(table: Table) -> "History":
        """A history that starts as this table; the table is not changed by what follows."""
        history = History()
        history._columns = _grown(table)
        history._count = len(table.steps)
        return history


class Pace:
    """How many images are learned in a second, over the last `WINDOW` seconds of training.

    Only the time that steps take is counted: pauses and evaluations are not in it.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seconds = 0.0
        self._marks: deque[tuple[float, int]] = deque()

    def step(self, step: int, seconds: float) -> None:
        """Say that the step that is now done, counted from 1, took so long."""
        if not self._marks:
            self._marks.append((0.0, images_after(self._config, step - 1)))
        self._seconds += seconds
        self._marks.append((self._seconds, images_after(self._config, step)))
        while len(self._marks) > 2 and self._marks[1][0] <= self._seconds - WINDOW:
            self._marks.popleft()

    def images_per_second(self) -> float | None:
        """The speed; None before the first step. May be asked by any thread."""
        marks = tuple(self._marks)
        if len(marks) < 2 or marks[-1][0] <= marks[0][0]:
            return None
        return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])

    def seconds_left(self, step: int) -> float | None:
        """How long the steps after ``step`` will take at this speed; None if it is not known."""
        speed = self.images_per_second()
        if not speed:
            return None
        missing = images_after(self._config, self._config.steps) - images_after(self._config, step)
        return max(0, missing) / speed


def images_after(config: Config, step: int) -> int:
    """How many images have been learned from after ``step`` steps, each epoch counted anew.

    >>> images_after(Config(images=250, batch_size=100), 4)
    350
    """
    epochs, into = divmod(step, config.steps_per_epoch)
    return epochs * config.images + min(into * config.batch_size, config.images)


def _empty(rows: int) -> Table:
    return Table(np.empty(rows, np.int32), *(np.empty(rows) for _ in range(3)))


def _grown(table: Table) -> Table:
    """Twice the room, with the same rows at the start."""
    rows = len(table.steps)

    def grown(column: NDArray[Any]) -> NDArray[Any]:
        larger = np.empty(max(_FIRST, 2 * rows), column.dtype)
        larger[:rows] = column
        return larger

    return table.each(grown)


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    column.flags.writeable = False  # a slice of its own: the column itself stays as it is
    return column
