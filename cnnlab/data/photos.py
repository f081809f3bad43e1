"""The sample photographs that come with the app."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.decode import decode
from cnnlab.message import InvalidInput, Message

FOLDER = Path(__file__).with_name("photos")


@dataclass(frozen=True)
class Photo:
    """A sample photograph: its name (also the URL's word for it), file, subject and source."""

    name: str
    file: str
    shows: Message
    credit: str


PHOTOS = (
    Photo("chelsea", "chelsea.jpg", Message("a tabby cat"), "Stefan van der Walt, CC0"),
    Photo("coffee", "coffee.jpg", Message("a cup of espresso"), "Rachel Michetti, CC0"),
    Photo("astronaut", "astronaut.jpg", Message("Eileen Collins"), "NASA, public domain"),
    Photo("camera", "camera.jpg", Message("a photographer"), "Lav Varshney, CC0"),
    Photo("rocket", "rocket.jpg", Message("a rocket on its pad"), "SpaceX, public domain"),
    Photo("brick", "brick.jpg", Message("a brick wall"), "cc0textures, CC0"),
)
_files = {photo.name: photo.file for photo in PHOTOS}


def photo(name: str) -> NDArray[np.uint8]:
    """Return a photograph as uint8 (H, W, 3), at most 480 a side, shared and read-only.

    The grey ones (`camera`, `brick`) have three equal channels, so that every photograph has the
    shape of an upload. Raises `InvalidInput` for a name that is not in `PHOTOS`.

    >>> photo("chelsea").shape
    (300, 451, 3)
    """
    if name not in _files:
        raise InvalidInput(
            "there is no sample photograph called {name}; there are {names}",
            name=name,
            names=", ".join(_files),
        )
    return _decoded(_files[name])


@cache
def _decoded(file: str) -> NDArray[np.uint8]:
    pixels = decode((FOLDER / file).read_bytes())
    pixels.flags.writeable = False
    return pixels
