"""Who may know whom: the table of the design, enforced on every import statement."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ARRAYS = {"numpy"}

# part: (parts of the house it may import, packages from outside it may import)
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "engine": (set(), ARRAYS),
    "theme": (set(), set()),
    "lessons": (set(), {"babel"}),  # reads the .po file
    "message": (set(), set()),
    "data": (set(), ARRAYS | {"PIL", "safetensors"}),
    "scenes": ({"engine"}, ARRAYS),
    "stage": ({"scenes", "theme"}, ARRAYS | {"PIL"}),
    "figures": ({"engine", "training", "theme"}, ARRAYS | {"plotly"}),
    "nets": ({"engine", "data"}, ARRAYS | {"torch", "safetensors"}),
    "training": ({"nets", "engine", "data"}, ARRAYS | {"torch"}),
    "check": ({"engine", "nets"}, ARRAYS | {"torch"}),
    "__init__": (set(), set()),
    "__main__": (set(), set()),  # runs before any package is there
}
ABOVE = {"ui", "pages", "app"}  # these may import anything but torch
TORCH = {"nets", "training", "check"}


def part_of(path: Path) -> str:
    """Return the row of the table that a file of the project falls under."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "cnnlab" else parts[0]


def imported(source: str, path: Path) -> Iterator[str]:
    """Yield the full name of every module that a source imports, in functions too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            # `from cnnlab import theme` names a part only together with what it takes
            yield from (f"{module}.{name.name}" for name in node.names)


def offences(source: str, path: Path) -> list[str]:
    """Return the imports of a source that its part of the house must not make."""
    part = part_of(path)
    if part not in TABLE and part not in ABOVE:
        return [f"{part} is in no row of the design's table"]
    names = (name.split(".") for name in imported(source, path))
    return [".".join(name) for name in names if not allowed(part, name)]


def allowed(part: str, name: list[str]) -> bool:
    top, inner = [*name, ""][:2]
    if part in ABOVE:
        return top != "torch"
    if top == "cnnlab":
        return inner in {part, "message", ""} | TABLE[part][0]
    return top in sys.stdlib_module_names or top in TABLE[part][1]


def sources() -> list[Path]:
    found = [*ROOT.glob("cnnlab/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("app.py")]
    return sorted(found)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_knows_only_whom_it_may(path: Path) -> None:
    assert offences(path.read_text("utf-8"), path) == []


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("cnnlab/engine/conv.py", "import torch"),
        ("cnnlab/engine/conv.py", "def f():\n    import scipy.signal"),
        ("cnnlab/engine/conv.py", "from cnnlab import theme"),
        ("cnnlab/engine/conv.py", "from .. import theme"),
        ("cnnlab/engine/conv.py", "from ..scenes.scene import Scene"),
        ("cnnlab/scenes/deep/conv.py", "from ...stage import export"),
        ("cnnlab/data/mnist.py", "import cnnlab.engine.conv"),
        ("cnnlab/figures/curves.py", "import streamlit as st"),
        ("cnnlab/lessons/words.py", "from streamlit import session_state"),
        ("cnnlab/check.py", "if True:\n    from cnnlab.training import loop"),
        ("cnnlab/ui/router.py", "def warm():\n    import torch.nn"),
        ("pages/convolution.py", "from torch import nn"),
        ("cnnlab/__main__.py", "import numpy"),
        ("cnnlab/theme.py", "from cnnlab.ui import controls"),
        ("cnnlab/gadgets/new.py", "import os"),
    ],
)
def test_a_forbidden_import_is_seen(where: str, source: str) -> None:
    assert len(offences(source, ROOT / where)) == 1


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("cnnlab/engine/conv.py", "from __future__ import annotations\nimport numpy as np, math"),
        ("cnnlab/engine/conv.py", "from .shapes import pair\nfrom . import pad"),
        ("cnnlab/engine/conv.py", "from cnnlab.engine import pad\nfrom ..message import Message"),
        ("cnnlab/stage/export.py", "from PIL import Image\nfrom cnnlab import scenes, theme"),
        ("cnnlab/check.py", "def f():\n    import torch.nn.functional as F"),
        (
            "pages/pooling.py",
            "import streamlit\nimport cnnlab.engine\nfrom cnnlab.ui import a",
        ),
        ("app.py", "import streamlit as st"),
    ],
)
def test_an_allowed_import_passes(where: str, source: str) -> None:
    assert offences(source, ROOT / where) == []


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("cnnlab", {"numpy", "PIL", "torch", "plotly", "streamlit"}),
        ("cnnlab.__main__", {"numpy", "PIL", "torch", "plotly", "streamlit"}),
        ("cnnlab.engine", {"torch", "plotly", "streamlit"}),
        ("cnnlab.data.decode", {"torch", "plotly", "streamlit"}),
    ],
)
def test_import_stays_light(module: str, kept_out: set[str]) -> None:
    program = f"import sys, {module}; print(*(set({kept_out!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
