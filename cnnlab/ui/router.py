"""The script of every visitor and every rerun: menu, language, and the page asked for."""

from importlib import import_module

import streamlit as st

from cnnlab.message import InvalidInput
from cnnlab.ui import language, lesson, link, menu, share, style
from cnnlab.ui.language import t


def main() -> None:
    """Set up the page, draw the sidebar, run the page."""
    st.set_page_config(page_title="CNN Lab", layout="wide", initial_sidebar_state=250)
    language.settle()
    link.restore()
    style.apply(link.hidden())
    page = st.navigation(_pages())
    with st.sidebar:
        language.switch()
        if page.url_path:
            share.popover()
        if link.value("run") and page.url_path != "training":
            import_module("cnnlab.ui.training.elsewhere").note()
    try:
        page.run()
    except InvalidInput as error:
        lesson.problem(error)


def _pages() -> dict[str, list]:
    """The menu by section. Home is the default page; URL paths are the slugs."""
    sections: dict[str, list] = {}
    for entry in menu.pages():
        page = st.Page(
            entry.path,
            title=t(entry.title),
            url_path=None if entry is menu.HOME else entry.slug,
            default=entry is menu.HOME,
        )
        sections.setdefault(t(entry.section) if entry.section.text else "", []).append(page)
    return sections


main()
