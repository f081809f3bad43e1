"""Activations that saturate, each beside its derivative; the rectifier stands in `dense`."""

import numpy as np

from cnnlab.engine.checks import Array, array, shape


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ), from 0 to 1; any shape.

    Far from 0 it is flat: its derivative y·(1 − y) is at most ¼, and nearly 0 beyond |x| = 6, which
    is what is called saturation. Source: Goodfellow et al. (2016), section 3.10.

    >>> sigmoid(np.array([-800.0, 0.0, 2.0])).round(4)
    array([0.    , 0.5   , 0.8808])
    """
    array("x", x, "")
    return _sigmoid(x)


def sigmoid_backward(dy: Array, y: Array) -> Array:
    """``dy`` times the derivative of `sigmoid`, told by its output: y·(1 − y).

    >>> sigmoid_backward(np.array([8.0, 8.0]), np.array([0.5, 1.0]))
    array([2., 0.])
    """
    array("y", y, "")
    shape("dy", dy, y.shape, y.dtype)
    return _sigmoid_backward(dy, y)


def tanh(x: Array) -> Array:
    """The hyperbolic tangent, from −1 to 1; any shape. It is 2·sigmoid(2x) − 1.

    Source: Goodfellow et al. (2016), section 6.3.2.

    >>> tanh(np.array([-800.0, 0.0, 0.5])).round(4)
    array([-1.    ,  0.    ,  0.4621])
    """
    array("x", x, "")
    return np.tanh(x)


def tanh_backward(dy: Array, y: Array) -> Array:
    """``dy`` times the derivative of `tanh`, told by its output: 1 − y².

    >>> tanh_backward(np.array([8.0, 8.0]), np.array([0.5, 1.0]))
    array([6., 0.])
    """
    array("y", y, "")
    shape("dy", dy, y.shape, y.dtype)
    return _tanh_backward(dy, y)


def _sigmoid(x: Array) -> Array:
    small = np.exp(-abs(x))  # at most 1: e⁸⁰⁰ would overflow, e⁻⁸⁰⁰ only vanishes
    y: Array = np.where(x < 0, small, 1) / (1 + small)
    return y


def _sigmoid_backward(dy: Array, y: Array) -> Array:
    return dy * (y * (1 - y))


def _tanh_backward(dy: Array, y: Array) -> Array:
    return dy * (1 - y * y)
