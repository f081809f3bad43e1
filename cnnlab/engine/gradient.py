"""Gradients by nudging: what back-propagation is checked against."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.engine.checks import Array, array
from cnnlab.message import InvalidInput


def numerical_gradient(
    f: Callable[[NDArray[np.float64]], float | np.floating[Any]],
    at: Array,
    eps: float = 1e-5,
    entries: Iterable[tuple[int, ...]] | None = None,
) -> NDArray[np.float64]:
    """How ``f`` changes with each entry of ``at``: (f(x + ε) − f(x − ε)) / 2ε, in float64.

    ``f`` takes an array of the shape of ``at`` (a float64 copy, always the same one: it must not
    keep it) and returns one number. Returns float64 in the shape of ``at``. With ``entries``,
    index tuples, only those are computed; the rest is NaN. Each entry costs two calls of ``f``.

    The two-sided difference errs by ε²f‴/6 and by rounding of about 1e-16·|f|/ε, hence the
    default ``eps``. Source: Press et al., "Numerical Recipes", 3rd edition (2007), section 5.7.

    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -2.0]), entries=[(1,)]).round(6)
    array([nan, -4.])
    """
    array("at", at, "")
    if not eps > 0:
        raise InvalidInput("eps must be positive, but is {eps}", eps=eps)
    chosen = list(np.ndindex(at.shape) if entries is None else entries)
    for entry in chosen:
        inside = [0 <= place < n for place, n in zip(entry, at.shape, strict=False)]
        if len(entry) != at.ndim or not all(inside):
            raise InvalidInput(
                "there is no entry {entry} in an array of shape {shape}",
                entry=tuple(entry),
                shape=at.shape,
            )
    return _numerical_gradient(f, at, eps, chosen)


def _numerical_gradient(
    f: Callable[[NDArray[np.float64]], float | np.floating[Any]],
    at: Array,
    eps: float,
    entries: Iterable[tuple[int, ...]],
) -> NDArray[np.float64]:
    x = at.astype(np.float64)
    gradient = np.full(at.shape, np.nan)
    for entry in entries:
        here = x[entry]
        x[entry] = here + eps
        above = f(x)
        x[entry] = here - eps
        below = f(x)
        x[entry] = here
        gradient[entry] = (above - below) / (2 * eps)
    return gradient
