"""The dense layer and the rectifier, each beside its derivative."""

import numpy as np

from cnnlab.engine.checks import Array, array, same_dtype, shape
from cnnlab.message import InvalidInput


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Every output a weighted sum of all inputs: x Wᵀ + b.

    ``x`` (N, I), ``weight`` (O, I), ``bias`` (O,) or None; returns (N, O). As
    torch.nn.functional.linear. Also called dense, fully connected or affine.

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    array([[11.5, 17. ]])
    """
    _check_linear(x, weight)
    if bias is not None:
        shape("bias", bias, (len(weight),), x.dtype)
    return _linear(x, weight, bias)


def linear_backward(dy: Array, x: Array, weight: Array) -> tuple[Array, Array, Array]:
    """How a loss changes with the input, the weights and the biases of `linear`.

    ``dy`` (N, O) is how the loss changes with the output. Returns ``(dx, dweight, dbias)`` in
    the shapes of x, weight and (O,). Source: Goodfellow et al. (2016), section 6.5.6.

    >>> dy, x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[5.0, 6], [7, 8]])
    >>> dx, dweight, dbias = linear_backward(dy, x, weight)
    >>> dx.tolist(), dweight.tolist(), dbias.tolist()
    ([[19.0, 22.0]], [[3.0, 4.0], [6.0, 8.0]], [1.0, 2.0])
    """
    _check_linear(x, weight)
    shape("dy", dy, (len(x), len(weight)), x.dtype)
    return _linear_backward(dy, x, weight)


def relu(x: Array) -> Array:
    """What is positive passes, what is negative becomes 0; any shape.

    Source: Nair & Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines" (2010).

    >>> relu(np.array([-3.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    array("x", x, "")
    return _relu(x)


def relu_backward(dy: Array, x: Array) -> Array:
    """``dy`` where the input ``x`` of `relu` was positive, 0 elsewhere; both of one shape.

    At exactly 0 there is no derivative; 0 is taken, as in PyTorch.

    >>> relu_backward(np.array([5.0, 6.0, 7.0]), np.array([-3.0, 0.0, 2.0]))
    array([0., 0., 7.])
    """
    array("x", x, "")
    shape("dy", dy, x.shape, x.dtype)
    return _relu_backward(dy, x)


def _linear(x: Array, weight: Array, bias: Array | None) -> Array:
    y = x @ weight.T
    return y if bias is None else y + bias


def _linear_backward(dy: Array, x: Array, weight: Array) -> tuple[Array, Array, Array]:
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _relu_backward(dy: Array, x: Array) -> Array:
    return np.where(x <= 0, 0, dy)  # not "> 0": where x is NaN the trouble must stay visible


def _check_linear(x: Array, weight: Array) -> None:
    array("x", x, "(N, I)")
    array("weight", weight, "(O, I)")
    same_dtype("weight", weight, x.dtype)
    if weight.shape[1] != x.shape[1]:
        raise InvalidInput(
            "weight has {features} inputs for each output, but x has the shape {shape}",
            features=weight.shape[1],
            shape=x.shape,
        )
