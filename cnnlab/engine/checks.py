"""What the engine asks of its arguments, said in sentences that name values and reasons."""

from collections.abc import Sequence
from operator import index
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnlab.message import InvalidInput

Array: TypeAlias = NDArray[np.floating[Any]]
"""A float32 or float64 array; operations return the dtype they were given."""

Size: TypeAlias = int | Sequence[int]
"""One whole number for every axis, or a tuple or list: (h, w) in 2-D, (d, h, w) in 3-D."""

_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def whole(name: str, value: object, least: int) -> int:
    """``value`` as an int, or a sentence: it must be a whole number and at least ``least``."""
    try:
        number = index(value)  # type: ignore[arg-type]  # what it refuses is what is asked
    except TypeError:
        raise InvalidInput(
            "{name} must be a whole number, but is {value}", name=name, value=value
        ) from None
    if number < least:
        raise InvalidInput(
            "{name} must be at least {least}, but is {value}", name=name, least=least, value=number
        )
    return number


def per_axis(name: str, value: Size, least: int, axes: int = 2) -> tuple[int, ...]:
    """One number for each spatial axis: an int counts for all of them."""
    if not isinstance(value, tuple | list):
        return (whole(name, value, least),) * axes
    if len(value) != axes:
        raise InvalidInput(
            "{name} must be one number or {axes} of them, one for each axis, but is {value}",
            name=name,
            axes=axes,
            value=value,
        )
    return tuple([whole(name, number, least) for number in value])


def array(name: str, value: object, layout: str) -> None:
    """Refuse what is not a float32 or float64 array with the axes of ``layout`` and any cells.

    Whole numbers are refused rather than converted: uint8 pixels would wrap around at 256, and a
    silent conversion would have to guess whether float32 or float64 was meant.
    """
    if not isinstance(value, np.ndarray):
        raise InvalidInput(
            "{name} must be a NumPy array, but is of type {type}",
            name=name,
            type=type(value).__name__,
        )
    if value.dtype not in _DTYPES:
        raise InvalidInput(
            "{name} holds {dtype}, but the engine computes in float32 or float64: "
            "convert it with .astype(np.float32)",
            name=name,
            dtype=str(value.dtype),
        )
    if layout and value.ndim != layout.count(",") + 1:
        raise InvalidInput(
            "{name} must have the axes {layout}, but has the shape {shape}",
            name=name,
            layout=layout,
            shape=value.shape,
        )
    if value.size == 0:
        raise InvalidInput(
            "{name} has no cells to compute with: its shape is {shape}",
            name=name,
            shape=value.shape,
        )


def shape(name: str, value: object, expected: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse an array whose shape or dtype does not go with the others'."""
    array(name, value, "")
    assert isinstance(value, np.ndarray)
    if value.shape != expected:
        raise InvalidInput(
            "{name} must have the shape {expected} to go with the other arrays, "
            "but has the shape {shape}",
            name=name,
            expected=expected,
            shape=value.shape,
        )
    same_dtype(name, value, dtype)


def same_dtype(name: str, value: Array, dtype: np.dtype[Any]) -> None:
    """Refuse to mix float32 and float64: the result could be neither honestly."""
    if value.dtype != dtype:
        raise InvalidInput(
            "{name} holds {dtype}, but the other arrays hold {expected}: give all the same",
            name=name,
            dtype=str(value.dtype),
            expected=str(dtype),
        )


def groups_of(groups: int, channels: int, filters: int) -> None:
    """Refuse groups that would cut a channel or a filter in two."""
    whole("groups", groups, 1)
    if channels % groups:
        raise InvalidInput(
            "{groups} groups cannot share {channels} input channels evenly: "
            "{channels} is not a multiple of {groups}",
            groups=groups,
            channels=channels,
        )
    if filters % groups:
        raise InvalidInput(
            "{groups} groups cannot share {filters} filters evenly: "
            "{filters} is not a multiple of {groups}",
            groups=groups,
            filters=filters,
        )
