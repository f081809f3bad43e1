"""Which language this visitor reads, and the short form `t` of translating into it."""

from contextvars import ContextVar

import streamlit as st

from cnnlab.lessons import LANGUAGES, translate
from cnnlab.message import Message
from cnnlab.ui import choice

_spoken = choice.among(LANGUAGES)
# Of this run of the script, so that a page of a hundred sentences asks the session once.
_now: ContextVar[str | None] = ContextVar("language", default=None)


def settle() -> None:
    """Find out the language of this run: of the switch, else the link, else the browser."""
    _now.set(choice.peek("lang", _spoken) or of_browser())


def current() -> str:
    """The visitor's language."""
    if _now.get() is None:  # not called by the router: a fragment on its own, a test
        settle()
    return _now.get() or "en"


def of_browser() -> str:
    """The language that the browser asks for, if the lessons speak it; else English."""
    wanted = (st.context.locale or "en").split("-")[0].lower()
    return wanted if wanted in LANGUAGES else "en"


def t(message: str | Message, **fields: object) -> str:
    """A message in the visitor's language; fields that are messages are translated too."""
    if isinstance(message, Message):
        message, fields = message.text, {**message.fields, **fields}
    return translate(current(), message, **{name: _said(value) for name, value in fields.items()})


def switch() -> None:
    """The language switch: English · 简体中文."""
    choice.segments("lang", t("Language"), LANGUAGES, default=of_browser(), bare=True)


def _said(value: object) -> object:
    return t(value) if isinstance(value, Message) else value
