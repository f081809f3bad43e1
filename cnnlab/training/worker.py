"""The thread of a run: it draws the events out of the training, one after another, and notes them.

Between two events it looks at what was asked of it. Nothing of the training depends on when it
does: a wish takes effect at a step, and that step is told.
"""

import logging
from collections.abc import Callable, Generator
from typing import Literal, TypeAlias

from cnnlab.message import InvalidInput, Message
from cnnlab.training.config import Config, evaluation_steps
from cnnlab.training.events import (
    Batch,
    Control,
    Evaluated,
    Event,
    Finished,
    Frame,
    Look,
    Save,
    SetLearningRate,
    Snapshot,
    Stop,
)
from cnnlab.training.job import Job
from cnnlab.training.record import Record, State

Training: TypeAlias = Generator[Event, Control | None, None]
Train: TypeAlias = Callable[[Config, Snapshot | None], Training]
Keep: TypeAlias = Callable[[Record, State], Message | None]

SAVED_EVERY = 10.0  # seconds between two snapshots of a running training
SAVING_SHARE = 0.05  # of the time at most: who writes slowly writes less often
LOOKS_APART = 0.1  # seconds between two frames that somebody asked for
_URGENT = (SetLearningRate, Stop, Save)  # in this order; a Look comes after them
_log = logging.getLogger(__name__)


class Worker:
    """What the thread of a job does, from loading PyTorch to freeing the place.

    ``train`` makes the events; ``keep`` writes the record to disk as being in that state, and
    returns what is to be said where it cannot; ``leave`` frees the place. ``nap`` is how long, in
    seconds, a pause is slept through before its lease is looked at again.
    """

    def __init__(
        self, job: Job, train: Train, keep: Keep, leave: Callable[[Job, State], None], nap: float
    ) -> None:
        self.job, self.record = job, job.record
        self._train, self._keep, self._leave, self._nap = train, keep, leave, nap
        self._evaluated = frozenset(evaluation_steps(job.config))
        self._saved = job.clock()
        self._looked = self._saved - LOOKS_APART
        self._saving = 0.0  # seconds that the last save took
        self._begun = self._resting = self._stopping = False
        self._event: Event | None = None

    def run(self) -> None:
        """Train until the end, whatever it is; then free the place."""
        state: State = "failed"
        try:
            state = self._trained()
        except InvalidInput as error:  # says itself what to do
            self.record.message = error.message
        except Exception as error:  # of any kind: the class is told, the log gets the traceback
            _log.exception("The run %s has failed", self.record.id)
            self.record.message = reason(error)
        finally:
            if state != "suspended":
                self.record.snapshot = None
            try:
                self._write(state)
            finally:
                self._leave(self.job, state)

    def _trained(self) -> State:
        """Draw events until the end, or until the place must be given up."""
        training = self._train(self.record.config, self.record.snapshot)
        try:
            with self.job.changed:
                self.record.state = "running" if self.job.paused_since is None else "paused"
            while (todo := self._wait()) != "suspend":
                end = self._pull(training) if todo == "go" else self._step(training)
                if end is None and (todo == "pause" or self._save_is_due()):
                    end = self._save(training)
                if end is not None:
                    return end
            return self._snapshot(training) or "suspended"
        finally:
            training.close()

    def _wait(self) -> Literal["go", "pause", "step", "suspend"]:
        """Sleep through a pause; then say what comes next."""
        job = self.job
        with job.changed:
            while True:
                stopping = self._stopping or any(isinstance(wish, Stop) for wish in job.wishes)
                if not stopping and (job.closing or job.lease_is_out()):
                    job.away = job.paused_since is None and not job.closing
                    return "suspend"
                if stopping or job.paused_since is None:
                    self._resting = False
                    return "go"
                if job.singles:
                    job.singles -= 1
                    was, self._resting = self._resting, True
                    return "step" if was else "pause"
                job.changed.wait(self._nap)

    def _pull(self, training: Training) -> State | None:
        """One event; returns the state in which the run ends if it was the last."""
        began = self.job.clock()
        try:
            event = training.send(self._next_wish() if self._begun else None)
        except StopIteration:
            return "finished"
        self._begun, self._event = True, event
        self.record.note(event)
        if isinstance(event, Batch):
            self.job.pace.step(event.step, self.job.clock() - began)
        if isinstance(event, Finished):
            return "finished" if event.reason == "done" else "stopped"
        return None

    def _step(self, training: Training) -> State | None:
        """All events of one step, with a frame, so that a pause shows what it has come to."""
        with self.job.changed:
            self.job.wish(Look())
        self._looked = self.job.clock() - LOOKS_APART
        step: int | None = None
        missing: set[type[Event]] = {Frame}
        while missing:
            end = self._pull(training)
            if end is not None:
                return end
            if isinstance(self._event, Batch):
                if step is not None:  # the frame does not come
                    break
                step = self._event.step
                missing = self._awaited(step)
            elif step is not None:
                missing.discard(type(self._event))
        return None

    def _awaited(self, step: int) -> set[type[Event]]:
        """What comes after a step for which a frame was asked; after the last one, the end."""
        if step >= self.record.config.steps:
            return {Finished}
        return {Frame, Evaluated} if step in self._evaluated else {Frame}

    def _next_wish(self) -> Control | None:
        """The most urgent wish; one is told for each event."""
        now = self.job.clock()
        with self.job.changed:
            wishes = self.job.wishes
            found: list[Control] = [
                wish for kind in _URGENT for wish in wishes if isinstance(wish, kind)
            ]
            if not found and wishes and now - self._looked >= LOOKS_APART:
                found, self._looked = [wishes[0]], now
            if not found:
                return None
            wishes.remove(found[0])
            self._stopping |= isinstance(found[0], Stop)  # it is on its way to its end
            return found[0]

    def _save_is_due(self) -> bool:
        passed = self.job.clock() - self._saved
        return passed >= max(SAVED_EVERY, self._saving / SAVING_SHARE)

    def _save(self, training: Training) -> State | None:
        """A snapshot, and everything to disk; the state of the run if it ends before."""
        began = self.job.clock()
        end = self._snapshot(training)
        if end is None:
            self._write(self.record.state)
        self._saved = self.job.clock()
        self._saving = self._saved - began
        return end

    def _snapshot(self, training: Training) -> State | None:
        """Ask for a snapshot until it comes; the state of the run if it ends before."""
        with self.job.changed:
            self.job.wish(Save())
        self._event = None
        while not isinstance(self._event, Snapshot):
            end = self._pull(training)
            if end is not None:
                return end
        return None

    def _write(self, state: State) -> None:
        self.job.unsaved = self._keep(self.record, state)


def reason(error: Exception) -> Message:
    """What is said of an unexpected error that ended a run.

    >>> str(reason(MemoryError()))
    'there is not enough memory: take a smaller batch or a smaller network'
    >>> str(reason(ZeroDivisionError("division by zero")))
    'the training has met an error (ZeroDivisionError); the log says more'
    """
    said = str(error).lower()
    short = "out of memory" in said or "not enough memory" in said or "allocate memory" in said
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and short):
        return Message("there is not enough memory: take a smaller batch or a smaller network")
    return Message(
        "the training has met an error ({kind}); the log says more", {"kind": type(error).__name__}
    )
