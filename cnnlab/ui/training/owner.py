"""Who this browser is: a random secret that says which runs are its own to control.

It is kept in a cookie of this site until the browser is closed, so that a reload of the page, or
another tab, is the same owner, and whoever next sits at the machine is not. It never stands in a
link: who has only the link may watch.
"""

import re
import secrets

import streamlit as st

COOKIE = "cnnlab_owner"
_KEY = "_owner"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # as `secrets.token_urlsafe(32)` makes them
# Two tabs that are opened at once have a secret each, and may both find no cookie: the one that
# is in it a moment later counts for both.
_JS = """
export default function ({ data, setTriggerValue }) {
  const kept = () => {
    const found = document.cookie.split("; ").find((one) => one.startsWith(data.name + "="));
    const token = found ? found.slice(data.name.length + 1) : "";
    return /^[A-Za-z0-9_-]{43}$/.test(token) ? token : null;
  };
  const agree = () => {
    const token = kept();
    if (token && token !== data.token) setTriggerValue("token", token);
  };
  if (!kept()) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${data.name}=${data.token}; SameSite=Strict; path=/${secure}`;
  }
  agree();
  const later = setTimeout(agree, 1000);
  return () => clearTimeout(later);
}
"""
_cookie = st.components.v2.component("cnnlab_owner", js=_JS)


def current() -> str:
    """The secret of this visitor's browser; made at the first visit."""
    if _KEY not in st.session_state:
        given = st.context.cookies.get(COOKIE)
        st.session_state[_KEY] = given if is_token(given) else secrets.token_urlsafe(32)
    return st.session_state[_KEY]


def remember() -> None:
    """Have the browser keep the secret, where it does not yet; draws nothing that is seen."""
    if st.context.cookies.get(COOKIE) == current():
        return

    def told() -> None:
        token = st.session_state["owner-cookie"]["token"]
        if is_token(token):
            st.session_state[_KEY] = token

    with st.container(key="program-owner"):
        _cookie(
            key="owner-cookie",
            data={"name": COOKIE, "token": current()},
            on_token_change=told,
        )


def is_token(value: object) -> bool:
    """Whether this can be a secret made here; a cookie may hold anything.

    >>> is_token("a" * 43), is_token("a" * 42), is_token(None)
    (True, False, False)
    """
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None
