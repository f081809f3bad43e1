"""Every control a page can show: one table of keys, ranges and labels, the same on all pages.

One range for each key, because a value that another page put into the session and that lies
outside this page's slider ends the page in the browser, and a range that depends on another
control throws the value back to its default. Combinations that cannot be are refused by the
engine, in a sentence. The URL holds what differs from the default (Streamlit's own binding for
numbers, text and switches; `choice` for choices).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
        if isinstance(held, str) and held.isascii() and held.isdigit() and len(held) < 10:
            held = int(held)
        if not isinstance(held, int) or isinstance(held, bool):
            return None
        return self.snap(held) if self.least <= held <= self.most else None


WHOLES: Mapping[str, Whole] = {
    "seed": Whole(Message("Seed"), 0, 9999, 0),
    "digit": Whole(Message("Digit"), 0, 9999, 0),
    "size": Whole(Message("Input size"), 3, 32, 6),
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
    "groups": Whole(Message("Groups"), 1, 4, 1),
    "channels": Whole(Message("Channels"), 1, 4, 1),
    "filters": Whole(Message("Filters"), 1, 4, 1),
    "depth": Whole(Message("Depth"), 1, 56, 20),
    "layer": Whole(Message("Layer"), 1, 60, 1),
    "channel": Whole(Message("Channel"), 1, 64, 1),
}
CHOICES: Mapping[str, Message] = {
    "input": Message("Input"),
    "photo": Message("Photograph"),
    "preset": Message("Kernel"),
    "mode": Message("Mode"),
    "network": Message("Network"),
    "scale": Message("Colour scale"),
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
}
LONGEST = 14_000  # characters of a text: four filters of 7×7×4 fit, however many digits they have


def slider(key: str, *, default: int | None = None, disabled: bool = False) -> int:
    """A slider over the whole numbers of `key`. ``default``: where this page opens it."""
    spec = WHOLES[key]
    _keep_valid(key, spec)
    value = st.slider(
        t(spec.label),
        spec.least,
        spec.most,
        spec.default if default is None else default,
        spec.step,
        key=key,
        bind="query-params",
        disabled=disabled,
    )
    return spec.snap(value)


def number(key: str, *, default: int | None = None) -> int:
    """A field for a whole number of `key`, for ranges too long for a slider."""
    spec = WHOLES[key]
    start = spec.default if default is None else default
    return choice.number(key, t(spec.label), spec.least, spec.most, default=start, read=spec.read)


def select(
    key: str,
    options: Mapping[str, str | Message],
    *,
    default: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> str:
    """A select box over slug → label (a `Message`, or a proper name); returns the slug."""
    return choice.box(key, t(CHOICES[key]), _said(options), default=default, on_change=on_change)


def segments(key: str, options: Mapping[str, str | Message], *, default: str | None = None) -> str:
    """A row of buttons over slug → label, for two or three options; returns the slug."""
    return choice.segments(key, t(CHOICES[key]), _said(options), default=default)


def toggle(key: str, *, default: bool = False) -> bool:
    """A switch."""
    return st.toggle(t(SWITCHES[key]), default, key=key, bind="query-params")


def text(key: str, *, default: str = "") -> str:
    """A line of text; never longer than `LONGEST` characters."""
    value = st.text_input(t(TEXTS[key]), default, key=key, bind="query-params")
    return (value or "")[:LONGEST]


def put(**settings: Any) -> None:
    """Set controls from a callback (``on_change``, ``on_click``), before they are made again."""
    for key, value in settings.items():
        st.session_state[key] = WHOLES[key].snap(value) if key in WHOLES else value


def defaults(page: str, **settings: int | str | bool) -> None:
    """Settings that come with what is chosen: call it before the controls that they set.

    When the settings change (another example was chosen), the controls go there; on the first
    run the link's own values win. Hand the same values to the controls as their ``default``, so
    that a link holds exactly what was moved away from it.
    """
    memory = st.session_state.setdefault("_defaults", {})
    before = memory.get(page)
    memory[page] = settings
    if before is not None and before != settings:
        put(**settings)


def _said(options: Mapping[str, str | Message]) -> dict[str, str]:
    return {
        slug: t(label) if isinstance(label, Message) else label for slug, label in options.items()
    }


def _keep_valid(key: str, spec: Whole) -> None:
    """Whatever is in the session under the key fits the widget, or is thrown away."""
    value = st.session_state.get(key)
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        del st.session_state[key]
    elif value != spec.snap(value):
        st.session_state[key] = spec.snap(value)
