"""Single files: written so that they appear whole, read only if plain and not too large."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from cnnlab.data.arrays import Named, pack, unpack
from cnnlab.message import InvalidInput

MOST_JSON = 1_000_000  # bytes
MOST_ARRAYS = 100_000_000


class Damaged(Exception):
    """What is on disk is no run of this app, or not a whole one."""


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON; raises OSError."""
    replace(path, json.dumps(value).encode())


def write_arrays(path: Path, arrays: Named) -> None:
    """Write named arrays; raises OSError."""
    replace(path, pack(arrays))


def read_json(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds; raises Damaged or OSError."""
    try:
        value = json.loads(read_bytes(path, MOST_JSON))
    except (ValueError, RecursionError) as error:
        raise Damaged from error
    if not isinstance(value, dict):
        raise Damaged
    return value


def read_arrays(path: Path) -> Named:
    """The arrays of a file, read-only; raises Damaged or OSError."""
    try:
        return unpack(read_bytes(path, MOST_ARRAYS))
    except InvalidInput as error:
        raise Damaged from error


def read_bytes(path: Path, most: int) -> bytes:
    """All of a plain file that is not too large; links and pipes are not followed or waited for."""
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        raise Damaged
    return path.read_bytes()


def replace(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there: nobody ever reads half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with beside.open("xb") as file:  # never through a link that lies there
        file.write(data)
    os.replace(beside, path)
