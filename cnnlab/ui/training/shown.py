"""What is seen of a training at one moment: the newest, or one that was kept for looking back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.mnist import load
from cnnlab.data.preprocess import standardised
from cnnlab.engine import Array, softmax
from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.forward import Path, activations, layer_name
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.layers import Conv, Dense
from cnnlab.figures.progress import Progress
from cnnlab.training.config import Config
from cnnlab.training.data import pixel_order, shuffled
from cnnlab.training.events import Changed, Evaluated, Frame
from cnnlab.training.history import History
from cnnlab.training.job import Job
from cnnlab.training.recipes import PUBLISHED, RECIPES

UNTRAINED = "untrained"  # in place of a run's id, before there is one
MOST_TILES = 32  # kernels or maps in sight at once
MOST_PICTURES = 16  # where a kernel is as large as a digit


@dataclass(frozen=True, eq=False)
class Shown:
    """A network at one moment, a test digit by its index, and what the training told so far.

    ``run`` names the run among all, for what is kept of it. ``progress`` is the whole run's, also
    where ``frame`` is an earlier moment of it. ``active``: it may yet change.
    """

    run: str
    config: Config
    frame: Frame
    progress: Progress
    digit: int = 0
    evaluations: Sequence[Evaluated] = ()
    active: bool = False

    @property
    def network(self) -> Architecture:
        """The network that is trained."""
        return self.config.network

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The digit as it was written, (28, 28), ink 255."""
        return load("test").images[self.digit]

    @property
    def label(self) -> int:
        """Which digit it is."""
        return int(load("test").labels[self.digit])

    @cached_property
    def x(self) -> Array:
        """The digit as the network reads it, (1, 1, 28, 28): its pixels shuffled, if all are."""
        return inputs(self.config, self.pixels[None])

    @cached_property
    def activations(self) -> list[tuple[Path, Array]]:
        """Every layer's output for the digit."""
        return activations(self.network, self.frame.weights, self.x)

    @cached_property
    def probabilities(self) -> Array:
        """The ten class probabilities of the digit."""
        return softmax(self.activations[-1][1])[0]

    @property
    def is_last(self) -> bool:
        """Whether these are the weights that the test images were read with."""
        return any(
            event.split == "test" and event.step == self.frame.step for event in self.evaluations
        )


@dataclass(frozen=True, eq=False)
class Kernels:
    """The first layer's weights as pictures: ``tiles`` (T, H, W) of ``count`` there are.

    ``dense``: each is the row of weights of one unit, laid out as the image is.
    """

    tiles: Array
    count: int
    dense: bool


def untrained(config: Config, digit: int) -> Shown:
    """A network before its first step, with the weights that the training would start from."""
    weights = _initial(config.network, config.seed, config.start)
    progress = _progress(config, History(), (), ())
    return Shown(UNTRAINED, config, Frame(0, weights, {}, {}), progress, digit)


def latest(job: Job, digit: int) -> Shown:
    """A run as it is now."""
    frame = job.latest
    if frame is None:
        return untrained(job.config, digit)
    return _shown(job, frame, digit)


def at(job: Job, step: int, digit: int) -> Shown:
    """A run as it was: the last kept frame not after ``step``; marked on the curves."""
    kept = job.frames
    frame = next((frame for frame in reversed(kept) if frame.step <= step), kept[0])
    return _shown(job, frame, digit, marked=frame.step)


def start(shown: Shown) -> Shown:
    """The same network before its first step."""
    weights = _initial(shown.network, shown.config.seed, shown.config.start)
    return replace(shown, frame=Frame(0, weights, {}, {}))


def inputs(config: Config, images: NDArray[np.uint8]) -> Array:
    """Images uint8 (N, 28, 28) as the network of a config reads them: (N, 1, 28, 28)."""
    return standardised(shuffled(images, pixel_order(config)))


def kernels(shown: Shown) -> Kernels:
    """The first layer's weights as pictures; of a dense layer as the image is, unshuffled."""
    row = _first(shown.network)
    weight = shown.frame.weights[f"{layer_name(row.path)}.weight"]
    if isinstance(row.layer, Conv):
        return Kernels(weight[:MOST_TILES, 0], len(weight), dense=False)
    tiles = weight[:MOST_PICTURES]
    shape = _before_flatten(shown.network, row)
    if shape == (28, 28):
        tiles = unshuffled(tiles, pixel_order(shown.config))
    return Kernels(tiles.reshape(len(tiles), *shape), len(weight), dense=True)


def first_maps(shown: Shown) -> Array:
    """What the first layer makes of the digit: maps (T, H, W), of a dense layer one row."""
    path = _first(shown.network).path
    return as_tiles(next(y for here, y in shown.activations if here == path))


def as_tiles(y: Array) -> Array:
    """A layer's output for one image as tiles (T, H, W), at most `MOST_TILES`; a row is one."""
    return y[0, :MOST_TILES] if y.ndim == 4 else y[:, None, :]


def unshuffled(rows: Array, places: NDArray[np.intp] | None) -> Array:
    """Weights (T, 784) for shuffled pixels, each put back to where its pixel came from.

    >>> unshuffled(np.array([[1.0, 2.0, 3.0]]), np.array([2, 0, 1]))
    array([[2., 3., 1.]])
    """
    if places is None:
        return rows
    back = np.empty_like(rows)
    back[:, places] = rows
    return back


@lru_cache(maxsize=8)
def _initial(network: Architecture, seed: int, start: str) -> dict[str, Array]:
    return initial_weights(network, seed, start)


def _shown(job: Job, frame: Frame, digit: int, marked: int | None = None) -> Shown:
    evaluations = job.evaluations
    progress = _progress(job.config, job.history, evaluations, job.changes, marked)
    return Shown(job.id, job.config, frame, progress, digit, evaluations, job.active)


def _progress(
    config: Config,
    history: History,
    evaluations: Sequence[Evaluated],
    changes: Sequence[Changed],
    marked: int | None = None,
) -> Progress:
    table = history.table()
    return Progress(
        planned=config.steps,
        per_epoch=config.steps_per_epoch,
        steps=table.steps,
        losses=table.losses,
        accuracies=table.accuracies,
        evaluations=evaluations,
        changes=changes,
        published=PUBLISHED[: int(config.epochs)] if _is_published(config) else (),
        marked=marked,
    )


def _is_published(config: Config) -> bool:
    """Whether this is the run whose accuracies were published, but for what a class may choose."""
    recipe = RECIPES["published"].config
    free = {name: getattr(config, name) for name in ("seed", "epochs", "threads")}
    return replace(recipe, **free) == config


def _first(network: Architecture) -> Row:
    """The first layer that learns kernels or rows of weights."""
    return next(row for row in trace(network) if isinstance(row.layer, Conv | Dense))


def _before_flatten(network: Architecture, dense: Row) -> tuple[int, int]:
    """How the inputs of the first dense layer lay before they were flattened; channels as rows."""
    shape = next((row.input for row in trace(network) if row.output == dense.input), dense.input)
    return (prod(shape[:-1]), shape[-1])
