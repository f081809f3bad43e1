"""The controls of the block's two views, and the setting that they say."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from cnnlab.data import table
from cnnlab.message import Message
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.choice import drawing
from cnnlab.ui.player import Edit
from cnnlab.ui.resnet.setting import SIDE, Setting, setting
from cnnlab.ui.setting import follow, settled

BLOCKS: Mapping[str, Message] = {
    "identity": Message("Same shape"),
    "unprojected": Message("Other shape"),
    "projection": Message("Other shape, W_s"),
    "preactivated": Message("Pre-activation"),
}
INPUTS: Mapping[str, Message] = {
    "rectified": Message("After a ReLU"),
    "signed": Message("Any sign"),
}
WITHOUT = ("flow", "race", "claims")  # views that have controls of their own
OPENING: dict[str, int | str | bool] = {
    "norm": False,
    "skip": True,
    "last": 100,
    "before": 100,
    "edits": "",
}
_OPENS = Message("Shown: the block as it opens.")


def choose() -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could.

    Views that have controls of their own need no row: the block stays as it was.
    """
    controls.defaults("resnet", **OPENING)
    said = _held() if choice.peek("view", choice.among(dict.fromkeys(WITHOUT))) else _row()
    return settled("resnet", partial(setting, **said), partial(setting, "identity"), _OPENS)


def edit(typed: Edit) -> None:
    """Follow what was typed into a cell of x: into the link's text, nothing else."""

    def put(typed: Edit) -> None:
        found = table.changes(choice.held("edits", ""))
        plane, row, column = typed.cell
        found[plane, row, column] = table.parse_number(typed.text)
        controls.put(edits=table.write_changes(found))

    follow(typed, {"x": (1, SIDE, SIDE)}, put)


def _row() -> dict[str, Any]:
    first, second, third, fourth, fifth, more = lesson.controls(5)
    said: dict[str, Any] = {}
    with first:
        said["kind"] = controls.select("block", BLOCKS)
    with second:
        said["name"] = controls.select("input", INPUTS, on_change=_forget_edits)
    with third:
        said["last"] = controls.slider("last")
    with fourth:
        said["skip"] = controls.toggle("skip", default=True)
    with fifth:
        said["norm"] = controls.toggle("norm")
    with more:
        with drawing(said["norm"]):
            said["before"] = controls.slider("before")
        said["seed"] = controls.number("seed")
        said["edits"] = controls.text("edits")
    return said


def _held() -> dict[str, Any]:
    """What the row would say."""
    kind = choice.peek("block", choice.among(BLOCKS)) or "identity"
    name = choice.peek("input", choice.among(INPUTS)) or "rectified"
    rest = {key: choice.held(key, opening) for key, opening in OPENING.items()}
    return {"kind": kind, "name": name, "seed": choice.held("seed", 0), **rest}


def _forget_edits() -> None:
    controls.put(edits="")
