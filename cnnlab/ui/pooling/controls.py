"""The controls of the pooling lesson, and the setting that they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from cnnlab.message import Message
from cnnlab.scenes.pooling import Pool
from cnnlab.ui import choice, controls, lesson, source
from cnnlab.ui.choice import drawing
from cnnlab.ui.player import Edit
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.setting import Pair, follow, pairs, settled

INPUTS = source.options("distinct", "random", "own", "digit", "map", "photo", "upload")
POOLS: Mapping[str, Message] = {
    "max": Message("Maximum"),
    "average": Message("Average"),
    "global_max": Message("Global maximum"),
    "global_average": Message("Global average"),
}
VIEW_WITH_NOISE = "shift"  # its noise is drawn from the seed
VIEW_OF_ITS_OWN = "kept"  # both kinds of pooling, under windows of its own
OPENING: dict[str, int | str | bool] = {
    "kernel": 2,
    "stride": 2,
    "padding": 0,
    "axes": False,
    "ceil_mode": False,
    "count_include_pad": True,
    "size": 6,
    "channels": 1,
    "edits": "",
}
_OPENS = Message("Shown: the 4×4 example.")


@dataclass(frozen=True)
class Chosen:
    """Everything that the controls say, before anything is computed from it."""

    source: source.Choice
    pool: str
    kernel: Pair
    stride: Pair
    padding: Pair
    ceil_mode: bool
    count_include_pad: bool


def choose() -> Chosen:
    """Draw the row of controls and what stands under "More"."""
    first, second, third, fourth, more = lesson.controls(4)
    controls.defaults("pooling", **OPENING)
    with first:
        slug = controls.select("input", INPUTS, on_change=source.forget_edits)
    with second:
        pool = controls.select("pool", POOLS, disabled=_opens(VIEW_OF_ITS_OWN))
    fixed = is_global(pool) or _opens(VIEW_OF_ITS_OWN)  # there is no window to choose
    with third:
        kernel = _slider("kernel", disabled=fixed, label=Message("Window"))
    with fourth:
        stride = _slider("stride", disabled=fixed)
    with more:
        chosen_source = source.choose(
            slug, seeded=_opens(VIEW_WITH_NOISE), opening_size=int(OPENING["size"])
        )
        with drawing(not fixed):
            each = pairs(kernel=kernel, stride=stride, padding=_slider("padding"))
            ceil_mode = controls.toggle("ceil_mode")
        with drawing(pool == "average" and not fixed):
            counted = controls.toggle("count_include_pad", default=True)
    return Chosen(chosen_source, pool, **each, ceil_mode=ceil_mode, count_include_pad=counted)


def is_global(pool: str) -> bool:
    """Whether the one window is the whole map."""
    return pool.startswith("global_")


def setting(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could."""
    return settled("pooling", partial(_setting, chosen), _first, _OPENS)


def edit(chosen: Chosen, shown: Setting, typed: Edit) -> None:
    """Follow what was typed into a cell of the stage: into the link's text, nothing else."""

    def put(typed: Edit) -> None:
        controls.put(edits=source.edited(chosen.source, typed.cell, typed.text))

    follow(typed, {"input": shown.x.shape}, put)


def pool_of(kind: str, size: Pair) -> Pool:
    """The pooling whose one window is a map of that size (rows, columns)."""
    return Pool("max" if kind == "max" else "average", size, size)


def _setting(chosen: Chosen) -> Setting:
    made = source.load(chosen.source)
    kind = chosen.pool.removeprefix("global_")
    whole = is_global(chosen.pool)
    pool = pool_of(kind, (made.x.shape[1], made.x.shape[2])) if whole else _pool(chosen, kind)
    pooled = Setting(made.slug, made.x, pool, whole, made.note)
    pooled.y  # noqa: B018 - it is here that an impossible combination is found out
    return pooled


def _pool(chosen: Chosen, kind: str) -> Pool:
    return Pool(
        "max" if kind == "max" else "average",
        chosen.kernel,
        chosen.stride,
        chosen.padding,
        chosen.ceil_mode,
        chosen.count_include_pad,
    )


def _first() -> Setting:
    made = source.load(source.Choice("distinct", (6, 6), 1, 0, 0, None, "", ""))
    return Setting(made.slug, made.x, Pool("max", (2, 2), (2, 2)))


def _slider(key: str, *, disabled: bool = False, label: Message | None = None) -> int:
    return controls.slider(key, default=int(OPENING[key]), disabled=disabled, label=label)


def _opens(view: str) -> bool:
    """Whether that view is the open one; the views come after the controls."""
    return choice.peek("view", choice.among({view: ""})) is not None
