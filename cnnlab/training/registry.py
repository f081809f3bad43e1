"""A registry of runs: who has a place, who waits, and where to find them.

A place is kept for whoever is looked at: `job.LEASE` seconds after nobody renewed it, the run is
suspended with a snapshot, and goes on from there, bit for bit, when its owner comes back. A paused
run keeps its place too, but not for longer than `job.LONGEST_PAUSE`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from threading import RLock, Thread
from time import monotonic

from cnnlab.engine.checks import Array
from cnnlab.engine.forward import check_weights
from cnnlab.message import InvalidInput, Message
from cnnlab.training.config import Config, checked
from cnnlab.training.events import Frame
from cnnlab.training.folder import Summary
from cnnlab.training.job import Clock, Job
from cnnlab.training.record import ACTIVE, Record, State, digest, whole
from cnnlab.training.runs import Runs
from cnnlab.training.worker import Train, Worker

MOST_JOBS = 64  # in memory
MOST_BYTES = 400_000_000  # of frames, in memory: ended runs are opened again from disk
NAP = 0.25  # seconds
LAST_WORDS = 5.0  # seconds that runs have for their snapshots when the server ends


class Jobs:
    """A registry of runs; the app has one, tests make their own.

    ``train`` makes the events of a run, ``slots`` is how many run at once, ``clock`` gives seconds,
    and ``runs`` keeps the runs on disk (None: nothing is kept).
    """

    def __init__(
        self,
        train: Train,
        slots: int,
        clock: Clock = monotonic,
        runs: Runs | None = None,
        nap: float = NAP,
    ) -> None:
        self._train, self._runs = train, runs
        self._slots, self._clock, self._nap = slots, clock, nap
        self._lock = RLock()
        self._jobs: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._working: dict[Job, Thread] = {}

    def start(self, config: Config, owner: str) -> str:
        """Queue a run and return its id.

        One browser may have several tabs, each with a run, but not more than run at once: the
        oldest are suspended then, with a snapshot, and can be gone on with.

        Raises InvalidInput for a config that cannot be trained, and where too many wait already;
        then nothing has changed.

        >>> jobs = Jobs(lambda config, snapshot: iter(()), slots=0)
        >>> jobs.find(jobs.start(Config(), "secret")).place
        1
        """
        checked(config)
        with self._lock:
            self._sweep()
            own = [job for job in self._jobs.values() if job.active and job.may_control(owner)]
            job = self._add(Record(secrets.token_urlsafe(16), config, digest(owner)))
            for older in own[: max(0, len(own) + 1 - max(1, self._slots))]:
                older.put_aside()
            self._sweep()
            self.queue(job)
        return job.id

    def adopt(
        self, config: Config, weights: Mapping[str, Array], owner: str, step: object = 0
    ) -> str:
        """Make a run "loaded" of weights from elsewhere, to be looked at; returns its id.

        ``step`` is after how many steps they are said to have been taken; what cannot be is 0.
        Raises InvalidInput for weights that are not those of the config's network.
        """
        check_weights(checked(config).network, weights)
        record = Record(secrets.token_urlsafe(16), config, digest(owner), state="loaded")
        record.note(Frame(whole(step, config.steps), dict(weights), {}, {}))
        with self._lock:
            return self._add(record).id

    def find(self, key: str) -> Job | None:
        """The run of that id, from memory or from disk; None if there is none."""
        with self._lock:
            self._sweep()
            job = self._jobs.get(key)
        if job is not None or self._runs is None:
            return job
        record = self._runs.opened(key)
        if record is None:
            return None
        with self._lock:
            if key in self._jobs:  # somebody else has opened it meanwhile
                return self._jobs[key]
            try:
                return self._add(record)
            except InvalidInput:  # no room: it can be looked at, but nothing asked of it
                return Job(record, self._lock, self._clock)

    def listed(self, owner: str) -> tuple[list[Summary], list[Message]]:
        """The owner's runs, newest first; and words on what on disk could not be read.

        Those in memory as they now are, whether they are on disk yet or not. Loaded weights are no
        run.
        """
        kept, skipped = self._runs.listed(digest(owner)) if self._runs else ([], [])
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.may_control(owner)]
        found = {each.id: replace(each, state=_broken_off(each.state)) for each in kept}
        found |= {job.id: Summary.of(job.record) for job in jobs if job.state != "loaded"}
        return sorted(found.values(), key=lambda each: each.started, reverse=True), skipped

    def delete(self, key: str, owner: str) -> bool:
        """Forget a run of the owner's that has ended, on disk too; returns whether it is gone."""
        job = self.find(key)
        with self._lock:
            if job is None or job.active or job in self._working or not job.may_control(owner):
                return False
            self._jobs.pop(key, None)
        if self._runs is not None:
            self._runs.delete(key)
        return True

    def shutdown(self, seconds: float = LAST_WORDS) -> None:
        """Suspend all runs with a snapshot; returns when they are done, or after so long."""
        with self._lock:
            for job in [*self._waiting, *self._working]:
                job.put_aside()
            self._sweep()
            threads = list(self._working.values())
        end = monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))

    def queue(self, job: Job) -> None:
        """Give the run a place as soon as one is free; in the order in which they ask."""
        with self._lock:
            if job in self._working or job in self._waiting:
                return
            job.record.state, job.away, job.closing = "queued", False, False
            job.paused_since, job.singles = None, 0
            self._waiting.append(job)
            self._fill()

    def withdraw(self, job: Job) -> None:
        """Let a run that has no place be stopped."""
        with self._lock:
            self._waiting = [other for other in self._waiting if other is not job]
            job.record.state, job.record.snapshot = "stopped", None
            self._keep(job.record, "stopped")

    def place(self, job: Job) -> int | None:
        """Its place in the queue, from 1; None if it does not wait."""
        with self._lock:
            self._sweep()
            return self._waiting.index(job) + 1 if job in self._waiting else None

    def crowded(self) -> bool:
        """Whether somebody waits for a place and is looking."""
        with self._lock:
            self._sweep()
            return bool(self._waiting)

    def _add(self, record: Record) -> Job:
        self._make_room(record.frame_bytes())
        job = Job(record, self._lock, self._clock, self)
        self._jobs[job.id] = job
        return job

    def _make_room(self, more: int) -> None:
        """Drop runs that have ended, those first at which nobody has looked for longest."""
        ended = [job for job in self._jobs.values() if not job.active and job not in self._working]
        ended.sort(key=lambda job: job.renewed)
        used = more + sum(job.record.frame_bytes() for job in self._jobs.values())
        while ended and (len(self._jobs) >= MOST_JOBS or used > MOST_BYTES):
            job = ended.pop(0)
            used -= job.record.frame_bytes()
            del self._jobs[job.id]
        if len(self._jobs) >= MOST_JOBS:
            raise InvalidInput(
                "{count} runs are under way or waiting: try again when some have ended",
                count=len(self._jobs),
            )

    def _fill(self) -> None:
        self._sweep()
        while self._waiting and len(self._working) < self._slots:
            job = self._waiting.pop(0)
            job.record.state = "loading"
            if job.paused_since is not None:  # the time in the queue does not count
                job.paused_since = self._clock()
            job.record.rewind()
            worker = Worker(job, self._train, self._keep, self._leave, self._nap)
            thread = Thread(target=worker.run, name=f"training {job.id[:6]}", daemon=True)
            self._working[job] = thread
            thread.start()

    def _leave(self, job: Job, state: State) -> None:
        with self._lock:
            job.record.state = state
            del self._working[job]
            job.wishes.clear()
            self._fill()

    def _sweep(self) -> None:
        """Let those leave the queue at whom nobody looks."""
        for job in list(self._waiting):
            if job.closing or job.lease_is_out():
                self._waiting.remove(job)
                job.record.state, job.away = "suspended", not job.closing
                self._keep(job.record, "suspended")

    def _keep(self, record: Record, state: State) -> Message | None:
        return self._runs.save(record, state) if self._runs is not None else None


def _broken_off(state: State) -> State:
    """Where a run on disk stands that nobody here makes."""
    return "suspended" if state in ACTIVE else state
