"""Grids joined by wires: where they stand, when numbers flow along them, and that all of it fits.

The first tests load the stage's own program into an empty page and ask it where it puts things.
"""

import json
from itertools import combinations, pairwise

import pytest
from playwright.sync_api import Page, expect

from cnnlab.scenes.encode import encode
from cnnlab.scenes.residual import residual
from cnnlab.scenes.residual_backward import residual_backward
from cnnlab.stage import javascript
from cnnlab.ui.resnet.setting import setting

KINDS = ("identity", "projection", "preactivated")
SIZES = {"projector": (1700, 600), "lecture": (950, 410), "low": (950, 260), "phone": (330, 430)}
LAYOUT = """
([data, width, height, step]) => {
  const scene = decodeScene(data);
  const trace = new Tape(scene).seek(step);
  const boxes = layoutScene(scene, trace, 0, width, height, new Map());
  return {
    boxes: boxes.map(({ grid, plane, outer, cell, notes }) => (
      { grid: grid.id, plane, outer, cell, notes })),
    wires: routesOf(scene, boxes).map(({ wire, from, to, route }) => (
      { ...wire, from, to, route, state: stateOf(scene, wire, trace.phase) })),
  };
}
"""


@pytest.fixture(scope="module")
def blank(browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=javascript())
    yield page
    page.close()


def scenes(kind: str):
    """The block and its backward pass, with all there can be of it and with the least."""
    for norm, skip in ((False, True), (True, True), (True, False)):
        shown = setting(kind, norm=norm, skip=skip)
        yield residual(shown.block, shown.x)
        yield residual_backward(shown.block, shown.x, shown.y)


def laid_out(page: Page, scene, size, step=0):
    sent = json.loads(json.dumps(encode(scene)))
    return page.evaluate(LAYOUT, [sent, *size, step])


def corners(box):
    outer = box["outer"]
    return outer["x"], outer["y"], outer["x"] + outer["width"], outer["y"] + outer["height"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_grids_stand_apart_and_within_the_picture(blank, kind, size) -> None:
    width, height = SIZES[size]
    for scene in scenes(kind):
        # The skip's maps are there once its phase has come; a phone shows one phase.
        step = scene.start if size == "phone" else scene.steps - 1
        found = laid_out(blank, scene, (width, height), step)
        frames = [corners(box) for box in found["boxes"]]
        for left, top, right, bottom in frames:
            assert left >= 0
            assert top >= 20  # room for a name
            assert right <= width
            assert bottom <= height
        for (l1, t1, r1, b1), (l2, t2, r2, b2) in combinations(frames, 2):
            assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1, "two grids lie over each other"
        ids = {box["grid"] for box in found["boxes"]}
        if size != "phone":
            assert ids == {grid.id for grid in scene.grids if grid.place is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_wires_end_at_their_grids_and_cross_no_other(blank, kind) -> None:
    for scene in scenes(kind):
        found = laid_out(blank, scene, SIZES["lecture"], scene.steps - 1)
        assert len(found["wires"]) == len(scene.wires)
        for wire in found["wires"]:
            assert beside(wire["route"][0], wire["from"])
            assert beside(wire["route"][-1], wire["to"])
            for start, end in pairwise(wire["route"]):
                assert start != end
                for box in found["boxes"]:
                    assert not crosses(start, end, corners(box)), f"{wire['source']}: {box['grid']}"


def beside(point, frame) -> bool:
    """Whether a point lies on the edge of a frame, give or take a few pixels."""
    x, y = point
    near = 5
    outside = frame["left"] - near <= x <= frame["right"] + near
    outside = outside and frame["top"] - near <= y <= frame["bottom"] + near
    inside = frame["left"] < x < frame["right"] and frame["top"] < y < frame["bottom"]
    return outside and not inside


def crosses(start, end, frame) -> bool:
    """Whether a level or upright line goes through a frame."""
    (x1, x2), (y1, y2) = (sorted(pair) for pair in zip(start, end, strict=True))
    left, top, right, bottom = frame
    return x1 < right and x2 > left and y1 < bottom and y2 > top


def test_the_cells_of_a_block_with_batch_norm_are_as_large_as_without(blank) -> None:
    for norm in (False, True):
        shown = setting("identity", norm=norm)
        found = laid_out(blank, residual(shown.block, shown.x), (934, 400), 0)
        maps = [box["cell"] for box in found["boxes"] if box["grid"] in ("x", "conv1", "relu1")]
        assert min(maps) >= 29
        notes = {box["grid"]: box["notes"] for box in found["boxes"]}
        if norm:
            assert "γ 1, β 0.5" in " ".join(notes["norm2"])


def test_the_skip_is_drawn_when_its_turn_has_come(blank) -> None:
    shown = setting("projection")
    scene = residual(shown.block, shown.x)
    skip = sum(phase.steps for phase in scene.phases[:3])
    for step, there in ((skip - 1, False), (skip, True)):
        found = laid_out(blank, scene, SIZES["lecture"], step)
        ids = {box["grid"] for box in found["boxes"]}
        assert ({"shortcut", "projection"} <= ids) == there
        assert ids.isdisjoint({"shortcut", "projection"}) == (not there)


def test_a_map_that_is_added_to_is_untouched_before_its_phase(blank) -> None:
    shown = setting("identity")
    scene = residual_backward(shown.block, shown.x, shown.y)
    sent = json.loads(json.dumps(encode(scene)))
    untouched = blank.evaluate(
        """([data, steps]) => {
          const scene = decodeScene(data);
          return steps.map((step) => [...scene.grids.keys()].filter(
            (id) => isUntouched(scene, id, phaseAt(scene, step))));
        }""",
        [sent, [0, scene.start, scene.start + 1, scene.steps - 1]],
    )
    both = ["d relu1", "d x by the body"]
    assert untouched == [both, both, ["d x by the body"], []]


def test_a_wire_is_lit_while_numbers_flow_along_it(blank) -> None:
    shown = setting("identity")
    scene = residual(shown.block, shown.x)

    def states(step):
        found = laid_out(blank, scene, SIZES["lecture"], step)
        return {(wire["source"], wire["target"]): wire["state"] for wire in found["wires"]}

    assert states(0)["x", "conv1"] == "now"
    assert set(states(0).values()) == {"now", "ahead"}
    assert ("x", "shortcut") not in states(47)  # the main path first, without the skip
    assert ("shortcut", "sum") not in states(47)
    assert states(48)["x", "shortcut"] == "now"
    assert states(48)["shortcut", "sum"] == "ahead"
    at_sum = states(scene.start)
    assert {ends for ends, state in at_sum.items() if state == "now"} == {
        ("conv2", "sum"),
        ("shortcut", "sum"),
    }
    assert at_sum["x", "shortcut"] == at_sum["x", "conv1"] == "done"
    assert at_sum["sum", "y"] == "ahead"


@pytest.mark.parametrize("link", ["", "?block=projection", "?view=backward&norm=true"])
def test_all_of_a_view_is_seen_without_scrolling(visit, link) -> None:
    page = visit().open(f"/resnet{link}")
    expect(page.locator('[data-testid="stage"]')).to_be_visible()
    rule = page.locator(".st-key-lesson-rule")
    expect(rule).to_be_visible()
    bottom = rule.bounding_box()
    assert bottom["y"] + bottom["height"] <= 800


def test_the_last_scale_slid_to_0_leaves_x_on_the_stage(visit) -> None:
    page = visit().open("/resnet")
    slider = page.get_by_role("slider", name="Last scale, in %")
    slider.focus()
    page.keyboard.press("Home")
    rule = page.locator(".st-key-lesson-rule")
    expect(rule).to_contain_text("difference 0")
    same = page.locator('[data-testid="stage"] canvas').evaluate(
        """(canvas) => {
          const { scene } = canvas.closest(".mount").player;
          const [x, y] = ["x", "y"].map((id) => scene.grids.get(id).values);
          return x.every((value, n) => value === y[n]);
        }"""
    )
    assert same
