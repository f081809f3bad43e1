"""The pooling lesson in a browser: a digit dragged by hand, a loser raised, room for everything."""

import pytest
from playwright.sync_api import Locator, Page, expect

VIEWS = ("steps", "matrix", "backward", "equal", "shift", "kept", "relu")


def stage(page: Page) -> Locator:
    return page.locator('[data-testid="stage"]')


def sentence(page: Page) -> Locator:
    return page.locator('[data-testid="stage-equation"]')


def numbers(page: Page) -> Locator:
    """The table beside the sliders of the shift test."""
    return page.locator(".st-key-changes")


def cell_centre(page: Page, grid: str, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell of a grid, in the window's pixels."""
    canvas = page.locator('[data-testid="stage"] canvas')
    frame = canvas.bounding_box()
    x, y, cell = canvas.evaluate(
        """(canvas, grid) => {
          const { player } = canvas.closest(".mount");
          const { x, y, cell } = player.boxes.find((one) => one.grid?.id === grid);
          return [x, y, cell];
        }""",
        grid,
    )
    return frame["x"] + x + (column + 0.5) * cell, frame["y"] + y + (row + 0.5) * cell


def drag(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag the lower picture by hand from one of its cells to another."""
    page.mouse.move(*cell_centre(page, "changed", *start))
    page.mouse.down()
    page.mouse.move(*cell_centre(page, "changed", *end), steps=8)
    page.mouse.up()


def type_into(page: Page, row: int, column: int, text: str) -> None:
    page.mouse.dblclick(*cell_centre(page, "input", row, column))
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("pool", ["max", "global_average"])
def test_a_digit_dragged_by_hand_moves_sliders_numbers_and_the_link(visit, pool) -> None:
    visitor = visit()
    page = visitor.open(f"/pooling?view=shift&input=digit&digit=2&pool={pool}")
    expect(stage(page)).to_be_visible()
    before = numbers(page).inner_text()
    drag(page, (14, 14), (16, 17))
    expect(page.get_by_role("slider", name="Moved down")).to_have_value("2")
    expect(page.get_by_role("slider", name="Moved right")).to_have_value("4")  # it opened at 1
    expect(numbers(page)).not_to_have_text(before)
    visitor.settle()
    assert "shift_down=2" in visitor.query()
    assert "shift_across=4" in visitor.query()
    left = numbers(page).get_by_role("row", name="After moving back")
    expect(left).to_have_count(0 if pool == "global_average" else 1)
    drag(page, (14, 14), (12, 10))
    expect(page.get_by_role("slider", name="Moved down")).to_have_value("0")
    expect(page.get_by_role("slider", name="Moved right")).to_have_value("0")
    expect(numbers(page).get_by_role("row", name="Changed by")).to_have_text("Changed by0 %0 %0 %")


def test_a_picture_dragged_further_than_the_sliders_stops_at_their_end(visit) -> None:
    page = visit().open("/pooling?view=shift&input=digit")
    expect(stage(page)).to_be_visible()
    drag(page, (4, 4), (26, 26))
    expect(page.get_by_role("slider", name="Moved down")).to_have_value("6")
    expect(page.get_by_role("slider", name="Moved right")).to_have_value("6")


def test_a_loser_changes_nothing_until_it_wins(visit) -> None:
    visitor = visit()
    page = visitor.open("/pooling")
    expect(stage(page)).to_be_visible()
    page.mouse.click(*cell_centre(page, "output", 0, 0))
    expect(sentence(page)).to_contain_text("max(5, 2, 1, 8) = 8")
    type_into(page, 0, 0, "7")
    expect(sentence(page)).to_contain_text("max(7, 2, 1, 8) = 8")
    type_into(page, 0, 0, "8")
    expect(sentence(page)).to_contain_text("max(8, 2, 1, 8) = 8")
    type_into(page, 0, 0, "9")
    expect(sentence(page)).to_contain_text("max(9, 2, 1, 8) = 9")
    visitor.settle()
    assert "edits=1%2C1%2C1%3D9" in visitor.query()


def test_a_preset_moves_the_sliders(visit) -> None:
    page = visit().open("/pooling")
    page.get_by_role("button", name="3/2 AlexNet").click()
    expect(page.get_by_role("slider", name="Window")).to_have_value("3")
    expect(stage(page)).to_have_attribute("data-steps", "1")
    page.get_by_role("button", name="2/1", exact=True).click()
    expect(page.get_by_role("slider", name="Stride")).to_have_value("1")
    expect(stage(page)).to_have_attribute("data-steps", "9")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_teacher_sees_all_of_it_without_scrolling(visit, view, locale) -> None:
    page = visit(locale=locale).open(f"/pooling?view={view}&input=digit")
    expect(stage(page)).to_be_visible()
    for part in ("Play", "Full screen") if locale == "en-US" else ():
        box = page.get_by_label(part, exact=True).bounding_box()
        assert box["y"] + box["height"] <= 800
        assert box["x"] + box["width"] <= 1280
    page.wait_for_function(  # the picture takes the room that is left, once all has come
        "document.querySelector('.st-key-lesson-rule').getBoundingClientRect().y < 790"
    )
    canvas = page.locator('[data-testid="stage"] canvas').bounding_box()
    assert canvas["height"] > 220, "and the picture is not squeezed"


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_scrolling_sideways(visit, view) -> None:
    page = visit(width=390, height=844).open(f"/pooling?view={view}&input=digit")
    expect(stage(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    table = page.locator(".st-key-changes table")
    if view == "shift":
        box = table.bounding_box()
        assert box["x"] + box["width"] <= 390
