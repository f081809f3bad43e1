"""The runs of this server: the one state of the project outside the user interface.

As many runs are made at once as there are processor cores; the rest wait in the order in which
they came. See `registry.Jobs`.
"""

import os
from collections.abc import Mapping

from cnnlab.engine.checks import Array
from cnnlab.message import Message
from cnnlab.training.config import Config
from cnnlab.training.events import Snapshot
from cnnlab.training.folder import Summary
from cnnlab.training.job import Job
from cnnlab.training.registry import Jobs
from cnnlab.training.runs import Runs
from cnnlab.training.worker import Training


def real_training(config: Config, snapshot: Snapshot | None) -> Training:
    """The training itself. PyTorch is loaded here, in the thread of the first run."""
    from cnnlab.training.data import prepared
    from cnnlab.training.loop import train

    return train(config, prepared(config), resume=snapshot)


_JOBS = Jobs(real_training, os.cpu_count() or 1, runs=Runs())


def start(config: Config, owner: str) -> str:
    """Start a run in the server's registry; see `Jobs.start`."""
    return _JOBS.start(config, owner)


def find(key: str) -> Job | None:
    """A run of the server's registry, or of its disk; see `Jobs.find`."""
    return _JOBS.find(key)


def adopt(config: Config, weights: Mapping[str, Array], owner: str, step: object = 0) -> str:
    """Take weights into the server's registry; see `Jobs.adopt`."""
    return _JOBS.adopt(config, weights, owner, step)


def delete(key: str, owner: str) -> bool:
    """Delete a run from the server's registry and its disk; see `Jobs.delete`."""
    return _JOBS.delete(key, owner)


def listed(owner: str) -> tuple[list[Summary], list[Message]]:
    """The owner's runs on the server's disk; see `Jobs.listed`."""
    return _JOBS.listed(owner)


def shutdown() -> None:
    """Suspend all runs of the server's registry; see `Jobs.shutdown`."""
    _JOBS.shutdown()
