"""Shift and noise: by how much a map changes when its picture does, measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf

import numpy as np
import streamlit as st

from cnnlab.engine import Array, conv2d, kernel
from cnnlab.message import Message
from cnnlab.scenes.moment import number
from cnnlab.scenes.pooling import Pool, pooled
from cnnlab.scenes.pooling_compare import change, moved, moved_back
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.language import t
from cnnlab.ui.player import Drag, play
from cnnlab.ui.pooling import rule
from cnnlab.ui.pooling.bar import one_channel
from cnnlab.ui.pooling.controls import pool_of
from cnnlab.ui.pooling.picture import picture
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.setting import Pair

_TESTS: Mapping[str, Message] = {"shift": Message("Shift"), "noise": Message("Noise")}
_WIDTHS = {"shift_down": 170, "shift_across": 170, "noise": 280}  # CSS pixels: all in one row
_OPENING = {"shift_down": 0, "shift_across": 1, "noise": 10}


@dataclass(frozen=True)
class Changed:
    """A picture (1, H, W) and the same picture changed; ``shift`` if it was moved, and how far."""

    original: Array
    changed: Array
    shift: Pair | None
    pool: Pool

    @property
    def weight(self) -> Array:
        """Emboss: it tells directions apart, and its weights sum to 1, so means say something."""
        return kernel("emboss", 3, 3)[None, None]

    @property
    def maps(self) -> tuple[Array, Array]:
        """The two convolved maps (1, OH, OW)."""
        before, after = (conv2d(x[None], self.weight)[0] for x in (self.original, self.changed))
        return before, after

    @property
    def pooled(self) -> tuple[Array, Array]:
        """The two pooled maps."""
        before, after = (pooled(x, self.pool) for x in self.maps)
        return before, after


def view(shown: Setting, digit: int, seed: int) -> None:
    """The picture beside the picture changed, and a table; the rule is that of their pooling."""
    with st.container(key="bar-shift", horizontal=True, vertical_alignment="center"):
        test = choice.segments(
            "shift-test", t("Test"), {slug: t(label) for slug, label in _TESTS.items()}, bare=True
        )
        made = picture(one_channel(shown, "shift"), digit)
        changed, shift = _changed(made.x, test, seed)
        both = Changed(made.x, changed, shift, _pool(shown, made.x))
        with st.container(key="changes", width="content"):
            values = _numbers(both, whole=shown.whole)
    lesson.line(*_sections(both, whole=shown.whole), **values)
    scene = moved(both.original, both.changed, both.weight, both.pool, drag=shift)
    play(scene, key="pooling-shift", topic=f"{made.name} {test}", on_drag=_dragged)
    note = Message("{image} The kernel that is slid over it: Emboss.", {"image": made.note or ""})
    rule.show(Setting(made.name, both.maps[0], both.pool, shown.whole, note))


def _changed(x: Array, test: str, seed: int) -> tuple[Array, Pair | None]:
    """The picture as the sliders of the test change it, and how far it was moved, if it was."""
    if test == "noise":
        return with_noise(x, _slider("noise") / 100, seed), None
    shift = _slider("shift_down"), _slider("shift_across")
    return moved_by(x, shift), shift


def moved_by(x: Array, shift: Pair) -> Array:
    """x (C, H, W) moved by rows down and columns to the right; its edge is drawn out."""
    _, height, width = x.shape
    far = max(map(abs, shift))
    wide = np.pad(x, ((0, 0), (far, far), (far, far)), mode="edge")
    top, left = (far - by for by in shift)
    return np.ascontiguousarray(wide[:, top : top + height, left : left + width])


def with_noise(x: Array, share: float, seed: int) -> Array:
    """x with normal noise, whose standard deviation is that share of the largest number."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(x.shape) * share * float(np.abs(x).max())
    return (x + noise).astype(x.dtype)


def percent(fraction: float) -> str:
    """A change as it is said: whole per cent, below ten with one decimal.

    >>> [percent(n) for n in (0.0, 1e-7, 0.0123, 0.5, 1.25, float("inf"))]
    ['0 %', '0 %', '1.2 %', '50 %', '125 %', '∞']
    """
    if isinf(fraction):
        return "∞"
    hundred = 100 * fraction
    places = 1 if 0.05 <= hundred < 9.95 else 0
    return f"{hundred:.{places}f} %"


def _pool(shown: Setting, x: Array) -> Pool:
    """The pooling of the page; where it is global, its window is the convolved map."""
    if not shown.whole:
        return shown.pool
    _, height, width = conv2d(x[None], kernel("emboss", 3, 3)[None, None])[0].shape
    return pool_of(shown.pool.kind, (height, width))


def _sections(both: Changed, *, whole: bool) -> list[str]:
    """What there is to see, what the table's per cent are of, and how a half stride is undone."""
    shown = "noise" if both.shift is None else "global" if whole else "shift"
    return [shown, "changed_by", *(["moved_back"] if _halfway(both, whole=whole) else [])]


def _halfway(both: Changed, *, whole: bool) -> bool:
    """Whether a picture was moved by what is no whole number of strides."""
    if both.shift is None or whole:
        return False
    return any(by % step for by, step in zip(both.shift, both.pool.stride, strict=True))


def _numbers(both: Changed, *, whole: bool) -> dict[str, str]:
    """A table of how much each map changed and, of a shift, what is left once it is moved back.

    Returns the numbers of the line below it.
    """
    maps, ends = both.maps, both.pooled
    changes = {
        t("Input"): change(both.original, both.changed),
        t("Convolved"): change(*maps),
        **_of_poolings(both),
    }
    left = []
    if both.shift is not None and not whole:
        left = [
            moved_back(both.original, both.changed, both.shift),
            moved_back(*maps, both.shift),
            moved_back(*maps, both.shift, both.pool),
        ]
    st.markdown("\n".join(_table(changes, left)))
    before, after = (number(float(end.flat[0])) for end in ends)
    return {"before": before, "after": after}


def _of_poolings(both: Changed) -> dict[str, float]:
    """By how much the pooled map changes; under noise, where the kinds differ, with either."""
    if both.shift is not None:
        return {t("Pooled"): change(*both.pooled)}
    largest, mean = (
        replace(both, pool=replace(both.pool, kind=kind)) for kind in ("max", "average")
    )
    return {
        t("Max-pooled"): change(*largest.pooled),
        t("Avg-pooled"): change(*mean.pooled),
    }


def _table(changes: Mapping[str, float], left: Sequence[float]) -> list[str]:
    lines = [
        ["", *changes],
        ["---", *["--:"] * len(changes)],
        [t("Changed by"), *map(percent, changes.values())],
    ]
    if left:
        lines.append([t("After moving back"), *map(percent, left)])
    return [f"| {' | '.join(line)} |" for line in lines]


def _dragged(drag: Drag) -> None:
    controls.put(shift_down=drag.rows, shift_across=drag.columns)


def _slider(key: str) -> int:
    """A slider of this view, as wide as leaves the whole row in one line."""
    with st.container(width=_WIDTHS[key]):
        return controls.slider(key, default=_OPENING[key])
