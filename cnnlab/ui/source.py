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
from cnnlab.data.shrink import fit, shrink, to_planes
from cnnlab.engine import WORKED_EXAMPLES, Array, conv2d, kernel
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls
from cnnlab.ui.choice import drawing
from cnnlab.ui.language import t

EXAMPLES = {example.name: example for example in WORKED_EXAMPLES}
Pixels = NDArray[np.uint8]
SIDE = 32  # the stage shows at most this many rows and columns of a picture
_KEPT_SIDE = 4 * SIDE  # of an upload: enough to be averaged down to any size that is shown
LARGEST_NUMBER = 9  # of random inputs: one digit reads best

LABELS: Mapping[str, Message] = {
    "one_channel": Message("5×5 example"),
    "three_channels": Message("RGB example"),
    "one_window": Message("4×4: 36 or 37?"),
    "distinct": Message("4×4 example"),
    "random": Message("Random numbers"),
    "digit": Message("MNIST digit"),
    "map": Message("Feature map of a digit"),
    **{f"photo-{one.name}": Message("Photo: {shows}", {"shows": one.shows}) for one in PHOTOS},
    "upload": Message("Your own picture"),
    "own": Message("Your own numbers"),
}
_OWN = "1 2 3 0 1 / 4 5 6 1 0 / 7 8 1 2 3 / 3 0 2 1 4 / 0 1 2 3 5"
_DISTINCT = "5 2 9 -1 / 1 8 3 13 / 7 -3 6 -2 / 0 4 10 14"  # no two alike: no window has a tie
_PICTURES = ("random", "digit", "photo", "upload")  # inputs that come in any number of channels
_BELONGS = {
    "random": ("seed",),
    "digit": ("digit",),
    "map": ("digit",),
    "upload": ("upload",),
    "own": ("values",),
}
_UPLOADER, _UPLOADED = "upload", "_uploaded"


@dataclass(frozen=True)
class Choice:
    """What the controls of the input say.

    ``size`` (rows, columns) is that of random numbers; with ``fitted`` pictures and digits are
    brought to it too.
    """

    slug: str
    size: tuple[int, int]
    channels: int
    seed: int
    digit: int
    upload: bytes | None
    values: str
    edits: str
    fitted: bool = False


@dataclass(frozen=True)
class Source:
    """An input (C, H, W), float32, and a remark on where it comes from, if there is one."""

    slug: str
    x: Array
    note: Message | None = None


def options(*slugs: str) -> dict[str, Message]:
    """The labels of the inputs that a lesson offers; "photo" stands for every photograph."""
    return {
        slug: label
        for wanted in slugs
        for slug, label in LABELS.items()
        if slug == wanted or slug.startswith(f"{wanted}-")
    }


def choose(
    slug: str,
    *,
    seeded: bool = False,
    size: tuple[int, int] | None = None,
    opening_size: int | None = None,
    channels: bool = True,
) -> Choice:
    """Draw the controls that belong to an input (under "More"), and read them all.

    ``seeded``: something else of the page is drawn from the seed too. ``size`` (rows, columns):
    the lesson has controls of its own for it, and pictures follow it too; else random numbers
    have a slider, which starts at ``opening_size``. ``channels``: whether there may be several.
    """
    belongs = {*_BELONGS.get(slug, ()), *(("seed",) if seeded else ())}
    pictures = slug.partition("-")[0] in _PICTURES
    with drawing("digit" in belongs):
        digit = controls.number("digit")
    if slug == "upload":
        st.file_uploader(
            t("Picture (PNG, JPEG, WebP, GIF, BMP, TIFF)"),
            key=_UPLOADER,
            max_upload_size=20,
            on_change=_uploaded,
        )
    with drawing("values" in belongs):
        values = controls.text("values", default=_OWN)
    with drawing(channels and pictures):
        planes = controls.slider("channels") if channels else 1
    with drawing(slug == "random"):
        side = size or (controls.slider("size", default=opening_size),) * 2
    with drawing("seed" in belongs):
        seed = controls.number("seed")
    return Choice(
        slug=slug,
        digit=digit,
        upload=st.session_state.get(_UPLOADED),
        values=values,
        channels=planes,
        size=side,
        seed=seed,
        edits=controls.text("edits"),
        fitted=size is not None,
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


def _uploaded() -> None:
    """Keep the file, or its removal: the uploader is drawn only where an upload is wanted."""
    file = st.session_state[_UPLOADER]
    st.session_state[_UPLOADED] = None if file is None else file.getvalue()


def forget_edits() -> None:
    """Another input was chosen: the changed cells belonged to the one before."""
    controls.put(edits="")


def _source(choice: Choice) -> Source:
    slug = choice.slug
    if slug in EXAMPLES:
        return Source(slug, EXAMPLES[slug].x[0])
    if slug == "distinct":
        return Source(slug, table.parse(_DISTINCT)[0])
    if slug == "random":
        numbers = np.random.default_rng(choice.seed).integers(
            0, LARGEST_NUMBER + 1, (4, SIDE, SIDE)
        )
        rows, columns = choice.size
        return Source(slug, numbers[: choice.channels, :rows, :columns].astype(np.float32))
    if slug == "own":
        return _own(choice.values)
    if slug in ("digit", "map"):
        return _digit(choice)
    return _picture(choice)


def _digit(choice: Choice) -> Source:
    """A digit, fitted with MNIST's own background around it; or what Sobel x makes of it."""
    digits = mnist.load("test")
    label = int(digits.labels[choice.digit])
    note = Message("Test image {n} of MNIST, a {label}.", {"n": choice.digit, "label": label})
    pixels = digits.images[choice.digit]
    if choice.fitted:
        pixels = fit(pixels, *choice.size, background=0)
    if choice.slug == "digit":
        return Source(choice.slug, to_planes(pixels, choice.channels), note)
    edges = conv2d(to_planes(pixels, 1)[None], kernel("sobel_x", 3, 3)[None, None], padding=1)[0]
    said = Message("{image} Sobel x was slid over it.", {"image": note})
    return Source(choice.slug, edges / np.float32(255), said)


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
        pixels = photo(choice.slug.removeprefix("photo-"))
        size = (pixels.shape[0], pixels.shape[1])
    elif choice.upload is None:
        raise InvalidInput("choose a picture under “More”")
    else:
        pixels, size = _decoded(choice.upload)
    small = fit(pixels, *choice.size) if choice.fitted else shrink(pixels, SIDE)
    note = Message("A picture of {w}×{h} pixels.", {"w": size[1], "h": size[0]})
    if small.shape[:2] != size:
        note = Message(
            "A picture of {w}×{h} pixels, averaged down to {columns}×{rows} "
            "so that it can be read.",
            {**note.fields, "rows": len(small), "columns": small.shape[1]},
        )
    return Source(choice.slug, to_planes(small, choice.channels), note)


def _decoded(data: bytes) -> tuple[Pixels, tuple[int, int]]:
    """An upload, and the rows and columns that it had before it was made small.

    Decoded once; kept in the visitor's own session and nowhere else.
    """
    kept = st.session_state.get("_upload")
    if kept is None or kept[0] != data:
        st.session_state["_upload"] = kept = (data, decode_sized(data, max_side=_KEPT_SIDE))
    return kept[1]
