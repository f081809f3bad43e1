"""The exported program is run, and must print what the training told, to the last digit."""

import ast
import gzip
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnlab.data.mnist import FILES, load
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
from cnnlab.engine.networks import BOOKNET, DENSE, FAST
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.training.data import Part, prepared
from cnnlab.training.events import Batch, Changed, Evaluated, SetLearningRate, Stop
from cnnlab.training.loop import train
from cnnlab.training.script import script

EVERY = Architecture(
    'a "name" with \\ and \n in it',
    (1, 28, 28),
    (
        Conv(4, (5, 4), stride=(2, 2), padding=(0, 1), bias=False),
        BatchNorm(),
        Tanh(),
        Residual(
            (Conv(6, 3, padding=2, dilation=2, groups=2), Dropout(0.3), Sigmoid()),
            (Dropout(0.1), Conv(6, 1, bias=False), BatchNorm()),
        ),
        Residual((ReLU(),)),
        MaxPool(3, 2, 1, ceil_mode=True),
        AvgPool((2, 1), padding=(1, 0)),
        Residual((AvgPool(3, 1, 1),), (MaxPool(3, stride=1, padding=1),)),
        Flatten(),
        Dropout(0.5),
        Dense(12, bias=False),
        ReLU(),
        Dense(10),
    ),
)
POOLED = Architecture("pooled", (1, 28, 28), (Conv(8, 5), GlobalAvgPool(), Flatten(), Dense(10)))
SMALL = Config(images=330, validation=0, batch_size=50, epochs=1.5)
TESTED = 400


def told(
    config: Config, changes: Sequence[Changed], steps: int | None
) -> tuple[list[float], float]:
    """The mean loss of each epoch and the test accuracy, of a training with such controls."""
    data = prepared(config)
    test = Part(data.test.images[:TESTED], data.test.labels[:TESTED])
    training = train(config, replace(data, test=test))
    event, losses, accuracy = next(training), [], 0.0
    left: list[Any] = [(change.step, SetLearningRate(change.learning_rate)) for change in changes]
    left += [(steps, Stop())] if steps else []
    try:
        while True:
            if isinstance(event, Batch):
                losses.append(event.loss)
            if isinstance(event, Evaluated) and event.split == "test":
                accuracy = event.accuracy
            if left and left[0][0] == event.step:
                event = training.send(left.pop(0)[1])
            else:
                event = next(training)
    except StopIteration:
        pass
    size = config.steps_per_epoch
    epochs = [losses[i : i + size] for i in range(0, len(losses), size)]
    return [sum(epoch) / len(epoch) for epoch in epochs], accuracy


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's files with few digits, some plain and some packed."""
    folder = tmp_path_factory.mktemp("mnist")
    for split, count in (("train", SMALL.images), ("test", TESTED)):
        found = load(split)
        images, labels = FILES[split]
        (folder / images).write_bytes(bytes(16) + found.images[:count].tobytes())
        packed = gzip.compress(bytes(8) + found.labels[:count].tobytes())
        (folder / f"{labels}.gz").write_bytes(packed)
    return folder


def printed(text: str, folder: Path, digits: Path) -> tuple[list[float], float]:
    program = folder / "train.py"
    program.write_text(text, "utf-8")
    command = [sys.executable, "-W", "error", str(program), str(digits)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    *epochs, tested = done.stdout.splitlines()
    assert [line.split(":")[0] for line in epochs] == [f"epoch {n + 1}" for n in range(len(epochs))]
    return [float(line.split()[-1]) for line in epochs], float(tested.removeprefix("test accuracy"))


@pytest.mark.parametrize(
    ("settings", "changes", "steps"),
    [
        (
            {
                "network": EVERY,
                "shift": 2,
                "shuffled": True,
                "label_smoothing": 0.1,
                "weight_decay": 0.02,
                "seed": 5,
            },
            [Changed(0, 0.01), Changed(4, 0.5), Changed(4, 0.005)],
            None,
        ),
        (
            {"network": POOLED, "optimizer": "sgd", "schedule": "cosine", "shift": 1},
            [],
            9,
        ),
        (
            {"network": BOOKNET, "start": "small", "optimizer": "adam", "schedule": "constant"},
            [],
            None,
        ),
        (
            {"network": DENSE, "optimizer": "sgd", "schedule": "steps", "threads": 2},
            [Changed(5, 0.1)],
            None,
        ),
    ],
    ids=["everything", "stopped", "constant", "changed"],
)
def test_prints_what_was_told(
    settings: dict[str, Any], changes: list[Changed], steps: int | None, tmp_path: Path, few: Path
) -> None:
    config = replace(SMALL, **settings)
    assert printed(script(config, changes, steps), tmp_path, few) == told(config, changes, steps)


def test_only_what_is_needed() -> None:
    plain = script(replace(SMALL, network=DENSE, schedule="constant"))
    for left_out in (
        *("Dropout", "Residual", "BatchNorm", "moved", "shuffled", "def learning_rate", "PLANNED"),
        *("label_smoothing", "from math", "stopped", "NumPy engine", "SHIFT", "LEARNING_RATES"),
        "= 0, test_images",
    ):
        assert left_out not in plain
    for config in (SMALL, replace(SMALL, network=EVERY, shift=1, shuffled=True, schedule="cosine")):
        _every_name_is_used(script(config))
    _every_name_is_used(plain)


def _every_name_is_used(text: str) -> None:
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    loaded = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    made = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    taken = {
        (a.asname or a.name).split(".")[0]
        for n in nodes
        if isinstance(n, ast.Import | ast.ImportFrom)
        for a in n.names
    }
    assert stored | made | taken <= loaded
    assert max(map(len, text.splitlines())) <= 100


def test_needs_nothing_from_here() -> None:
    tree = ast.parse(script(replace(SMALL, network=EVERY, schedule="cosine")))
    modules = {
        (n.names[0].name if isinstance(n, ast.Import) else str(n.module)).split(".")[0]
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
    }
    assert modules - {"numpy", "torch"} <= set(sys.stdlib_module_names)


def test_says_who_trained_and_how_long() -> None:
    assert "NumPy engine" in script(replace(SMALL, network=BOOKNET, backend="numpy"))
    assert "stopped after 3 of 10" in script(SMALL, (), 3)
    assert "SetLearning" not in script(SMALL, [Changed(5, 0.125)], 5)
    assert "0.125" not in script(SMALL, [Changed(5, 0.125)], 5)  # came after the last step


def test_a_name_cannot_become_a_program() -> None:
    name = '"""\nimport os  # \\'
    text = script(replace(SMALL, network=replace(FAST, name=name)))
    assert text.splitlines()[
        0
    ] == 'Train the network "import os  # " on MNIST, as CNN Lab did.'.join(['"""', ""])
    assert "os" not in {
        a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import) for a in n.names
    }


def test_what_cannot_be_trained_is_no_program() -> None:
    with pytest.raises(InvalidInput):
        script(replace(SMALL, batch_size=0))
