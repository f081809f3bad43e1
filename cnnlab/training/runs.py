"""The runs on disk: a folder for each, bounded in number and size, readable after a restart.

They lie in ``CNNLAB_RUNS_DIR``, or else in ``.cnnlab/runs`` in the user's home.
"""

import logging
import os
import re
import shutil
import time
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cnnlab.message import Message
from cnnlab.training import folder
from cnnlab.training.files import Damaged
from cnnlab.training.folder import Summary
from cnnlab.training.record import ACTIVE, Record, State

MOST_RUNS = 40
MOST_OWN = 8  # runs of one owner that are not under way
MOST_BYTES = 1_000_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # as `secrets.token_urlsafe(16)` makes them
_log = logging.getLogger(__name__)
STAYS = 2  # the rank of what is not removed
STILL = 60.0  # seconds after which a run that is said to be active cannot be any more


def place() -> Path:
    """The folder of all runs, whether it is there or not."""
    given = os.environ.get("CNNLAB_RUNS_DIR")
    return Path(given) if given else Path.home() / ".cnnlab" / "runs"


def is_id(name: str) -> bool:
    """Whether this may be the id of a run, and so the name of its folder.

    >>> is_id("a" * 22), is_id("../" + "a" * 19), is_id("")
    (True, False, False)
    """
    return _ID.fullmatch(name) is not None


class _Kept(NamedTuple):
    """A folder: ``owner`` is a digest, empty if damaged; ``rank`` says which of one's go first."""

    path: Path
    owner: str
    rank: int
    changed: float
    size: int


class Runs:
    """The runs of a folder, `place` unless another is given."""

    def __init__(self, at: Path | None = None) -> None:
        self._at = at
        self._lock = Lock()  # of making and removing folders
        self._logged: set[Path] = set()  # damaged folders that were told of
        self._active: set[str] = set()  # runs of this process that must not be removed

    @property
    def at(self) -> Path:
        """The folder."""
        return self._at or place()

    def save(self, record: Record, state: State) -> Message | None:
        """Write a run as being in that state; where that fails, say that nothing is kept."""
        with self._lock:
            (self._active.add if state in ACTIVE else self._active.discard)(record.id)
        try:
            if not self._folder(record.id).is_dir():
                self._begin(record, state)
            else:
                folder.write(record, state, self._folder(record.id))
                if state not in ACTIVE:
                    self._make_room(record.owner, besides=record.id)
        except OSError as error:
            return Message(
                "this run is not being saved ({reason}): it goes on, but ends with the server",
                {"reason": error.strerror or type(error).__name__},
            )
        return None

    def opened(self, key: str) -> Record | None:
        """The run of that id, for whoever has the link; None if there is none that is whole."""
        if not is_id(key):
            return None
        try:
            return folder.read(self._real(key))
        except Damaged:
            return None

    def listed(self, owner: str) -> tuple[list[Summary], list[Message]]:
        """The runs of the owner with this digest, newest first; and a word if one is damaged.

        The log names every damaged folder, once; whose it is may not be known.
        """
        found: list[Summary] = []
        damaged = False
        for path in self._folders():
            try:
                whose, summary = folder.summary(self._real(path.name))
            except Damaged:
                self._log_damage(path)
                damaged |= bool(owner) and folder.owner_said(path) == owner
                continue
            if whose == owner:
                found.append(summary)
        return sorted(found, key=lambda summary: summary.started, reverse=True), (
            [Message("a run of this browser is damaged and was left out")] if damaged else []
        )

    def _log_damage(self, path: Path) -> None:
        if path not in self._logged:
            self._logged.add(path)
            _log.warning("The run folder %s is damaged and left out", path)

    def delete(self, key: str) -> None:
        """Remove a run; nothing happens if there is none."""
        if is_id(key):
            with self._lock:
                shutil.rmtree(self._folder(key), ignore_errors=True)

    def _folder(self, key: str) -> Path:
        return self.at / key

    def _real(self, key: str) -> Path:
        """The folder of a run; raises Damaged for what lies elsewhere."""
        path = self._folder(key)
        if path.is_symlink() or not path.is_dir() or not is_id(key):
            raise Damaged
        return path

    def _begin(self, record: Record, state: State) -> None:
        """Make the folder, so that it appears with all that belongs into it."""
        self.at.mkdir(parents=True, exist_ok=True)
        self._make_room(record.owner)
        beside = self.at / f".{record.id}.new"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        record.written.clear()
        folder.write(record, state, beside)
        os.replace(beside, self._folder(record.id))

    def _make_room(self, owner: str, besides: str = "") -> None:
        """Remove runs that have ended until one more fits in, or the one ``besides`` which is kept.

        First the oldest of the ``owner`` who has too many, then of whoever has the most: nobody's
        runs are in danger from others before they have as many as those.
        """
        with self._lock:
            for path in self.at.glob(".*.new"):  # begun by a server that was broken off
                if time.time() - path.lstat().st_mtime > STILL:
                    shutil.rmtree(path, ignore_errors=True)
            kept = [_kept(path) for path in self._folders()]
            while (gone := self._too_many(kept, owner, besides)) is not None:
                shutil.rmtree(gone.path, ignore_errors=True)
                kept.remove(gone)

    def _too_many(self, kept: list[_Kept], owner: str, besides: str) -> _Kept | None:
        """Which folder goes next; None if no more need to go, or may."""
        loose = [each for each in kept if each.rank != STAYS and each.path.name not in self._active]
        own = sum(each.owner == owner for each in loose)
        full = (
            len(kept) + (not besides) > MOST_RUNS or sum(each.size for each in kept) >= MOST_BYTES
        )
        loose = [each for each in loose if each.path.name != besides]
        if own + (not besides) > MOST_OWN:
            loose = [each for each in loose if each.owner == owner]
        elif not full:
            return None
        many = Counter(each.owner for each in kept)
        loose.sort(key=lambda each: (bool(each.owner), -many[each.owner], each.rank, each.changed))
        return loose[0] if loose else None

    def _folders(self) -> list[Path]:
        """All folders with the name of a run."""
        try:
            return [path for path in self.at.iterdir() if is_id(path.name)]
        except OSError:  # not there yet, or not for us to read
            return []


def _bytes(path: Path) -> int:
    try:
        return sum(file.lstat().st_size for file in path.iterdir())
    except OSError:
        return 0


def _changed(path: Path) -> float:
    """When something was last written, in seconds since 1970; 0 for what cannot be read."""
    try:
        return (path / folder.RUN).lstat().st_mtime
    except OSError:
        return 0.0


def _kept(path: Path) -> _Kept:
    """0 for those that have ended, 1 for those that could be gone on with.

    A run of another process stays for as long as somebody writes it.
    """
    owner, rank, changed = "", 0, _changed(path)
    try:
        owner, found = folder.summary(path)
        if found.state in {*ACTIVE, "suspended"}:
            rank = 1
        if found.state in ACTIVE and time.time() - changed <= STILL:
            rank = STAYS
    except Damaged:
        pass
    return _Kept(path, owner, STAYS if path.is_symlink() else rank, changed, _bytes(path))
