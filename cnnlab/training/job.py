"""One run and what may be asked of it. Its thread is in `worker`, its place among others in `jobs`.

Whatever is asked only leaves a wish; the run's own thread takes it up between two steps.
"""

from collections import deque
from collections.abc import Callable
from threading import Condition, RLock
from time import monotonic
from typing import Protocol

from cnnlab.message import InvalidInput
from cnnlab.training.config import RANGES
from cnnlab.training.events import (
    Control,
    Look,
    SetLearningRate,
    Stop,
)
from cnnlab.training.record import Record
from cnnlab.training.view import View

LEASE = 60.0  # seconds after the last renewal until the place is freed
LONGEST_PAUSE = 300.0  # seconds that a paused run keeps its place, while somebody looks at it
SHORT_PAUSE = 30.0  # the same while others wait for a place
Clock = Callable[[], float]


class Places(Protocol):
    """What a run needs of the registry; called with the lock held."""

    def queue(self, job: "Job") -> None:
        """Give the run a place as soon as one is free."""

    def withdraw(self, job: "Job") -> None:
        """Let a run that has no place be stopped."""

    def place(self, job: "Job") -> int | None:
        """Its place in the queue, from 1."""

    def crowded(self) -> bool:
        """Whether somebody waits for a place."""


class Job(View):
    """A run of the registry; made by `jobs.start`, `jobs.adopt` and `jobs.find`.

    All that controls takes the ``owner``'s secret and returns whether it was theirs to ask; a
    watcher's wish changes nothing.
    """

    def __init__(
        self,
        record: Record,
        lock: "RLock | None" = None,
        clock: Clock = monotonic,
        places: "Places | None" = None,
    ) -> None:
        super().__init__(record)
        self.changed = Condition(lock or RLock())
        self.clock = clock
        self.renewed = clock()
        self.away = False  # suspended because nobody looked
        self.wishes: deque[Control] = deque()
        self.paused_since: float | None = None
        self.singles = 0  # steps to make although paused
        self.closing = False  # to be suspended: the server ends, or a newer run takes its place
        self._places = places

    @property
    def place(self) -> int | None:
        """The place in the queue, from 1; None if it does not wait."""
        return self._places.place(self) if self._places else None

    def renew(self, owner: str = "") -> None:
        """Say that somebody is looking: the place is kept for another `LEASE` seconds.

        If nobody had looked for longer, and now its owner does, it queues again.
        """
        with self.changed:
            self.renewed = self.clock()
            if self.state == "suspended" and self.away and self.may_control(owner):
                self._queue()

    def go_on(self, owner: str) -> bool:
        """End a pause; or queue a suspended run again, which then goes on where it was."""
        with self.changed:
            if not self.may_control(owner):
                return False
            self.renewed = self.clock()
            if self.state == "suspended":
                self._queue()
            elif self.paused_since is not None:
                self._unpause()
            return True

    def pause(self, owner: str) -> bool:
        """Make one more step, show it, and wait. `LONGEST_PAUSE` says for how long."""
        with self.changed:
            if not self.may_control(owner):
                return False
            if self.active and self.paused_since is None:
                self.paused_since = self.clock()
                self.singles += 1
                if self.state == "running":
                    self.record.state = "paused"
            return True

    def step_once(self, owner: str) -> bool:
        """While paused: make one step, and show the weights after it."""
        with self.changed:
            if not self.may_control(owner):
                return False
            if self.paused_since is not None:
                self.paused_since = self.clock()
                self.singles += 1
                self.changed.notify_all()
            return True

    def stop(self, owner: str) -> bool:
        """Make no further step: evaluate and finish. A run that never began just leaves."""
        with self.changed:
            if not self.may_control(owner):
                return False
            self.stop_now()
            return True

    def set_learning_rate(self, value: float, owner: str) -> bool:
        """Let this be the highest rate of the schedule from the next step on."""
        least, most = RANGES["learning_rate"]
        if not least <= value <= most:  # neither is NaN
            raise InvalidInput(
                "{name} is from {least} to {most}, but is {value}",
                name="learning_rate",
                least=least,
                most=most,
                value=value,
            )
        with self.changed:
            if not self.may_control(owner):
                return False
            self.wish(SetLearningRate(float(value)))
            return True

    def look(self) -> None:
        """Ask for a frame after the next step, so that `latest` is new. Anyone may."""
        with self.changed:
            if self.state == "running":
                self.wish(Look())

    def stop_now(self) -> None:
        """What `stop` does, whoever asks."""
        with self.changed:
            if self.state in ("queued", "suspended"):
                if self._places:
                    self._places.withdraw(self)
            elif self.active:
                self.wish(Stop())
                self._unpause()

    def put_aside(self) -> None:
        """Let it be suspended after the step under way, until its owner asks to go on."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    def lease_is_out(self) -> bool:
        """Whether nobody has looked for too long, or a pause has lasted too long."""
        now = self.clock()
        pause = now - self.paused_since if self.paused_since is not None else 0.0
        return now - self.renewed > LEASE or pause > self._longest_pause()

    def _longest_pause(self) -> float:
        """Who has a place while others wait for one does not rest on it."""
        resting = self.state != "queued" and self.paused_since is not None
        return SHORT_PAUSE if resting and self._places and self._places.crowded() else LONGEST_PAUSE

    def _queue(self) -> None:
        if self._places:
            self._places.queue(self)

    def _unpause(self) -> None:
        self.paused_since = None
        self.singles = 0
        if self.state == "paused":
            self.record.state = "running"
        self.changed.notify_all()

    def wish(self, wish: Control) -> None:
        """Leave a wish; of each kind only the newest counts."""
        kept = [other for other in self.wishes if type(other) is not type(wish)]
        self.wishes = deque([*kept, wish])
