"""Widgets whose value the URL says, and which keep it where they are not drawn.

Streamlit's own binding to the URL serves numbers on sliders, switches and text, as long as they
are drawn. Of a choice it writes the translated *label*, so that a link made in Chinese would mean
nothing in an English browser, and ``?seed=1e999`` in a number field ends the page: there the slug
or the number is written here, which costs an entry in the browser's history. And it forgets a
widget that is not drawn; here its value stays, so that what nobody has opened need not be made.

The value lives in the session under the widget's key while it is drawn, and among those kept
always; the URL seeds it on a visitor's first run and when they go back in the history. Whatever
the URL holds that cannot be read is ignored.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

Read = Callable[[Any], Any]  # what the session or the URL holds → the value, or None
_drawing = ContextVar("drawing", default=True)
_KEPT = "_choices"  # key → value, for this session, also of widgets that this page does not show


def among(options: Mapping[str, object]) -> Read:
    """Reads nothing but the slugs of these options."""
    return lambda found: found if found in options else None


def held(key: str, default: Any = None) -> Any:
    """What this session holds under `key`, whether or not it is drawn."""
    return st.session_state.get(key, _kept().get(key, default))


def peek(key: str, read: Read) -> Any:
    """The value of `key` so far: in this session, else by the link; None if neither."""
    found = held(key)
    if key not in _kept() or went_back():
        found = st.query_params.get(key, found)
    return read(found)


@contextmanager
def drawing(wanted: bool) -> Iterator[None]:
    """Inside, widgets are drawn only if ``wanted``; undrawn they keep their values all the same."""
    before = _drawing.set(wanted and _drawing.get())
    try:
        yield
    finally:
        _drawing.reset(before)


def box(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    on_change: Callable[[], None] | None = None,
    disabled: bool = False,
) -> str:
    """A select box over slug → label; returns the slug."""

    def draw() -> None:
        st.selectbox(
            label,
            list(options),
            format_func=options.__getitem__,
            key=key,
            on_change=on_change or "rerun",
            filter_mode=None,
            disabled=disabled,
        )

    return _widget(key, draw, among(options), _first(options, default))


def segments(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    bare: bool = False,
) -> str:
    """A row of buttons over slug → label, one of them down; returns the slug."""

    def draw() -> None:
        st.segmented_control(
            label,
            list(options),
            format_func=options.__getitem__,
            key=key,
            required=True,
            label_visibility="collapsed" if bare else "visible",
        )

    return _widget(key, draw, among(options), _first(options, default))


def number(key: str, label: str, least: int, most: int, *, default: int, read: Read) -> int:
    """A field for a whole number."""
    return _widget(key, lambda: st.number_input(label, least, most, step=1, key=key), read, default)


def numbered(key: str, label: str, names: Sequence[str], *, default: int, read: Read) -> int:
    """A select box over 1, 2, …, each with its name; a number beyond the last is the last."""

    def draw() -> None:
        st.selectbox(
            label,
            range(1, len(names) + 1),
            format_func=lambda n: names[n - 1],
            key=key,
            filter_mode=None,
        )

    def inside(found: Any) -> int | None:
        n = read(found)
        return None if n is None else min(n, len(names))

    return _widget(key, draw, inside, default)


def slider(
    key: str,
    label: str,
    least: int,
    most: int,
    step: int,
    *,
    default: int,
    read: Read,
    disabled: bool = False,
) -> int:
    """A slider over whole numbers."""

    def draw() -> None:
        st.slider(
            label, least, most, default, step, key=key, bind="query-params", disabled=disabled
        )

    return _widget(key, draw, read, default, bound=True)


def toggle(key: str, label: str, *, default: bool) -> bool:
    """A switch."""

    def draw() -> None:
        st.toggle(label, default, key=key, bind="query-params")

    return _widget(key, draw, _switch, default, bound=True)


def text(key: str, label: str, *, default: str, read: Read) -> str:
    """A line of text."""

    def draw() -> None:
        st.text_input(label, default, key=key, bind="query-params")

    return _widget(key, draw, read, default, bound=True)


def tabs(
    key: str, label: str, options: Mapping[str, str], *, default: str | None = None
) -> tuple[str, Any]:
    """Tabs over slug → label; returns the slug of the open one, and its container.

    They are a row of buttons that looks like tabs: Streamlit's own tabs keep every panel, and cost
    a browser as much time at each change of a slider as all the sliders of a lesson together.
    """
    with st.container(key=f"tabs-{key}"):
        opened = segments(key, label, options, default=default, bare=True)
    return opened, st.container()


def forget(*keys: str) -> None:
    """Let these open with their defaults again, or with what the link says."""
    for key in keys:
        st.session_state.pop(key, None)
        _kept().pop(key, None)


def _first(options: Mapping[str, str], default: str | None) -> str:
    return default if default in options else next(iter(options))


def _widget(
    key: str, draw: Callable[[], object], read: Read, default: Any, *, bound: bool = False
) -> Any:
    """The widget's value; the URL says it too (nothing, if it is the default).

    ``bound``: while it is drawn, Streamlit writes it there, without an entry in the history.
    """
    value = peek(key, read)
    if value is None or (went_back() and key not in st.query_params):
        value = default
    drawn = _drawing.get()
    if drawn:
        if st.session_state.get(key) != value:
            st.session_state[key] = value
        draw()
        found = read(st.session_state[key])
        value = default if found is None else found
    else:  # so that it is set, and the browser told, when it is drawn again
        st.session_state.pop(key, None)
    _kept()[key] = value
    if not (bound and drawn):
        _tell(key, None if value == default else value)
    return value


def _tell(key: str, value: Any) -> None:
    """Let the URL say a value; None: nothing."""
    said = str(value).lower() if isinstance(value, bool) else str(value)
    wanted = None if value is None else said
    if st.query_params.get(key) == wanted:
        return
    # Of a widget that the last run drew bound, and this one does not, the URL is still Streamlit's
    # to write: the next run tells it.
    with suppress(StreamlitAPIException):
        if wanted is None:
            del st.query_params[key]
        else:
            st.query_params[key] = wanted


def _switch(found: object) -> bool | None:
    """Whether a switch is on, as the session or a link says it."""
    return found if isinstance(found, bool) else {"true": True, "false": False}.get(str(found))


def _kept() -> dict[str, Any]:
    return st.session_state.setdefault(_KEPT, {})


def went_back() -> bool:
    """Whether this run shows an address from the browser's history."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)
