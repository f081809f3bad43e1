"""Which language this visitor reads, and the short form `t` of translating into it."""

import streamlit as st

from cnnlab.lessons import LANGUAGES, translate
from cnnlab.message import Message
from cnnlab.ui import choice

_spoken = choice.among(LANGUAGES)


def current() -> str:
    """The visitor's language: of the switch, else the link, else the browser; else English."""
    chosen = choice.peek("lang", _spoken)
    return chosen or of_browser()


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
