"""The races of this server; see `registry.Races`."""

from cnnlab.training.race.plan import Plan
from cnnlab.training.race.registry import Races
from cnnlab.training.race.state import Race

_RACES = Races()


def start(plan: Plan, owner: str) -> str:
    """Start a race in the server's registry; see `Races.start`."""
    return _RACES.start(plan, owner)


def kept() -> list[Race]:
    """The races of this server, oldest first."""
    return _RACES.all()


def find(key: str) -> Race | None:
    """A race of this server; None if there is none of that id."""
    return _RACES.find(key)


def running() -> Race | None:
    """The race that goes on in this server, if one does."""
    return _RACES.running()


def renew(race: Race) -> None:
    """Say that somebody is looking at a race."""
    _RACES.renew(race)


def stop(race: Race, owner: str) -> bool:
    """Stop a race if it is the owner's; returns whether it is."""
    return _RACES.stop(race, owner)


def shutdown() -> None:
    """Stop what goes on, for the server ends."""
    _RACES.shutdown()
