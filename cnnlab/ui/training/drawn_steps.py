"""How a picture becomes a digit like MNIST's, as four small pictures beside each other."""

from base64 import b64encode
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import ImageColor

from cnnlab.data.preprocess import BOX, CENTRE, DIGIT, Steps
from cnnlab.theme import Theme
from cnnlab.ui.chart import theme
from cnnlab.ui.language import t
from cnnlab.ui.training.canvas import as_png

_EDGE = (DIGIT - BOX) // 2
_STYLE = """
<style>
.draw-steps {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(8.1rem, 1fr));
  gap: 0.6rem 1rem; max-width: 44rem;
}
.draw-steps figure { margin: 0; }
.draw-steps img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; }
.draw-steps figcaption { font-size: 0.8rem; line-height: 1.3; margin-top: 0.35rem; }
.draw-steps b { font-weight: 600; }
.draw-steps .what { color: var(--muted); display: block; }
</style>
"""


def show(steps: Steps) -> None:
    """The picture with the box of its ink, 20×20, 28×28 before and after it is moved."""
    colours = theme()
    down, right = (
        round(after - before) for before, after in zip(steps.mass_before, steps.mass, strict=True)
    )
    top, left, bottom, far = steps.box
    ink = t("light ink on dark paper") if steps.lighter else t("dark ink on light paper")
    figures(
        figure(
            found(steps, colours),
            t("1 · Ink and its box"),
            t("{height}×{width} pixels, {ink}", height=bottom - top, width=far - left, ink=ink),
        ),
        figure(
            boxed(steps, colours),
            t("2 · Into 20×20"),
            t("its longer side is 20; ink 255, paper 0"),
        ),
        figure(
            balanced(_middle(steps.boxed), steps.mass_before, colours),
            t("3 · Centre of mass"),
            t("row {row}, column {column} of 28×28", **_place(steps.mass_before)),
        ),
        figure(
            balanced(steps.digit, steps.mass, colours),
            t("4 · Centred"),
            moved(down, right),
        ),
    )


def moved(down: int, right: int) -> str:
    """How far the digit was moved, in words."""
    words = []
    if down:
        words.append(t("{n} down" if down > 0 else "{n} up", n=abs(down)))
    if right:
        words.append(t("{n} to the right" if right > 0 else "{n} to the left", n=abs(right)))
    return " · ".join(words) or t("it was there already")


def found(steps: Steps, colours: Theme) -> str:
    """The picture in grey, and the box of its ink, as SVG."""
    rows, columns = steps.grey.shape
    top, left, bottom, right = steps.box
    thick = max(rows, columns) / 90
    box = (
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" '
        f'stroke="{colours.accent}" stroke-width="{thick:g}"/>'
    )
    return _drawing(as_png(steps.grey), rows, columns, box, colours)


def boxed(steps: Steps, colours: Theme) -> str:
    """The 20×20 at the scale of the 28×28, as SVG."""
    inner = _drawing(_tinted(steps.boxed, colours), BOX, BOX, "", colours)
    return inner.replace(
        f'viewBox="0 0 {BOX} {BOX}"', f'viewBox="{-_EDGE} {-_EDGE} {DIGIT} {DIGIT}"'
    )


def balanced(digit: NDArray[np.uint8], mass: tuple[float, float], colours: Theme) -> str:
    """28×28, its centre as a cross of thin lines, its centre of mass as a ring, as SVG."""
    centre = CENTRE + 0.5
    lines = (
        f'<path d="M{centre} 0V{DIGIT}M0 {centre}H{DIGIT}" stroke="{colours.muted}" '
        'stroke-width="0.18" stroke-dasharray="0.6 0.6"/>'
    )
    rings = "".join(
        f'<circle cx="{mass[1] + 0.5:.2f}" cy="{mass[0] + 0.5:.2f}" r="0.9" fill="none" '
        f'stroke="{colour}" stroke-width="{width}"/>'
        for colour, width in ((colours.halo, 0.8), (colours.outline, 0.4))
    )
    return _drawing(_tinted(digit, colours), DIGIT, DIGIT, lines + rings, colours)


def pixels(digit: NDArray[np.uint8], colours: Theme) -> str:
    """A digit alone, as SVG."""
    return _drawing(_tinted(digit, colours), *digit.shape, "", colours)


def figures(*drawn: str) -> None:
    """Figures beside each other, as many as there is room for."""
    st.html(f'{_STYLE}<div class="draw-steps" data-testid="draw-steps">{"".join(drawn)}</div>')


def figure(drawing: str, title: str, words: str) -> str:
    """A picture (SVG) with what it is, and a remark, below."""
    said = escape(f"{title}: {words}", quote=True)
    source = b64encode(drawing.encode()).decode()  # as an image: Streamlit cleans SVG of pictures
    return (
        f'<figure><img alt="{said}" src="data:image/svg+xml;base64,{source}"/>'
        f"<figcaption><b>{escape(title)}</b>"
        f'<span class="what">{escape(words)}</span></figcaption></figure>'
    )


def _drawing(image: str, rows: int, columns: int, over: str, colours: Theme) -> str:
    """An image of rows × columns cells with something drawn over it."""
    side = max(rows, columns)
    edge = side / 120
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}">'
        f'<image href="{image}" width="{columns}" height="{rows}" '
        'preserveAspectRatio="none" style="image-rendering: pixelated"/>'
        f"{over}"
        f'<rect width="{columns}" height="{rows}" fill="none" stroke="{colours.padding_line}" '
        f'stroke-width="{edge:g}"/></svg>'
    )


def _tinted(values: NDArray[np.uint8], colours: Theme) -> str:
    """Values from 0 to 255 in the colours of the scale, from zero's to the positive end's."""
    ends = [np.array(ImageColor.getrgb(colour)) for colour in (colours.zero, colours.positive)]
    share = values[..., None] / 255
    return as_png(np.rint(ends[0] + (ends[1] - ends[0]) * share).astype(np.uint8))


def _middle(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The 20×20 in the middle of 28×28."""
    return np.pad(square, _EDGE)


def _place(mass: tuple[float, float]) -> dict[str, str]:
    """Row and column as words, counted from 1 as everywhere on the pages."""
    return {"row": f"{mass[0] + 1:.1f}", "column": f"{mass[1] + 1:.1f}"}
