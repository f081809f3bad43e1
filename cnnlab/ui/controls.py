"""Every control a page can show: one table of keys, ranges and labels, the same on all pages.

One range for each key, because a value that another page put into the session and that lies
outside this page's slider ends the page in the browser, and a range that depends on another
control throws the value back to its default. Combinations that cannot be are refused by the
engine, in a sentence. The URL holds what differs from the default.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from cnnlab.message import Message
from cnnlab.ui import choice
from cnnlab.ui.language import t


@dataclass(frozen=True)
class Whole:
    """A whole number from ``least`` to ``most``, in steps of ``step`` from the least."""

    label: Message
    least: int
    most: int
    default: int
    step: int = 1

    def snap(self, value: int) -> int:
        """The nearest allowed number: a link may name one between two steps."""
        inside = min(max(value, self.least), self.most)
        return self.least + (inside - self.least) // self.step * self.step

    def read(self, held: object) -> int | None:
        """The number that a session or a link holds, if it is one and in the range."""
        if isinstance(held, str) and len(held) < 10 and held.isascii():
            held = int(held) if held.removeprefix("-").isdigit() else None
        if not isinstance(held, int) or isinstance(held, bool):
            return None
        return self.snap(held) if self.least <= held <= self.most else None


WHOLES: Mapping[str, Whole] = {
    "seed": Whole(Message("Seed"), 0, 9999, 0),
    "digit": Whole(Message("Digit"), 0, 9999, 0),
    "size": Whole(Message("Input size"), 3, 32, 6),
    "size_h": Whole(Message("Input height"), 3, 32, 6),
    "size_w": Whole(Message("Input width"), 3, 32, 6),
    "kernel": Whole(Message("Kernel size"), 1, 7, 3),
    "kernel_h": Whole(Message("Kernel height"), 1, 7, 3),
    "kernel_w": Whole(Message("Kernel width"), 1, 7, 3),
    "stride": Whole(Message("Stride"), 1, 4, 1),
    "stride_h": Whole(Message("Stride down"), 1, 4, 1),
    "stride_w": Whole(Message("Stride across"), 1, 4, 1),
    "padding": Whole(Message("Padding per side"), 0, 6, 0),
    "padding_h": Whole(Message("Padding above and below"), 0, 6, 0),
    "padding_w": Whole(Message("Padding left and right"), 0, 6, 0),
    "dilation": Whole(Message("Dilation"), 1, 4, 1),
    "dilation_h": Whole(Message("Dilation down"), 1, 4, 1),
    "dilation_w": Whole(Message("Dilation across"), 1, 4, 1),
    "output_padding": Whole(Message("Output padding"), 0, 3, 0),
    "output_padding_h": Whole(Message("Output padding below"), 0, 3, 0),
    "output_padding_w": Whole(Message("Output padding at the right"), 0, 3, 0),
    "fill": Whole(Message("Padding value"), -255, 255, 1),
    "shift_down": Whole(Message("Moved down"), -6, 6, 0),
    "shift_across": Whole(Message("Moved right"), -6, 6, 0),
    "noise": Whole(Message("Noise, in % of the largest number"), 0, 100, 0),
    "groups": Whole(Message("Groups"), 1, 4, 1),
    "channels": Whole(Message("Channels"), 1, 4, 1),
    "filters": Whole(Message("Filters"), 1, 4, 1),
    "depth": Whole(Message("Layers"), 1, 56, 20),
    "layer": Whole(Message("Layer"), 1, 60, 1),
    "channel": Whole(Message("Channel"), 1, 64, 1),
    "shift": Whole(Message("Each image moved by up to (pixels)"), 0, 3, 0),
    "side": Whole(Message("Side of the input"), 5, 512, 15),
    "unit_h": Whole(Message("Row of the unit"), 1, 512, 1),
    "unit_w": Whole(Message("Column of the unit"), 1, 512, 1),
    "inputs": Whole(Message("Random inputs"), 1, 100, 20),
    "deep": Whole(Message("Layers with weights"), 2, 56, 20, 2),
    "last": Whole(Message("Last scale, in %"), 0, 200, 100, 5),
    "before": Whole(Message("Weights before batch norm, in %"), 10, 300, 100, 10),
    "classes": Whole(Message("Classes"), 2, 1000, 10),
}
CHOICES: Mapping[str, Message] = {
    "input": Message("Input"),
    "photo": Message("Photograph"),
    "preset": Message("Kernel"),
    "mode": Message("Padding mode"),
    "pool": Message("Pooling"),
    "network": Message("Network"),
    "scale": Message("Colour scale"),
    "recipe": Message("Training"),
    "rate": Message("Learning rate"),
    "schedule": Message("Its course"),
    "optimizer": Message("Optimiser"),
    "momentum": Message("Momentum (SGD)"),
    "beta2": Message("β₂ (Adam, AdamW)"),
    "decay": Message("Weight decay"),
    "smoothing": Message("Label smoothing"),
    "batch": Message("Batch size"),
    "epochs": Message("Epochs"),
    "images": Message("Training images"),
    "validation": Message("Kept back for validation"),
    "initial": Message("First weights"),
    "backend": Message("Computed by"),
    "stack": Message("Stack"),
    "unit": Message("Unit"),
    "block": Message("Block"),
    "start": Message("Random weights"),
    "depths": Message("Depths"),
    "race": Message("Shown"),
    "variant": Message("Variant"),
    "second": Message("Beside it"),
}
TEXTS: Mapping[str, Message] = {
    "weights": Message("Weights"),
    "values": Message("Your own input"),
    "edits": Message("Changed cells (plane,row,column=number)"),
    "biases": Message("Bias values, one for each filter"),
    "layers": Message("Layers"),
}
SWITCHES: Mapping[str, Message] = {
    "bias": Message("Bias"),
    "axes": Message("Each axis on its own"),
    "flip": Message("Flip the kernel"),
    "reads": Message("Times read"),
    "ceil_mode": Message("Ceil mode"),
    "count_include_pad": Message("Count the padding"),
    "shuffled": Message("Pixels shuffled"),
    "extent": Message("Extent"),
    "support": Message("Support"),
    "effective": Message("Effective field"),
    "rectified": Message("ReLU after each convolution"),
    "skip": Message("Skip"),
    "norm": Message("Batch norm"),
}
_PLACES = "_places"  # the page before, and this one
_LEFT = "_left"  # page → what is its own (see `_OWN`), as it stood when the page was left
# Keys under which every page has something of its own: an input and the cells changed in it,
# layers, and networks, of which each page knows others.
_OWN = ("input", "edits", "layers", "network", "batch")
LONGEST = 14_000  # characters of a text: four filters of 7×7×4 fit, however many digits they have


def slider(
    key: str,
    *,
    default: int | None = None,
    disabled: bool = False,
    label: Message | None = None,
) -> int:
    """A slider over the whole numbers of `key`.

    ``default``: where this page opens it; ``label``: what this page calls it.
    """
    spec = WHOLES[key]
    return choice.slider(
        key,
        t(label or spec.label),
        spec.least,
        spec.most,
        spec.step,
        default=spec.default if default is None else default,
        read=spec.read,
        disabled=disabled,
    )


def number(key: str, *, default: int | None = None, label: Message | None = None) -> int:
    """A field for a whole number of `key`, for ranges too long for a slider.

    ``label``: what this page calls it.
    """
    spec = WHOLES[key]
    start = spec.default if default is None else default
    words = t(label or spec.label)
    return choice.number(key, words, spec.least, spec.most, default=start, read=spec.read)


def one_of(key: str, names: Sequence[str], *, default: int) -> int:
    """A select box over 1, 2, …, each with its name; whoever asks for more gets the last."""
    spec = WHOLES[key]
    read = replace(spec, most=10**9).read
    return choice.numbered(key, t(spec.label), names, default=default, read=read)


def select(
    key: str,
    options: Mapping[str, str | Message],
    *,
    default: str | None = None,
    on_change: Callable[[], None] | None = None,
    disabled: bool = False,
    label: Message | None = None,
) -> str:
    """A select box over slug → label (a `Message`, or a proper name); returns the slug.

    ``label``: what this page calls it.
    """
    return choice.box(
        key,
        t(label or CHOICES[key]),
        _said(options),
        default=default,
        on_change=on_change,
        disabled=disabled,
    )


def segments(key: str, options: Mapping[str, str | Message], *, default: str | None = None) -> str:
    """A row of buttons over slug → label, for two or three options; returns the slug."""
    return choice.segments(key, t(CHOICES[key]), _said(options), default=default)


def toggle(key: str, *, default: bool = False) -> bool:
    """A switch."""
    return choice.toggle(key, t(SWITCHES[key]), default=default)


def text(key: str, *, default: str = "") -> str:
    """A line of text; never longer than `LONGEST` characters."""
    return choice.text(key, t(TEXTS[key]), default=default, read=_cut)


def put(**settings: Any) -> None:
    """Set controls from a callback (``on_change``, ``on_click``), before they are made again."""
    for key, value in settings.items():
        st.session_state[key] = WHOLES[key].snap(value) if key in WHOLES else value


@dataclass(frozen=True)
class Kept:
    """What a page opens with for what is chosen there, and where its controls stood last."""

    opening: Mapping[str, int | str | bool]
    values: Mapping[str, Any]


def defaults(page: str, **settings: int | str | bool) -> None:
    """Settings that come with what is chosen: call it before the controls that they set.

    When the settings change (another example was chosen), the controls go there. Coming from
    another page, they go where this one left them, or on the first visit to the settings: keys
    are shared, openings are not. On a session's first page the link's own values win, as they do
    after a step back in the browser. Hand the same values to the controls as their ``default``,
    so that a link holds exactly what was moved away from it.
    """
    memory: dict[str, Kept] = st.session_state.setdefault("_defaults", {})
    before = memory.get(page)
    known = before is not None and before.opening == settings
    if arrived(page):
        put(**(before.values if before is not None and known else settings))
    elif before is not None and not known:
        put(**settings)
    memory[page] = Kept(settings, {key: choice.held(key, settings[key]) for key in settings})


def visit(page: str) -> None:
    """Note that a page is being written.

    When it was just come to, its tabs open at the first, and its input is the one it had last.
    """
    places = st.session_state.setdefault(_PLACES, ["", ""])
    if places[1] == page:
        places[0] = page
        return
    _keep_as_left(places[1])
    places[:] = [places[1], page]
    if arrived(page):
        choice.forget("view", "about", *_OWN)
        put(**st.session_state.get(_LEFT, {}).get(page, {}))


def _keep_as_left(page: str) -> None:
    """Note where a page's controls stand: one that was only looked at has not told all of them.

    Its input is its own too: a select box whose options differ forgets what another page chose.
    """
    own = {key: choice.held(key) for key in _OWN if choice.held(key) is not None}
    st.session_state.setdefault(_LEFT, {})[page] = own
    memory: dict[str, Kept] = st.session_state.get("_defaults", {})
    if page in memory:
        opening, values = memory[page].opening, memory[page].values
        memory[page] = Kept(opening, {key: choice.held(key, values[key]) for key in values})


def arrived(page: str) -> bool:
    """Whether this run is the one that came from another page by a click, not by a link."""
    before, now = st.session_state.get(_PLACES, ["", ""])
    return now == page and before not in ("", page) and not choice.went_back()


def _said(options: Mapping[str, str | Message]) -> dict[str, str]:
    return {
        slug: t(label) if isinstance(label, Message) else label for slug, label in options.items()
    }


def _cut(held: object) -> str | None:
    return held[:LONGEST] if isinstance(held, str) else None
