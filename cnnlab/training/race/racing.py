"""The race itself: every network makes a step in turn, so that all are seen at the same batch.

A generator of events without a thread or a clock, as `training.loop` is. The networks are trained
by that loop, each as if it were alone: the numbers do not depend on who else races.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cnnlab.data import mnist
from cnnlab.message import InvalidInput, Message
from cnnlab.training.config import Config
from cnnlab.training.data import Data, Part
from cnnlab.training.events import Batch, Control, Event
from cnnlab.training.race.plan import Lane, Plan, checked, config

LOOKED_AT = 64  # test digits: the loop wants to look at some, and the race does not use them
Train: TypeAlias = Callable[[Config], Iterator[Event]]


@dataclass(frozen=True)
class Stepped:
    """A network has made a step; ``step`` counts from 1.

    ``loss`` and ``error`` (the share of the digits it got wrong, 0 to 1) are those of the batch,
    by the weights before the step.
    """

    lane: Lane
    step: int
    loss: float
    error: float


@dataclass(frozen=True)
class Fell:
    """A network goes no further: its numbers are none any more; ``message`` says so."""

    lane: Lane
    message: Message


RaceEvent: TypeAlias = Stepped | Fell


def real_training(config: Config) -> Generator[Event, Control | None, None]:
    """The training of one network. PyTorch is loaded at its first event."""
    from cnnlab.training.loop import train

    return train(config, data())


def data() -> Data:
    """All training digits, none kept back, and few to look at in the end."""
    train, test = mnist.load("train"), mnist.load("test")
    none = Part(train.images[:0], train.labels[:0])
    few = Part(test.images[:LOOKED_AT], test.labels[:LOOKED_AT])
    return Data(Part(train.images, train.labels), none, few)


def race(plan: Plan, train: Train = real_training) -> Generator[RaceEvent, None, None]:
    """What happens, in order: step after step, and in each step lane after lane.

    Raises InvalidInput for a plan that cannot be raced.
    """
    checked(plan)
    return _events(plan, train)


def _events(plan: Plan, train: Train) -> Generator[RaceEvent, None, None]:
    running = {lane: _steps(lane, train(config(plan, lane))) for lane in plan.lanes}
    try:
        while running:
            for lane, steps in list(running.items()):
                event = next(steps, None)
                if event is not None:
                    yield event
                if event is None or isinstance(event, Fell):
                    del running[lane]
    finally:
        for steps in running.values():
            steps.close()


def _steps(lane: Lane, events: Iterator[Event]) -> Generator[RaceEvent, None, None]:
    """The steps of a training; what else it tells is left out."""
    try:
        for event in events:
            if isinstance(event, Batch):
                yield Stepped(lane, event.step, event.loss, 1 - event.accuracy)
    except InvalidInput as error:  # the numbers have grown beyond what can be computed with
        yield Fell(lane, error.message)
