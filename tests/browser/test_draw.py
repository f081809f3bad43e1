"""Drawing a digit in a browser: with mouse, touch and keys; what is drawn stays, and is read."""

import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

DRAW = "/training?view=draw"


def paper(page: Page) -> Locator:
    return page.get_by_test_id("draw-canvas")


def steps(page: Page) -> Locator:
    return page.get_by_test_id("draw-steps").first


def verdict(page: Page) -> Locator:
    return page.locator(".st-key-draw-read").get_by_text(
        re.compile(r"network is sure|probably|Unsure|No idea")
    )


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    box = paper(page).bounding_box()
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def stroke(page: Page, *points: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point), steps=12)
    page.mouse.up()


def ink(page: Page) -> int:
    """How many pixels of the paper are dark, in thousandths."""
    return paper(page).evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let dark = 0;
          for (let i = 0; i < data.length; i += 4) dark += data[i] < 128;
          return Math.round(4000 * dark / data.length);
        }"""
    )


def opened(visitor) -> Page:
    page = visitor.open(DRAW)
    paper(page).scroll_into_view_if_needed()
    expect(paper(page)).to_be_visible()
    return page


def test_a_seven_drawn_with_the_mouse_is_followed_through_and_answered(visit) -> None:
    page = opened(visit())
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    stroke(page, (0.25, 0.2), (0.75, 0.2), (0.4, 0.85))
    expect(steps(page).locator("img")).to_have_count(4)
    expect(verdict(page)).to_be_visible()
    expect(steps(page)).to_contain_text("dark ink on light paper")
    expect(steps(page)).to_contain_text("down")  # a 7 has its ink above


def test_undo_and_clear(visit) -> None:
    page = opened(visit())
    undo, clear = (page.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    stroke(page, (0.5, 0.2), (0.5, 0.8))
    one = ink(page)
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    assert ink(page) > one > 10
    undo.click()
    assert ink(page) == one
    clear.click()
    assert ink(page) == 0
    expect(steps(page)).to_have_count(0)
    undo.click()  # clearing can be undone too
    assert ink(page) == one
    expect(steps(page).locator("img")).to_have_count(4)


def test_the_drawing_is_there_again_after_another_view_and_another_page(visit) -> None:
    visitor = visit()
    page = opened(visitor)
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    expect(steps(page)).to_be_visible()
    before = ink(page)
    page.get_by_role("radio", name="Live").click()
    expect(paper(page)).to_have_count(0)
    page.get_by_role("radio", name="Draw a digit").click()
    expect(steps(page)).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()  # it has been fetched
    assert abs(ink(page) - before) <= 3
    page.get_by_role("link", name="Pooling").first.click()
    page.wait_for_selector('[data-testid="stage"]')
    page.go_back()
    expect(steps(page)).to_be_visible()


def test_a_rerun_in_the_middle_of_a_stroke_does_not_break_it(visit) -> None:
    page = opened(visit())
    page.mouse.move(*place(page, 0.2, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 0.8, 0.2), steps=10)
    expect(steps(page)).to_be_visible()  # told during the stroke
    early = steps(page).locator("img").nth(3).get_attribute("src")
    page.mouse.move(*place(page, 0.4, 0.9), steps=10)
    page.mouse.up()
    expect(steps(page).locator("img").nth(3)).not_to_have_attribute("src", early)
    page.get_by_role("button", name="Undo").click()
    assert ink(page) == 0  # it was one stroke


def test_a_digit_can_be_drawn_with_keys_alone(visit) -> None:
    page = opened(visit())
    paper(page).focus()
    for key in ["ArrowUp"] * 8 + ["Space"] + ["ArrowDown"] * 16 + ["Space", "Escape"]:
        page.keyboard.press(key)
    assert ink(page) > 20
    expect(steps(page)).to_be_visible()
    expect(steps(page)).to_contain_text(re.compile(r"\d+×\d pixels"))  # tall and thin
    page.keyboard.press("Control+z")
    assert ink(page) == 0


def test_fingers_draw_and_do_not_scroll(visit) -> None:
    page = opened(visit(width=390, height=844))
    before = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    client = page.context.new_cdp_session(page)

    def touch(kind: str, x: float, y: float) -> None:
        left, top = place(page, x, y)
        points = [] if kind == "touchEnd" else [{"x": left, "y": top}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.5, 0.2)
    for i in range(1, 11):
        touch("touchMove", 0.5, 0.2 + 0.06 * i)
    touch("touchEnd", 0.5, 0.8)
    assert ink(page) > 20
    expect(steps(page)).to_be_visible()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == before


def test_a_bad_upload_is_told_and_leaves_the_last_picture(visit, tmp_path) -> None:
    good, bad = tmp_path / "one.png", tmp_path / "bad.png"
    picture = Image.new("RGB", (300, 200), (190, 190, 180))
    ImageDraw.Draw(picture).line((150, 30, 140, 170), fill=(30, 30, 90), width=14)
    picture.save(good)
    bad.write_bytes(b"%PDF-1.7 not a picture")
    page = visit().open(f"{DRAW}&pen=upload")
    page.locator('input[type="file"]').set_input_files(good)
    expect(steps(page).locator("img")).to_have_count(4)
    page.locator('input[type="file"]').set_input_files(bad)
    expect(page.get_by_text("cannot be read here")).to_be_visible()
    expect(steps(page).locator("img")).to_have_count(4)


@pytest.mark.parametrize(("dark", "locale"), [(False, "en-US"), (True, "zh-CN")])
def test_a_phone_has_room_for_it(visit, dark: bool, locale: str) -> None:
    page = opened(visit(width=390, height=844, dark=dark, locale=locale))
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    expect(steps(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = paper(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("dark", [False, True])
def test_the_paper_glares_in_no_theme_and_what_is_sent_is_black_on_white(visit, dark: bool) -> None:
    page = opened(visit(dark=dark))
    shade = paper(page).evaluate(
        "(canvas) => getComputedStyle(canvas.parentElement, '::after').backgroundColor"
    )
    assert shade == ("rgba(15, 18, 22, 0.2)" if dark else "rgba(0, 0, 0, 0)")
    corner = "(canvas) => [...canvas.getContext('2d').getImageData(9, 9, 1, 1).data]"
    assert paper(page).evaluate(corner) == [255, 255, 255, 255]
