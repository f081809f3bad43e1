"""The MNIST handwritten digits, checked once and then shared, read-only."""

import gzip
import hashlib
import os
import threading
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.message import InvalidInput

Split = Literal["train", "test"]

FOLDER_VARIABLE = "CNNLAB_MNIST_DIR"
OWN_FOLDER = Path(__file__).with_name("mnist")
FILES: dict[Split, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
# Of each file after decompression: two gzip programs pack the same digits differently.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

_loading = threading.Lock()


@dataclass(frozen=True)
class Mnist:
    """One split: `images` uint8 (N, 28, 28), ink 255 on paper 0, and `labels` uint8 (N,), 0 to 9.

    Both arrays are shared by the whole process and refuse to be written to.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def load(split: Split) -> Mnist:
    """Return the 60,000 digits of `"train"` or the 10,000 of `"test"`; only that split is read.

    The files come from the package or from the folder that the environment variable
    `CNNLAB_MNIST_DIR` names, plain or as `.gz`. Raises `InvalidInput` where a file is missing,
    cannot be read or is not the MNIST file of that name.

    >>> load("test").labels[:5]
    array([7, 2, 1, 0, 4], dtype=uint8)
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or OWN_FOLDER)
    with _loading:  # thirty first visitors unpack and check the file once, not thirty times
        return _load(split, folder)


@cache
def _load(split: Split, folder: Path) -> Mnist:
    images, labels = (_checked(folder, name) for name in FILES[split])
    # IDX: the header is 4 bytes and 4 more for each axis; over bytes, frombuffer is read-only.
    return Mnist(
        np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28),
        np.frombuffer(labels, np.uint8, offset=8),
    )


def _checked(folder: Path, name: str) -> bytes:
    data = _read(folder, name)
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise InvalidInput(
            "{file} in {folder} is not the MNIST file of that name: its SHA-256 differs; "
            "replace it with the original",
            file=name,
            folder=str(folder),
        )
    return data


def _read(folder: Path, name: str) -> bytes:
    plain, packed = folder / name, folder / f"{name}.gz"
    try:
        return plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    except FileNotFoundError as error:
        raise InvalidInput(
            "the MNIST file {file} is missing from {folder}, plain or as .gz; "
            "put it there, or unset {variable} to use the digits that come with CNN Lab",
            file=name,
            folder=str(folder),
            variable=FOLDER_VARIABLE,
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(
            "the MNIST file {file} in {folder} cannot be read ({reason}); "
            "replace it with the original",
            file=name,
            folder=str(folder),
            reason=str(error),
        ) from error
