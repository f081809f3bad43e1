"""Weights that come with the project: what a recipe of the training lesson made of its seed."""

from functools import cache
from pathlib import Path

from cnnlab.engine.checks import Array
from cnnlab.nets.weights import unpack

FOLDER = Path(__file__).parent


@cache
def trained(recipe: str) -> dict[str, Array]:
    """The weights that the recipe of that slug ends with, by name, read-only.

    They are shared by the whole process. `python -m cnnlab.training.ship` makes them anew.

    >>> trained("fast")["0.weight"].shape
    (16, 1, 5, 5)
    """
    _, weights = unpack((FOLDER / f"{recipe}.safetensors").read_bytes())
    for array in weights.values():
        array.flags.writeable = False
    return weights
