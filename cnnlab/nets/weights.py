"""Files of weights: safetensors, which holds numbers and text and nothing that runs.

What a file says of itself is believed only after it was checked: its header is read here, in plain
Python, before the reader of the format sees it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.engine.forward import check_weights, weight_shapes
from cnnlab.message import InvalidInput

FORMAT = "cnnlab"
MOST_BYTES = 40_000_000  # weights of the largest network trained here, and Adam's two memories
MOST_HEADER = 1_000_000
MOST_ARRAYS = 5_000
NAME = re.compile(r"[A-Za-z0-9_.]{1,100}")  # also what may be shown in a sentence


def pack(config: str, arrays: Mapping[str, Array], kind: str = "weights", **facts: str) -> bytes:
    """A safetensors file of float32 ``arrays`` by name, with the config's JSON in its metadata.

    ``kind`` says what the file is; ``facts`` are further texts to keep. `unpack` reads it, and so
    does the safetensors package.

    >>> unpack(pack("{}", {"0.bias": np.ones(2, np.float32)}))
    ({'config': '{}'}, {'0.bias': array([1., 1.], dtype=float32)})
    """
    found = {name: np.ascontiguousarray(values, np.float32) for name, values in arrays.items()}
    # ascontiguousarray makes (1,) of what has no axes
    whole = {name: values.reshape(np.shape(arrays[name])) for name, values in found.items()}
    return save(whole, {"format": FORMAT, "kind": kind, "config": config, **facts})


def unpack(data: bytes, kind: str = "weights") -> tuple[dict[str, str], dict[str, Array]]:
    """The metadata (config and facts) and the arrays that `pack` put into a file of this kind.

    The arrays are float32, finite and may be written to. Anything else, however it came about,
    raises InvalidInput: too large, cut off, no safetensors, not from here, other numbers.
    `fitting` tells whether they are those of a network.
    """
    header, text = _header(data)
    if text.get("format") != FORMAT or "config" not in text:
        raise InvalidInput(
            "these weights were not saved by CNN Lab: the file does not say what network they are "
            "for"
        )
    if text.get("kind") != kind:
        raise InvalidInput(
            "this is a file of another kind: it holds no {kind}, though CNN Lab made it", kind=kind
        )
    for name, entry in header.items():
        _check_entry(name, entry)
    try:
        arrays: dict[str, Array] = {name: np.array(a) for name, a in load(data).items()}
    except (SafetensorError, ValueError, KeyError) as error:
        raise _damaged() from error
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise InvalidInput("{name} in the file holds what is no number", name=name)
    facts = {name: said for name, said in text.items() if name not in ("format", "kind")}
    return facts, arrays


def fitting(network: Architecture, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights in the order of the network's layers, if they are those of the network.

    Raises InvalidInput for an array that is missing, left over or of another shape.
    """
    check_weights(network, weights)
    return {name: weights[name] for name in weight_shapes(network)}


def _header(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """What the file says of its arrays, and its texts."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(
            "the file has {size} MB; weights from here have at most {most}",
            size=round(len(data) / 1e6),
            most=MOST_BYTES // 1_000_000,
        )
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > MOST_HEADER or data[8:9] != b"{":
        raise InvalidInput("this is no safetensors file: choose one that was saved here")
    if len(data) < 8 + length:
        raise _damaged()
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise _damaged() from error
    text = header.pop("__metadata__", {})
    if not isinstance(text, dict) or not all(isinstance(said, str) for said in text.values()):
        raise _damaged()
    if len(header) > MOST_ARRAYS:
        raise _damaged()
    return header, text


def _check_entry(name: str, entry: object) -> None:
    if not NAME.fullmatch(name) or not isinstance(entry, dict):
        raise _damaged()
    if entry.get("dtype") != "F32":
        raise InvalidInput(
            "{name} in the file is not float32, in which weights are kept here", name=name
        )


def _damaged() -> InvalidInput:
    return InvalidInput("the file is damaged or was cut off: save or download it again")
