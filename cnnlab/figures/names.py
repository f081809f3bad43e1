"""What the weights of a network are called in words: "conv 1 weight"."""

from collections.abc import Mapping
from dataclasses import replace

from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.forward import layer_name
from cnnlab.engine.layers import BatchNorm, Conv, Dense
from cnnlab.message import Message

_CONV = {"weight": Message("conv {n} weight"), "bias": Message("conv {n} bias")}
_DENSE = {"weight": Message("dense {n} weight"), "bias": Message("dense {n} bias")}
_NORM = {"weight": Message("batch norm {n} scale"), "bias": Message("batch norm {n} shift")}
_WORDS = {Conv: _CONV, Dense: _DENSE, BatchNorm: _NORM}


def names(network: Architecture) -> Mapping[str, Message]:
    """What is learned, in order: its name among the weights → the same in words.

    Layers of a kind are counted from 1, in the order in which they work.

    >>> from cnnlab.engine.networks import DENSE
    >>> [f"{name}: {words}" for name, words in names(DENSE).items()][:2]
    ['1.weight: dense 1 weight', '1.bias: dense 1 bias']
    """
    found: dict[str, Message] = {}
    counts: dict[type, int] = {}
    for row in trace(network):
        kind = type(row.layer)
        if kind not in _WORDS:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        for part, words in _WORDS[kind].items():
            if part == "weight" or getattr(row.layer, "bias", True):
                found[f"{layer_name(row.path)}.{part}"] = replace(words, fields={"n": counts[kind]})
    return found
