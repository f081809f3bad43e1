"""A visitor without a browser: AppTest on the router, as the server runs it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.ui import menu

ROUTER = menu.PAGES.parent / "cnnlab" / "ui" / "router.py"
Visit = Callable[..., AppTest]


@pytest.fixture
def visit() -> Visit:
    """Open a page by its slug, in a language of the browser, with parameters in the URL."""

    def opened(slug: str, *, locale: str = "en-US", **query: str) -> AppTest:
        visitor = AppTest.from_file(ROUTER, default_timeout=60)
        visitor.context["locale"] = locale
        visitor.run()
        if slug != menu.HOME.slug:
            visitor.switch_page(str(menu.page(slug).path))
        for key, value in query.items():
            visitor.query_params[key] = value
        return visitor.run()

    return opened
