"""One race as any thread may read it at any time: how far it is, and what it has come to."""

from collections import deque
from dataclasses import dataclass, field
from hmac import compare_digest
from threading import Event
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.message import Message
from cnnlab.training.race.plan import Lane, Plan
from cnnlab.training.race.racing import Fell, RaceEvent
from cnnlab.training.record import digest

State = Literal["loading", "running", "finished", "stopped", "failed"]
ACTIVE: frozenset[State] = frozenset({"loading", "running"})
RECENT = 20  # steps whose mean says how long a step takes


class Track:
    """What one network of a race has done; one thread writes, any number read."""

    def __init__(self, steps: int) -> None:
        self._losses = np.full(steps, np.nan)
        self._errors = np.full(steps, np.nan)
        self._seconds: deque[float] = deque(maxlen=RECENT)
        self.step = 0
        self.fell: Message | None = None

    @property
    def losses(self) -> NDArray[np.float64]:
        """The loss of every batch so far, (step,)."""
        return _read_only(self._losses[: self.step])

    @property
    def errors(self) -> NDArray[np.float64]:
        """The share of every batch so far that it got wrong, 0 to 1: (step,)."""
        return _read_only(self._errors[: self.step])

    @property
    def seconds_a_step(self) -> float | None:
        """How long a step takes, of late; None before the first."""
        found = tuple(self._seconds)
        return sum(found) / len(found) if found else None

    def note(self, event: RaceEvent, seconds: float) -> None:
        """Add what happened to this network, and how long it took."""
        if isinstance(event, Fell):
            self.fell = event.message
            return
        self._losses[self.step], self._errors[self.step] = event.loss, event.error
        self._seconds.append(seconds)
        self.step += 1  # from here on others see it


@dataclass(eq=False)
class Race:
    """A race of a registry. ``owner`` is the digest of its owner's secret.

    ``number`` counts the races of this server from 1; ``message`` says why it failed.
    """

    id: str
    number: int
    plan: Plan
    owner: str
    renewed: float  # by the registry's clock
    state: State = "loading"
    message: Message | None = None
    tracks: dict[Lane, Track] = field(init=False)
    stopping: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """Give every network its track."""
        self.tracks = {lane: Track(self.plan.steps) for lane in self.plan.lanes}

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.state in ACTIVE

    @property
    def done(self) -> float:
        """The share of all steps that are done, 0 to 1; who fell has done its own."""
        tracks = self.tracks.values()
        steps = sum(self.plan.steps if track.fell else track.step for track in tracks)
        return steps / (self.plan.steps * len(self.tracks))

    @property
    def seconds_left(self) -> float | None:
        """How long the missing steps will take; None as long as some network has made none."""
        left = 0.0
        for track in self.tracks.values():
            if track.fell is None:
                each = track.seconds_a_step
                if each is None:
                    return None
                left += each * (self.plan.steps - track.step)
        return left

    def may_stop(self, owner: str) -> bool:
        """Whether this is the secret of whoever started the race."""
        return bool(owner) and compare_digest(digest(owner), self.owner)


def _read_only(part: NDArray[np.float64]) -> NDArray[np.float64]:
    part.flags.writeable = False  # a slice of its own: the column itself stays as it is
    return part
