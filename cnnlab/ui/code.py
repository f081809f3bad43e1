"""Code for a page to show: the engine's own source, and programs that make the same numbers.

A program is put together from pieces, each with the imports that it needs. It runs as it stands:
arrays are written out, or loaded where they are samples of this project, or packed as text.
"""

import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import getsource
from textwrap import dedent, wrap

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data import mnist
from cnnlab.data.photos import photo
from cnnlab.data.shrink import shrink, to_planes
from cnnlab.engine import Array
from cnnlab.message import Message
from cnnlab.ui.language import t
from cnnlab.ui.setting import Pair

WRITTEN = 400  # numbers that are written out; more of them nobody reads
EDITED = 12  # cells of a sample that are changed one by one
WIDTH = 88  # characters in a line
_HEIGHT = 460  # pixels of a piece of code
_RAN = Message("The code that ran, in NumPy")

_TO_PLANES = "from cnnlab.data.shrink import to_planes"


@dataclass(frozen=True)
class Piece:
    """Some lines of a program, and the import statements that they need."""

    lines: str
    imports: tuple[str, ...] = ()


Sample = tuple[NDArray[np.uint8], Piece]  # pixels (H, W) or (H, W, 3), and what loads them


def source_of(*functions: Callable[..., object]) -> str:
    """The source of functions as it stands in their files, in the order given."""
    return "\n\n\n".join(dedent(getsource(function)).strip() for function in functions)


def program(*pieces: Piece) -> str:
    """A whole program: the imports, each once, then the lines.

    >>> print(program(Piece("x = np.ones(3)", ("import numpy as np",)), Piece("print(x)")))
    import numpy as np
    <BLANKLINE>
    x = np.ones(3)
    print(x)
    """
    imports = {line for piece in pieces for line in piece.imports}
    return "\n".join([*sorted(imports, key=_origin), "", *(piece.lines for piece in pieces)])


def beside(ours: str, theirs: str, head: Message = _RAN) -> None:
    """The engine's code, and the same in PyTorch; ``head``: what the engine's is."""
    columns = st.columns([6, 5])
    titles = (t(head), t("The same in PyTorch"))
    for column, title, text in zip(columns, titles, (ours, theirs), strict=True):
        column.markdown(title)
        column.code(text, language="python", height=_HEIGHT)


def call(name: str, function: str, arguments: Sequence[str]) -> str:
    """Call a function and name its result, on one line where that fits.

    >>> call("y", "F.conv2d", ["x", "weight"])
    'y = F.conv2d(x, weight)'
    """
    inside = ", ".join(arguments)
    line = f"{name} = {function}({inside})"
    return line if len(line) <= WIDTH else f"{name} = {function}(\n    {inside}\n)"


def short(pair: Pair) -> Pair | int:
    """One number where both axes have the same, as it is usually written."""
    return pair[0] if pair[0] == pair[1] else pair


def tensor(name: str, values: Array) -> Piece:
    """Make a PyTorch tensor of exactly these values and their dtype.

    >>> print(tensor("bias", np.array([0.1, -2], np.float32)).lines)
    bias = torch.tensor([ 0.1, -2. ], dtype=torch.float32)
    """
    if values.size > WRITTEN:
        return _packed(name, values)
    start = f"{name} = torch.tensor("
    numbers = np.array2string(
        values.astype(np.int64) if _holds(np.int32, values) else values,
        separator=", ",
        prefix=start,
        threshold=WRITTEN + 1,
        max_line_width=WIDTH,
        floatmode="unique",
    )
    numbers = numbers.replace("\n\n\n", "\n\n")  # between filters: as between their planes
    return Piece(f"{start}{numbers}, dtype=torch.{values.dtype})", ("import torch",))


def picture(name: str, x: Array, slug: str) -> Piece:
    """`tensor` for an input (1, C, H, W); a digit or photograph of this project is loaded.

    ``slug`` is the input's ("digit", "photo-chelsea", …); a few of its cells may have been edited.
    """
    sample = _digit(x) if slug == "digit" else _photograph(x, slug)
    channels = x.shape[1]
    if sample is None or sample[0].shape[:2] != x.shape[2:] or channels not in (1, 3):
        return tensor(name, x)
    pixels, loader = sample
    edited = np.argwhere(to_planes(pixels, channels) != x[0]).tolist()
    if len(edited) > EDITED:
        return tensor(name, x)
    kind = "" if x.dtype == np.float32 else f", dtype=torch.{x.dtype}"
    lines = [
        f"pixels = {loader.lines}",
        f"{name} = torch.tensor(to_planes(pixels, {channels}){kind})[None]",
        *(f"{name}[0, {c}, {i}, {j}] = {x[0, c, i, j]}" for c, i, j in edited),
    ]
    return Piece("\n".join(lines), (*loader.imports, _TO_PLANES, "import torch"))


def _digit(x: Array) -> Sample | None:
    """The test digit nearest to an input, and the expression that loads it."""
    if x.shape[2:] != (28, 28):
        return None
    images = mnist.load("test").images
    near = np.rint(x[0, 0]).clip(0, 255).astype(np.uint8)
    index = int(np.count_nonzero(images != near, axis=(1, 2)).argmin())
    expression = f'mnist.load("test").images[{index}]'
    return images[index], Piece(expression, ("from cnnlab.data import mnist",))


def _photograph(x: Array, slug: str) -> Sample | None:
    """A sample photograph at the size of an input, and the expression that makes it."""
    kind, _, name = slug.partition("-")
    if kind != "photo":
        return None
    side = max(x.shape[2:])
    imports = ("from cnnlab.data.photos import photo", "from cnnlab.data.shrink import shrink")
    return shrink(photo(name), side), Piece(f'shrink(photo("{name}"), {side})', imports)


def _packed(name: str, values: Array) -> Piece:
    """The bytes as text, of the smallest kind of number that holds them all."""
    kinds = (np.uint8, np.int8, np.int16, values.dtype)
    kind = np.dtype(next(kind for kind in kinds if _holds(kind, values)))
    text = b64encode(values.astype(kind).tobytes()).decode()
    lines = [
        f"{name} = torch.frombuffer(",
        "    bytearray(b64decode(",
        *(f'        "{line}"' for line in wrap(text, WIDTH - 10)),
        f"    )), dtype=torch.{kind}",
        f").reshape{values.shape}.to(torch.{values.dtype})",
    ]
    return Piece("\n".join(lines), ("from base64 import b64decode", "import torch"))


def _holds(kind: np.dtype | type, values: Array) -> bool:
    """Whether these values are the same as numbers of that kind."""
    with np.errstate(invalid="ignore"):  # what does not fit is what is asked
        return bool((values.astype(kind) == values).all())


def _origin(line: str) -> tuple[int, str]:
    """The usual order of imports: the standard library, packages, this project."""
    package = line.split()[1].split(".")[0]
    return 0 if package in sys.stdlib_module_names else 2 if package == "cnnlab" else 1, line
