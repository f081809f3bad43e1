"""A config's JSON comes back the same; of any other text, a sentence."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.training.config_json import dumps, loads
from cnnlab.training.events import Changed, Snapshot
from cnnlab.training.snapshots import from_bytes, to_bytes

ALL = Architecture(
    "all “kinds”",
    (1, 28, 28),
    (
        Conv(4, (3, 2), (1, 2), (2, 1), (2, 1), 1, False),
        BatchNorm(),
        ReLU(),
        MaxPool((3, 2), None, (1, 0), True),
        AvgPool(2, (1, 2)),
        Residual((Residual((Sigmoid(), Tanh())), Dropout(0.25)), (Conv(4, 1),)),
        GlobalAvgPool(),
        Flatten(),
        Dense(10, False),
    ),
)
CONFIG = Config(network=ALL, seed=7, shuffled=True, learning_rate=1, schedule="cosine")


@pytest.mark.parametrize("network", [ALL, *NETWORKS.values()], ids=lambda n: n.name)
def test_comes_back(network: Architecture) -> None:
    config = replace(CONFIG, network=network)
    assert loads(dumps(config)) == config
    assert hash(loads(dumps(config))) == hash(config)
    assert dumps(loads(dumps(config))) == dumps(config)
    assert "\n" not in dumps(config)


def spoilt(change: Callable[[dict[str, Any]], object]) -> str:
    found = json.loads(dumps(CONFIG))
    change(found)
    return json.dumps(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("seed"),
        lambda c: c.update(more=1),
        lambda c: c.update(seed="1"),
        lambda c: c.update(seed=True),
        lambda c: c.update(seed=1.5),
        lambda c: c.update(seed=None),
        lambda c: c.update(seed=10**400),
        lambda c: c.update(seed=-1),
        lambda c: c.update(learning_rate="0.1"),
        lambda c: c.update(learning_rate=float("nan")),
        lambda c: c.update(learning_rate=float("inf")),
        lambda c: c.update(learning_rate=[0.1]),
        lambda c: c.update(shuffled=1),
        lambda c: c.update(optimizer="lion"),
        lambda c: c.update(optimizer=["sgd"]),
        lambda c: c.update(backend={}),
        lambda c: c.update(network=None),
        lambda c: c.update(network=[]),
        lambda c: c["network"].update(name=3),
        lambda c: c["network"].update(name="a" * 1_000),
        lambda c: c["network"].update(name="a\nb"),
        lambda c: c["network"].update(name=""),
        lambda c: c["network"].update(input=[1, 28]),
        lambda c: c["network"].update(input=[3, 28, 28]),
        lambda c: c["network"].update(input=[True, 28, 28]),
        lambda c: c["network"].update(input="abc"),
        lambda c: c["network"].update(layers={}),
        lambda c: c["network"].update(layers=[]),
        lambda c: c["network"].update(layers=[{"kind": "Flatten"}] * 1_000),
        lambda c: c["network"]["layers"].append(3),
        lambda c: c["network"]["layers"].append({}),
        lambda c: c["network"]["layers"].append({"kind": "Softmax"}),
        lambda c: c["network"]["layers"].append({"kind": "Layer"}),
        lambda c: c["network"]["layers"].append({"kind": ["ReLU"]}),
        lambda c: c["network"]["layers"].append({"kind": "ReLU", "inplace": True}),
        lambda c: c["network"]["layers"].append({"kind": "Dropout"}),
        lambda c: c["network"]["layers"].insert(0, {"kind": "Dropout", "p": "0.1"}),
        lambda c: c["network"]["layers"].insert(0, {"kind": "Dropout", "p": float("nan")}),
        lambda c: c["network"]["layers"].insert(0, {"kind": "Dropout", "p": 1}),
        lambda c: c["network"]["layers"][0].update(filters=4.0),
        lambda c: c["network"]["layers"][0].update(filters=10**30),
        lambda c: c["network"]["layers"][0].update(kernel_size=[3]),
        lambda c: c["network"]["layers"][0].update(kernel_size=[3, 3, 3]),
        lambda c: c["network"]["layers"][0].update(kernel_size=[3, "3"]),
        lambda c: c["network"]["layers"][0].update(kernel_size=None),
        lambda c: c["network"]["layers"][0].update(bias=0),
        lambda c: c["network"]["layers"][0].update(padding=-1),
        lambda c: c["network"]["layers"][5].update(body=None),
        lambda c: c["network"]["layers"][5].update(body=[[]]),
        lambda c: c["network"]["layers"][8].update(outputs=11),
    ],
)
def test_another_text_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InvalidInput):
        loads(spoilt(change))


def nested(depth: int) -> str:
    def change(config: dict[str, Any]) -> None:
        layer: dict[str, Any] = {"kind": "ReLU"}
        for _ in range(depth):
            layer = {"kind": "Residual", "body": [layer], "shortcut": []}
        config["network"]["layers"].insert(0, layer)

    return spoilt(change)


def test_depth_is_bounded() -> None:
    loads(nested(3))
    for depth in (5, 100, 250):
        with pytest.raises(InvalidInput):
            loads(nested(depth))


@pytest.mark.parametrize(
    "text", ["", "null", "3", "[" * 90_000, '{"a":' * 10_000, "x" * 200_000, "\ud800", "{}" * 2]
)
def test_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        loads(text)


def test_hundreds_of_damaged_texts() -> None:
    rng, text = random.Random(0), dumps(CONFIG)
    for _ in range(1_000):
        letters = list(text)
        for _ in range(rng.choice((1, 2, 5))):
            letters[rng.randrange(len(letters))] = rng.choice('{}[]",:0123456789eE.-x \n')
        try:
            found = loads("".join(letters))
        except InvalidInput:
            continue
        assert loads(dumps(found)) == found


SNAPSHOT = Snapshot(
    Config(),
    5,
    (Changed(2, 0.5), Changed(2, 0.25), Changed(5, 1)),
    {"learner.a": np.ones((2, 3), np.float32), "told": np.array(1, np.float32)},
)


def test_a_snapshot_comes_back() -> None:
    found = from_bytes(to_bytes(SNAPSHOT))
    assert (found.config, found.step, found.changes) == (Config(), 5, SNAPSHOT.changes)
    assert {n: a.tolist() for n, a in found.state.items()} == {
        n: a.tolist() for n, a in SNAPSHOT.state.items()
    }


@pytest.mark.parametrize(
    "spoil",
    [
        {"step": -1},
        {"step": 10**9},
        {"step": 2.5},
        {"step": True},
        {"changes": (Changed(6, 0.5),)},
        {"changes": (Changed(3, 0.5), Changed(2, 0.5))},
        {"changes": (Changed(-1, 0.5),)},
        {"changes": (Changed(1, 1e9),)},
        {"changes": (Changed(1, float("nan")),)},
        {"changes": (Changed(1, "0.5"),)},
        {"changes": (Changed(1, True),)},
        {"changes": (Changed(1, 0.5),) * 20_000},
    ],
)
def test_a_snapshot_that_cannot_be_is_refused(spoil: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        from_bytes(to_bytes(replace(SNAPSHOT, **spoil)))


def test_hundreds_of_damaged_snapshots() -> None:
    rng, whole = random.Random(1), to_bytes(SNAPSHOT)
    for _ in range(1_000):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 5))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            from_bytes(bytes(data[: rng.choice((None, None, rng.randrange(len(data))))]))
        except InvalidInput:
            continue
