"""Snapshots as files: safetensors, as the weights, with the step and the changes beside them."""

import json

from cnnlab.message import InvalidInput
from cnnlab.nets.weights import pack, unpack
from cnnlab.training.config import RANGES
from cnnlab.training.config_json import dumps, loads
from cnnlab.training.events import Changed, Snapshot

KIND = "snapshot"
MOST_CHANGES = 10_000


def to_bytes(snapshot: Snapshot) -> bytes:
    """The snapshot as a file."""
    done = {"step": snapshot.step, "changes": [list(vars(c).values()) for c in snapshot.changes]}
    return pack(dumps(snapshot.config), snapshot.state, KIND, done=json.dumps(done))


def from_bytes(data: bytes) -> Snapshot:
    """The snapshot that `to_bytes` wrote; InvalidInput where the file is anything else.

    Whether its arrays are those of the config's training is for `loop.train` to say.
    """
    text, state = unpack(data, KIND)
    config = loads(text["config"])
    try:
        done = json.loads(text["done"])
        step, pairs = done["step"], [(at, rate) for at, rate in done["changes"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _wrong() from error
    least, most = RANGES["learning_rate"]
    if not _whole_up_to(step, config.steps) or len(pairs) > MOST_CHANGES:
        raise _wrong()
    at_step = 0
    for at, rate in pairs:
        if not _whole_up_to(at, step) or at < at_step or type(rate) not in (int, float):
            raise _wrong()
        if not least <= rate <= most:
            raise _wrong()
        at_step = at
    return Snapshot(config, step, tuple(Changed(at, rate) for at, rate in pairs), state)


def _whole_up_to(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _wrong() -> InvalidInput:
    return InvalidInput("the snapshot's steps or changes are damaged")
