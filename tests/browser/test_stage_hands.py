"""Pictures moved by hand, places beyond the edge, the best so far: one stage in an empty page.

No server is needed: the stage's own program is handed the scenes that would be sent to it, and
what it sends back is kept.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from playwright.sync_api import Page

from cnnlab import theme
from cnnlab.lessons import template
from cnnlab.message import Message
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.pooling import Pool
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.words import WORDS
from cnnlab.stage import css, javascript, payload

CELL = (Axis(0, (1,)), Axis(0, (0, 1)))
WINDOW = (Axis(0, (2,), 2), Axis(0, (0, 2), 2))
NUMBERS = np.array([[4, 4, 6], [1, 7, 7], [-2, -3, 0]], np.float32)

RESULTS = {
    "max": np.array([[7, 7], [-2, 0]], np.float32),
    "mean": np.array([[4, 6.5], [-2.5, 0]], np.float32),
}


def pooling(op: str = "max") -> Scene:
    """2×2 windows over 3×3 numbers, the last ones hanging over the edge; and how often is read."""
    largest = Part(op, (Term("x", WINDOW),), Message("window"), Term("y", CELL))
    once = np.ones((3, 3), np.float32)
    grids = (
        Grid("x", Message("Input"), (3, 3), NUMBERS, "input", (0, 0), overhang=(0, 1, 1, 0)),
        Grid("reads", Message("Times read"), (3, 3), 3 * once, "count", (1, 0)),
        Grid("y", Message("Output"), (2, 2), RESULTS[op], "output", (3, 0)),
    )
    return Scene(grids, (Phase(Message("pool"), (2, 2), (largest,)),), lens=2)


def draggable(rows: int = 0, columns: int = 0) -> Scene:
    scene = pooling()
    first = replace(scene.grids[0], drag=(rows, columns), overhang=(0, 0, 0, 0))
    return replace(scene, grids=(first, *scene.grids[1:]), start=scene.steps)


SETUP = """([css, background]) => {
  document.documentElement.style.setProperty("--st-background-color", background);
  document.body.innerHTML = `<style>${css}</style><div id="host"></div>`;
  window.sent = [];
}"""
LOAD = """(data) => {
  const host = document.getElementById("host");
  host.player ??= new Player(host);
  host.player.load({ data, setTriggerValue: (name, value) => (
    sent.push([name, value, performance.now()])) });
  window.player = host.player;
}"""


class Stage:
    """A stage in a page of its own."""

    def __init__(self, page: Page, dark: bool) -> None:
        self.page = page
        colours = theme.as_json()["dark" if dark else "light"]
        page.evaluate(SETUP, [css(), colours["background"]])

    def load(self, scene: Scene) -> None:
        self.page.evaluate(LOAD, json.loads(json.dumps(payload(scene, str, WORDS))))
        self.page.wait_for_function("player.boxes && !player.frame")

    def ask(self, question: str, *given: object):
        return self.page.evaluate(question, list(given) if given else None)

    def centre(self, grid: str, row: int, column: int) -> tuple[float, float]:
        """The middle of a place of a grid, which may be one beyond its edge."""
        x, y = self.ask(
            """([grid, row, column]) => {
              const box = player.boxes.find((one) => one.grid?.id === grid);
              const frame = player.canvas.getBoundingClientRect();
              return [frame.left + box.x + (column + 0.5) * box.cell,
                frame.top + box.y + (row + 0.5) * box.cell];
            }""",
            grid,
            row,
            column,
        )
        return x, y

    def drags(self) -> list[tuple[int, int]]:
        found = self.ask("sent.filter(([name]) => name === 'drag').map(([, value]) => value)")
        assert all(one["grid"] == "x" for one in found)
        return [(one["rows"], one["columns"]) for one in found]

    def colour(self, x: float, y: float) -> str:
        """What is drawn at a point of the window, as #rrggbb."""
        return self.ask(
            """([x, y]) => {
              const frame = player.canvas.getBoundingClientRect();
              const ratio = player.canvas.width / frame.width;
              const at = [(x - frame.left) * ratio, (y - frame.top) * ratio].map(Math.round);
              const [r, g, b, a] = player.canvas.getContext("2d").getImageData(...at, 1, 1).data;
              const hex = [r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("");
              return a ? `#${hex}` : "";
            }""",
            x,
            y,
        )


@pytest.fixture
def opened(browser) -> Iterator[Callable[..., Stage]]:
    """Open an empty page with the stage's program: of a size, a theme, for a mouse or a finger."""
    contexts = []
    errors: list[str] = []

    def open_page(dark: bool = False, touch: bool = False, width: int = 1000) -> Stage:
        size = {"width": width, "height": 700}
        contexts.append(browser.new_context(viewport=size, has_touch=touch))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_script_tag(content=javascript())
        return Stage(page, dark)

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


# ---- moved by hand


def test_a_drag_tells_the_new_offset_in_whole_cells(opened) -> None:
    stage = opened()
    stage.load(draggable(2, -1))
    mouse = stage.page.mouse
    mouse.move(*stage.centre("x", 1, 1))
    assert stage.ask("player.canvas.style.cursor") == "grab"
    mouse.down()
    mouse.move(*stage.centre("x", 0, 1), steps=3)
    assert stage.ask("player.canvas.style.cursor") == "grabbing"
    mouse.move(*stage.centre("x", 0, 4), steps=3)
    mouse.up()
    assert stage.drags()[-1] == (1, 2)  # one row up, three columns to the right
    assert stage.ask("player.canvas.style.cursor") == "grab"


def test_reports_are_few_and_the_last_one_is_where_the_hand_let_go(opened) -> None:
    stage = opened()
    stage.load(draggable())
    mouse = stage.page.mouse
    mouse.move(*stage.centre("x", 0, 0))
    mouse.down()
    for turn in range(8):
        for column in (1, 2, 1, 0):
            mouse.move(*stage.centre("x", turn % 3, column))
    mouse.move(*stage.centre("x", 1, 2))
    mouse.up()
    at = stage.ask("sent.map(([, , time]) => time)")
    assert stage.drags()[-1] == (1, 2)
    # The last one need not wait. A busy browser is late with one and in time with the next, so it
    # is all of them together that are held to their pace.
    assert (len(at) - 2) * 110 <= at[-2] - at[0]
    stage.page.wait_for_timeout(300)
    assert len(stage.drags()) == len(at)  # nothing comes after the end
    assert all(one != two for one, two in pairwise(stage.drags()))


def test_a_hand_that_rests_is_heard_before_it_lets_go(opened) -> None:
    stage = opened()
    stage.load(draggable())
    stage.page.mouse.move(*stage.centre("x", 0, 0))
    stage.page.mouse.down()
    for column in (1, 2):
        stage.page.mouse.move(*stage.centre("x", 0, column))
    stage.page.wait_for_function("sent.at(-1)?.[1].columns === 2")
    told = len(stage.drags())
    stage.page.mouse.up()
    assert len(stage.drags()) == told


def test_the_offset_counts_from_where_the_hand_took_hold_whatever_the_page_answers(opened) -> None:
    stage = opened()
    stage.load(draggable())
    stage.page.mouse.move(*stage.centre("x", 0, 0))
    stage.page.mouse.down()
    stage.page.mouse.move(*stage.centre("x", 0, 1), steps=2)
    stage.load(draggable(0, 1))  # the page has answered while the hand still holds the picture
    assert stage.ask("player.ahead(player.scene.grids.get('x'))") == [0, 0]
    stage.page.mouse.move(*stage.centre("x", 2, 1), steps=2)
    assert stage.ask("player.ahead(player.scene.grids.get('x'))") == [2, 0]
    stage.page.mouse.up()
    assert stage.drags()[-1] == (2, 1)
    stage.load(draggable(2, 1))
    assert stage.ask("player.ahead(player.scene.grids.get('x'))") == [0, 0]


def test_the_picture_follows_the_hand_before_the_page_answers(opened) -> None:
    stage = opened()
    stage.load(draggable())
    one, seven = ((0.75, -0.25), (0.75, 0.75))  # off the numbers of the second row
    before = [stage.colour(*stage.centre("x", *place)) for place in (one, seven)]
    assert before[0] != before[1]
    stage.page.mouse.move(*stage.centre("x", 0, 0))
    stage.page.mouse.down()
    stage.page.mouse.move(*stage.centre("x", 0, 1), steps=2)
    stage.page.wait_for_timeout(100)
    assert stage.colour(*stage.centre("x", *seven)) == before[0]
    unknown = theme.as_json()["light"]["empty"]
    assert stage.colour(*stage.centre("x", *one)) == unknown  # what comes in is not known yet
    stage.page.mouse.up()
    stage.page.wait_for_function("player.wanted === null")  # nobody took it: it goes back
    stage.page.wait_for_timeout(100)
    assert [stage.colour(*stage.centre("x", *place)) for place in (one, seven)] == before


def test_a_click_without_motion_stays_a_click(opened) -> None:
    stage = opened()
    stage.load(draggable())
    x, y = stage.centre("x", 1, 1)
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    stage.page.mouse.move(x + 2, y)
    stage.page.mouse.up()
    assert stage.drags() == []
    assert stage.ask("player.pinned.cell") == 4
    stage.page.mouse.down()
    stage.page.mouse.move(*stage.centre("x", 1, 2), steps=3)
    stage.page.mouse.up()
    assert stage.ask("player.pinned.cell") == 4  # the end of a drag is no click


def test_only_a_grid_that_says_so_can_be_dragged(opened) -> None:
    stage = opened()
    stage.load(draggable())
    stage.page.mouse.move(*stage.centre("reads", 1, 1))
    assert stage.ask("player.canvas.style.cursor") == "pointer"
    stage.page.mouse.down()
    stage.page.mouse.move(*stage.centre("reads", 1, 2), steps=3)
    stage.page.mouse.up()
    assert stage.ask("sent.length") == 0


def test_a_finger_drags_without_scrolling_the_page(opened) -> None:
    stage = opened(touch=True, width=390)
    stage.load(draggable())
    stage.ask("document.body.style.height = '3000px'")
    x, y = stage.centre("x", 2, 0)
    cell = stage.ask("player.boxes[0].cell")
    finger = stage.page.context.new_cdp_session(stage.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        *(("touchMove", [{"x": x, "y": y - part * cell}]) for part in (0.3, 0.6, 1.0, 1.6, 2.0)),
        ("touchEnd", []),
    ):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        stage.page.wait_for_timeout(30)
    assert stage.drags()[-1] == (-2, 0)
    assert stage.ask("window.scrollY") == 0


# ---- what is drawn


def test_a_scene_that_starts_at_its_end_opens_when_all_is_done(opened) -> None:
    stage = opened()
    stage.load(draggable())
    assert stage.ask("player.position") == {"step": 3, "move": 1}
    assert stage.ask("Array.from(player.shown.get('y'))") == [7, 7, -2, 0]
    assert stage.ask("player.playing") is False
    stage.page.get_by_label("Play", exact=True).click()
    assert stage.ask("player.position.step") < 3  # playing begins anew


def test_what_was_done_stays_done_when_its_last_step_grows(opened) -> None:
    stage = opened()
    stage.load(draggable())
    longer = draggable()
    everywhere = replace(longer.grids[0], shape=(4, 4), values=np.ones((4, 4), np.float32))
    stage.load(replace(longer, grids=(everywhere, *longer.grids[1:])))
    assert stage.ask("player.position") == {"step": 3, "move": 4}


def test_the_window_hangs_over_the_edge_where_nothing_is_read(opened) -> None:
    stage = opened()
    stage.load(replace(pooling(), start=3))
    cell, around = stage.ask(
        """(() => {
          const { cell } = player.boxes.find((one) => one.grid?.id === "x");
          return [cell, player.marks.find((mark) => mark.key === "read:0:0:0")];
        })()"""
    )
    x, y = stage.centre("x", 2, 2)
    frame = stage.page.locator("canvas").bounding_box()
    assert around["width"] == around["height"] == 2 * cell
    assert frame["x"] + around["x"] == pytest.approx(x - cell / 2)
    assert frame["y"] + around["y"] == pytest.approx(y - cell / 2)
    assert frame["y"] + around["y"] + around["height"] <= frame["y"] + frame["height"]


def test_room_is_kept_for_the_places_beyond_every_edge(opened) -> None:
    stage = opened(width=700)
    scene = pooling()
    around = [replace(grid, overhang=(1, 2, 3, 1)) for grid in scene.grids]
    stage.load(replace(scene, grids=tuple(around), lens=None))
    found = stage.ask("player.boxes.map(({ outer }) => outer)")
    sizes = {grid.id: grid.shape for grid in scene.grids}
    for inner, outer, (rows, columns) in zip(
        stage.ask("player.boxes.map(({ x, y, cell }) => ({ x, y, cell }))"),
        found,
        sizes.values(),
        strict=True,
    ):
        cell = inner["cell"]
        assert inner["x"] - outer["x"] == pytest.approx(cell, abs=1)
        assert inner["y"] - outer["y"] == pytest.approx(cell, abs=1)
        assert outer["width"] == pytest.approx((columns + 3) * cell)
        assert outer["height"] == pytest.approx((rows + 4) * cell)
        assert outer["y"] + outer["height"] <= stage.ask("player.height")
    for one, other in pairwise(sorted(found, key=lambda box: box["x"])):
        assert one["x"] + one["width"] < other["x"]
    assert found[-1]["x"] + found[-1]["width"] <= stage.ask("player.width")


def test_pointing_beyond_the_edge_says_nothing(opened) -> None:
    stage = opened()
    stage.load(pooling())
    stage.page.mouse.move(*stage.centre("x", 2, 2))
    assert stage.ask("player.hover.cell") == 8
    for row, column in ((2, 3), (3, 3), (3, 0)):
        stage.page.mouse.move(*stage.centre("x", row, column))
        assert stage.ask("player.hover") is None
    stage.page.mouse.dblclick(*stage.centre("x", 3, 0))
    assert stage.ask("player.edit.hidden")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_places_beyond_the_edge_are_dotted_and_empty(opened, dark: bool) -> None:
    stage = opened(dark)
    stage.load(replace(pooling(), start=4))
    assert stage.colour(*stage.centre("x", 3, 0)) == ""  # nothing is drawn in the middle
    x, y = stage.centre("x", 3, 0)
    half = stage.ask("player.boxes.find((one) => one.grid?.id === 'x').cell") / 2
    seen = {stage.colour(x - half + across, y) for across in range(6)}
    assert seen - {""}  # its left edge


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_winner_carries_a_flag_that_is_no_colour_of_the_scale(opened, dark: bool) -> None:
    stage = opened(dark)
    stage.load(replace(pooling(), start=1))
    colours = theme.as_json()["dark" if dark else "light"]
    flagged = []
    for row, column in np.ndindex(3, 3):
        x, y = stage.centre("x", row, column)
        reach = stage.ask("player.boxes.find((one) => one.grid?.id === 'x').cell") * 0.38
        flagged.append(stage.colour(x - reach, y - reach) == colours["outline"])
    assert not any(flagged)  # nothing is compared yet
    stage.page.keyboard.press("Tab")
    stage.ask("player.go(1, 2)")
    stage.page.wait_for_function("!player.frame")
    x, y = stage.centre("x", 1, 2)
    assert stage.colour(x - reach, y - reach) == colours["outline"]
    x, y = stage.centre("x", 0, 2)
    assert stage.colour(x - reach, y - reach) != colours["outline"]


def test_the_best_so_far_is_marked_in_the_grid_and_in_the_lens(opened) -> None:
    stage = opened()
    stage.load(pooling())
    marked = """([step, move]) => {
      player.go(step, move);
      return bestMarks(player, { trace: player.trace, move }).map(({ x, y }) => {
        const { grid, cell, slot } = hitBox(player, x + 1, y + 1);
        return [slot === undefined ? grid.id : "lens", cell];
      });
    }"""
    expected = {0: None, 1: 0, 2: 0, 3: 0, 4: 4}  # 4, 4 (no better), 1, 7
    for move, cell in expected.items():
        found = stage.ask(marked, 0, move)
        assert found == ([] if cell is None else [["x", cell], ["lens", cell]])
    assert stage.ask(marked, 3, 1) == [["x", 8], ["lens", 8]]
    stage.page.get_by_label("Hide results").click()
    assert stage.ask(marked, 0, 4) == []  # who predicts is not told


def test_a_mean_has_no_winner(opened) -> None:
    stage = opened()
    stage.load(pooling("mean"))
    assert stage.ask("bestMarks(player, { trace: player.trace, move: 4 })") == []


def test_the_legend_names_the_kinds_of_numbers_that_are_there(opened) -> None:
    stage = opened()
    stage.load(pooling())
    assert stage.page.locator(".legend").inner_text().split() == [
        *("inputs", "−7", "7", "counts", "0", "3", "outputs", "−7", "7"),
    ]
    unseen = Grid("w", Message("w"), (1, 1), np.ones((1, 1), np.float32), "weight")
    scene = pooling()
    stage.load(replace(scene, grids=(*scene.grids[:1], *scene.grids[2:], unseen)))
    assert stage.page.locator(".legend").inner_text().split() == [
        *("inputs", "−7", "7", "outputs", "−7", "7"),
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_minus_infinity_looks_like_padding_wherever_it_stands(opened, dark: bool) -> None:
    stage = opened(dark)
    scene = pooling()
    numbers = np.array([[-np.inf, 1, 2], [3, 4, -np.inf], [5, 6, 7]], np.float32)
    x = replace(scene.grids[0], values=numbers, padding=(1, 0, 0, 0), overhang=(0, 0, 0, 0))
    stage.load(replace(scene, grids=(x, *scene.grids[1:])))
    colours = theme.as_json()["dark" if dark else "light"]
    assert stage.colour(*stage.centre("x", -0.2, 0.3)) == colours["padding"]
    assert stage.colour(*stage.centre("x", 0.8, 2.3)) == colours["padding"]
    stage.page.mouse.move(*stage.centre("x", 1, 2))
    assert stage.ask("player.tipOf().text") == "Input, row 1, column 3: −∞ · read 1×"
    assert stage.page.locator(".legend").inner_text().split()[:3] == ["inputs", "0", "7"]


# ---- where it stands


def side_by_side(sizes: Sequence[tuple[int, ...]], kinds: tuple[str, ...]) -> Scene:
    """Grids of so many rows and columns, one above the other in each column."""
    grids = tuple(
        Grid(
            f"{row}:{column}",
            Message("A name of some length, {n}", {"n": column}),
            (n, n),
            np.ones((n, n), np.float32),
            kinds[row],
            (column, row),
            note=Message("a note"),
        )
        for column, pair in enumerate(sizes)
        for row, n in enumerate(pair)
    )
    one = (Axis(), Axis())
    copied = Part("copy", (Term("0:0", one),), Message("copy"), Term(grids[1].id, one))
    return Scene(grids, (Phase(Message("copy"), (1,), (copied,)),), lens=None)


BOXES = """player.boxes.map((box) => ({ id: box.grid.id, cell: box.cell, room: box.room,
  left: box.outer.x, top: box.outer.y, right: box.outer.x + box.outer.width,
  bottom: box.outer.y + box.outer.height }))"""
SIZES = {
    "three over three": ((10, 8), (9, 8), (8, 6)),
    "the largest": ((34, 32), (33, 32), (32, 30)),
    "eight": ((8, 8), (6, 6), (3, 3), (3, 3)),
    "unlike": ((6, 3), (3, 3), (2, 8)),
    "two": ((5, 5), (5, 5)),
}


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("name", SIZES)
def test_grids_above_grids_neither_overlap_nor_leave_the_picture(opened, name, width) -> None:
    stage = opened(width=width)
    stage.load(side_by_side(SIZES[name], ("input", "output")))
    boxes = stage.ask(BOXES)
    wide, tall = stage.ask("[player.width, player.height]")
    assert len(boxes) == 2 * len(SIZES[name])  # a phone shows all of them too
    for box in boxes:
        assert 0 <= box["left"] < box["right"] <= wide + 1
        assert 20 <= box["top"] < box["bottom"] <= tall + 1  # its name stands above it
    for one, other in combinations(boxes, 2):
        beside = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
        below = one["bottom"] <= other["top"] - 20 or other["bottom"] <= one["top"] - 20
        assert beside or below, (one, other)
    if name != "unlike":
        tops = [[box["top"] for box in boxes if box["id"].startswith(row)] for row in "01"]
        assert max(tops[0]) < min(tops[1])


def test_a_phone_shows_a_long_row_of_pictures_in_two(opened) -> None:
    stage = opened(width=390)
    stage.load(side_by_side([(n,) for n in (28, 26, 13, 28, 26, 13)], ("input",)))
    boxes = stage.ask(BOXES)
    assert len(boxes) == 6
    first, second = ([box for box in boxes if int(box["id"][2]) // 3 == half] for half in (0, 1))
    assert max(box["bottom"] for box in first) < min(box["top"] for box in second)
    for half in (first, second):
        for one, other in pairwise(half):
            assert one["right"] < other["left"]


def test_rows_of_a_table_line_up_and_like_grids_have_like_cells(opened) -> None:
    stage = opened(width=1200)
    stage.load(side_by_side(SIZES["three over three"], ("input", "output")))
    boxes = stage.ask(BOXES)
    for row in ("0", "1"):
        assert len({box["top"] for box in boxes if box["id"].startswith(row)}) == 1
    assert len({round(box["cell"], 6) for box in boxes}) == 1
    stage.load(side_by_side(SIZES["eight"], ("input", "output")))
    assert len({round(box["cell"]) for box in stage.ask(BOXES)}) == 3  # as large as there is room


def test_a_long_name_is_cut_before_it_meets_its_neighbour(opened) -> None:
    stage = opened(width=390)
    stage.load(side_by_side(SIZES["three over three"], ("input", "output")))
    cut = """(room) => {
      const { painter } = player;
      painter.context.font = "600 13px sans-serif";
      const name = painter.cut("A name of some length", room);
      return [name, painter.context.measureText(name).width];
    }"""
    assert stage.page.evaluate(cut, 400)[0] == "A name of some length"
    name, wide = stage.page.evaluate(cut, 60)
    assert name.endswith("…")
    assert wide <= 60
    for box in stage.ask(BOXES):
        beyond = [b["left"] for b in stage.ask(BOXES) if b["left"] > box["left"] + 1]
        assert not beyond or box["left"] + box["room"] <= min(beyond)


@pytest.mark.parametrize(
    ("op", "name"), [("max", "comparison"), ("mean", "number"), ("dot", "product")]
)
def test_the_finest_level_is_called_after_what_is_done(opened, op: str, name: str) -> None:
    stage = opened()
    x, weight = np.ones((1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)
    stage.load(convolution(x, weight) if op == "dot" else pooling(op))
    button = stage.page.get_by_label("Level of detail")
    seen = [button.inner_text()]
    for _ in range(2):
        button.click()
        seen.append(button.inner_text())
    assert seen == ["cell", "part", name]


def test_the_level_is_renamed_where_another_kind_of_part_begins(opened) -> None:
    stage = opened()
    pool = Pool("max", (2, 2), (2, 2))
    stage.load(relu_order(np.ones((1, 2, 2), np.float32), pool, start=0))
    button = stage.page.get_by_label("Level of detail")
    button.click(click_count=2)
    names = []
    for step in range(stage.ask("player.scene.steps")):
        stage.ask(f"player.go({step}, 1)")
        part = stage.ask("player.trace.parts[currentPart(player.trace, 1)].part.op")
        names.append((part, button.inner_text()))
    assert set(names) == {("max", "comparison"), ("relu", "number")}


def test_chinese_names_are_followed_by_no_space(opened) -> None:
    stage = opened()
    words = {key: template("zh", text) for key, text in WORDS.items()}
    scene = pooling()
    for label in ("输出", "Y"):
        named = replace(scene, grids=(*scene.grids[:2], replace(scene.grids[2], label=label)))
        stage.load(named)
        said = stage.ask("([words]) => sentenceAt(player.scene, words, player.trace, 0)", words)
        assert said == list(sentence(named, 0, 0, words))
        assert said[0].startswith({"输出": "输出第 1 行", "Y": "Y 第 1 行"}[label])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("fill", [4.0, 0.0], ids=["numbers", "zeros"])
def test_padding_that_holds_numbers_is_greyed_and_the_input_outlined(
    opened, dark: bool, fill: float
) -> None:
    stage, colours = opened(dark), theme.DARK if dark else theme.LIGHT
    x = np.full((1, 3, 3), 4, np.float32)
    options = {"padding": 1, "mode": "constant", "value": fill, "start": 0}
    stage.load(convolution(x, np.ones((1, 1, 3, 3), np.float32), **options))
    full = theme.shade(4, stage.ask("player.scene.scales.input"), colours)
    edge = {True: theme.greyed(full, colours), False: colours.padding}[fill > 0]
    beside = 0.3  # off the number, off the edges
    for row, column, expected in ((0, 0, edge), (4, 2, edge), (1, 1, full), (3, 3, full)):
        where = stage.centre("input", row + beside, column - beside)
        assert _alike(stage.colour(*where), expected), (row, column)
    slots = "player.boxes.find((one) => one.kind === 'lens').slots[0]"
    x0, y0, cell = stage.ask(
        f"[{slots}.x, {slots}.y, player.boxes.find((one) => one.kind === 'lens').cell]"
    )
    frame = stage.ask("(({left, top}) => [left, top])(player.canvas.getBoundingClientRect())")
    for place, expected in ((0, edge), (1, full)):  # the first window's corner and its middle
        where = [f + at + (place + 0.2) * cell for f, at in zip(frame, (x0, y0), strict=True)]
        assert _alike(stage.colour(*where), expected)
    stage.ask("player.go(8, 0)")
    stage.page.wait_for_function("!player.frame")
    on_the_line = stage.colour(*stage.centre("input", 0.5, 1 + beside))  # far from the last window
    assert (on_the_line == colours.muted) == (fill > 0)


def _alike(one: str, other: str) -> bool:
    """Within what two ways of rounding make of the same colour."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return all(abs(a - b) <= 1 for a, b in pairs)
