"""The folder of one run: which files it has, and what of a strange one is not believed.

``run.json`` says what it is; each frame and each evaluation is a file that is written once; the
history and the snapshot are written anew. ``run.json`` is written last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from cnnlab.data.arrays import Named
from cnnlab.engine.forward import weight_shapes
from cnnlab.message import InvalidInput
from cnnlab.training import snapshots
from cnnlab.training.config import MOST_FRAMES, Config
from cnnlab.training.events import Evaluated, Frame, Split
from cnnlab.training.files import (
    MOST_ARRAYS,
    Damaged,
    read_arrays,
    read_bytes,
    read_json,
    replace,
    write_arrays,
    write_json,
)
from cnnlab.training.history import History, Table
from cnnlab.training.record import ACTIVE, Record, State
from cnnlab.training.run_json import ONCE, Scores, described, from_described, name_of, require

RUN, HISTORY, SNAPSHOT = "run.json", "history.safetensors", "snapshot.safetensors"
TEST_IMAGES = 10_000
_MOST_FILES = MOST_FRAMES + 200  # frames and evaluations


@dataclass(frozen=True)
class Summary:
    """What a list says of a run: ``accuracy`` is its last, on the test images if ``tested``.

    ``state`` is the one that was written last; a run may have been broken off since.
    """

    id: str
    state: State
    config: Config
    started: float
    step: int
    accuracy: float | None
    tested: bool

    @classmethod
    def of(cls, record: Record) -> "Summary":
        """The same of a run in memory, as it now is."""
        last = next(iter(record.evaluations[-1:]), None)
        return cls(
            record.id,
            record.state,
            record.config,
            record.started,
            record.step,
            last.accuracy if last is not None else None,
            last is not None and last.split == "test",
        )


def write(record: Record, state: State, folder: Path) -> None:
    """Write what the folder does not have yet; raises OSError."""
    once = dict(_once(record))
    if not record.written:  # a run taken up again: what came after its snapshot was forgotten
        for path in folder.iterdir():
            if ONCE.fullmatch(path.name) and path.name not in once:
                path.unlink()
    for name in once.keys() - record.written:
        write_arrays(folder / name, once[name]())
        record.written.add(name)
    write_arrays(folder / HISTORY, vars(record.history.table()))
    if record.snapshot is not None:
        replace(folder / SNAPSHOT, snapshots.to_bytes(record.snapshot))
    write_json(folder / RUN, described(record, state))
    if record.snapshot is None:
        (folder / SNAPSHOT).unlink(missing_ok=True)


def read(folder: Path) -> Record:
    """The run of a folder; raises Damaged if it is not whole, or holds what no run can hold.

    A run that was broken off is suspended, at its last snapshot.
    """
    try:
        record, scores = from_described(read_json(folder / RUN), folder.name)
        record.history = _history(read_arrays(folder / HISTORY), record.config)
        names = sorted(path.name for path in folder.iterdir() if ONCE.fullmatch(path.name))
        require(len(names) <= _MOST_FILES)
        for name in sorted(names, key=_order):
            _read_once(record, name, read_arrays(folder / name), scores)
        if record.state in ACTIVE:
            record.state = "suspended"
        if record.state == "suspended":
            _read_snapshot(record, folder / SNAPSHOT)
            record.rewind()
    except _TROUBLE as error:
        raise Damaged from error
    record.latest = record.frames[-1] if record.frames else None
    return record


def summary(folder: Path) -> tuple[str, Summary]:
    """The digest of the owner, and what a list says of a run; raises Damaged like `read`."""
    try:
        found = read_json(folder / RUN)
        record, scores = from_described(found, folder.name)
        step = found["step"]
        require(isinstance(step, int) and 0 <= step <= record.config.steps)
        last = max(scores, key=_order, default="")
    except _TROUBLE as error:
        raise Damaged from error
    return record.owner, Summary(
        record.id,
        record.state,
        record.config,
        record.started,
        step,
        scores[last][1] if last else None,
        last.startswith("test"),
    )


def owner_said(folder: Path) -> str:
    """The digest of the owner that a damaged folder still names; empty if it names none."""
    try:
        return str(read_json(folder / RUN)["owner"]) if not folder.is_symlink() else ""
    except _TROUBLE:
        return ""


def step_of(name: str) -> int:
    """The step that is in the name of a frame's or an evaluation's file.

    >>> step_of("frame-0000120.safetensors")
    120
    """
    return int(name.partition("-")[2].partition(".")[0])


def _order(name: str) -> tuple[int, bool]:
    """As it was told: by step, the test images last."""
    return step_of(name), name.startswith("test")


def _once(record: Record) -> Iterator[tuple[str, Callable[[], Named]]]:
    """The files of frames and evaluations, each with what makes its arrays."""
    for frame in record.frames:
        yield f"frame-{frame.step:07}.safetensors", partial(_frame_arrays, frame)
    for each in record.evaluations:
        arrays = {"predicted": each.predicted, "confidence": each.confidence}
        yield name_of(each), partial(dict, arrays)


def _frame_arrays(frame: Frame) -> Named:
    sizes = {"gradient": frame.gradients, "update": frame.updates}
    return {f"weight {name}": values for name, values in frame.weights.items()} | {
        f"{kind} {name}": np.array(size, np.float64)
        for kind, of in sizes.items()
        for name, size in of.items()
    }


def _history(arrays: Named, config: Config) -> History:
    table = Table(**arrays)
    count = len(table.steps)
    require(table.steps.dtype == np.int32 and table.steps.shape == (count,))
    require(count <= config.steps and np.array_equal(table.steps, np.arange(1, count + 1)))
    for column in (table.losses, table.accuracies, table.learning_rates):
        require(column.dtype == np.float64 and column.shape == (count,))
    return History.of(table)


def _read_once(record: Record, name: str, arrays: Named, scores: Scores) -> None:
    """Note the frame or the evaluation of a file."""
    kind, step = name.partition("-")[0], step_of(name)
    require(step <= record.config.steps)
    if kind == "frame":
        record.note(_frame(step, arrays, record.config))
        return
    expected = record.config.validation if kind == "validation" else TEST_IMAGES
    predicted, confidence = arrays["predicted"], arrays["confidence"]
    require(predicted.shape == confidence.shape == (expected,))
    require(predicted.dtype == np.uint8 and confidence.dtype == np.float32)
    require(int(predicted.max(initial=0)) < 10)
    if name not in scores:  # written, but not told of before it was broken off
        return
    loss, accuracy = scores[name]
    split: Split = "validation" if kind == "validation" else "test"
    record.note(Evaluated(step, split, loss, accuracy, predicted, confidence))


def _frame(step: int, arrays: Named, config: Config) -> Frame:
    parts: dict[str, Named] = {"weight": {}, "gradient": {}, "update": {}}
    for key, value in arrays.items():
        kind, _, name = key.partition(" ")
        parts[kind][name] = value
    shapes = {name: value.shape for name, value in parts["weight"].items()}
    require(shapes == weight_shapes(config.network))
    require(all(value.dtype == np.float32 for value in parts["weight"].values()))
    gradients, updates = (
        {name: float(value) for name, value in parts[kind].items()}
        for kind in ("gradient", "update")
    )
    require(not (gradients.keys() | updates.keys()) - shapes.keys())
    return Frame(step, parts["weight"], gradients, updates)


def _read_snapshot(record: Record, path: Path) -> None:
    """The snapshot, if one was written; it must be one of this run."""
    if path.exists():
        snapshot = snapshots.from_bytes(read_bytes(path, MOST_ARRAYS))
        require(snapshot.config == record.config)
        require(snapshot.step <= len(record.history))
        record.snapshot = snapshot


# What reading a file of any content may raise.
_TROUBLE = (Damaged, InvalidInput, OSError, ValueError, TypeError, KeyError, AttributeError)
