"""Numbers as people type them into one line, and back: kernels, inputs, changed cells.

Numbers of a row are separated by spaces or commas, rows by ``/`` or a new line, planes by ``|``,
filters by ``;``. So ``-1 0 1 / -2 0 2 / -1 0 1`` is a kernel, and stays readable in a link. The
wide signs and digits of a Chinese keyboard (``，／｜；－１``) count as these.
"""

import re
from collections.abc import Sequence
from functools import partial
from math import isnan, nan
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from cnnlab.message import InvalidInput

LARGEST = 1e6  # beyond it float32 has no digits left for what is added
MOST = 4096  # numbers in one text
_SEPARATORS = (";", "|", "/")
_narrow = partial(normalize, "NFKC")

Numbers = NDArray[np.float32]


def parse(text: str) -> Numbers:
    """Read a text as float32 (F, C, H, W); what it does not separate has size 1.

    Raises `InvalidInput` for what is no number, too large, or not a full table.

    >>> parse("1 2 / 3 4 | 5 6 / 7 8").shape
    (1, 2, 2, 2)
    """
    nested = [
        [[_row(row) for row in _split(plane, "/")] for plane in _split(block, "|")]
        for block in _split(_narrow(text).strip().replace("\n", "/"), ";")
    ]
    rows = [row for block in nested for plane in block for row in plane]
    if not any(rows):
        raise InvalidInput("there are no numbers: write them separated by spaces, rows by /")
    if len({len(row) for row in rows}) > 1:
        raise InvalidInput(
            "the rows have {lengths} numbers: every row needs as many as the others",
            lengths=", ".join(str(n) for n in sorted({len(row) for row in rows})),
        )
    if len({len(plane) for block in nested for plane in block}) > 1:
        raise InvalidInput("the planes have different numbers of rows: make them equal")
    if len({len(block) for block in nested}) > 1:
        raise InvalidInput("the filters have different numbers of planes: make them equal")
    if sum(map(len, rows)) > MOST:
        raise InvalidInput("at most {most} numbers can be given", most=MOST)
    return np.array(nested, np.float32)


def parse_number(word: str) -> float:
    """Read one number, with a true minus or a hyphen.

    >>> parse_number("−1.5")
    -1.5
    """
    try:  # Python would read 1_0 as 10
        value = nan if "_" in word else float(_narrow(word).replace("\u2212", "-"))
    except ValueError:
        value = nan
    if isnan(value):
        raise InvalidInput(
            "“{word}” is not a number: write digits, such as −1 or 0.5", word=word[:20]
        )
    if abs(value) > LARGEST:
        raise InvalidInput(
            "{word} is too large to be shown: keep numbers between −{limit} and {limit}",
            word=word[:20],
            limit=f"{LARGEST:,.0f}",
        )
    return value


def write(numbers: Numbers) -> str:
    """Write an array of up to four axes so that `parse` reads it back.

    >>> write(np.array([[0, 1.5], [-2, 3]], np.float32))
    '0 1.5 / -2 3'
    """
    return _join(numbers, len(_SEPARATORS) - (numbers.ndim - 1))


def fit(numbers: Numbers, shape: Sequence[int]) -> Numbers:
    """Cut or extend with zeros, at the end of every axis, to another shape of as many axes.

    >>> fit(np.ones((1, 2), np.float32), (2, 3))
    array([[1., 1., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    result = np.zeros(shape, np.float32)
    kept = tuple(slice(0, min(old, new)) for old, new in zip(numbers.shape, shape, strict=True))
    result[kept] = numbers[kept]
    return result


def change(numbers: Numbers, text: str) -> Numbers:
    """Apply changes such as ``1,2,3=5; 1,1,1=0`` (plane, row, column from 1) to (C, H, W).

    Cells that the array does not have are passed over: the change belongs to a larger input.

    >>> change(np.zeros((1, 1, 3), np.float32), "1,1,2=7; 1,9,9=1")
    array([[[0., 7., 0.]]], dtype=float32)
    """
    result = numbers.copy()
    for index, value in changes(text).items():
        if all(0 <= at < size for at, size in zip(index, numbers.shape, strict=True)):
            result[index] = value
    return result


def changes(text: str) -> dict[tuple[int, int, int], float]:
    """Read the changes of a text: index from 0 → new value."""
    found: dict[tuple[int, int, int], float] = {}
    for entry in filter(None, (piece.strip() for piece in _narrow(text).split(";"))):
        match = re.fullmatch(r"(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*=\s*(\S+)", entry)
        if match is None:
            raise InvalidInput(
                "“{entry}” is not a change: write plane,row,column=number, such as 1,2,3=5",
                entry=entry[:40],
            )
        plane, row, column = (int(match[k]) - 1 for k in (1, 2, 3))
        found[plane, row, column] = parse_number(match[4])
    return found


def write_changes(found: dict[tuple[int, int, int], float]) -> str:
    """Write changes so that `changes` reads them back.

    >>> write_changes({(0, 1, 2): 5.0})
    '1,2,3=5'
    """
    return "; ".join(
        f"{plane + 1},{row + 1},{column + 1}={_digits(value)}"
        for (plane, row, column), value in found.items()
    )


def _split(text: str, separator: str) -> list[str]:
    # A separator at the very end closes what stands before it.
    return text.strip().removesuffix(separator).split(separator)


def _row(text: str) -> list[float]:
    return [parse_number(word) for word in text.replace(",", " ").split()]


def _join(numbers: Numbers, level: int) -> str:
    if level == len(_SEPARATORS):
        return " ".join(_digits(float(value)) for value in numbers)
    return f" {_SEPARATORS[level]} ".join(_join(part, level + 1) for part in numbers)


def _digits(value: float) -> str:
    # The shortest text that is the same float32 again.
    return str(np.float32(value)).removesuffix(".0")
