"""The words of the lessons: translated sentences, and the prose of each page.

Sentences are written in English in the code; `translate` finds their translation in
``<lang>/messages.po``. Prose is Markdown, one file a lesson and language, cut into sections by
``## name`` lines; `text` fills its ``[[name]]`` places. Nothing of this knows streamlit.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "简体中文"}
FOLDER = Path(__file__).parent

_PLACE = re.compile(r"\[\[(\w+)\]\]")
_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """English message → its translation; empty for English itself."""
    path = FOLDER / lang / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        entries = read_po(file, locale=lang)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}


def translate(lang: str, message: str, **fields: object) -> str:
    """The message in that language, its ``{name}`` places filled.

    A message that has no translation is said in English (a test sees to it that all have one).

    >>> translate("en", "a {k}×{k} kernel", k=3)
    'a 3×3 kernel'
    """
    return template(lang, message).format(**fields)


def template(lang: str, message: str) -> str:
    """A message in a language, its ``{name}`` places left open for somebody else to fill.

    >>> template("en", "cell {cell} of {cells}")
    'cell {cell} of {cells}'
    """
    return catalogue(lang).get(message, message)


@cache
def sections(lang: str, slug: str) -> Mapping[str, str]:
    """The sections of a lesson's Markdown file by name, in order.

    A missing file raises `FileNotFoundError`.
    """
    whole = (FOLDER / lang / f"{slug}.md").read_text(encoding="utf-8")
    _, *pieces = _HEADING.split(whole)
    return {name: body.strip() for name, body in zip(pieces[::2], pieces[1::2], strict=True)}


def places(markdown: str) -> frozenset[str]:
    """The names of the ``[[name]]`` places in a piece of Markdown.

    >>> sorted(places("[[k]] taps, $W_{[[k]]}$ and [[n]]"))
    ['k', 'n']
    """
    return frozenset(_PLACE.findall(markdown))


def fill(markdown: str, values: Mapping[str, object]) -> str:
    r"""The Markdown with each ``[[name]]`` replaced; braces and dollars of LaTeX are left alone.

    >>> fill(r"$\frac{[[n]] - k}{s}$", {"n": 5})
    '$\\frac{5 - k}{s}$'

    A place without a value raises `KeyError`: a page must not show a hole.
    """
    return _PLACE.sub(lambda place: str(values[place[1]]), markdown)


def text(lang: str, slug: str, section: str, **values: object) -> str:
    """One section of a lesson's prose, as Markdown, in that language, its places filled.

    A section that the file lacks raises `KeyError`.
    """
    return fill(sections(lang, slug)[section], values)
