"""A registry of races: one at a time, in a thread of its own; the last ones stay in memory.

A race is a matter of the whole class: everyone sees it and the earlier ones, and who started it
may stop it. It goes on while its page is left, but not for ever: after `LEASE` seconds in which
nobody looked at any page that shows it, it stops.
"""

import logging
import secrets
from collections.abc import Callable, Generator
from contextlib import closing
from threading import RLock, Thread
from time import monotonic
from typing import TypeAlias

from cnnlab.message import InvalidInput
from cnnlab.training.race.plan import Plan, checked
from cnnlab.training.race.racing import RaceEvent, race
from cnnlab.training.race.state import Race, State
from cnnlab.training.record import digest
from cnnlab.training.worker import reason

LEASE = 900.0  # seconds: started before the lecture, it is done when the class comes to it
MOST_RACES = 12
LAST_WORDS = 5.0  # seconds that a step under way has when the server ends
Run: TypeAlias = Callable[[Plan], Generator[RaceEvent, None, None]]
_log = logging.getLogger(__name__)


class Races:
    """A registry of races; the app has one, tests make their own.

    ``run`` makes the events of a race, ``clock`` gives seconds, ``most`` is how many are kept.
    """

    def __init__(
        self, run: Run = race, clock: Callable[[], float] = monotonic, most: int = MOST_RACES
    ) -> None:
        self._run, self._clock, self._most = run, clock, most
        self._lock = RLock()
        self._races: list[Race] = []
        self._count = 0
        self._thread: Thread | None = None

    def start(self, plan: Plan, owner: str) -> str:
        """Start a race and return its id.

        Raises InvalidInput for a plan that cannot be raced, while another race goes on, and where
        the machine gives no thread.

        >>> races = Races(lambda plan: (event for event in ()))
        >>> races.find(races.start(Plan(), "secret")).number
        1
        """
        checked(plan)
        with self._lock:
            if self.running() is not None:
                raise InvalidInput("a race is under way: there is one at a time, for everybody")
            number = self._count + 1
            made = Race(secrets.token_urlsafe(8), number, plan, digest(owner), self._clock())
            self._thread = self._started(made)
            self._count, self._races = number, [*self._races, made][-self._most :]
        return made.id

    def _started(self, race: Race) -> Thread:
        """The thread of a race, at work: a race without one would be under way for ever."""
        name = f"race {race.number}"
        thread = Thread(target=self._raced, args=(race,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise InvalidInput("the server has too much to do: try again in a minute") from error
        return thread

    def all(self) -> list[Race]:
        """The races that are kept, oldest first."""
        with self._lock:
            return list(self._races)

    def find(self, key: str) -> Race | None:
        """The race of that id; None if there is none (any more)."""
        return next((race for race in self.all() if race.id == key), None)

    def running(self) -> Race | None:
        """The race that goes on, if one does."""
        return next((race for race in self.all() if race.active), None)

    def renew(self, race: Race) -> None:
        """Say that somebody is looking at a race."""
        race.renewed = self._clock()

    def stop(self, race: Race, owner: str) -> bool:
        """Let a race end after the step under way; returns whether it was theirs to ask."""
        if not race.may_stop(owner):
            return False
        race.stopping.set()
        return True

    def shutdown(self, seconds: float = LAST_WORDS) -> None:
        """Stop what goes on; returns when it has ended, or after so long."""
        with self._lock:
            thread = self._thread
            for race in self._races:
                race.stopping.set()
        if thread is not None:
            thread.join(seconds)

    def _raced(self, race: Race) -> None:
        """What the thread of a race does."""
        state: State = "failed"
        try:
            state = self._events(race)
        except InvalidInput as error:  # says itself what to do
            race.message = error.message
        except Exception as error:  # of any kind: the class is told, the log gets the traceback
            _log.exception("Race %s has failed", race.number)
            race.message = reason(error)
        finally:
            race.state = state

    def _events(self, race: Race) -> State:
        before = self._clock()
        with closing(self._run(race.plan)) as events:
            for event in events:
                now = self._clock()
                race.state = "running"
                race.tracks[event.lane].note(event, now - before)
                if race.stopping.is_set() or now - race.renewed > LEASE:
                    return "finished" if race.done >= 1 else "stopped"
                before = now
        return "finished"
