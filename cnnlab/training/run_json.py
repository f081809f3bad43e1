"""What ``run.json`` says of a run, written and read; what it may not say is not believed."""

import re
from math import isfinite
from string import Formatter
from typing import Any, get_args

from cnnlab.message import Message
from cnnlab.training import config_json
from cnnlab.training.events import Changed, Evaluated
from cnnlab.training.files import Damaged
from cnnlab.training.record import Record, State

FORMAT = 1
ONCE = re.compile(r"(frame|validation|test)-(\d{7})\.safetensors")
Scores = dict[str, list[float]]  # loss and accuracy by the name of an evaluation's file


def described(record: Record, state: State) -> dict[str, Any]:
    """All of a run but its arrays, as JSON has it."""
    message = record.message
    return {
        "format": FORMAT,
        "id": record.id,
        "owner": record.owner,
        "state": state,
        "message": message and [message.text, {k: str(v) for k, v in message.fields.items()}],
        "config": config_json.dumps(record.config),
        "started": record.started,
        "step": record.step,
        "changes": [[change.step, change.learning_rate] for change in record.changes],
        "scores": {name_of(each): [each.loss, each.accuracy] for each in record.evaluations},
    }


def name_of(evaluated: Evaluated) -> str:
    """The name of an evaluation's file."""
    return f"{evaluated.split}-{evaluated.step:07}.safetensors"


def require(true: bool) -> None:
    """Raise Damaged unless it is so."""
    if not true:
        raise Damaged


def from_described(found: dict[str, Any], name: str) -> tuple[Record, Scores]:
    """The record without its arrays, and the scores; raises Damaged and what odd types raise."""
    require(found["format"] == FORMAT and found["id"] == name)
    require(found["state"] in get_args(State) and _is_number(found["started"], 1e11))
    require(isinstance(found["owner"], str) and len(found["owner"]) == 64)
    scores = found["scores"]
    for file, (loss, accuracy) in scores.items():
        require(bool(ONCE.fullmatch(file)) and _is_number(loss) and _is_number(accuracy, 1))
    config = config_json.loads(found["config"])
    record = Record(name, config, found["owner"], float(found["started"]), found["state"])
    record.message = _message(found["message"])
    for step, rate in found["changes"]:
        require(isinstance(step, int) and 0 <= step <= config.steps and _is_number(rate, 10))
        record.changes.append(Changed(step, float(rate)))
    return record, scores


def _message(found: Any) -> Message | None:
    """A message whose places are plain names: a text from elsewhere must not reach into objects."""
    if found is None:
        return None
    text, fields = found
    for _, name, form, conversion in Formatter().parse(text):
        require(name is None or (name in fields and name.isidentifier() and not form))
        require(not conversion)
    return Message(text, {name: str(value) for name, value in fields.items()})


def _is_number(value: object, most: float = 1e30) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and 0 <= value <= most  # type: ignore[arg-type,operator]
