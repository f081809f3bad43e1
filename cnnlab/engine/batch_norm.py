"""Batch normalisation of maps, channel by channel, beside its derivative."""

from dataclasses import dataclass

import numpy as np

from cnnlab.engine.checks import Array, array, shape
from cnnlab.message import InvalidInput


@dataclass(frozen=True, eq=False)
class BatchStatistics:
    """What `batch_norm` measured in training: per channel (C,), ``mean`` and ``inverse_std``.

    ``running_mean`` and ``running_var`` (C,) are the averages to be kept for later batches and
    used when the network is not training; None where none were given.
    """

    mean: Array
    inverse_std: Array
    running_mean: Array | None
    running_var: Array | None


def batch_norm(
    x: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: Array | None = None,
    bias: Array | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, BatchStatistics]:
    """Bring every channel to mean 0 and variance 1, then to scale ``weight`` and shift ``bias``.

    ``x`` (N, C, H, W); all others (C,), weight (γ) 1 and bias (β) 0 where None. Returns y in the
    shape of x, and the statistics, with the running averages after this batch: PyTorch's function
    changes the ones that it is given, here nothing changes.

    In training mean and variance are those of the batch, over N, H and W, the variance dividing by
    n; the running variance takes it divided by n − 1, and ``momentum`` is the weight of the new, as
    in PyTorch (Keras: of the old). Otherwise the running averages are used. The shape of a
    distribution stays: skewed is skewed, it only moves and is scaled. As
    torch.nn.functional.batch_norm. Source: Ioffe & Szegedy, "Batch Normalization" (2015),
    algorithms 1 and 2, section 3.2 for maps.

    Raises InvalidInput for one value a channel in training (its variance says nothing), and
    without running averages otherwise.

    >>> x = np.array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])
    >>> y, statistics = batch_norm(x, training=True)
    >>> y.round(3).ravel(), statistics.mean
    (array([-1.342, -0.447,  0.447,  1.342]), array([4.]))
    """
    _check(x, running_mean, running_var, weight, bias, training)
    return _batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)


def batch_norm_backward(
    dy: Array, x: Array, statistics: BatchStatistics, weight: Array | None = None
) -> tuple[Array, Array, Array]:
    """How a loss changes with the input, γ and β of `batch_norm` in training.

    ``dy`` and ``x`` (N, C, H, W), ``statistics`` those of the forward pass. Returns
    ``(dx, dweight, dbias)`` in the shapes of x, (C,) and (C,). Since the batch's own mean and
    variance were taken off, dx has none of dy's mean and none of its part along y: every image's
    gradient depends on its batch-mates. Source: Ioffe & Szegedy (2015), section 3.

    >>> x = np.array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])
    >>> _, statistics = batch_norm(x, training=True)
    >>> dx, dweight, dbias = batch_norm_backward(np.ones_like(x), x, statistics)
    >>> abs(dx).max() < 1e-9, dbias  # all moved alike is moved back
    (np.True_, array([4.]))
    """
    array("x", x, "(N, C, H, W)")
    shape("dy", dy, x.shape, x.dtype)
    if weight is not None:
        shape("weight", weight, x.shape[1:2], x.dtype)
    return _batch_norm_backward(dy, x, statistics, weight)


def _batch_norm(
    x: Array,
    running_mean: Array | None,
    running_var: Array | None,
    weight: Array | None,
    bias: Array | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Array, BatchStatistics]:
    if training:
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        n = x.size // x.shape[1]
        running_mean = _moved(running_mean, mean, momentum)
        running_var = _moved(running_var, var * (n / (n - 1)), momentum)
    else:
        assert running_mean is not None
        assert running_var is not None
        mean, var = running_mean, running_var
    inverse_std = 1 / np.sqrt(var + x.dtype.type(eps))
    y = (x - _per_channel(mean)) * _per_channel(inverse_std)
    if weight is not None:
        y = y * _per_channel(weight)
    if bias is not None:
        y = y + _per_channel(bias)
    return y, BatchStatistics(mean, inverse_std, running_mean, running_var)


def _batch_norm_backward(
    dy: Array, x: Array, statistics: BatchStatistics, weight: Array | None
) -> tuple[Array, Array, Array]:
    inverse_std = _per_channel(statistics.inverse_std)
    normalised = (x - _per_channel(statistics.mean)) * inverse_std
    dbias = dy.sum(axis=(0, 2, 3))
    dweight = (dy * normalised).sum(axis=(0, 2, 3))
    n = x.size // x.shape[1]
    dx = dy - _per_channel(dbias) / n - normalised * _per_channel(dweight) / n
    dx = dx * inverse_std
    return (dx if weight is None else dx * _per_channel(weight)), dweight, dbias


def _moved(running: Array | None, new: Array, momentum: float) -> Array | None:
    return None if running is None else (1 - momentum) * running + momentum * new


def _per_channel(values: Array) -> Array:
    return values.reshape(-1, 1, 1)


def _check(
    x: Array,
    running_mean: Array | None,
    running_var: Array | None,
    weight: Array | None,
    bias: Array | None,
    training: bool,
) -> None:
    array("x", x, "(N, C, H, W)")
    given = {
        "running_mean": running_mean,
        "running_var": running_var,
        "weight": weight,
        "bias": bias,
    }
    for name, values in given.items():
        if values is not None:
            shape(name, values, x.shape[1:2], x.dtype)
    if training and x.size == x.shape[1]:
        raise InvalidInput(
            "one value a channel has no variance to divide by: the input has the shape {shape}",
            shape=x.shape,
        )
    if not training and (running_mean is None or running_var is None):
        raise InvalidInput("outside training the running mean and variance must be given")
