"""The runs on disk: a folder for each, bounded in number and size, readable after a restart.

They lie in ``CNNLAB_RUNS_DIR``, or else in ``.cnnlab/runs`` in the user's home.
"""

import os
import re
import shutil
import time
from pathlib import Path
from threading import Lock

from cnnlab.message import Message
from cnnlab.training import folder
from cnnlab.training.files import Damaged
from cnnlab.training.folder import Summary
from cnnlab.training.record import ACTIVE, Record, State

MOST_RUNS = 40
MOST_BYTES = 1_000_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # as `secrets.token_urlsafe(16)` makes them
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


class Runs:
    """The runs of a folder, `place` unless another is given."""

    def __init__(self, at: Path | None = None) -> None:
        self._at = at
        self._lock = Lock()  # of making and removing folders
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
                    self._make_room(besides=record.id)
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
        """The runs of the owner with this digest, newest first; and what was left out as no run."""
        found: list[Summary] = []
        skipped: list[Message] = []
        for path in self._folders():
            try:
                whose, summary = folder.summary(self._real(path.name))
            except Damaged:
                skipped.append(
                    Message("the folder {name} is damaged and was left out", {"name": path.name})
                )
                continue
            if whose == owner:
                found.append(summary)
        return sorted(found, key=lambda summary: summary.started, reverse=True), skipped

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
        self._make_room()
        beside = self.at / f".{record.id}.new"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        record.written.clear()
        folder.write(record, state, beside)
        os.replace(beside, self._folder(record.id))

    def _make_room(self, besides: str = "") -> None:
        """Remove runs that have ended, the oldest first, until one more fits in."""
        with self._lock:
            for path in self.at.glob(".*.new"):  # begun by a server that was broken off
                if time.time() - path.lstat().st_mtime > STILL:
                    shutil.rmtree(path, ignore_errors=True)
            kept = {path: _bytes(path) for path in self._folders()}
            for rank, _, path in sorted((_rank(path), _changed(path), path) for path in kept):
                if rank == STAYS or path.name in {*self._active, besides}:
                    continue
                if len(kept) < MOST_RUNS and sum(kept.values()) < MOST_BYTES:
                    return
                shutil.rmtree(path, ignore_errors=True)
                del kept[path]

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


def _rank(path: Path) -> int:
    """Which are removed first: 0 those that have ended, 1 those that could be gone on with.

    A run of another process stays for as long as somebody writes it.
    """
    if path.is_symlink():
        return STAYS
    try:
        state = folder.summary(path)[1].state
    except Damaged:
        return 0
    if state in ACTIVE and time.time() - _changed(path) <= STILL:
        return STAYS
    return 1 if state in {*ACTIVE, "suspended"} else 0
