"""A config as JSON, for files and for the metadata of weights; reading trusts nothing."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Size
from cnnlab.engine.layers import Layer, Residual
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config, checked

MOST_TEXT = 100_000
MOST_LAYERS = 200
MOST_DEPTH = 4  # of residual blocks in residual blocks
MOST_NAME = 60
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Layer)}


def dumps(config: Config) -> str:
    """The config as one line of JSON; the same config gives the same text.

    >>> dumps(Config())[:70]
    '{"network": {"name": "Fast", "input": [1, 28, 28], "layers": [{"kind":'
    >>> loads(dumps(Config())) == Config()
    True
    """
    network = config.network
    layers = [_written(layer) for layer in network.layers]
    written = {"name": network.name, "input": list(network.input), "layers": layers}
    return json.dumps({**vars(config), "network": written}, ensure_ascii=False)


def loads(text: str) -> Config:
    """The config that `dumps` wrote, if it can be trained (`config.checked`).

    Every setting must be there and of its type, and no other: anything but what `dumps` writes
    raises InvalidInput.

    >>> loads('{"seed": 1}')
    Traceback (most recent call last):
    cnnlab.message.InvalidInput: settings in the config: this is not what CNN Lab writes there
    """
    if len(text) > MOST_TEXT:
        raise InvalidInput("the config is too long to be one that CNN Lab wrote")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("the config is no JSON; CNN Lab did not write it so") from error
    _same_names(found, [field.name for field in fields(Config)], "settings")
    for field in fields(Config):
        if field.name != "network" and not _same_kind(field.default, found[field.name]):
            raise _wrong(field.name)
    return checked(Config(**{**found, "network": _network(found["network"])}))


def _written(layer: Layer) -> dict[str, object]:
    settings: dict[str, object] = {"kind": type(layer).__name__, **vars(layer)}
    if isinstance(layer, Residual):
        settings["body"] = [_written(inner) for inner in layer.body]
        settings["shortcut"] = [_written(inner) for inner in layer.shortcut]
    return settings


def _network(found: Any) -> Architecture:
    _same_names(found, ["name", "input", "layers"], "network")
    name, shape = found["name"], found["input"]
    if not isinstance(name, str) or not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise _wrong("name")
    if not isinstance(shape, list) or not all(_whole(n) for n in shape):
        raise _wrong("input")
    return Architecture(name, tuple(shape), _layers(found["layers"], 0))


def _layers(found: Any, depth: int) -> tuple[Layer, ...]:
    if not isinstance(found, list) or len(found) > MOST_LAYERS or depth > MOST_DEPTH:
        raise _wrong("layers")
    return tuple(_layer(settings, depth) for settings in found)


def _layer(found: Any, depth: int) -> Layer:
    kind = KINDS.get(str(found.get("kind"))) if isinstance(found, dict) else None
    if kind is None:
        raise _wrong("layers")
    if kind is Residual:
        _same_names(found, ["kind", "body", "shortcut"], "layers")
        return Residual(_layers(found["body"], depth + 1), _layers(found["shortcut"], depth + 1))
    settings = fields(kind)
    _same_names(found, ["kind", *(setting.name for setting in settings)], "layers")
    for setting in settings:
        if not ALLOWED[setting.type](found[setting.name]):
            raise _wrong(setting.name)
    made: Layer = kind(**{setting.name: _tuple(found[setting.name]) for setting in settings})
    return made


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, float) or _whole(value)


def _size(value: object) -> bool:
    pair = isinstance(value, list) and len(value) == 2 and all(map(_whole, value))
    return pair or _whole(value)


# What a setting may be, by the type that its record gives it.
ALLOWED: dict[Any, Callable[[object], bool]] = {
    bool: lambda value: isinstance(value, bool),
    int: _whole,
    float: _number,
    Size: _size,
    Size | None: lambda value: value is None or _size(value),
}


def _same_kind(default: object, value: object) -> bool:
    """Whether a setting's value is a text, a truth or a number as its default is."""
    if isinstance(default, bool | str):
        return type(value) is type(default)
    return _whole(value) if isinstance(default, int) else _number(value)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _same_names(found: object, expected: list[str], where: str) -> None:
    if not isinstance(found, dict) or set(found) != set(expected):
        raise _wrong(where)


def _wrong(where: str) -> InvalidInput:
    return InvalidInput("{where} in the config: this is not what CNN Lab writes there", where=where)
