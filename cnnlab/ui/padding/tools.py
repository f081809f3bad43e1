"""The row above the stage: padding at one click, and whether reads are counted."""

from functools import partial

import streamlit as st

from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui import controls, lesson
from cnnlab.ui.controls import WHOLES
from cnnlab.ui.language import t
from cnnlab.ui.padding.controls import Chosen, on_screen, pad
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.setting import Pair


def row(chosen: Chosen, shown: Setting, *, reads: bool = False) -> bool:
    """Valid, Same and Full as buttons with their numbers, and what stands in their way.

    One is lit where the picture is that: not what is set but cannot be, and with a stride nothing
    keeps its size.
    ``reads``: with the switch "Times read" beside them. Returns whether it is on.
    """
    valid, same, full = (0, 0), same_per_side(chosen), full_per_side(chosen)
    here = chosen.padding if on_screen(chosen, shown) else None
    kept = here if chosen.stride == (1, 1) else None
    with st.container(key="padding-tools", horizontal=True, vertical_alignment="center"):
        _button("valid", Message("Valid: {n}", {"n": 0}), chosen, valid, lit=here == valid)
        label = Message("Same: {n}", {"n": _said(same) if same else "–"})
        _button("same", label, chosen, same, lit=same is not None and kept == same)
        _button("full", Message("Full: {n}", {"n": _said(full)}), chosen, full, lit=here == full)
        on = reads and controls.toggle("reads", default=True)
        said = [lesson.sentence(t(remark)) for remark in remarks(chosen)]
        if said:
            st.caption(" ".join(said))
    return on


def same_per_side(chosen: Chosen) -> Pair | None:
    """The padding on each side that keeps the size at stride 1, if there is one: d(k − 1)/2."""
    rows, columns = full_per_side(chosen)
    return None if rows % 2 or columns % 2 else (rows // 2, columns // 2)


def full_per_side(chosen: Chosen) -> Pair:
    """The most padding that makes sense: each window still reads one cell, d(k − 1) per side."""
    rows, columns = (
        d * (k - 1) for d, k in zip(chosen.dilation, chosen.filters.kernel, strict=True)
    )
    return rows, columns


def remarks(chosen: Chosen) -> list[Message]:
    """Why there is no "same" per side, and how far the slider falls short of "same" or "full"."""
    same, full, most = same_per_side(chosen), full_per_side(chosen), WHOLES["padding"].most
    said = []
    if same is None:
        in_all = next(n for n in full if n % 2)
        said.append(
            Message(
                "a reach of {cells} cells needs {in_all} in all, no number per side (see Same)",
                {"cells": in_all + 1, "in_all": in_all},
            )
        )
    fields = {"full": _said(full), "most": most}
    if same and max(same) > most:
        fields["same"] = _said(same)
        said.append(
            Message(
                "the slider ends at {most}: too few for Same, {same}, and for Full, {full}", fields
            )
        )
    elif max(full) > most:
        said.append(Message("the slider ends at {most}: too few for Full, {full}", fields))
    return said


def _button(slug: str, label: Message, chosen: Chosen, padding: Pair | None, *, lit: bool) -> None:
    most = WHOLES["padding"].most
    st.button(
        t(label),
        key=f"padding-{slug}",
        disabled=padding is None,
        type="primary" if lit else "secondary",
        on_click=partial(pad, chosen, padding and (min(padding[0], most), min(padding[1], most))),
    )


def _said(padding: Pair) -> str:
    """A padding of both axes: one number where they agree."""
    return str(padding[0]) if padding[0] == padding[1] else times(padding)
