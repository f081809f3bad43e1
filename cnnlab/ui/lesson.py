"""The frame of a lesson page: title and idea, controls in one row, views, the rule, closing tabs.

A page calls, in this order::

    lesson.header("convolution")
    source, stride, padding, more = lesson.controls(3)
    with source: ...
    lesson.views({"steps": (Message("Step by step"), show_steps), ...})
    lesson.rule(t("..."))
    lesson.closing(predict=..., check=..., code=...)
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from cnnlab.lessons import text
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import choice, language, menu
from cnnlab.ui.controls import visit
from cnnlab.ui.language import t

Show = Callable[[], None]
MORE = "lesson-more"
_OPENED = "_opened"  # the page whose "More" has been opened
_SLUG = "_lesson"  # the page that is being written, so that `prose` need not be told


def header(slug: str, *, title: str | None = None, action: Show | None = None) -> None:
    """The page's title and, beside it, its idea in one line (section ``idea`` of its prose).

    ``action`` draws what stands at the end of that line.
    """
    st.session_state[_SLUG] = slug
    visit(slug)
    with st.container(key="lesson-header", horizontal=True, vertical_alignment="bottom"):
        st.title(title or t(menu.page(slug).title), anchor=False, width="content")
        st.markdown(prose("idea"))
        if action:
            action()


def prose(section: str, **values: object) -> str:
    """A section of this lesson's Markdown in the visitor's language, its places filled."""
    return text(language.current(), st.session_state[_SLUG], section, **values)


def controls(count: int) -> list[AbstractContextManager]:
    """One row of ``count`` columns (at most five) and, last in the list, the "More" popover.

    What stands under "More" is made when that is first opened, and stays until the page is left.
    """
    if not 1 <= count <= 5:
        raise ValueError(f"a row holds 1 to 5 controls, not {count}: the rest goes under More")
    with st.container(key="lesson-controls"):
        *columns, last = st.columns(
            [4, *[3] * (count - 1), 2], vertical_alignment="bottom", gap="small"
        )
        popover = last.popover(t("More"), width="stretch", key=MORE, on_change="rerun")
        return [*columns, _more(popover)]


@contextmanager
def _more(popover: PopoverContainer) -> Iterator[None]:
    page = st.session_state[_SLUG]
    if popover.open:
        st.session_state[_OPENED] = page
    with popover, choice.drawing(st.session_state.get(_OPENED) == page):
        yield


def views(views: Mapping[str, tuple[Message, Show]]) -> str:
    """Tabs above the stage; only the open one is computed. Returns its slug (URL key ``view``)."""
    labels = {slug: t(label) for slug, (label, _) in views.items()}
    with st.container(key="lesson-views"):
        opened, place = choice.tabs("view", t("View"), labels)
    with place, guard():
        views[opened][1]()
    return opened


def line(*sections: str, **values: object) -> None:
    """What a view shows, in one line above its stage: one section of the prose, or several."""
    with st.container(key=f"line-{sections[0]}"):
        between = "" if language.current() == "zh" else " "
        st.markdown(between.join(prose(section, **values) for section in sections))


def rule(sentence: str) -> None:
    """The rule with this setting's numbers, in one line of Markdown."""
    with st.container(key="lesson-rule"):
        st.markdown(sentence)


def closing(
    more: Mapping[str, tuple[Message, Show]] | None = None,
    *,
    predict: Show | None = None,
    check: Show | None = None,
    code: Show | None = None,
) -> None:
    """The tabs below the stage, a lesson's own first; only the open one is computed."""
    shown = {
        **{slug: (t(label), show) for slug, (label, show) in (more or {}).items()},
        "predict": (t("Predict, then reveal"), predict),
        "check": (t("Check it"), check),
        "code": (t("Code"), code),
    }
    present = {slug: (label, show) for slug, (label, show) in shown.items() if show}
    if not present:
        return
    with st.container(key="lesson-closing"):
        opened, place = choice.tabs(
            "about", t("About it"), {slug: label for slug, (label, _) in present.items()}
        )
    with place, guard():
        present[opened][1]()


def problem(error: InvalidInput, instead: Message | None = None) -> None:
    """What cannot be done and why, as a sentence where the result would have been.

    ``instead`` says what is shown in its place, in the same box.
    Words of the visitor, or of a link, stand in it as they are: they are no Markdown of ours.
    """
    fields = {name: plain(value) for name, value in error.message.fields.items()}
    said = [t(error.message, **fields)] + ([t(instead)] if instead else [])
    st.info(("" if language.current() == "zh" else " ").join(map(sentence, said)))


def sentence(words: str) -> str:
    """A message as a sentence: a capital first, a full stop last; in Chinese its own stop."""
    if language.current() == "zh":
        return words.removesuffix("。") + "。"
    return words[:1].upper() + words[1:].removesuffix(".") + "."


def plain(value: object) -> object:
    """Words as Markdown that shows them: an image or a formula in them is not followed."""
    return re.sub(r"([\\`*_\[\]<>$~:#!&|])", r"\\\1", value) if isinstance(value, str) else value


@contextmanager
def guard():
    """Whatever is asked for inside and cannot be done becomes a sentence in place."""
    try:
        yield
    except InvalidInput as error:
        problem(error)
