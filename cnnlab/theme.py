"""Every colour of the project, once: for pages, figures, exported pictures and the stage.

Values are coloured on one diverging scale: orange below zero, blue above, the neutral colour at
zero (white; dark grey in the dark theme), a pair that stays apart for colour-blind readers. "Here,
now" is never a colour of this scale: it is an outline in ``outline`` with a thin ``halo``. The
ends of the scale are chosen so that one ink per theme is readable on every shade (WCAG 2.2,
1.4.3: contrast at least 4.5:1); a test walks the whole scale.
"""

from dataclasses import asdict, dataclass
from math import floor, isfinite

_PADDING_SHARE = 0.35  # of a value's colour where it stands in the padding


@dataclass(frozen=True)
class Theme:
    """The colours of one theme, as ``#rrggbb``."""

    background: str
    panel: str  # what stands on the background: the sidebar, an input field
    ink: str
    muted: str  # labels and remarks
    hairline: str
    accent: str  # the interface's own colour, never a value
    on_accent: str
    negative: str  # the three stops of the scale
    zero: str
    positive: str
    cell_ink: str  # numbers on any shade of the scale
    padding: str  # a cell that is padding, its number, its dashed edge
    padding_ink: str
    padding_line: str
    empty: str  # a cell not yet computed
    hatch: str  # the lines over a cell that is never read
    outline: str  # "here, now", and the thin line around it
    halo: str


LIGHT = Theme(
    background="#ffffff",
    panel="#f6f7f9",
    ink="#14181f",
    muted="#5b6472",
    hairline="#e3e6ea",
    accent="#0b7285",
    on_accent="#ffffff",
    negative="#d8711f",
    zero="#ffffff",
    positive="#4388d0",
    cell_ink="#14181f",
    padding="#f1f3f5",
    padding_ink="#5b6472",
    padding_line="#b4bac3",
    empty="#eceef1",
    hatch="#b4bac3",
    outline="#14181f",
    halo="#ffffff",
)
DARK = Theme(
    background="#0f1216",
    panel="#171b21",
    ink="#e8eaed",
    muted="#9aa4b2",
    hairline="#2b313a",
    accent="#4fb3c4",
    on_accent="#0f1216",
    negative="#b85812",
    zero="#1f2329",
    positive="#2b74bf",
    cell_ink="#ffffff",
    padding="#171b21",
    padding_ink="#9aa4b2",
    padding_line="#4a5462",
    empty="#15181d",
    hatch="#4a5462",
    outline="#ffffff",
    halo="#0f1216",
)


def shade(value: float, limit: float, theme: Theme) -> str:
    """The colour of a value on a scale from −limit to limit; beyond them, the end's colour.

    Linear in sRGB from ``zero`` to the end of the value's sign, by |value|/limit, halves rounded
    up: the stage does the same. Nothing to compare with (limit 0, NaN) is zero's colour.

    >>> shade(-2.0, 2.0, LIGHT), shade(0.0, 2.0, LIGHT), shade(9.0, 2.0, LIGHT)
    ('#d8711f', '#ffffff', '#4388d0')
    """
    share = abs(value) / limit if limit > 0 else 0.0
    share = min(share, 1.0) if isfinite(share) else float(share == float("inf"))
    end = theme.negative if value < 0 else theme.positive
    pairs = zip(_channels(theme.zero), _channels(end), strict=True)
    return "#" + "".join(f"{floor(a + (b - a) * share + 0.5):02x}" for a, b in pairs)


def greyed(colour: str, theme: Theme) -> str:
    """The colour of a value that stands in the padding: nearer to the padding's grey than to it.

    The padding's colour and 35 per cent of the way to ``colour``: the stage does the same.

    >>> greyed("#4388d0", LIGHT), greyed(LIGHT.padding, LIGHT)
    ('#b4cee8', '#f1f3f5')
    """
    pairs = zip(_channels(theme.padding), _channels(colour), strict=True)
    return "#" + "".join(f"{floor(a + (b - a) * _PADDING_SHARE + 0.5):02x}" for a, b in pairs)


def ink_on(colour: str) -> str:
    """The ink for text on a colour: the darker or the lighter one, whichever reads better.

    >>> ink_on("#ffffff"), ink_on("#0b7285")
    ('#14181f', '#ffffff')
    """
    return max((LIGHT.cell_ink, DARK.cell_ink), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio).

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, 0 to 1 (WCAG 2.2, definition)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def as_json() -> dict[str, dict[str, str]]:
    """Both themes as plain data, for the stage."""
    return {"light": asdict(LIGHT), "dark": asdict(DARK)}


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    """One sRGB channel with its gamma taken off."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
