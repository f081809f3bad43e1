"""Where the input comes from: worked examples, random numbers, digits, photographs, uploads.

The controls are drawn first, all of them (those that do not belong to the chosen input are kept
off the screen, so that nothing set is lost), and give a `Choice`; `load` then makes the array, and
says in a sentence what cannot be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data import mnist, table
from cnnlab.data.decode import decode_sized
from cnnlab.data.photos import PHOTOS, photo
from cnnlab.data.shrink import shrink, to_planes
from cnnlab.engine import WORKED_EXAMPLES, Array
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls, style
from cnnlab.ui.language import t

EXAMPLES = {example.name: example for example in WORKED_EXAMPLES}
Pixels = NDArray[np.uint8]
SIDE = 32  # the stage shows at most this many rows and columns of a picture
LARGEST_NUMBER = 9  # of random inputs: one digit reads best

OPTIONS: Mapping[str, Message] = {
    "one_channel": Message("5×5 example"),
    "three_channels": Message("RGB example"),
    "one_window": Message("4×4: 36 or 37?"),
    "random": Message("Random numbers"),
    "digit": Message("MNIST digit"),
    **{f"photo-{one.name}": Message("Photo: {shows}", {"shows": one.shows}) for one in PHOTOS},
    "upload": Message("Your own picture"),
    "own": Message("Your own numbers"),
}
_OWN = "1 2 3 0 1 / 4 5 6 1 0 / 7 8 1 2 3 / 3 0 2 1 4 / 0 1 2 3 5"
_DETAILS = ("size", "channels", "seed", "digit", "upload", "values")
_BELONGS = {
    "random": {"size", "channels", "seed"},
    "digit": {"digit", "channels"},
    "upload": {"upload", "channels"},
    "own": {"values"},
}


@dataclass(frozen=True)
class Choice:
    """What the controls of the input say."""

    slug: str
    size: int
    channels: int
    seed: int
    digit: int
    upload: bytes | None
    values: str
    edits: str


@dataclass(frozen=True)
class Source:
    """An input (C, H, W), float32, and a remark on where it comes from, if there is one."""

    slug: str
    x: Array
    note: Message | None = None


def choose(slug: str, *, seeded: bool = False) -> Choice:
    """Draw the controls that belong to an input (under "More"), and read them all.

    ``seeded``: something else of the page is drawn from the seed too.
    """
    belongs = {"channels"} if slug.startswith("photo-") else set(_BELONGS.get(slug, ()))
    belongs |= {"seed"} if seeded else set()
    style.hide(*(key for key in _DETAILS if key not in belongs))
    digit = controls.number("digit")
    upload = st.file_uploader(
        t("Picture (PNG, JPEG, WebP, GIF, BMP, TIFF)"), key="upload", max_upload_size=20
    )
    return Choice(
        slug=slug,
        digit=digit,
        upload=None if upload is None else upload.getvalue(),
        values=controls.text("values", default=_OWN),
        channels=controls.slider("channels"),
        size=controls.slider("size"),
        seed=controls.number("seed"),
        edits=controls.text("edits"),
    )


def load(choice: Choice) -> Source:
    """Make the input. Raises InvalidInput where the choice cannot be followed."""
    source = _source(choice)
    if not choice.edits:
        return source
    return Source(source.slug, table.change(source.x, choice.edits), source.note)


def edited(choice: Choice, cell: tuple[int, ...], text: str) -> str:
    """The changes of a choice with one more: the cell (plane, row, column) that was typed into."""
    plane, row, column = cell
    found = table.changes(choice.edits)
    found[plane, row, column] = table.parse_number(text)
    return table.write_changes(found)


def _source(choice: Choice) -> Source:
    slug = choice.slug
    if slug in EXAMPLES:
        return Source(slug, EXAMPLES[slug].x[0])
    if slug == "random":
        numbers = np.random.default_rng(choice.seed).integers(
            0, LARGEST_NUMBER + 1, (4, SIDE, SIDE)
        )
        cut = numbers[: choice.channels, : choice.size, : choice.size]
        return Source(slug, cut.astype(np.float32))
    if slug == "own":
        return _own(choice.values)
    if slug == "digit":
        digits = mnist.load("test")
        label = int(digits.labels[choice.digit])
        note = Message("Test image {n} of MNIST, a {label}.", {"n": choice.digit, "label": label})
        return Source(slug, to_planes(digits.images[choice.digit], choice.channels), note)
    return _picture(choice)


def _own(text: str) -> Source:
    numbers = table.parse(text)
    if len(numbers) > 1:
        raise InvalidInput("an input has planes (|), but no filters (;)")
    if max(numbers.shape[1:]) > SIDE:
        raise InvalidInput(
            "an input of {rows}×{columns} is too large to be read: at most {side}×{side}",
            rows=numbers.shape[2],
            columns=numbers.shape[3],
            side=SIDE,
        )
    return Source("own", numbers[0])


def _picture(choice: Choice) -> Source:
    """A photograph or an upload, averaged down until its cells can be seen."""
    if choice.slug != "upload":
        small, size = _shrunk(photo(choice.slug.removeprefix("photo-")))
    elif choice.upload is None:
        raise InvalidInput("choose a picture under “More”")
    else:
        small, size = _decoded(choice.upload)
    note = Message("A picture of {w}×{h} pixels.", {"w": size[1], "h": size[0]})
    if small.shape[:2] != size:
        note = Message(
            "A picture of {w}×{h} pixels, averaged down to {columns}×{rows} "
            "so that it can be read.",
            {**note.fields, "rows": len(small), "columns": small.shape[1]},
        )
    return Source(choice.slug, to_planes(small, choice.channels), note)


def _shrunk(pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    """A picture as it is shown, and the rows and columns that it had."""
    return shrink(pixels, SIDE), (pixels.shape[0], pixels.shape[1])


def _decoded(data: bytes) -> tuple[Pixels, tuple[int, int]]:
    """An upload, shrunk, decoded once; kept in the visitor's own session and nowhere else."""
    kept = st.session_state.get("_upload")
    if kept is None or kept[0] != data:
        st.session_state["_upload"] = kept = (data, decode_sized(data, max_side=SIDE))
    return kept[1]
