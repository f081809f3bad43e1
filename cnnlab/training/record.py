"""All that is known of one run: what the page shows, what the run folder keeps."""

import time
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Literal

from cnnlab.message import Message
from cnnlab.training.config import Config
from cnnlab.training.events import Batch, Changed, Evaluated, Event, Frame, Snapshot
from cnnlab.training.history import History

State = Literal[
    "queued",
    "loading",
    "running",
    "paused",
    "finished",
    "stopped",
    "failed",
    "suspended",
    "loaded",
]
ACTIVE: frozenset[State] = frozenset({"queued", "loading", "running", "paused"})


def digest(owner: str) -> str:
    """What is kept of the secret of a run's owner: enough to know it again.

    >>> digest("a") == digest("a") != digest("b")
    True
    """
    return sha256(owner.encode()).hexdigest()


def whole(said: object, most: int) -> int:
    """The number of steps that a file says, from 0 to ``most``; 0 for anything else.

    >>> [whole(said, 40) for said in ("40", 7, "41", "-1", "4e1", "٤", "", None, True, "9" * 9999)]
    [40, 7, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    text = str(said)
    plain = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if plain and int(text) <= most else 0


@dataclass(eq=False)
class Record:
    """A run. ``owner`` is the digest of its owner's secret; ``started`` seconds since 1970.

    ``frames`` ascend by step; ``latest`` is the newest of all, those asked for included. Only one
    thread changes a record; lists only grow, or are replaced as a whole.
    """

    id: str
    config: Config
    owner: str
    started: float = field(default_factory=time.time)
    state: State = "queued"
    message: Message | None = None
    history: History = field(default_factory=History)
    frames: list[Frame] = field(default_factory=list)
    latest: Frame | None = None
    evaluations: list[Evaluated] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    snapshot: Snapshot | None = None
    written: set[str] = field(default_factory=set)  # the files that the run folder has for good

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.history)

    def belongs_to(self, owner: str) -> bool:
        """Whether this is the secret of the run's owner."""
        return bool(owner) and compare_digest(digest(owner), self.owner)

    def note(self, event: Event) -> None:
        """Add what happened. What a run that was taken up again says twice is kept once."""
        if isinstance(event, Batch):
            self.history.append(event)
        elif isinstance(event, Frame):
            self._note_frame(event)
        elif isinstance(event, Evaluated):
            self.evaluations[:] = [
                *(e for e in self.evaluations if (e.step, e.split) != (event.step, event.split)),
                event,
            ]
        elif isinstance(event, Changed):
            self.changes.append(event)
        elif isinstance(event, Snapshot):
            self.snapshot = event

    def rewind(self) -> None:
        """Forget what came after the snapshot: it will happen again. All, if there is none."""
        step = self.snapshot.step if self.snapshot else -1
        self.history = self.history.until(step)
        self.frames = [frame for frame in self.frames if frame.step <= step]
        self.latest = self.frames[-1] if self.frames else None
        self.evaluations = [each for each in self.evaluations if each.step <= step]
        self.changes = list(self.snapshot.changes) if self.snapshot else []

    def frame_bytes(self) -> int:
        """How much memory the frames take, in bytes."""
        if not self.frames:
            return 0
        return len(self.frames) * sum(each.nbytes for each in self.frames[0].weights.values())

    def _note_frame(self, frame: Frame) -> None:
        if not frame.asked and (not self.frames or self.frames[-1].step < frame.step):
            self.frames.append(frame)
        self.latest = frame
