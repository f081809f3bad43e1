"""The lesson on architectures in a browser: pointing, fitting the screen, changing in place."""

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

DRAWN = {  # each view in the order of the tabs, and what its chart is called
    "picture": "picture",
    "shares": "shares",
    "compare": "right",
    "accuracy": "accuracy",
    "alexnet": "edge",
}
CHART = ".st-key-chart-architectures-picture"


def bars(page: Page) -> Locator:
    """The layers of the picture, as the pointer finds them."""
    return page.locator(f"{CHART} .barlayer .trace").last.locator("path")


def test_pointing_at_a_layer_tells_its_numbers(visit) -> None:
    page = visit().open("/architectures")
    expect(bars(page)).to_have_count(8)  # the input, two convolutions, two poolings, three dense
    box = bars(page).nth(3).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    told = page.locator(f"{CHART} .hoverlayer")
    expect(told).to_contain_text("16×10×10")
    expect(told).to_contain_text("2,416 parameters, 240,000 multiply–adds")


def test_a_picture_is_changed_in_place(visit) -> None:
    page = visit().open("/architectures?network=alexnet")
    expect(bars(page)).to_have_count(12)
    page.evaluate(f"document.querySelector('{CHART} .js-plotly-plot').dataset.kept = 'yes'")
    side = page.get_by_role("spinbutton", name="Input size")
    side.fill("228")
    side.press("Enter")
    rule = page.locator(".st-key-lesson-rule")
    expect(rule).to_contain_text("3×228×228")
    assert page.locator(f"{CHART} .js-plotly-plot").get_attribute("data-kept") == "yes"
    side.fill("5")
    side.press("Enter")
    expect(page.locator(".st-key-lesson-refusal")).to_contain_text(re.compile(r"Layer \d+"))
    expect(rule).to_contain_text("3×228×228")


def opened(page: Page) -> Iterator[str]:
    """One view after another, by its tab, when its chart is drawn."""
    tabs = page.locator(".st-key-tabs-view").get_by_role("radio")
    expect(tabs).to_have_count(len(DRAWN))
    for place, (view, chart) in enumerate(DRAWN.items()):
        tabs.nth(place).click()
        expect(page.locator(f".st-key-chart-architectures-{chart} .plot-container")).to_be_visible()
        expect(page.locator(".st-key-lesson-closing")).to_be_visible()
        yield view


def test_every_view_fits_the_screen(visit) -> None:
    page = visit(dark=True).open("/architectures?network=resnet152")
    table = page.locator("[class*=st-key-architectures-table] .stMarkdown").first
    for view in opened(page):
        bottoms = page.evaluate(
            "[...document.querySelectorAll('.st-key-lesson-views, .st-key-lesson-rule')]"
            ".map(part => part.getBoundingClientRect().bottom)"
        )
        assert max(bottoms) <= 800, view
        assert table.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, "nothing is cut off"


def test_a_phone_has_room(visit) -> None:
    page = visit(width=390, height=844, locale="zh-CN").open("/architectures")
    for view in opened(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
