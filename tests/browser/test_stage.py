"""The stage on the convolution page: play, step, keys, hover, editing, and what a phone shows."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlab.data import photos
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.replay import counts
from cnnlab.scenes.sentence import sentence
from cnnlab.ui.source import EXAMPLES

EXAMPLE = EXAMPLES["one_channel"]
SCENE = convolution(EXAMPLE.x[0], EXAMPLE.weight)
PHOTO = photos.FOLDER / "coffee.jpg"
MOVES = sum(counts(SCENE, 0))


def stage(page: Page) -> Locator:
    return page.locator('[data-testid="stage"]')


def said(page: Page) -> tuple[str, ...]:
    lines = page.locator('[data-testid="stage-equation"] > div').all_inner_texts()
    return tuple(lines)


def at(page: Page, step: int, move: int | None = None) -> None:
    """The stage stands at a step (from 1), and after a move of it."""
    expect(stage(page)).to_have_attribute("data-step", str(step))
    if move is not None:
        expect(stage(page)).to_have_attribute("data-move", str(move))


@pytest.fixture
def page(visit) -> Page:
    opened = visit().open("/convolution")
    expect(stage(opened)).to_be_visible()
    return opened


def test_opens_paused_with_the_example_half_told(page) -> None:
    at(page, 7, 0)
    expect(stage(page)).to_have_attribute("data-steps", "9")
    expect(stage(page)).to_have_attribute("data-playing", "false")
    assert said(page) == sentence(SCENE, 6, 0)


def test_buttons_step_and_the_sentence_is_that_of_the_replay(page) -> None:
    page.get_by_label("Next step").click()
    at(page, 7, MOVES)
    assert said(page) == sentence(SCENE, 6, MOVES)
    page.get_by_label("Previous step").click()
    at(page, 6, MOVES)
    page.get_by_label("First step").click()
    at(page, 1, 0)
    page.get_by_label("Last step").click()
    at(page, 9, MOVES)
    assert said(page) == sentence(SCENE, 8, MOVES)


def test_keys_step_at_every_level_of_detail(page) -> None:
    stage(page).focus()
    page.keyboard.press("Home")
    at(page, 1, 0)
    page.keyboard.press("d")  # by part
    page.keyboard.press("d")  # by product
    for move in range(1, MOVES + 1):
        page.keyboard.press("ArrowRight")
        at(page, 1, move)
        assert said(page) == sentence(SCENE, 0, move)
    page.keyboard.press("Shift+ArrowRight")
    at(page, 2, MOVES)
    page.keyboard.press("ArrowLeft")
    at(page, 2, MOVES - 1)
    page.keyboard.press("End")
    at(page, 9, MOVES)


def test_hiding_the_results_hides_them_from_the_sentence_too(page) -> None:
    stage(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("h")
    expect(page.locator('[data-testid="stage-equation"]')).to_contain_text("= ?")
    page.keyboard.press("h")
    expect(page.locator('[data-testid="stage-equation"]')).to_contain_text("= 9")


def test_plays_to_the_end_in_time_and_stops(page) -> None:
    page.get_by_label("First step").click()
    page.get_by_label("Play", exact=True).click()
    expect(stage(page)).to_have_attribute("data-playing", "true")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()
    expect(stage(page)).to_have_attribute("data-playing", "false", timeout=30_000)
    at(page, 9, MOVES)


def test_space_plays_and_pauses(page) -> None:
    stage(page).focus()
    page.keyboard.press(" ")
    expect(stage(page)).to_have_attribute("data-playing", "true")
    page.keyboard.press(" ")
    expect(stage(page)).to_have_attribute("data-playing", "false")


def test_the_scrubber_goes_anywhere(page) -> None:
    page.get_by_label("Position").fill("3")
    at(page, 3, MOVES)


def test_a_moved_slider_keeps_the_place_and_playing(page) -> None:
    page.get_by_label("First step").click()
    page.get_by_label("Loop").click()
    page.get_by_label("Play", exact=True).click()
    slider = page.get_by_role("slider", name="Padding per side")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(stage(page)).to_have_attribute("data-steps", "25")
    expect(stage(page)).to_have_attribute("data-playing", "true")
    page.get_by_label("Pause", exact=True).click()
    page.get_by_label("Last step").click()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(stage(page)).to_have_attribute("data-steps", "9")
    at(page, 9)


# ---- the picture itself: what stands where is asked of the player, what is seen of the canvas


def cell_centre(page: Page, grid: str, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell of a grid, in the window's pixels."""
    canvas = page.locator('[data-testid="stage"] canvas')
    frame = canvas.bounding_box()
    box = canvas.evaluate(
        """(canvas, grid) => {
          const { player } = canvas.closest(".mount");
          const { x, y, cell } = player.boxes.find((one) => one.grid?.id === grid);
          return { x, y, cell };
        }""",
        grid,
    )
    return (
        frame["x"] + box["x"] + (column + 0.5) * box["cell"],
        frame["y"] + box["y"] + (row + 0.5) * box["cell"],
    )


def told(page: Page) -> str:
    """The remark beside the pointer."""
    return str(
        page.locator('[data-testid="stage"] canvas').evaluate(
            "canvas => canvas.closest('.mount').player.tipOf()?.text ?? ''"
        )
    )


def lit(page: Page) -> int:
    """How many outlines the pointer has called up."""
    return int(
        page.locator('[data-testid="stage"] canvas').evaluate(
            "canvas => canvas.closest('.mount').player.painter.picture.marks"
            ".filter((mark) => mark.accent).length"
        )
    )


def test_pointing_at_the_centre_input_lights_all_nine_outputs(page) -> None:
    page.mouse.move(*cell_centre(page, "input", 2, 2))
    page.wait_for_timeout(300)
    assert told(page) == "Input, row 3, column 3: 2 · read 9×"
    assert lit(page) == 1 + 9
    page.mouse.move(*cell_centre(page, "input", 0, 0))
    page.wait_for_timeout(300)
    assert lit(page) == 1 + 1


def test_pointing_at_an_output_outlines_its_window(page) -> None:
    page.mouse.move(*cell_centre(page, "output", 0, 1))
    page.wait_for_timeout(300)
    assert told(page) == "Output, row 1, column 2: 12"
    assert lit(page) == 1 + 1


def test_a_click_on_an_output_goes_there_and_escape_frees_it(page) -> None:
    page.mouse.click(*cell_centre(page, "output", 1, 1))
    at(page, 5, MOVES)
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    assert lit(page) > 0
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert lit(page) == 0


def type_into(page: Page, grid: str, row: int, column: int, text: str) -> None:
    page.mouse.dblclick(*cell_centre(page, grid, row, column))
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_an_input_cell_takes_a_number_and_the_link_holds_it(visit) -> None:
    visitor = visit()
    page = visitor.open("/convolution")
    expect(stage(page)).to_be_visible()
    type_into(page, "input", 2, 0, "5")
    expect(page.locator('[data-testid="stage-equation"]')).to_contain_text("5·0 + 1·1")
    visitor.settle()
    assert re.search(r"edits=1%2C3%2C1%3D5", visitor.query())


def test_letters_in_a_cell_are_refused_in_a_sentence_and_nothing_changes(page) -> None:
    before = said(page)
    type_into(page, "input", 2, 0, "five")
    expect(page.get_by_text("“five” is not a number")).to_be_visible()
    assert said(page) == before


def test_a_kernel_larger_than_the_input_is_a_sentence_and_the_picture_stays(visit) -> None:
    page = visit().open("/convolution?kernel=7")
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    expect(stage(page)).to_have_attribute("data-steps", "9")


def test_a_phone_shows_one_channel_at_a_time(visit) -> None:
    page = visit(width=390, height=844).open("/convolution?input=three_channels")
    tabs = page.locator('[data-testid="stage"] .parts button')
    expect(tabs).to_have_text(["R", "G", "B"])
    tabs.nth(1).click()
    expect(tabs.nth(1)).to_have_attribute("aria-pressed", "true")
    for name in ("Play", "Hide results", "Level of detail", "Full screen"):
        box = page.get_by_label(name, exact=True).bounding_box()
        assert box["y"] + box["height"] <= 844, name


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_button_leaves_the_card_however_narrow_it_is(visit, locale: str) -> None:
    visitor = visit(width=1000, locale=locale)
    for path in ("/convolution", "/pooling", "/receptive-field"):
        page = visitor.open(path)
        expect(stage(page)).to_be_visible()
        for width in (1280, 1000, 900, 800, 390):
            page.set_viewport_size({"width": width, "height": 800})
            over = stage(page).evaluate(
                """(card) => {
                  const edge = card.getBoundingClientRect();
                  const parts = [...card.querySelectorAll(".bar > *")];
                  return Math.max(...parts.map((part) => {
                    const { left, right } = part.getBoundingClientRect();
                    return Math.max(right - edge.right, edge.left - left);
                  }));
                }"""
            )
            assert over <= 0, (path, width)


def test_a_phone_has_the_bar_in_sight_while_the_stage_is_and_no_longer(visit) -> None:
    page = visit(width=390, height=844).open("/receptive-field")
    bar = page.get_by_label("Play", exact=True)
    main = page.locator('[data-testid="stMain"]')
    card = stage(page).bounding_box()
    assert card["y"] + card["height"] > 844, "the card goes on below the window"
    assert bar.bounding_box()["y"] + bar.bounding_box()["height"] <= 844
    main.evaluate("(main) => main.scrollBy(0, 600)")
    page.wait_for_function("document.querySelector('[data-testid=\"stMain\"]').scrollTop > 500")
    card, box = stage(page).bounding_box(), bar.bounding_box()
    assert card["y"] + card["height"] < 700, "the card is on its way out"
    assert box["y"] + box["height"] < card["y"] + card["height"], "and takes the bar along"


def test_full_screen_fills_the_window(page) -> None:
    page.get_by_label("Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.wait_for_function("""() => {
      const hosts = [...document.querySelectorAll("*")].filter((one) => one.shadowRoot);
      const bars = hosts.map((one) => one.shadowRoot.querySelector(".bar")).filter(Boolean);
      return bars[0].getBoundingClientRect().bottom > window.innerHeight - 60;
    }""")  # the picture has grown: the bar stands at the lower edge
    assert page.locator('[data-testid="stage"] canvas').bounding_box()["height"] > 550
    page.get_by_label("Full screen").click()
    page.wait_for_function("document.fullscreenElement === null")


def test_a_weight_is_changed_where_the_lens_shows_it(visit) -> None:
    visitor = visit()
    page = visitor.open("/convolution")
    expect(stage(page)).to_be_visible()
    canvas = page.locator('[data-testid="stage"] canvas')
    frame = canvas.bounding_box()
    x, y = canvas.evaluate(
        """(canvas) => {
          const { player } = canvas.closest(".mount");
          const lens = player.boxes.find((box) => box.kind === "lens");
          return [lens.slots[1].x + lens.cell / 2, lens.slots[1].y + lens.cell / 2];
        }"""
    )
    page.mouse.dblclick(frame["x"] + x, frame["y"] + y)
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    expect(page.locator('[data-testid="stage-equation"]')).to_contain_text("3·(−3) + 1·1")
    visitor.settle()
    assert "preset=custom" in visitor.query()


def test_another_input_opens_anew(page) -> None:
    page.get_by_label("Last step").click()
    at(page, 9)
    page.get_by_role("combobox", name="Input").click()
    page.get_by_role("option", name="RGB example").click()
    expect(stage(page)).to_have_attribute("data-steps", "18")
    at(page, 10, 0)


def test_an_upload_that_is_no_picture_is_a_sentence_and_a_good_one_is_shown(
    visit, tmp_path
) -> None:
    page = visit().open("/convolution?input=upload")
    expect(page.get_by_text("Choose a picture under “More”.")).to_be_visible()
    page.get_by_role("button", name="More").click()
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is no picture")
    page.set_input_files('input[type="file"]', broken)
    expect(page.get_by_text("This file is not a picture")).to_be_visible()
    expect(stage(page)).to_have_attribute("data-steps", "9")
    page.set_input_files('input[type="file"]', PHOTO)
    expect(stage(page)).to_have_attribute("data-steps", str(19 * 30))


def test_the_rule_ends_in_the_window_whatever_the_shape(visit) -> None:
    page = visit().open("/convolution?input=photo-chelsea&stride=2&padding=1")
    expect(stage(page)).to_be_visible()
    rule = page.locator(".st-key-lesson-rule p").first.bounding_box()
    assert rule["y"] + rule["height"] <= 800
