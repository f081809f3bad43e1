"""Nothing is left untranslated: sentences, the prose of every page, and the places in both."""

import re
from string import Formatter

import pytest

from cnnlab import lessons
from cnnlab.ui import menu

OTHERS = sorted(set(lessons.LANGUAGES) - {"en"})
# Here the sentence is somebody else's: it was collected where it was written.
HANDED_ON = (
    "cnnlab/message.py",
    "cnnlab/scenes/encode.py",
    "cnnlab/training/run_json.py",
    "cnnlab/ui/language.py",
)


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def has_words(message: str) -> bool:
    """Whether anything but places and signs is in it: "{height}×{width}" is the same everywhere."""
    return bool(re.search(r"[^\W\d_]", re.sub(r"\{\w*\}", "", message)))


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_is_translated(found, lang: str) -> None:
    known = lessons.catalogue(lang)
    missing = {text: place for text, place in found.where.items() if has_words(text)}
    assert {text: place for text, place in missing.items() if text not in known} == {}


@pytest.mark.parametrize("lang", OTHERS)
def test_no_translation_is_left_over(found, lang: str) -> None:
    assert set(lessons.catalogue(lang)) - set(found.where) == set()


@pytest.mark.parametrize("lang", OTHERS)
def test_a_translation_has_the_same_places(lang: str) -> None:
    catalogue = lessons.catalogue(lang)
    assert {k: v for k, v in catalogue.items() if fields(k) != fields(v)} == {}


def test_every_sentence_stands_in_sight(found) -> None:
    assert [place for place in found.hidden if not place.startswith(HANDED_ON)] == []


@pytest.mark.parametrize("page", menu.pages(), ids=lambda page: page.slug)
@pytest.mark.parametrize("lang", OTHERS)
def test_both_languages_have_the_same_prose(page: menu.Lesson, lang: str) -> None:
    english, other = lessons.sections("en", page.slug), lessons.sections(lang, page.slug)
    assert list(english) == list(other)
    assert "idea" in english
    assert "\n" not in english["idea"] + other["idea"], "the idea is one line"
    for name, body in english.items():
        assert body, f"section {name} is empty"
        assert lessons.places(body) == lessons.places(other[name]), f"section {name}"


@pytest.mark.parametrize("page", menu.pages(), ids=lambda page: page.slug)
def test_a_page_asks_only_for_sections_that_exist(page: menu.Lesson) -> None:
    asked = set(re.findall(r"\bprose\(\s*\"([^\"]+)\"", page.path.read_text("utf-8")))
    assert asked - set(lessons.sections("en", page.slug)) == set()


def test_every_lesson_file_belongs_to_a_page() -> None:
    known = {page.slug for page in (menu.HOME, menu.GLOSSARY, *menu.LESSONS)}
    for lang in lessons.LANGUAGES:
        assert {path.stem for path in (lessons.FOLDER / lang).glob("*.md")} <= known


def test_the_glossary_has_the_same_words_in_both_languages() -> None:
    tables = [
        [line.split("|")[1:3] for line in lessons.sections(lang, "glossary")["table"].splitlines()]
        for lang in lessons.LANGUAGES
    ]
    assert tables[0] == tables[1]
    assert all(len(row) == 2 for row in tables[0])


def test_the_glossary_holds_the_synonyms_of_the_texts() -> None:
    table = lessons.sections("zh", "glossary")["table"]
    words = (
        "卷积核 滤波器 过滤器 步长 步幅 填充 平均池化 均值池化 全连接 Affine 归一化 标准化 特征图"
    )
    for word in words.split():
        assert word in table
