"""How soon a moved slider is a new picture, how smoothly the stage plays, and what it sends.

    python benchmarks/stage.py [--rounds 30]

Needs Chromium and the packages of the tests. Two servers run on this machine, with the settings
of .streamlit/config.toml: the app with a 28×28 digit under a 3×3 kernel, and an otherwise empty
page with one slider and one line of text. In each round both sliders are moved once, one after the
other; the time is that from the key press to the frame in which the new content is drawn. The
medians over the rounds are compared, so that a busy machine weighs on both.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
EMPTY = """
import streamlit as st
st.markdown(f"value {st.slider('number', 1, 4, 1)}", unsafe_allow_html=False)
"""
# The key press starts the clock; the second frame after the change is the one that shows it.
WATCH = """
(watched) => {
  const find = () => [...document.querySelectorAll("*")]
    .map((e) => (e.shadowRoot ?? e).querySelector?.(watched)).find(Boolean);
  const target = find();
  window.took = null;
  document.addEventListener("keydown", () => { window.began = performance.now(); },
    { once: true, capture: true });
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.took = performance.now() - window.began;
    }));
  });
  seen.observe(target, { attributes: true, attributeFilter: ["data-steps"],
    characterData: true, subtree: true, childList: true });
}
"""
FRAMES = """
() => new Promise((done) => {
  let frames = 0;
  const began = performance.now();
  const count = () => {
    frames += 1;
    if (performance.now() - began < 4000) requestAnimationFrame(count);
    else done((1000 * frames) / (performance.now() - began));
  };
  requestAnimationFrame(count);
})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="how often each slider is moved")
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "empty.py").write_text(EMPTY, encoding="utf-8")
        ours = stack.enter_context(Server(ROOT / "app.py"))
        theirs = stack.enter_context(Server(folder / "empty.py"))
        playwright = stack.enter_context(sync_playwright())
        found = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        measure(browser, ours, theirs, rounds)
        browser.close()


def measure(browser, ours: str, theirs: str, rounds: int) -> None:
    sent: list[int] = []
    stage = browser.new_page(viewport={"width": 1280, "height": 800})
    stage.on("websocket", lambda socket: socket.on("framereceived", lambda f: sent.append(len(f))))
    stage.goto(f"{ours}/convolution?input=digit")
    stage.wait_for_selector('[data-testid="stage"]')
    empty = browser.new_page(viewport={"width": 1280, "height": 800})
    empty.goto(theirs)
    empty.get_by_text("value 1").wait_for()
    for page in (stage, empty):
        page.wait_for_timeout(2000)
    times: dict[str, list[float]] = {"stage": [], "empty": []}
    amounts = []
    for turn in range(rounds):
        key = "ArrowRight" if turn // 3 % 2 == 0 else "ArrowLeft"
        sent.clear()
        times["stage"].append(moved(stage, "Stride", key, '[data-testid="stage"]'))
        stage.wait_for_timeout(150)
        amounts.append(sum(sent))
        times["empty"].append(moved(empty, "number", key, '[data-testid="stMarkdown"]'))
    stage.bring_to_front()
    stage.get_by_label("Play", exact=True).click()
    report({name: median(values) for name, values in times.items()}, median(amounts), stage)


def report(times: dict[str, float], amount: float, stage: Page) -> None:
    print("| what | figure |\n|---|---|")
    print(f"| slider to picture, digit under 3×3, median | {times['stage']:.0f} ms |")
    print(f"| the same on an empty Streamlit page | {times['empty']:.0f} ms |")
    print(f"| ratio | {times['stage'] / times['empty']:.1f} |")
    print(f"| sent to the browser for it, median | {amount / 1000:.1f} KB |")
    print(f"| frames a second while playing | {stage.evaluate(FRAMES):.0f} |")


def moved(page: Page, slider: str, key: str, watched: str) -> float:
    """Milliseconds from the key press to the frame that shows what it changed."""
    page.bring_to_front()
    page.wait_for_timeout(500)  # a page that comes to the front is painted anew: not our subject
    page.get_by_role("slider", name=slider).focus()
    page.evaluate(WATCH, watched)
    page.keyboard.press(key)
    page.wait_for_function("window.took !== null")
    return float(page.evaluate("window.took"))


class Server:
    """``streamlit run`` of a script on a free port of this machine only, ended at the end."""

    def __init__(self, script: Path) -> None:
        self.script = script

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own = ["--server.port", str(port), "--server.address", "127.0.0.1"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(self.script), *own],
            cwd=ROOT,  # where .streamlit/config.toml is found
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                with urlopen(f"{address}/_stcore/health", timeout=5):
                    return address
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


if __name__ == "__main__":
    main()
