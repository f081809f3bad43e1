"""The side view and the cone of any unit: one stage in an empty page, beside the Python oracle."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page

from cnnlab.engine.layers import Conv, Dense, Flatten, Layer, MaxPool, ReLU, Residual
from cnnlab.engine.stacks import STACKS
from cnnlab.message import InvalidInput
from cnnlab.scenes.encode import encode
from cnnlab.scenes.hover import cone
from cnnlab.scenes.receptive import plane_view, side_view
from cnnlab.scenes.scene import Scene
from cnnlab.scenes.words import WORDS
from cnnlab.stage import css, javascript, payload

LOAD = """(data) => {
  const host = document.getElementById("host");
  host.player ??= new Player(host);
  host.player.load({ data, setTriggerValue: () => {} });
  window.player = host.player;
}"""
CONES = """([data, cells]) => {
  const scene = decodeScene(data);
  return cells.map(([id, cell]) => Object.fromEntries([...coneOf(scene, id, cell)]
    .map(([grid, marks]) => [grid, [...marks.keys()].filter((at) => marks[at])])));
}"""
BOXES = """() => player.boxes.map((box) => ({
  id: box.grid.id, x: box.x, y: box.y, wide: box.wide, tall: box.tall, pitch: box.pitch,
  columns: box.columns, labels: box.labels,
}))"""
TWO = (Conv(1, 3), Conv(1, 3))


class Stage:
    """A stage in a page of its own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.evaluate(
            """(css) => {
              document.body.innerHTML = `<style>${css}</style><div id="host"></div>`;
            }""",
            css(),
        )

    def load(self, scene: Scene) -> None:
        self.page.evaluate(LOAD, json.loads(json.dumps(payload(scene, str, WORDS))))
        self.rest()

    def rest(self) -> None:
        """Until everything has been drawn."""
        self.page.wait_for_function("player.boxes && !player.frame")

    def boxes(self) -> list[dict]:
        return self.page.evaluate(BOXES)

    def point(self, grid: str, column: int, row: int = 0) -> None:
        """Move the mouse to the middle of a cell."""
        x, y = self.page.evaluate(
            """([id, row, column]) => {
              const cell = row * player.scene.grids.get(id).columns + column;
              const { x, y, width, height } = cellRectangle(player, id, cell);
              const frame = player.canvas.getBoundingClientRect();
              return [frame.left + x + width / 2, frame.top + y + height / 2];
            }""",
            [grid, row, column],
        )
        self.page.mouse.move(x, y)
        self.rest()

    def lit(self) -> dict[str, list[int]]:
        """What the pointed-at cell lights: the cells under all filled marks, by grid."""
        return self.page.evaluate(
            """() => {
              const marks = hoverMarks(player).filter((mark) => mark.fill);
              const found = {};
              for (const { grid } of player.boxes) {
                for (let cell = 0; cell < grid.size; cell += 1) {
                  const { x, y, width, height } = cellRectangle(player, grid.id, cell);
                  const [middle, level] = [x + width / 2, y + height / 2];
                  if (marks.some((mark) => middle > mark.x && middle < mark.x + mark.width
                    && level > mark.y && level < mark.y + mark.height)) {
                    (found[grid.id] ??= []).push(cell);
                  }
                }
              }
              return found;
            }"""
        )

    def tip(self) -> str:
        return self.page.evaluate("player.tipOf()?.text ?? ''")


@pytest.fixture
def opened(browser) -> Iterator[Callable[..., Stage]]:
    """Open an empty page with the stage's program, so many pixels wide."""
    contexts = []
    errors: list[str] = []

    def open_page(width: int = 1240) -> Stage:
        contexts.append(browser.new_context(viewport={"width": width, "height": 700}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_content("<!doctype html><title>stage</title>")
        page.add_script_tag(content=javascript())
        return Stage(page)

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _drawn(rng: np.random.Generator) -> tuple[Layer, ...]:
    """A few layers with all settings, some of them in a residual block or behind a dense layer."""

    def pair(least: int, most: int) -> tuple[int, int]:
        rows, columns = rng.integers(least, most + 1, 2).tolist()
        return rows, columns

    kinds = [
        Conv(1, pair(1, 3), pair(1, 2), pair(0, 2), pair(1, 2)),
        MaxPool(pair(2, 3), pair(1, 3), (1, 1), ceil_mode=bool(rng.integers(2))),
        Residual((Conv(1, 3, 2, 1), ReLU(), Conv(1, 3, padding=1)), (Conv(1, 1, 2),)),
        Residual((Conv(1, (1, 3), padding=(0, 2), dilation=2),)),
        Conv(1, 3, padding=3, dilation=3),
    ]
    picked = rng.permutation(len(kinds))[: rng.integers(1, 4)]
    dense = (Flatten(), Dense(1)) if rng.integers(4) == 0 else ()
    return (*(kinds[n] for n in picked), *dense)


def _random_scenes(number: int) -> Iterator[Scene]:
    rng = np.random.default_rng(4)
    while number:
        layers = _drawn(rng)
        try:
            yield plane_view(layers, (10, 13), len(layers))
            yield side_view(layers, 19, len(layers))
        except InvalidInput:
            continue
        number -= 1


def test_the_cone_in_the_browser_is_the_one_in_python(opened) -> None:
    page = opened().page
    rng = np.random.default_rng(5)
    for scene in _random_scenes(12):
        sent = json.loads(json.dumps(encode(scene)))
        cells = [
            (grid.id, cell)
            for grid in scene.grids
            for cell in rng.integers(0, int(np.prod(grid.shape)), 3).tolist()
        ]
        assert page.evaluate(CONES, [sent, cells]) == [cone(scene, *cell) for cell in cells]


def test_it_opens_with_the_whole_cone_and_grows_a_layer_a_step(opened) -> None:
    stage = opened()
    stage.load(side_view(TWO, 15, 2))
    held = "[...player.shown].map(([id, values]) => [id, values.filter((v) => v).length])"
    assert dict(stage.page.evaluate(held)) == {"layer2": 1, "layer1": 3, "input": 5}
    words = "player.words.textContent"
    assert stage.page.evaluate(words).endswith("3 + (3 − 1)·1 = 5 cells of the input.")
    stage.page.get_by_label("First step").click()
    assert dict(stage.page.evaluate(held)) == {"layer2": 1, "layer1": 0, "input": 0}
    stage.page.get_by_label("Next step").click()
    assert dict(stage.page.evaluate(held)) == {"layer2": 1, "layer1": 3, "input": 0}
    assert stage.page.evaluate("player.counter.textContent") == "step 1 of 2"
    assert stage.page.evaluate("player.buttons.detail.textContent") == "layer"


@pytest.mark.parametrize("width", [1240, 374])
@pytest.mark.parametrize("slug", ["two3", "alexnet", "vgg16", "resnet50"])
def test_rows_stand_over_what_they_see_on_one_scale(opened, width: int, slug: str) -> None:
    network = STACKS[slug].network
    scene = side_view(network.layers, network.input[2], len(network.layers))
    stage = opened(width)
    stage.load(scene)
    boxes = stage.boxes()
    assert [box["id"] for box in boxes] == [grid.id for grid in scene.grids if grid.place]
    canvas, height = stage.page.evaluate("[player.width, player.height]")
    unit = boxes[-1]["pitch"]
    origin = boxes[-1]["x"] + boxes[-1]["wide"] / 2
    for box in boxes:
        jump, centre = scene.grid(box["id"]).pitch
        assert box["pitch"] == pytest.approx(jump * unit)
        assert box["x"] + box["wide"] / 2 == pytest.approx(origin + centre * unit)
        assert 0 < box["wide"] < box["pitch"]
        assert box["x"] >= box["labels"]
        assert box["x"] + (box["columns"] - 1) * box["pitch"] + box["wide"] <= canvas
        assert box["y"] >= 0
    for upper, lower in pairwise(boxes):
        assert upper["y"] + upper["tall"] < lower["y"]
    assert boxes[-1]["y"] + boxes[-1]["tall"] <= height


def test_pointing_lights_the_cone_down_and_up(opened) -> None:
    stage = opened()
    scene = side_view((Conv(1, 3, dilation=2), MaxPool(2), Conv(1, 3)), 20, 3)
    stage.load(scene)
    for grid, column in (("layer3", 0), ("layer2", 3), ("layer1", 7), ("input", 8)):
        stage.point(grid, column)
        assert stage.lit() == cone(scene, grid, column)
    ways = "Input, column 9: 2 ways to the chosen unit"
    assert stage.tip() == f"{ways} · reaches 5 units of Layer 3"
    stage.point("layer2", 3)
    way = "Layer 2, column 4: one way to the chosen unit"
    assert stage.tip() == f"{way} · sees 6 cells of Input"
    stage.point("layer3", 1)  # which does not lead to the chosen unit: of its 0 nothing is said
    assert stage.tip() == "Layer 3, column 2 · sees 10 cells of Input"
    stage.point("layer3", 3)
    assert stage.tip() == "Layer 3, column 4: the chosen unit · sees 10 cells of Input"
    stage.page.evaluate("player.toggleHidden()")
    stage.point("input", 8)
    assert stage.tip() == "Input, column 9 · reaches 5 units of Layer 3"
    stage.page.mouse.move(2, 690)
    stage.rest()
    assert stage.lit() == {}


def test_a_click_pins_the_cone_and_keeps_what_is_drawn(opened) -> None:
    stage = opened()
    scene = plane_view(TWO, (9, 11), 2)
    stage.load(scene)
    before = stage.page.evaluate("player.position")
    stage.point("layer1", 2, 1)
    stage.page.mouse.down()
    stage.page.mouse.up()
    stage.page.mouse.move(2, 690)
    stage.rest()
    assert stage.lit() == cone(scene, "layer1", 1 * 9 + 2)
    assert stage.page.evaluate("player.position") == before
    stage.page.keyboard.press("Escape")
    stage.rest()
    assert stage.lit() == {}


def test_narrow_cells_are_hit_where_they_are_drawn(opened) -> None:
    network = STACKS["vgg16"].network
    stage = opened(374)
    stage.load(side_view(network.layers, network.input[2], len(network.layers)))
    hits = stage.page.evaluate(
        """() => player.boxes.flatMap((box) => [0, 1, Math.floor(box.columns / 2), box.columns - 1]
          .filter((column) => column < box.columns).map((column) => {
            const { x, y, width, height } = cellRectangle(player, box.grid.id, column);
            const found = hitBox(player, x + width / 2, y + height / 2);
            return [box.grid.id, column, found?.grid.id, found?.cell];
          }))"""
    )
    assert len(hits) > 60
    assert [(grid, column) for grid, column, *_ in hits] == [(g, c) for *_, g, c in hits]


def test_places_beyond_the_edge_are_drawn_and_are_no_cells(opened) -> None:
    """The corner unit of two padded 3×3: two places at the left, which no pointer finds."""
    stage = opened()
    stage.load(side_view((Conv(1, 3, padding=1),) * 2, 15, 2, 0))
    span = "chosenSpan(player.boxes.at(-1), chosenCone(player.scene).get('input'))"
    assert stage.page.evaluate(span) == [-2, 2]
    found = stage.page.evaluate(
        """() => { const box = player.boxes.at(-1); const { x, y, width } = sideRectangle(box, -1);
          const ratio = player.canvas.width / player.width;
          const row = player.canvas.getContext("2d").getImageData(
            Math.round(x * ratio) - 2, Math.round(y * ratio),
            Math.round(width * ratio) + 4, Math.round(box.tall * ratio)).data;
          const inked = row.some((value, n) => n % 4 === 3 && value > 100); // not transparent
          return [hitBox(player, x + width / 2, y + 5), inked]; }"""
    )
    assert found == [None, True]


def test_one_is_said_in_the_singular(opened) -> None:
    stage = opened()
    stage.load(side_view((Conv(1, 1),), 9, 1))
    stage.point("layer1", 0)
    assert stage.tip() == "Layer 1, column 1 · sees one cell of Input"
    stage.point("input", 0)
    assert stage.tip() == "Input, column 1 · reaches one unit of Layer 1"


def test_ways_are_shaded_by_their_logarithm_and_nothing_else_is(opened) -> None:
    """Half way to the end colour where there are √1000 ways of 1000, and none at 0."""
    stage = opened()
    shares = "(kind) => [0, 1, Math.sqrt(1001) - 1, 1000].map((n) => shareOf(n, 1000, kind))"
    ways, counts = (stage.page.evaluate(shares, kind) for kind in ("ways", "count"))
    assert ways == pytest.approx([0, np.log(2) / np.log(1001), 0.5, 1])
    assert counts == pytest.approx([0, 0.001, (1001**0.5 - 1) / 1000, 1])


def test_the_legend_says_what_is_counted_how_and_how_many_maps_there_are(opened) -> None:
    stage = opened()
    legend = "player.legend.textContent"
    stage.load(plane_view((Conv(1, 3),) * 2, (12, 12), 2))
    kind = "ways to the chosen unit, on a logarithmic scale"
    assert stage.page.evaluate(legend) == f"{kind} 09"
    stage.load(plane_view((Conv(1, 3, padding=1),) * 6, (40, 40), 6))
    assert stage.page.evaluate(legend).startswith(f"5 of 7 maps are shown{kind}")
    stage.load(side_view((Conv(1, 3),) * 6, 40, 6))
    assert stage.page.evaluate(legend) == f"{kind} 0141"


@pytest.mark.parametrize("slug", ["vgg16", "resnet50", "two3"])
def test_numbers_in_rows_are_large_enough_or_not_there(opened, slug: str) -> None:
    network = STACKS[slug].network
    stage = opened()
    stage.load(side_view(network.layers, network.input[2], len(network.layers)))
    written = stage.page.evaluate(
        """() => {
          const found = [];
          const { painter } = player;
          const text = painter.text.bind(painter);
          painter.text = (said, x, y, look) => {
            if (look.face === MONO) found.push(look.size);
            text(said, x, y, look);
          };
          player.draw(0);
          return found;
        }"""
    )
    assert min(written, default=10) >= 10
    assert len(written) > 0 or slug != "two3"


def test_many_thin_rows_have_thin_outlines_and_their_names_inside_the_picture(opened) -> None:
    stage = opened()
    stage.load(side_view((Conv(1, 3, padding=1),) * 60, 40, 60))
    top, tall, *weights = stage.page.evaluate(
        """() => [player.boxes[0].y + player.boxes[0].tall / 2, player.boxes[0].tall,
          ...player.marks.map((mark) => mark.weight)]"""
    )
    assert top >= 6.5, "half of a name of 11 px, and a little"
    assert max(weights) < tall / 2
