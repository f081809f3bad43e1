"""The house in a real browser: links, language, menu, and quiet on the console and the network."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from cnnlab.ui import menu
from cnnlab.ui.controls import WHOLES

LESSON = menu.lessons()[0]
TITLE = str(LESSON.title)


def test_a_deep_link_works_for_the_first_visitor_of_a_fresh_server(visit, fresh_server) -> None:
    page = visit(server=fresh_server).open(f"/{LESSON.slug}?lang=en")
    expect(page.locator("h1")).to_have_text(TITLE)
    links = page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts()
    assert links == [str(entry.title) for entry in menu.pages()]


def test_the_browser_chooses_the_language_and_the_switch_overrules_it(visit) -> None:
    visitor = visit(locale="zh-CN")
    page = visitor.open(f"/{LESSON.slug}")
    expect(page.locator("h1")).to_have_text("卷积")
    assert visitor.query() == ""
    page.get_by_text("English", exact=True).click()
    expect(page.locator("h1")).to_have_text(TITLE)
    visitor.settle()
    assert visitor.query() == "?lang=en"
    page.reload()
    expect(page.locator("h1")).to_have_text(TITLE)


def test_the_language_stays_when_walking_on(visit) -> None:
    visitor = visit()
    page = visitor.open("/?lang=zh")
    page.get_by_role("link", name="卷积", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("卷积")
    visitor.settle()
    assert parse_qs(visitor.query()[1:])["lang"] == ["zh"]


def test_going_back_opens_the_tab_that_was_open(visit) -> None:
    page = visit().open(f"/{LESSON.slug}")
    tabs = page.locator(".st-key-tabs-view").get_by_role("radio")
    tabs.nth(1).click()
    expect(tabs.nth(1)).to_have_attribute("aria-checked", "true")
    page.wait_for_function("location.search.includes('view=')")
    page.go_back()
    expect(tabs.nth(0)).to_have_attribute("aria-checked", "true")
    page.go_forward()
    expect(tabs.nth(1)).to_have_attribute("aria-checked", "true")


def test_the_students_link_holds_what_is_set(visit) -> None:
    page = visit().open(f"/{LESSON.slug}?stride=2")
    page.get_by_role("button", name="Link for students").click()
    expect(
        page.get_by_role("img", name="QR code").or_(page.get_by_text("in no network"))
    ).to_be_visible()


def test_the_start_button_leads_to_the_first_lesson(visit) -> None:
    page = visit().open("/")
    page.get_by_role("button", name="Start lesson 1").click()
    expect(page.locator("h1")).to_have_text(TITLE)


def test_walking_through_all_pages_from_extreme_values(visit) -> None:
    ends = "&".join(f"{key}={spec.most}" for key, spec in WHOLES.items())
    visitor = visit()
    page = visitor.open(f"/{LESSON.slug}?{ends}")
    for entry in (*menu.pages(), *reversed(menu.pages())):
        page.locator('[data-testid="stSidebarNavLink"]', has_text=str(entry.title)).first.click()
        title = "CNN Lab" if entry is menu.HOME else str(entry.title)
        expect(page.locator("h1")).to_have_text(title)
        visitor.settle()
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_what_the_link_hides_stays_hidden_on_the_next_page(visit) -> None:
    visitor = visit()
    page = visitor.open(f"/{LESSON.slug}?hide=controls")
    expect(page.locator(".st-key-lesson-controls")).to_be_hidden()
    page.get_by_role("link", name="Home").click()
    page.get_by_role("button", name="Start lesson 1").wait_for()
    visitor.settle()
    assert "hide=controls" in visitor.query()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_window(visit, width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    for entry in menu.pages():
        page = visitor.open("/" if entry is menu.HOME else f"/{entry.slug}")
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, entry.slug


def test_the_frame_leaves_the_stage_its_room(visit) -> None:
    page = visit().open(f"/{LESSON.slug}")
    for selector, most in {
        ".st-key-lesson-header": 60,
        ".st-key-lesson-controls": 80,
        ".st-key-tabs-view": 45,
    }.items():
        # the style sheet may come a moment after the elements
        page.wait_for_function(
            "([selector, most]) => document.querySelector(selector).offsetHeight <= most",
            arg=[selector, most],
        )
