"""Transposed convolution: the adjoint of a convolution, which makes maps larger."""

from collections.abc import Sequence
from math import prod

from cnnlab.engine.checks import Array, Size, array, groups_of, per_axis, same_dtype, shape
from cnnlab.engine.sizes import alike, times
from cnnlab.engine.windows import _fold, _unfold
from cnnlab.message import InvalidInput


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Array:
    """Stamp the kernel, times each input cell, into a larger map, and add up what overlaps.

    ``x`` (N, C, H, W), ``weight`` (C, F / groups, KH, KW), ``bias`` (F,) or None. Returns
    (N, F, OH, OW) with OH = (H − 1)·s − 2p + d(k − 1) + output_padding + 1. It is the adjoint of
    the `conv2d` that turns OH into H, not its inverse. Several sizes OH give the same H, hence
    ``output_padding``: rows at the bottom and columns at the right that are cut off otherwise.

    As torch.nn.functional.conv_transpose2d, in its argument order. Source: Dumoulin & Visin
    (2016), section 4, relationship 14.

    >>> import numpy as np
    >>> conv_transpose2d(np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0, 3.0]]]]), stride=2)
    array([[[[ 1.,  2., 13., 20., 30.]]]])
    """
    settings = _settings(x, weight, stride, padding, output_padding, groups, dilation)
    size, steps, margin, gaps = settings
    if bias is not None:
        shape("bias", bias, (weight.shape[1] * groups,), x.dtype)
    return _conv_transpose2d(x, weight, bias, size, steps, margin, gaps, groups)


def conv_transpose2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> tuple[Array, Array, Array]:
    """How a loss changes with the input, the weights and the biases of `conv_transpose2d`.

    ``dy`` (N, F, OH, OW) is how the loss changes with the output. Returns ``(dx, dweight,
    dbias)`` in the shapes of x, weight and (F,). Being the adjoint's adjoint, dx is an ordinary
    convolution of dy with the same weights. Source: Dumoulin & Visin (2016), section 4.1.

    >>> import numpy as np
    >>> dy = np.array([[[[1.0, 2.0, 3.0, 4.0, 5.0]]]])
    >>> x, weight = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0, 3.0]]]])
    >>> conv_transpose2d_backward(dy, x, weight, stride=2)[0]  # 1·1+2·2+3·3, 1·3+2·4+3·5
    array([[[[14., 26.]]]])
    """
    settings = _settings(x, weight, stride, padding, output_padding, groups, dilation)
    size, steps, margin, gaps = settings
    shape("dy", dy, (len(x), weight.shape[1] * groups, *size), x.dtype)
    return _conv_transpose2d_backward(dy, x, weight, steps, margin, gaps, groups)


def _conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> Array:
    n, channels, *places = x.shape
    cells = x.reshape(n, groups, channels // groups, -1)  # (N, G, C/G, H·W)
    rows = weight.reshape(groups, channels // groups, -1)  # (G, C/G, F/G·KH·KW)
    stamps = rows.swapaxes(1, 2) @ cells  # (N, G, F/G·KH·KW, H·W): cell times kernel
    y = _fold(stamps, size, weight.shape[2:], places, stride, padding, dilation)
    if bias is not None:
        y += bias.reshape(-1, 1, 1)
    return y


def _conv_transpose2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> tuple[Array, Array, Array]:
    n, channels, *places = x.shape
    columns = _unfold(dy, weight.shape[2:], places, stride, padding, dilation)
    windows = columns.reshape(n, groups, -1, prod(places))  # (N, G, F/G·KH·KW, H·W)
    rows = weight.reshape(groups, channels // groups, -1)  # (G, C/G, F/G·KH·KW)
    cells = x.reshape(n, groups, channels // groups, -1)  # (N, G, C/G, H·W)
    dx = (rows @ windows).reshape(x.shape)
    dweight = (cells @ windows.swapaxes(2, 3)).sum(axis=0).reshape(weight.shape)
    return dx, dweight, dy.sum(axis=(0, 2, 3))


def _settings(
    x: Array,
    weight: Array,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> tuple[tuple[int, ...], ...]:
    """Refuse what has no output; the output's size and the settings, one number for each axis."""
    array("x", x, "(N, C, H, W)")
    array("weight", weight, "(C, F / groups, KH, KW)")
    same_dtype("weight", weight, x.dtype)
    if len(weight) != x.shape[1]:
        raise InvalidInput(
            "weight has kernels for {channels} channels, but the input has the shape {shape}",
            channels=len(weight),
            shape=x.shape,
        )
    groups_of(groups, x.shape[1], weight.shape[1] * groups)
    steps = per_axis("stride", stride, 1)
    margin = per_axis("padding", padding, 0)
    extra = per_axis("output_padding", output_padding, 0)
    gaps = per_axis("dilation", dilation, 1)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, gaps, strict=True)):
        raise InvalidInput(
            "output padding {output_padding} must be smaller than the stride {stride} "
            "or the dilation {dilation}",
            output_padding=alike(extra),
            stride=alike(steps),
            dilation=alike(gaps),
        )
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, k, s, p, d, e in zip(
            x.shape[2:], weight.shape[2:], steps, margin, gaps, extra, strict=True
        )
    )
    if min(size) < 1:
        raise InvalidInput(
            "no output: padding {padding} takes off all that an input of shape {shape} "
            "with a {kernel} kernel at stride {stride} makes",
            padding=alike(margin),
            shape=x.shape,
            kernel=times(weight.shape[2:]),
            stride=alike(steps),
        )
    return size, steps, margin, gaps
