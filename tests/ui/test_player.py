"""What hands do on the stage reaches the page, and nothing that could not be meant."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from cnnlab.message import Message
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.ui import player
from cnnlab.ui.player import FARTHEST, Drag, Edit, dragged, play


def grid(name: str, drag: tuple[int, int] | None = None) -> Grid:
    return Grid(name, Message(name), (1, 1), np.ones((1, 1)), "input", (0, 0), drag=drag)


ONE = (Axis(), Axis())
COPY = Part("copy", (Term("x", ONE),), Message("part"), Term("y", ONE))
SCENE = Scene(
    (grid("x", (2, -1)), grid("fixed"), grid("y")), (Phase(Message("copy"), (1,), (COPY,)),)
)


def test_an_offset_is_whole_cells_of_a_grid_that_can_be_dragged() -> None:
    for rows, columns in ((0, 0), (-3, 4), (FARTHEST, -FARTHEST)):
        sent = {"grid": "x", "rows": rows, "columns": columns}
        assert dragged(sent, SCENE) == Drag("x", rows, columns)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "x",
        {},
        {"grid": "fixed", "rows": 1, "columns": 1},
        {"grid": "nowhere", "rows": 1, "columns": 1},
        {"grid": ["x"], "rows": 1, "columns": 1},
        {"grid": "x", "rows": 1},
        {"grid": "x", "rows": 1.0, "columns": 1},
        {"grid": "x", "rows": 1, "columns": float("nan")},
        {"grid": "x", "rows": float("-inf"), "columns": 1},
        {"grid": "x", "rows": "1", "columns": 1},
        {"grid": "x", "rows": True, "columns": 1},
        {"grid": "x", "rows": 1, "columns": None},
        {"grid": "x", "rows": FARTHEST + 1, "columns": 0},
        {"grid": "x", "rows": 0, "columns": -(10**400)},
    ],
)
def test_nothing_else_is_an_offset(sent: object) -> None:
    assert dragged(sent, SCENE) is None


@pytest.fixture
def mounted(monkeypatch):
    """Play the scene without a browser: the callbacks that the stage would be given."""

    def mount(sent: dict[str, object], **options) -> dict:
        given: dict = {}
        state = {"stage": {"edit": None, "drag": None} | sent}
        fake = SimpleNamespace(session_state=state, container=lambda **_: nullcontext())
        monkeypatch.setattr(player, "st", fake)
        monkeypatch.setattr(player, "current", lambda: "en")
        monkeypatch.setattr(player, "t", str)
        monkeypatch.setattr(player, "_program", lambda **_: None)
        monkeypatch.setattr(player, "_stage", lambda **kwargs: given.update(kwargs))
        play(SCENE, key="stage", **options)
        return given

    return mount


def test_a_drag_and_an_edit_reach_the_page(mounted) -> None:
    drags: list[Drag] = []
    edits: list[Edit] = []
    sent = {
        "drag": {"grid": "x", "rows": 3, "columns": -1},
        "edit": {"grid": "x", "cell": [0, 0], "text": "5"},
    }
    given = mounted(sent, on_drag=drags.append, on_edit=edits.append)
    given["on_drag_change"]()
    given["on_edit_change"]()
    assert drags == [Drag("x", 3, -1)]
    assert edits == [Edit("x", (0, 0), "5")]


def test_what_is_no_drag_and_what_nobody_waits_for_is_dropped(mounted) -> None:
    drags: list[Drag] = []
    mounted({"drag": {"grid": "x", "rows": "3"}}, on_drag=drags.append)["on_drag_change"]()
    mounted({}, on_drag=drags.append)["on_drag_change"]()
    assert drags == []
    given = mounted({"drag": {"grid": "x", "rows": 3, "columns": 1}})
    given["on_drag_change"]()
    assert given["data"]["scene"]["grids"][0]["drag"] == [2, -1]
