"""What a watching browser costs a training, and how long the fast lanes take from the click.

    python benchmarks/watched.py [--rounds 3]

Needs Chromium and the packages of the tests. The app runs on this machine. In each round one run
of the fast lane is watched to its end, and one is left alone as soon as it has begun: the window
goes to an empty page. Both tell their images per second; the medians are compared. PyTorch is
loaded by a short run before.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from stage import BROWSERS, QUIET, ROOT, Server

SPEED = re.compile(r"([\d,]+) images/s")
ACCURACY = re.compile(r"([\d.]+) % of the test")
PATIENCE = 300.0  # seconds
ALONE = 30.0  # seconds after which a run that nobody watched is looked at: within its lease


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        os.environ["CNNLAB_RUNS_DIR"] = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the launcher does
        address = stack.enter_context(Server(ROOT / "app.py"))
        playwright = stack.enter_context(sync_playwright())
        found = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        start(page, f"{address}/training?images=1000&validation=1000")
        ended(page)
        speeds: dict[str, list[float]] = {"watched": [], "alone": []}
        for turn in range(rounds):
            lane = f"{address}/training?seed={turn}"
            start(page, lane)
            speeds["watched"].append(number(SPEED, ended(page)))
            start(page, lane)
            speeds["alone"].append(number(SPEED, left_alone(page)))
        share = median(speeds["watched"]) / median(speeds["alone"])
        print(f"watched {median(speeds['watched']):,.0f} images/s, ", end="")
        print(f"alone {median(speeds['alone']):,.0f}: {share:.2f} of the speed")
        for recipe in ("faster", "fast", "best"):
            lanes(page, f"{address}/training?recipe={recipe}", recipe, rounds)
        browser.close()


def lanes(page: Page, url: str, recipe: str, rounds: int) -> None:
    seconds, accuracies = [], []
    for seed in range(rounds):
        began = start(page, f"{url}&seed={seed}")
        accuracies.append(number(ACCURACY, ended(page)))
        seconds.append(time.monotonic() - began)
    print(f"{recipe}: {median(seconds):.1f} s from the click to the test's ", end="")
    print(f"{median(accuracies):.2f} % (least {min(accuracies):.2f} %)", flush=True)


def start(page: Page, url: str) -> float:
    """Click, and wait until the run has begun; the time of the click."""
    page.goto(url)
    page.wait_for_selector(".st-key-chart-live-curves .js-plotly-plot")
    page.wait_for_timeout(1500)
    began = time.monotonic()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    return began


def ended(page: Page) -> str:
    """What the bar says when the run is done."""
    bar = page.locator(".st-key-run-bar")
    bar.get_by_text("Done").wait_for(timeout=1000 * PATIENCE)
    return bar.inner_text()


def left_alone(page: Page) -> str:
    page.locator(".st-key-run-bar").get_by_text("Step").wait_for()
    url = page.url.split("?")[0] + str(page.evaluate("location.search"))
    page.goto("about:blank")
    time.sleep(ALONE)
    page.goto(url)
    return ended(page)


def number(pattern: re.Pattern[str], text: str) -> float:
    found = pattern.search(text)
    if found is None:
        sys.exit(f"the page says: {text}")
    return float(found[1].replace(",", ""))


if __name__ == "__main__":
    main()
