"""Widgets that Streamlit's own binding to the URL does not serve: choices, tabs, number fields.

Its binding puts the translated *label* of a choice into the URL, so a link made in Chinese would
mean nothing in an English browser; here the slug goes there. And it lets ``?seed=1e999`` end the
page. The value lives in the session under the widget's key; the URL seeds it on a visitor's first
run and when they go back in the history, and is brought up to date in each run. Whatever the URL
holds that cannot be read is ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Read = Callable[[Any], Any]  # what the session or the URL holds → the value, or None
_KEPT = "_choices"  # key → value, for this session, also of widgets that this page does not show


def among(options: Mapping[str, object]) -> Read:
    """Reads nothing but the slugs of these options."""
    return lambda held: held if held in options else None


def peek(key: str, read: Read) -> Any:
    """The value of `key` so far: in this session, else by the link; None if neither."""
    held = st.session_state.get(key, _kept().get(key))
    if key not in _kept() or went_back():
        held = st.query_params.get(key, held)
    return read(held)


def box(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> str:
    """A select box over slug → label; returns the slug."""
    default = _seed(key, among(options), _first(options, default))
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=on_change or "rerun",
        filter_mode=None,
    )
    return _settle(key, default)


def segments(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    bare: bool = False,
) -> str:
    """A row of buttons over slug → label, one of them down; returns the slug."""
    default = _seed(key, among(options), _first(options, default))
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed" if bare else "visible",
    )
    return _settle(key, default)


def number(key: str, label: str, least: int, most: int, *, default: int, read: Read) -> int:
    """A field for a whole number."""
    default = _seed(key, read, default)
    st.number_input(label, least, most, step=1, key=key)
    return _settle(key, default)


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


def _seed(key: str, read: Read, default: Any) -> Any:
    """Put a valid value under `key` before the widget is made; returns the default."""
    value = peek(key, read)
    if value is None or (went_back() and key not in st.query_params):
        value = default
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return default


def _settle(key: str, default: Any) -> Any:
    """Remember the value, and let the URL say it (nothing, if it is the default)."""
    value = st.session_state[key]
    _kept()[key] = value
    wanted = None if value == default else str(value)
    if st.query_params.get(key) != wanted:
        if wanted is None:
            del st.query_params[key]
        else:
            st.query_params[key] = wanted
    return value


def _kept() -> dict[str, Any]:
    return st.session_state.setdefault(_KEPT, {})


def went_back() -> bool:
    """Whether this run shows an address from the browser's history."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)
