"""What every figure must be, and its packed numbers read back."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from cnnlab.figures.base import Figure
from cnnlab.theme import DARK, LIGHT, Theme


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def theme(request) -> Theme:
    return request.param


@pytest.fixture(scope="session")
def unpacked() -> Callable[[dict[str, str]], np.ndarray]:
    """Read packed numbers as a browser does: little-endian, in rows."""

    def read(packed: dict[str, str]) -> np.ndarray:
        kind = {"f4": "<f4", "u1": "<u1", "u2": "<u2"}[packed["dtype"]]
        flat = np.frombuffer(base64.b64decode(packed["bdata"]), kind)
        return flat.reshape(
            [int(n) for n in packed["shape"].split(",")] if "shape" in packed else -1
        )

    return read


@pytest.fixture(scope="session")
def sound() -> Callable[[Figure], None]:
    """Plain JSON, nothing that moves or zooms, no mode of its own, no background."""

    def check(figure: Figure) -> None:
        text = json.dumps(figure, allow_nan=False)  # raises at NaN, Infinity and NumPy's own types
        assert "rgba(0,0,0,0)" in text
        layout = figure["layout"]
        assert layout["uirevision"] == "kept"
        assert layout["margin"]["autoexpand"] is False
        assert layout["dragmode"] is False
        axes = {name: axis for name, axis in layout.items() if "axis" in name[:5]}
        assert axes
        for axis in axes.values():
            assert axis["fixedrange"] is True
            assert axis["autorange"] is False
            assert len(axis["range"]) == 2
        for colour in _colours(layout.get("shapes", [])):
            assert colour.startswith("#")

    return check


def _colours(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "color":
                yield value
            else:
                yield from _colours(value)
    elif isinstance(found, list):
        for value in found:
            yield from _colours(value)
