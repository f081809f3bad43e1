"""Padding and stride in a real browser: the corner's count, the room there is, walking in."""

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from cnnlab.ui.controls import WHOLES

LESSON = "/padding-stride"


def stage(page: Page):
    return page.locator('[data-testid="stage"]')


def count(page: Page, row: int, column: int) -> str:
    """What is said beside the pointer on a cell of "Times read"."""
    canvas = page.locator('[data-testid="stage"] canvas')
    frame = canvas.bounding_box()
    box = canvas.evaluate(
        """(canvas) => {
          const { player } = canvas.closest(".mount");
          const { x, y, cell } = player.boxes.find((one) => one.grid?.id === "reads");
          return { x, y, cell };
        }"""
    )
    page.mouse.move(
        frame["x"] + box["x"] + (column + 0.5) * box["cell"],
        frame["y"] + box["y"] + (row + 0.5) * box["cell"],
    )
    return str(canvas.evaluate("canvas => canvas.closest('.mount').player.tipOf()?.text ?? ''"))


def test_padding_turns_the_corners_count_from_one_to_four(visit) -> None:
    visitor = visit()
    page = visitor.open(LESSON)
    expect(stage(page)).to_have_attribute("data-steps", "9")
    assert re.search(r"\b1$", count(page, 0, 0))
    page.locator(".st-key-padding input[type=range]").press("ArrowRight")
    expect(stage(page)).to_have_attribute("data-steps", "25")
    visitor.settle()
    page.wait_for_function("location.search.includes('padding=1')")
    assert re.search(r"\b4$", count(page, 0, 0))
    assert re.search(r"\b9$", count(page, 2, 2))
    page.get_by_role("button", name="Full: 2").click()
    expect(stage(page)).to_have_attribute("data-steps", "49")
    assert re.search(r"\b9$", count(page, 0, 0))


@pytest.mark.parametrize("view", ["size", "border", "same", "transposed"])
def test_the_rule_ends_in_the_window(visit, view: str) -> None:
    page = visit().open(f"{LESSON}?view={view}&size=6&stride=2&padding=1")
    expect(stage(page)).to_be_visible()
    rule = page.locator(".st-key-lesson-rule p").first
    expect(rule).to_contain_text("Output")
    box = rule.bounding_box()
    assert box["y"] + box["height"] <= 800


def test_walking_in_from_extreme_values(visit) -> None:
    ends = "&".join(f"{key}={spec.most}" for key, spec in WHOLES.items())
    visitor = visit()
    page = visitor.open(f"/convolution?input=digit&flip=true&axes=true&{ends}")
    page.locator('[data-testid="stSidebarNavLink"]', has_text="Padding & stride").click()
    expect(page.locator("h1")).to_have_text("Padding & stride")
    visitor.settle()
    expect(stage(page)).to_have_attribute("data-steps", "9")
    expect(page.locator(".st-key-lesson-rule p")).to_have_text("Output ⌊(5 + 2·0 − 3)/1⌋ + 1 = 3")
    assert set(parse_qs(visitor.query()[1:])) <= {"digit", "seed"}, "which pass from page to page"
    for tab in page.locator(".st-key-tabs-view").get_by_role("radio").all():
        tab.click()
        visitor.settle()
        expect(stage(page)).to_be_visible()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
