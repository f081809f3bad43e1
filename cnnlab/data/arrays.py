"""Named arrays as bytes in the safetensors format, and back: nothing in it is ever executed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cnnlab.message import InvalidInput

Named = dict[str, NDArray[Any]]
DTYPES = frozenset(np.dtype(name) for name in ("float32", "float64", "int32", "uint8"))


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays with their names, dtypes and shapes as bytes.

    >>> unpack(pack({"a": np.arange(3, dtype=np.int32)}))
    {'a': array([0, 1, 2], dtype=int32)}
    """
    # np.ascontiguousarray would make (1,) of what has no axes
    return bytes(save({name: np.asarray(value, order="C") for name, value in arrays.items()}))


def unpack(data: bytes) -> Named:
    """What `pack` made bytes of; the arrays are read-only.

    Raises InvalidInput for bytes that are nothing of the kind: cut, damaged, or of dtypes that
    nobody here writes.
    """
    try:
        arrays: Named = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput("the file is damaged, or no file of this app") from error
    for value in arrays.values():
        if value.dtype not in DTYPES:
            raise InvalidInput("the file is damaged, or no file of this app")
        value.flags.writeable = False
    return arrays
