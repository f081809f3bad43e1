"""The degradation race in a browser: started ahead, seen from another window, left, stopped."""

import re

from playwright.sync_api import Locator, Page, expect

BATCH = re.compile(r"batch (\d+) of 300")
DRAWN = ".st-key-chart-race-batches .scatterlayer .js-line"


def bar(page: Page) -> Locator:
    return page.locator(".st-key-run-bar")


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("button", name=name, exact=isinstance(name, str))


def batch(page: Page) -> int:
    found = BATCH.search(bar(page).inner_text())
    return int(found[1]) if found else 0


def test_a_race_is_started_ahead_seen_by_all_and_stopped_by_its_owner(visit) -> None:
    teacher, student = visit(), visit(locale="zh-CN")
    watched = student.open("/resnet?view=race")
    expect(bar(watched)).to_contain_text("预先录制", timeout=60_000)

    page = teacher.open("/resnet?view=block")
    button(page, "Start the race").click()
    expect(button(page, re.compile(r"Race: \d+ %"))).to_be_visible(timeout=60_000)
    page.reload()  # it is still theirs to stop
    expect(button(page, re.compile(r"Race: \d+ %"))).to_be_visible(timeout=60_000)

    expect(bar(watched)).to_contain_text("由他人启动", timeout=60_000)
    expect(button(watched, "开始")).to_be_disabled()

    button(page, re.compile(r"Race: \d+ %")).click()
    expect(bar(page)).to_contain_text(BATCH, timeout=60_000)
    expect(page.locator(DRAWN)).to_have_count(8, timeout=60_000)  # a line and a band each
    before = batch(page)
    page.wait_for_function(
        "([place, before]) => Number(document.querySelector(place).innerText"
        ".match(/batch (\\d+) of/)?.[1] ?? 0) > before + 2",
        arg=[".st-key-run-bar", before],
        timeout=60_000,
    )

    button(page, "Stop").click()
    expect(bar(page)).to_contain_text("stopped", timeout=60_000)
    expect(button(page, "Start")).to_be_enabled(timeout=60_000)
    expect(bar(watched)).to_contain_text("已停止", timeout=60_000)
    expect(button(watched, "开始")).to_be_enabled()


def test_the_recorded_race_is_drawn_at_once_and_fits_the_screen(visit) -> None:
    page = visit().open("/resnet?view=race")
    expect(page.locator(DRAWN)).to_have_count(16, timeout=60_000)
    expect(bar(page)).to_contain_text("Recorded")
    rule = page.locator(".st-key-lesson-rule").bounding_box()
    assert rule is not None
    assert rule["y"] + rule["height"] <= 800
