"""The stage's arithmetic in a real browser against the Python replay: values, words and hover.

No server is needed: the stage's own program is loaded into an empty page and handed the scenes
that would be sent to it.
"""

import json
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page

from cnnlab.engine.layers import Conv, Dense, Flatten, Layer, MaxPool, ReLU, Residual
from cnnlab.engine.residual import Block
from cnnlab.message import Message
from cnnlab.scenes import hover
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.encode import decode, encode
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.moment import moment, number
from cnnlab.scenes.pooling import Pool, pooled, pooling
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_compare import kept, moved
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.receptive import plane_view, side_view
from cnnlab.scenes.replay import at, counts
from cnnlab.scenes.residual import residual
from cnnlab.scenes.residual_backward import residual_backward
from cnnlab.scenes.same import same
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.transposed import transposed
from cnnlab.scenes.update import update
from cnnlab.scenes.video import convolution3d
from cnnlab.scenes.words import WORDS
from cnnlab.stage import javascript

RNG = np.random.default_rng(0)
PROBES = 60  # positions looked at in each scene


def _random(*shape: int) -> np.ndarray:
    return (RNG.integers(-20, 21, shape) / 8).astype(np.float32)


def _layer(groups: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return _random(3 if groups == 1 else 4, 5, 7), _random(2, 3 if groups == 1 else 2, 3, 2)


def _pooling() -> dict[str, Scene]:
    """All scenes of the pooling lesson, with windows that overlap and hang over every edge."""
    one, two = _random(1, 4, 5), _random(2, 4, 5)
    one[0, :2] = 0  # ties
    largest = Pool("max", (2, 3), (2, 1), (1, 1), ceil_mode=True)
    counted = replace(largest, kind="average")
    mean = replace(counted, count_include_pad=False)
    dy = _random(*pooled(two, largest).shape)
    return {
        "max pooling": pooling(two, largest),
        "average pooling": pooling(two, counted),
        "average without padding": pooling(two, mean),
        "rows of maxima": pooling_im2col(one, largest),
        "rows of means": pooling_im2col(one, mean),
        "to the winner": pooling_backward(two, dy, largest),
        "shared out": pooling_backward(two, dy, mean),
        "average as a convolution": average_as_convolution(one, counted),
        "moved": moved(two, _random(2, 4, 5), _random(2, 2, 2, 2), largest, drag=(0, 1)),
        "kept": kept(two, (1, 2, 4)),
        "ReLU and the maximum": relu_order(two, largest),
        "ReLU and the average": relu_order(two, counted),
    }


def _contest(kernel: int, noise: float) -> Scene:
    """Maxima with ties and margins: beside padding that is −∞, and over the edge at the end."""
    x = np.full((1, 7, 8), -np.inf, np.float32)
    x[:, 1:-1, 1:-1] = RNG.integers(-2, 2, (1, 5, 6)) + noise * RNG.normal(size=(1, 5, 6))
    shape = (4, 4)
    window = (Axis(), Axis(0, (2,), kernel), Axis(0, (0, 2), kernel))
    largest = Part("max", (Term("x", window),), Message("window"), Term("y", (Axis(), *_CELL)))
    again = Part(
        "max", (Term("y", (Axis(), *_CELL)),), Message("alone"), Term("z", (Axis(), *_CELL))
    )
    x_grid = Grid("x", Message("Input"), x.shape, x, "input", (0, 0), padding=(1, 1, 1, 1))
    grids = (
        replace(x_grid, overhang=(0, 1, 2, 0), drag=(0, 0)),
        *(Grid(name, Message(name), (1, *shape), None, "count") for name in "yz"),
    )
    phases = (Phase(Message("max"), shape, (largest,)), Phase(Message("one"), shape, (again,)))
    return Scene(grids, phases, start=32)


_CELL = (Axis(0, (1,)), Axis(0, (0, 1)))


def _stack() -> tuple[Layer, ...]:
    """Holes, a stride, a residual block and what sees everything."""
    block = Residual((Conv(1, 3, 2, 1), ReLU(), Conv(1, 3, padding=1)), (Conv(1, 1, 2),))
    return (Conv(1, 3, dilation=2, padding=2), block, MaxPool(2), Flatten(), Dense(1))


def _block() -> Block:
    """Two channels from one at stride 2, with batch norm and W_s."""
    norms = tuple((np.ones(2, np.float32), _random(2)) for _ in range(2))
    weights, none = (_random(2, 1, 3, 3), _random(2, 2, 3, 3)), np.zeros(2, np.float32)
    return Block(weights, (none, none), norms, _random(2, 1, 1, 1), stride=2)


def _scenes() -> dict[str, Scene]:
    x, weight = _layer()
    grouped = _layer(groups=2)
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
    shape = convolution(x, weight, **options).grid("output").shape
    plane, square = _random(1, 4, 5), _random(1, 1, 3, 2)
    return {
        "convolution": convolution(x, weight, _random(2), **options),
        "groups": convolution(*grouped, groups=2, padding=1),
        "one channel": convolution(plane, square),
        "im2col": im2col(*grouped, _random(2), groups=2, group=1),
        "scatter": backward_scatter(x, weight, _random(*shape), **options),
        "gather": backward_gather(x, weight, _random(*shape), **options),
        "dense": connections(plane, square, "dense", RNG),
        "local": connections(plane, square, "local", RNG),
        "video": convolution3d(_random(1, 3, 4, 5), _random(1, 1, 2, 3, 3), _random(1)),
        "update": update(weight, _random(*weight.shape), 0.125),
        **_pooling(),
        "padding": convolution(x, weight, padding=(1, 0, 2, 1), mode="reflect", reads=True),
        "transposed": transposed(plane, square, stride=2, padding=(1, 2), output_padding=1),
        "same": same(plane, _random(1, 1, 4, 2), stride=2),
        "ties": _contest(kernel=2, noise=0),
        "margins": _contest(kernel=3, noise=0.3),
        "many numbers": _contest(kernel=4, noise=0),
        "block": residual(_block(), plane),
        "block, backward": residual_backward(_block(), plane, _random(2, 2, 3)),
        "from the side": side_view(_stack(), 19, 5),
        "from above": plane_view(_stack(), (9, 11), 3, (0, 1)),
    }


SCENES = _scenes()
every_scene = pytest.mark.parametrize("name", SCENES)

PREPARE = """
([data, words]) => {
  const scene = decodeScene(data);
  const tape = new Tape(scene);
  window.probe = {
    tell: ([step, move]) => {
      const trace = tape.seek(step);
      const shown = Object.fromEntries([...tape.view(trace, move)].map(([id, values]) => (
        [id, Array.from(values, (v) => (Number.isFinite(v) ? v : String(v)))])));
      const best = bestCells(trace, move)
        .map(({ part, k }) => [part.part.terms[0].grid, part.cells[0][k]]);
      return { moves: trace.moves, said: sentenceAt(scene, words, trace, move), shown, best };
    },
    hover: ([grid, cell]) => (
      [readersOf(scene, grid, cell), sourcesOf(scene, grid, cell), partnersOf(scene, grid, cell),
        stepOf(scene, grid, cell)]),
  };
}
"""


@pytest.fixture(scope="module")
def blank(browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=javascript())
    yield page
    page.close()


def _load(page: Page, name: str) -> Scene:
    sent = json.loads(json.dumps(encode(SCENES[name])))
    page.evaluate(PREPARE, [sent, WORDS])
    return decode(sent)


@every_scene
def test_values_and_sentences_at_any_position(blank, name: str) -> None:
    scene = _load(blank, name)
    rng = np.random.default_rng(1)
    places = [(0, 0), *((int(rng.integers(scene.steps)), None) for _ in range(PROBES))]
    for step, move in places:
        last = sum(counts(scene, step))
        made = int(rng.integers(last + 1)) if move is None else move
        told = blank.evaluate("([s, m]) => probe.tell([s, m])", [step, made])
        assert told["moves"] == last
        assert tuple(told["said"]) == sentence(scene, step, made)
        assert [tuple(cell) for cell in told["best"]] == moment(scene, step, made).best
        state = at(scene, step, made).values
        for grid, values in told["shown"].items():
            here = np.array([float(str(v).replace("Infinity", "inf")) for v in values])
            np.testing.assert_allclose(here, state[grid].ravel(), rtol=1e-12, atol=1e-12)


def test_ties_margins_and_infinities_are_among_what_was_compared() -> None:
    """Else the agreement above would say nothing about them."""
    said = {name: _all_said(name) for name in ("ties", "margins", "many numbers")}
    assert any("are equal: the first counts" in line for line in said["ties"])
    assert any("−∞" in line and "runner-up" in line for line in said["margins"])
    assert any("max of 1" in line and "are equal" in line for line in said["many numbers"])
    assert not any("NaN" in line or "nan" in line for lines in said.values() for line in lines)
    alone = said["ties"][len(said["ties"]) // 2 :]
    assert not any("runner-up" in line or "equal" in line for line in alone)


def _all_said(name: str) -> list[str]:
    scene = SCENES[name]
    ends = [(step, sum(counts(scene, step))) for step in range(scene.steps)]
    return [sentence(scene, *end)[1] for end in ends]


def _as_sets(found: list[list]) -> dict[str, list[int]]:
    grids: dict[str, list[int]] = {}
    for grid, cell in found:
        grids.setdefault(grid, []).append(cell)
    return {grid: sorted(cells) for grid, cells in grids.items()}


@every_scene
def test_hover_in_all_three_directions(blank, name: str) -> None:
    scene = _load(blank, name)
    rng = np.random.default_rng(2)
    told = {phase.about.grid for phase in scene.phases}  # a step is about a cell that it only reads
    for grid in scene.grids:
        for cell in rng.integers(0, int(np.prod(grid.shape)), 5).tolist():
            readers, sources, partners, step = blank.evaluate(
                "([g, c]) => probe.hover([g, c])", [grid.id, cell]
            )
            assert _as_sets(readers) == hover.readers(scene, grid.id, cell)
            assert _as_sets(sources) == hover.sources(scene, grid.id, cell)
            assert _as_sets(partners) == hover.partners(scene, grid.id, cell)
            written = hover.writers(scene, grid.id, cell)
            assert step in written if written else step is None or grid.id in told


def test_numbers_are_written_alike(blank) -> None:
    values = [0.0, -0.0, 0.125, -0.125, 0.0005, 0.00049999, 999999.5, 1e6, -123.45, 1.005, 2.5e-9]
    values += [9999.0, 10000.0, -123456.0, 12345.67, 3.2e9, 3e38]
    values += (RNG.normal(size=200) * 10.0 ** RNG.integers(-7, 8, 200)).tolist()
    written = blank.evaluate("values => values.map(formatNumber)", values)
    assert written == [number(value) for value in values]
    special = blank.evaluate("[NaN, Infinity, -Infinity].map(formatNumber)")
    assert special == [number(float(x)) for x in ("nan", "inf", "-inf")]


@pytest.mark.parametrize("cell", [14, 22, 40])
def test_a_number_in_a_cell_is_never_another_number(blank, cell: int) -> None:
    """Shortened to fit, a number keeps its sign and its first digits, and 0 is only said of 0."""
    values = [0.04, 0.25, -0.004, 14.64, -9.96, 0.7, 3.0, -12.0, 0.0, 1015.0]
    written = blank.evaluate(
        "([values, cell]) => values.map(fitNumbers(values, cell).format)",
        [values, cell],
    )
    for value, text in zip(values, written, strict=True):
        read = float(text.replace("−", "-"))
        assert abs(read - value) <= max(0.05 * abs(value) if abs(value) < 1 else 0.05, 0)
        assert (read == 0) == (value == 0)
