"""What may be seen of a run, by whoever has its id."""

from cnnlab.message import Message
from cnnlab.training.config import Config
from cnnlab.training.events import Changed, Evaluated, Frame, Snapshot
from cnnlab.training.history import History, Pace
from cnnlab.training.record import ACTIVE, Record, State


class View:
    """A run as any thread may read it, at any time; lists are copies."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.pace = Pace(record.config)
        self.unsaved: Message | None = None  # why nothing is being written to disk

    @property
    def id(self) -> str:
        """Unguessable; who knows it may watch."""
        return self.record.id

    @property
    def config(self) -> Config:
        """What is trained, and how."""
        return self.record.config

    @property
    def state(self) -> State:
        """Where the run stands; "suspended" and "stopped" runs have ended before their time."""
        return self.record.state

    @property
    def active(self) -> bool:
        """Whether it has a place or waits for one."""
        return self.state in ACTIVE

    @property
    def message(self) -> Message | None:
        """Why it failed; None if it did not."""
        return self.record.message

    @property
    def history(self) -> History:
        """Loss, accuracy and learning rate of every step."""
        return self.record.history

    @property
    def frames(self) -> list[Frame]:
        """The kept frames, ascending by step."""
        return list(self.record.frames)

    @property
    def latest(self) -> Frame | None:
        """The newest frame, those that were asked for included."""
        return self.record.latest

    @property
    def evaluations(self) -> list[Evaluated]:
        """All evaluations, in the order in which they were made."""
        return list(self.record.evaluations)

    @property
    def changes(self) -> list[Changed]:
        """The changes of the learning rate, each with its step."""
        return list(self.record.changes)

    @property
    def snapshot(self) -> Snapshot | None:
        """Where the run can be taken up again; None if only from the start."""
        return self.record.snapshot

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self.record.step

    @property
    def images_per_second(self) -> float | None:
        """How many images are learned in a second; None before the first step."""
        return self.pace.images_per_second()

    @property
    def seconds_left(self) -> float | None:
        """How long the remaining steps will take; None while that is not known."""
        return self.pace.seconds_left(self.step)

    def may_control(self, owner: str) -> bool:
        """Whether this is the secret of whoever started the run."""
        return self.record.belongs_to(owner)
