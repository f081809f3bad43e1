"""The training lesson in a browser: live, in two tabs, watched, left and found again."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlab.ui.training import owner

SHORT = "/training?network=dense&images=1000&validation=1000&batch=100"
LONG = (
    "/training?network=dense&epochs=50.0&batch=32"  # more steps than any of these tests waits for
)
STEPS = re.compile(r"[Ss]tep ([\d,]+) of")


def bar(page: Page) -> Locator:
    return page.locator(".st-key-run-bar")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def step(page: Page) -> int:
    found = STEPS.search(bar(page).inner_text())
    return int(found[1].replace(",", "")) if found else 0


def goes_on(page: Page) -> None:
    """Wait until more steps are done than now."""
    before = step(page)
    for _ in range(100):
        page.wait_for_timeout(200)
        if step(page) > before:
            return
    pytest.fail(f"still at step {before}: {bar(page).inner_text()}")


def started(visitor, path: str = LONG) -> Page:
    page = visitor.open(path)
    press(page, "Start")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(bar(page)).to_contain_text(re.compile("[Ss]tep"), timeout=60_000)
    return page


@pytest.fixture
def stopped(visit):
    """A window whose run is stopped in the end."""
    made = []

    def window(**options):
        made.append(visit(**options))
        return made[-1]

    yield window
    for visitor in made:
        stop = visitor.page.get_by_role("button", name="Stop", exact=True)
        if stop.count():
            stop.click()
            expect(bar(visitor.page)).to_contain_text("Stopped", timeout=60_000)


def test_a_run_ends_with_the_test_digits(visit) -> None:
    page = started(visit(), SHORT)
    expect(bar(page)).to_contain_text("Done", timeout=60_000)
    expect(bar(page)).to_contain_text("of the test digits right")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_charts_follow_the_run_in_place(stopped) -> None:
    page = started(stopped())
    chart = page.locator(".st-key-chart-live-curves .js-plotly-plot")
    expect(chart).to_be_visible()
    chart.evaluate("(chart) => { chart.marked = true; }")
    goes_on(page)
    page.wait_for_function(
        "() => document.querySelector('.st-key-chart-live-curves .js-plotly-plot').data.length > 0"
    )
    drawn = page.locator(".st-key-chart-live-curves .js-plotly-plot path.js-line")
    expect(drawn.first).to_be_attached()
    before, place = drawn.first.get_attribute("d"), chart.bounding_box()
    goes_on(page)
    goes_on(page)
    assert drawn.first.get_attribute("d") != before, "the curve stands still"
    assert chart.evaluate("(chart) => chart.marked"), "the chart was made anew"
    assert chart.bounding_box() == place, "the chart has moved"


def test_pause_one_step_go_on_and_another_rate(stopped) -> None:
    page = started(stopped())
    goes_on(page)
    press(page, "Pause")
    expect(bar(page)).to_contain_text("Paused at step")
    page.wait_for_timeout(2500)
    before = step(page)
    press(page, "One step")
    expect(bar(page)).to_contain_text(f"Paused at step {before + 1:,} ")
    page.locator(".st-key-rate-now").get_by_role("combobox").click()
    page.get_by_role("option", name="η ≤ 0.0003", exact=True).click()
    press(page, "Go on")
    goes_on(page)
    expect(page.locator(".st-key-rate-now").get_by_role("combobox")).to_have_value("η ≤ 0.0003")


def test_a_reload_finds_the_run_and_keeps_control(stopped) -> None:
    visitor = stopped()
    page = started(visitor)
    page.reload()
    page.wait_for_selector("h1")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    goes_on(page)


def test_the_cookie_ends_with_the_browser(visit) -> None:
    page = visit().open("/training")
    page.wait_for_function("name => document.cookie.includes(name)", arg=owner.COOKIE)
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}[owner.COOKIE]
    assert (kept["expires"], kept["sameSite"], kept["secure"]) == (-1, "Strict", False)


@pytest.mark.parametrize(("protocol", "secure"), [("https:", True), ("http:", False)])
def test_the_cookie_is_kept_off_plain_http_where_there_is_https(visit, protocol, secure) -> None:
    program = owner._JS.replace("export default", "return")
    said = visit().page.evaluate(
        """([program, protocol, data]) => {
          const document = { cookie: "" };
          const make = new Function("document", "location", "setTimeout", program);
          make(document, { protocol }, () => 0)({ data, setTriggerValue() {} });
          return document.cookie;
        }""",
        [program, protocol, {"name": owner.COOKIE, "token": "c" * 43}],
    )
    assert said.startswith(f"{owner.COOKIE}={'c' * 43};")
    assert ("Secure" in said) == secure


def test_who_has_the_link_watches_and_cannot_control(stopped, visit) -> None:
    page = started(stopped())
    watcher = visit()
    seen = watcher.open("/training" + page.evaluate("location.search"))
    expect(bar(seen)).to_contain_text(STEPS)
    goes_on(seen)
    expect(seen.get_by_text("somebody else controls")).to_be_visible()
    for name in ("Stop", "Pause"):
        assert not seen.get_by_role("button", name=name, exact=True).count()


def test_two_tabs_train_at_once(stopped) -> None:
    first = started(stopped())
    other = stopped()
    other.page.context.add_cookies(first.context.cookies())  # the same browser
    second = started(other)
    assert first.evaluate("location.search") != second.evaluate("location.search")
    goes_on(first)
    goes_on(second)


def test_the_run_goes_on_while_another_lesson_is_read(stopped) -> None:
    page = started(stopped())
    page.get_by_role("link", name="Pooling", exact=True).click()
    note = page.locator(".st-key-run-elsewhere")
    expect(note).to_contain_text(STEPS)
    note.get_by_role("link", name="Training goes on").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    goes_on(page)


def test_the_time_machine_looks_back_beside_the_run(stopped) -> None:
    page = started(stopped())
    goes_on(page)
    page.get_by_text("Time machine", exact=True).click()
    slider = page.locator(".stMain").get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    shown = page.get_by_test_id("stSliderThumbValue")
    expect(shown).to_have_text("after step 0")
    goes_on(page)
    expect(shown).to_have_text("after step 0")
