"""Choices (select boxes, tabs, the language) whose URL value is a slug, not a translated label.

Streamlit's own binding puts the *label* of a choice into the URL, so a link made in Chinese would
mean nothing in an English browser. Here the slug goes there. The value lives in the session under
the widget's key; the URL seeds it on a visitor's first run and when they go back in the history,
and is brought up to date after each run. Whatever the URL holds that is not a slug is ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEPT = "_choices"  # key → slug, for this session, also of choices that this page does not show


def peek(key: str, options: Mapping[str, object]) -> str | None:
    """The slug chosen for `key` so far: in this session, else by the link; None if neither."""
    chosen = st.session_state.get(key, _kept().get(key))
    if key not in _kept() or _went_back():
        chosen = st.query_params.get(key, chosen)
    return chosen if chosen in options else None


def box(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> str:
    """A select box over slug → label; returns the slug."""
    default = _seed(key, options, default)
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
    default = _seed(key, options, default)
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed" if bare else "visible",
    )
    return _settle(key, default)


def tabs(key: str, options: Mapping[str, str], *, default: str | None = None) -> tuple[str, Any]:
    """Tabs over slug → label; returns the slug of the open one, and its container.

    The widget's own key holds the label (all that Streamlit's tabs know) and names the language
    in it, since another set of labels is another widget.
    """
    default = _seed(key, options, default)
    widget = f"{key}:{'|'.join(options.values())}"
    slugs = {label: slug for slug, label in options.items()}
    st.session_state.setdefault(widget, options[st.session_state[key]])
    if _went_back():
        st.session_state[widget] = options[st.session_state[key]]
    containers = st.tabs(list(options.values()), key=widget, on_change="rerun")
    st.session_state[key] = slugs.get(st.session_state[widget], default)
    opened = _settle(key, default)
    return opened, containers[list(options).index(opened)]


def _seed(key: str, options: Mapping[str, str], default: str | None) -> str:
    """Put a valid slug under `key` before the widget is made; returns the default."""
    default = default if default in options else next(iter(options))
    if (chosen := peek(key, options)) is None or (_went_back() and key not in st.query_params):
        chosen = default
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    return default


def _settle(key: str, default: str) -> str:
    """Remember the slug, and let the URL say it (nothing, if it is the default)."""
    chosen = st.session_state[key]
    _kept()[key] = chosen
    wanted = None if chosen == default else chosen
    if st.query_params.get(key) != wanted:
        if wanted is None:
            del st.query_params[key]
        else:
            st.query_params[key] = wanted
    return str(chosen)


def _kept() -> dict[str, str]:
    return st.session_state.setdefault(_KEPT, {})


def _went_back() -> bool:
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)
