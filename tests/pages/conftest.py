"""A visitor without a browser: AppTest on the router, as the server runs it."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Node

from cnnlab.scenes.encode import decode
from cnnlab.scenes.scene import Scene
from cnnlab.ui import lesson as lesson_frame
from cnnlab.ui import menu

ROUTER = menu.PAGES.parent / "cnnlab" / "ui" / "router.py"
Visit = Callable[..., AppTest]
TABS = {  # each lesson's rows of tabs, by their slugs
    "convolution": {
        "view": ("steps", "matrix", "backward", "dense", "video"),
        "about": ("predict", "check", "code"),
    },
    "padding-stride": {
        "view": ("size", "border", "same", "transposed"),
        "about": ("sizes", "layers", "predict", "check", "code"),
    },
    "pooling": {
        "view": ("steps", "matrix", "backward", "equal", "shift", "kept", "relu"),
        "about": ("predict", "check", "code"),
    },
    "training": {
        "view": ("live", "machine", "layers", "filters", "mistakes", "similar", "draw"),
        "about": ("network", "runs", "predict", "check", "code"),
    },
    "resnet": {
        "view": ("block", "backward", "flow", "race", "claims"),
        "about": ("predict", "check", "code"),
    },
    "receptive-field": {
        "view": ("side", "plane", "photo", "three", "compare"),
        "about": ("stack", "table", "predict", "check", "code"),
    },
    "architectures": {
        "view": ("picture", "shares", "compare", "accuracy", "alexnet"),
        "about": ("table", "predict", "check", "code"),
    },
}


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components() -> Iterator[None]:
    """Every AppTest would read what all installed packages say of themselves: most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield


@pytest.fixture(scope="session")
def visit() -> Visit:
    """Open a page by its slug, in a language of the browser, with parameters in the URL."""

    def opened(slug: str, *, locale: str = "en-US", more: bool = True, **query: str) -> AppTest:
        visitor = AppTest.from_file(ROUTER, default_timeout=60)
        visitor.context["locale"] = locale
        visitor.query_params.update(query)
        visitor.session_state[lesson_frame.MORE] = more  # open: tests use what stands there
        visitor.run()
        if slug != menu.HOME.slug:  # AppTest learns the pages from home: only then can it go there
            visitor.switch_page(str(menu.page(slug).path))
            visitor.query_params.update(query)
            visitor.run()
        return visitor

    return opened


@pytest.fixture(scope="session")
def lesson(visit: Visit) -> Visit:
    """The convolution lesson, opened by a link."""
    return partial(visit, "convolution")


@pytest.fixture(scope="session")
def said() -> Callable[[AppTest], list[str]]:
    """The sentences about what cannot be done; and nothing has gone wrong otherwise."""

    def sentences(visitor: AppTest) -> list[str]:
        assert not visitor.exception
        assert not visitor.error
        return [info.value for info in visitor.info]

    return sentences


@pytest.fixture(scope="session")
def on_stage() -> Callable[[AppTest], Scene | None]:
    """The scene that the page's stage plays, as it was sent; None where there is no stage."""

    def shown(visitor: AppTest) -> Scene | None:
        stages = list(_stages(visitor))
        assert len(stages) <= 1
        return decode(_strict(stages[0].json)["scene"]) if stages else None

    return shown


@pytest.fixture(scope="session")
def same() -> Callable[[Scene, Scene], bool]:
    """Whether two scenes show the same numbers."""

    def equal(one: Scene, other: Scene) -> bool:
        return len(one.grids) == len(other.grids) and all(
            np.array_equal(grid.values, other.grid(grid.id).values) for grid in one.grids
        )

    return equal


@pytest.fixture(scope="session")
def type_into() -> Callable[..., AppTest]:
    """Type into a cell of the stage, as the browser tells it."""

    def typed(visitor: AppTest, grid: str, cell: list[int], text: str) -> AppTest:
        stage = next(_stages(visitor))
        event = {"event": "edit", "value": {"grid": grid, "cell": cell, "text": text}}
        states = visitor._tree.get_widget_states()
        trigger = _make_trigger_id(stage.id, "events")
        states.widgets.add(id=trigger, json_trigger_value=json.dumps([event]))
        return visitor._run(states)  # AppTest itself has no hands for components

    return typed


@pytest.fixture(scope="session")
def open_tab() -> Callable[[AppTest, str, int], AppTest]:
    """Choose a tab of a row ("view" or "about") by its place; not yet run."""

    def opened(visitor: AppTest, row: str, place: int) -> AppTest:
        slugs = TABS[visitor.session_state["_lesson"]][row]
        visitor.session_state[row] = slugs[place % len(slugs)]
        return visitor

    return opened


def _stages(visitor: AppTest) -> Iterator[Any]:
    """What Streamlit sends for each stage: the element of a component."""
    for node in _walk(visitor.main):
        if node.type == "bidi_component" and node.proto.component_name == "cnnlab_stage":
            yield node.proto


def _walk(block: Any) -> Iterator[Node]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _walk(child)


def _strict(text: str) -> dict[str, Any]:
    """JSON as browsers read it: no NaN, no Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)
