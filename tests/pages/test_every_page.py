"""Every page of the menu, in both languages, and whatever somebody may write into its URL."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.lessons import LANGUAGES
from cnnlab.ui import menu
from cnnlab.ui.controls import CHOICES, SWITCHES, TEXTS, WHOLES

KEYS = ("lang", "view", "about", "hide", "run", "step", *WHOLES, *CHOICES, *SWITCHES, *TEXTS)
BARS = ("view", "about")  # the keys of the two rows of tabs
MOST_TABS = 8  # in a row: places beyond its last begin again with its first
HOSTILE = {
    "garbage": "%%zz;;&=?",
    "empty": "",
    "huge": "9" * 400,
    "negative": "-1",
    "far below": "-99999999999999999999",
    "fraction": "2.5",
    "not a number": "nan",
    "infinite": "-inf",
    "exponent": "1e309",
    "Unicode": "卷积核\u202e\u0000🙂١٢",
    "long": "1,2;" * 5000,
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "template": "{value.__class__} [[n]] $x$ %s",
    "path": "../../../../etc/passwd",
}

every_page = pytest.mark.parametrize("page", menu.pages(), ids=lambda page: page.slug)


def fine(visitor: AppTest) -> bool:
    """Whether the page came out: with a title, and without an exception."""
    return not visitor.exception and bool(visitor.title)


@every_page
@pytest.mark.parametrize("lang", LANGUAGES)
def test_opens(visit, page: menu.Lesson, lang: str) -> None:
    assert fine(visit(page.slug, lang=lang))


@every_page
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_url_falls_back(visit, page: menu.Lesson, value: str) -> None:
    assert fine(visit(page.slug, **dict.fromkeys(KEYS, value)))


@every_page
@pytest.mark.parametrize("end", ["least", "most"])
def test_the_ends_of_all_ranges_are_accepted(visit, page: menu.Lesson, end: str) -> None:
    assert fine(visit(page.slug, **{key: str(getattr(WHOLES[key], end)) for key in WHOLES}))


@every_page
def test_every_tab_opens(visit, open_tab, page: menu.Lesson) -> None:
    visitor = visit(page.slug)
    for bar in (key for key in BARS if key in visitor.session_state):
        opened = set()
        for place in range(MOST_TABS):
            assert fine(open_tab(visitor, bar, place).run()), (bar, place)
            opened.add(visitor.session_state[bar])
        row = next(one for one in visitor.get("button_group") if one.key == bar)
        assert len(opened) == len(row.proto.options)


def test_one_visitor_walks_through_all_pages_from_extreme_values(visit) -> None:
    ends = {key: str(spec.most) for key, spec in WHOLES.items()}
    visitor = visit(menu.pages()[1].slug, **ends)
    for page in (*menu.pages(), *reversed(menu.pages())):
        visitor.switch_page(str(page.path)).run()
        assert fine(visitor), page.slug


def test_opening_a_page_does_not_load_pytorch() -> None:
    visit_all = f"""
import sys
from streamlit.testing.v1 import AppTest
from cnnlab.ui import menu
visitor = AppTest.from_file({str(menu.PAGES.parent / "cnnlab/ui/router.py")!r}, default_timeout=60)
visitor.run()
for page in menu.pages():
    visitor.switch_page(str(page.path)).run()
    assert not visitor.exception
print(sorted({{"torch", "scipy"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", visit_all],
        capture_output=True,
        text=True,
        check=True,
        cwd=menu.PAGES.parent,
    )
    assert done.stdout.strip() == "[]"
