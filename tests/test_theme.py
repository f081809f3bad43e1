"""The colours: one rule for values, always readable, and the same in the settings file."""

import tomllib
from pathlib import Path

import pytest

from cnnlab.theme import DARK, LIGHT, Theme, as_json, contrast, greyed, ink_on, shade

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3
SETTINGS = Path(__file__).parents[1] / ".streamlit" / "config.toml"

both = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])

# How deuteranopes and protanopes see, in linear RGB (Machado, Oliveira & Fernandes 2009, table 1,
# severity 1.0).
DEUTERANOPIA = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))
PROTANOPIA = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))


@both
def test_every_shade_carries_readable_text(theme: Theme) -> None:
    for step in range(-400, 401):
        colour = shade(step / 400, 1.0, theme)
        assert contrast(ink_on(colour), colour) >= READABLE
        assert contrast(theme.cell_ink, colour) >= READABLE


@both
def test_a_number_in_the_padding_is_readable_and_nearer_to_its_grey(theme: Theme) -> None:
    for step in range(-400, 401):
        colour = shade(step / 400, 1.0, theme)
        paler = greyed(colour, theme)
        assert contrast(theme.cell_ink, paler) >= READABLE
        assert _apart(paler, theme.padding) <= _apart(paler, colour)


def _apart(one: str, other: str) -> int:
    return sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))


@both
def test_everything_else_that_is_read_is_readable(theme: Theme) -> None:
    pairs = [
        (theme.padding_ink, theme.padding),
        (theme.ink, theme.background),
        (theme.ink, theme.panel),
        (theme.muted, theme.background),
        (theme.muted, theme.panel),
        (theme.accent, theme.background),
        (theme.accent, theme.panel),
        (theme.on_accent, theme.accent),
        (theme.outline, theme.background),
    ]
    assert [pair for pair in pairs if contrast(*pair) < READABLE] == []


@both
def test_the_scale_is_symmetric_and_ends_at_its_limit(theme: Theme) -> None:
    assert shade(0.0, 3.0, theme) == shade(-0.0, 3.0, theme) == theme.zero
    assert shade(3.0, 3.0, theme) == shade(1e9, 3.0, theme) == theme.positive
    assert shade(-3.0, 3.0, theme) == shade(float("-inf"), 3.0, theme) == theme.negative
    assert shade(float("nan"), 3.0, theme) == shade(1.0, 0.0, theme) == theme.zero


def test_halfway_is_the_mean_of_the_ends_with_halves_rounded_up() -> None:
    # white (255) to #4388d0 = (67, 136, 208): the means 161, 195.5, 231.5
    assert shade(1.0, 2.0, LIGHT) == "#a1c4e8"


@both
@pytest.mark.parametrize("sight", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_the_two_signs_stay_apart_for_the_colour_blind(theme: Theme, sight) -> None:
    def seen(colour: str) -> list[float]:
        linear = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
        mixed = (sum(a * b for a, b in zip(row, linear, strict=True)) for row in sight)
        return [255 * max(channel, 0.0) ** (1 / 2.2) for channel in mixed]

    apart = zip(seen(theme.negative), seen(theme.positive), strict=True)
    assert sum((a - b) ** 2 for a, b in apart) ** 0.5 > 100


@both
def test_the_settings_file_says_the_same_colours(theme: Theme) -> None:
    name = "light" if theme is LIGHT else "dark"
    assert tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["theme"][name] == {
        "primaryColor": theme.accent,
        "backgroundColor": theme.background,
        "secondaryBackgroundColor": theme.panel,
        "textColor": theme.ink,
        "borderColor": theme.hairline,
        "blueBackgroundColor": theme.panel,
        "blueTextColor": theme.ink,
    }


def test_both_themes_are_plain_data_for_the_stage() -> None:
    assert as_json()["dark"]["zero"] == DARK.zero
    assert set(as_json()) == {"light", "dark"}
