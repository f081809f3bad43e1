"""A visitor of one small page that a test writes itself."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture
def show() -> Callable[..., AppTest]:
    """Run a function as a page, with parameters in its URL, in a browser of a language."""

    def shown(page: Callable[[], None], *, locale: str = "en-US", **query: str) -> AppTest:
        visitor = AppTest.from_function(page, default_timeout=60)
        visitor.context["locale"] = locale
        for key, value in query.items():
            visitor.query_params[key] = value
        return visitor.run()

    return shown
