"""Reading the words: translation, sections, places, and what must not be touched by either."""

from pathlib import Path

import pytest

from cnnlab import lessons


def test_an_untranslated_message_is_said_in_english() -> None:
    assert lessons.translate("zh", "never written down: {n}", n=3) == "never written down: 3"


def test_a_translation_is_filled_like_its_original() -> None:
    message = "{name} must be at least {least}, but is {value}"
    assert lessons.translate("zh", message, name="stride", least=1, value=0) == (
        "stride 至少为 1，现在是 0"
    )


def test_what_a_visitor_typed_is_not_read_as_places() -> None:
    assert lessons.translate("en", "there is no {name}", name="{x.__class__}") == (
        "there is no {x.__class__}"
    )


def test_latex_goes_through_untouched() -> None:
    formula = (
        r"$$\left\lfloor \frac{[[n]] + 2\cdot[[p]] - k}{s} \right\rfloor + 1 \; \{ $x$ %s \}$$"
    )
    filled = lessons.fill(formula, {"n": 5, "p": 1})
    assert filled == formula.replace("[[n]]", "5").replace("[[p]]", "1")


def test_a_place_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="k"):
        lessons.fill("a [[k]] kernel", {"n": 1})


def test_a_section_ends_where_the_next_begins(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "en").mkdir()
    text = "ignored\n\n## idea\n\nOne line.\n\n## step two words\n\n### inside\nmore\n"
    (tmp_path / "en" / "try.md").write_text(text, "utf-8")
    monkeypatch.setattr(lessons, "FOLDER", tmp_path)
    assert lessons.sections("en", "try") == {
        "idea": "One line.",
        "step two words": "### inside\nmore",
    }
    assert lessons.text("en", "try", "idea") == "One line."


def test_a_language_without_a_catalogue_speaks_english() -> None:
    assert lessons.catalogue("en") == {}
