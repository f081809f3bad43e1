"""A visitor of one small page that a test writes itself; random convolutions, and their views."""

from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cnnlab.message import InvalidInput
from cnnlab.scenes.scene import Scene
from cnnlab.ui import choice, lesson, link
from cnnlab.ui.convolution.setting import Setting


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components() -> Iterator[None]:
    """Every AppTest would read what all installed packages say of themselves: most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield


@pytest.fixture
def show() -> Callable[..., AppTest]:
    """Run a function as a page, with parameters in its URL, in a browser of a language."""

    def shown(page: Callable[[], None], *, locale: str = "en-US", **query: str) -> AppTest:
        visitor = AppTest.from_function(page, default_timeout=60)
        visitor.context["locale"] = locale
        for key, value in query.items():
            visitor.query_params[key] = value
        return visitor.run()

    return shown


@pytest.fixture(scope="session")
def layers() -> Callable[..., st.SearchStrategy[Setting]]:
    """Settings of a convolution that has an output: whole numbers, seldom square, often grouped."""
    return _layers


@st.composite
def _layers(draw, largest: int = 12, kernel: int = 3) -> Setting:
    groups, depth, each = (draw(st.integers(1, n)) for n in (3, 2, 2))
    size, kernels = (draw(st.tuples(*[st.integers(1, n)] * 2)) for n in (largest, kernel))
    stride, dilation, padding = (draw(st.tuples(*[st.integers(1, 3)] * 2)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    made = Setting(
        name="random",
        x=rng.integers(-4, 10, (groups * depth, *size)).astype(np.float32),
        weight=rng.integers(-3, 4, (groups * each, depth, *kernels)).astype(np.float32),
        bias=rng.integers(-3, 4, groups * each).astype(np.float32) if draw(st.booleans()) else None,
        stride=stride,
        padding=(padding[0] - 1, padding[1] - 1),
        dilation=dilation,
        groups=groups,
        flipped=False,
    )
    try:
        assert made.y.size
    except InvalidInput:
        assume(False)
    return made


@pytest.fixture(scope="session")
def staged() -> Callable[..., tuple[Scene | None, dict[str, object]]]:
    """The scene that a view plays, and the values in the line above it, without a page.

    ``chosen`` is what a row of buttons says (else it says its default), ``step`` the link's.
    """
    return _staged


def _staged(
    module: ModuleType,
    show: Callable[..., None],
    *arguments: object,
    chosen: object = None,
    step: str | None = None,
) -> tuple[Scene | None, dict[str, object]]:
    scenes: list[Scene] = []
    said: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "play", lambda scene, **_: scenes.append(scene))
        patch.setattr(lesson, "line", lambda *_, **values: said.update(values))
        patch.setattr(module, "t", str, raising=False)
        patch.setattr(link, "step", lambda _: step)
        patch.setattr(
            "streamlit.segmented_control",
            lambda *_, default, **__: default if chosen is None else chosen,
        )
        patch.setattr(
            choice,
            "segments",
            lambda _, __, options, **___: next(iter(options)) if chosen is None else chosen,
        )
        patch.setattr("streamlit.select_slider", lambda *_, value, **__: value)
        show(*arguments)
    return (scenes[0] if scenes else None), said
