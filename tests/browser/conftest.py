"""The real app on a free port and a real Chromium, watched for errors and for talk to others.

Every test that opens a page is held to two things besides its own: no error on the console, and
no request to another host.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
# A deep link makes Streamlit ask for these beside the page before it finds the server's root.
STREAMLITS_OWN = ("/_stcore/health", "/_stcore/host-config")
PATIENCE = 20_000  # ms: continuous integration has slow machines
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Visitor:
    """One browser window: its page, where the app is, and what went wrong so far."""

    page: Page
    server: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def open(self, path: str = "/") -> Page:
        """Go to a path of the app and wait until its page stands."""
        self.page.goto(self.server + path)
        self.page.wait_for_selector("h1")
        return self.settle()

    def settle(self) -> Page:
        """Wait until the server has nothing more to say."""
        self.page.wait_for_selector(IDLE)
        return self.page

    def query(self) -> str:
        """The query string in the address bar (Playwright's own `url` lags behind)."""
        return str(self.page.evaluate("location.search"))

    def _heard(self, message: ConsoleMessage) -> None:
        own = urlsplit(message.location.get("url", "")).path.endswith(STREAMLITS_OWN)
        if message.type == "error" and not (own and "404" in message.text):
            self.errors.append(message.text)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.strangers.append(url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"browser tests need one of {', '.join(NAMES)}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[str]:
    """The app, started once for all tests; its address."""
    with Started(tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path) -> Iterator[str]:
    """An app that nobody has visited yet; its address."""
    with Started(tmp_path / "log") as address:
        yield address


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Make a window: of a size, a language, a theme; with a `server` of one's own if wanted."""
    made: list[Visitor] = []

    def window(
        *,
        width: int = 1280,
        height: int = 800,
        locale: str = "en-US",
        dark: bool = False,
        server: str | None = None,
    ) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE)
        made.append(Visitor(context.new_page(), server or request.getfixturevalue("server")))
        return made[-1]

    yield window
    for visitor in made:
        visitor.page.context.close()
    assert [error for visitor in made for error in visitor.errors] == []
    assert [url for visitor in made for url in visitor.strangers] == []


class Started:
    """Run ``streamlit run app.py`` on a free port of this machine only, and end it."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def __enter__(self) -> str:
        port = free_port()
        self.output = self.log.open("wb")
        own = ["--server.port", str(port), "--server.address", "127.0.0.1"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *own],
            stdout=self.output,
            stderr=subprocess.STDOUT,
            cwd=self.log.parent,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            self.wait_for(address)
        except BaseException:
            self.__exit__()
            raise
        return address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()

    def wait_for(self, address: str) -> None:
        """Until the server says that it is well; a server that ends is an error with its words."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urlopen(f"{address}/_stcore/health", timeout=5):
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        pytest.fail(f"the app did not start:\n{self.log.read_text(errors='replace')[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
