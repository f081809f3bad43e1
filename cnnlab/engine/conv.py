"""Convolution as one matrix product: forward in 2-D and 3-D, and backward."""

from collections.abc import Sequence
from math import prod
from typing import Literal, overload

from cnnlab.engine.checks import Array, Size, array, groups_of, per_axis, same_dtype, shape
from cnnlab.engine.sizes import output_shape
from cnnlab.engine.windows import _fold, _unfold
from cnnlab.message import InvalidInput


@overload
def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    return_columns: Literal[False] = False,
) -> Array: ...
@overload
def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    return_columns: Literal[True],
) -> tuple[Array, Array]: ...
def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    return_columns: bool = False,
) -> Array | tuple[Array, Array]:
    """Slide every filter over every image, as torch.nn.functional.conv2d does.

    ``x`` (N, C, H, W), ``weight`` (F, C / groups, KH, KW), ``bias`` (F,) or None; all float32 or
    all float64. ``stride``, ``padding`` (zeros, on each side) and ``dilation`` are an int or an
    (h, w) pair. Returns (N, F, OH, OW), in the same dtype; with ``return_columns`` also the
    unfolded windows (N, C·KH·KW, OH·OW), which `conv2d_backward` takes.

    This is cross-correlation: the kernel is not flipped (see `flip`). Raises InvalidInput for
    settings that have no output. Sizes: Dumoulin & Visin (2016), relationship 15.

    >>> import numpy as np
    >>> x = np.array([[[[3.0, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3],
    ...                 [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]]])
    >>> weight = np.array([[[[0.0, 1, 2], [2, 2, 0], [0, 1, 2]]]])
    >>> conv2d(x, weight)[0, 0]
    array([[12., 12., 17.],
           [10., 17., 19.],
           [ 9.,  6., 14.]])
    """
    settings = _settings(x, weight, bias, stride, padding, dilation, groups, axes=2)
    y, columns = _conv(x, weight, bias, *settings, groups)
    return (y, columns) if return_columns else y


def conv3d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Slide every filter through every clip: `conv2d` with one more axis, D (time, or depth).

    ``x`` (N, C, D, H, W), ``weight`` (F, C / groups, KD, KH, KW); the settings are an int or a
    (d, h, w) triple. Returns (N, F, OD, OH, OW). As torch.nn.functional.conv3d; source: Ji et al.,
    "3D Convolutional Neural Networks for Human Action Recognition" (2013), section 2.

    >>> import numpy as np
    >>> clip = np.arange(8.0).reshape(1, 1, 2, 2, 2)
    >>> conv3d(clip, np.ones((1, 1, 2, 2, 1)))[0, 0, 0]
    array([[12., 16.]])
    """
    settings = _settings(x, weight, bias, stride, padding, dilation, groups, axes=3)
    return _conv(x, weight, bias, *settings, groups)[0]


def conv2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    columns: Array | None = None,
) -> tuple[Array, Array, Array]:
    """How a loss changes with the input, the weights and the biases of `conv2d`.

    ``dy`` (N, F, OH, OW) is how the loss changes with the output; ``x``, ``weight`` and the
    settings are those of the forward pass. Returns ``(dx, dweight, dbias)`` in the shapes of x,
    weight and (F,). ``columns`` are those that `conv2d` returned for the same x and settings;
    without them they are made again.

    db adds up dy; dW adds, window by window, dy times what the window read (correlation of x with
    dy, nothing flipped); dX adds dy times the kernel into the window (the full correlation with
    the flipped kernel, by col2im). Source: Goodfellow, Bengio & Courville, "Deep Learning" (2016),
    section 9.5, equations 9.11 and 9.13.

    >>> import numpy as np
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> weight = np.array([[[[1.0, 2], [3, 4]]]])
    >>> dy = np.array([[[[0.0, 0], [1, 0]]]])  # the loss looks at the bottom left output alone
    >>> dx, dweight, dbias = conv2d_backward(dy, x, weight)
    >>> dweight[0, 0]  # is the window that this output read
    array([[3., 4.],
           [6., 7.]])
    >>> dx[0, 0]  # is the kernel, stamped where the window was
    array([[0., 0., 0.],
           [1., 2., 0.],
           [3., 4., 0.]])
    """
    settings = _settings(x, weight, None, stride, padding, dilation, groups, axes=2)
    size = settings[0]
    shape("dy", dy, (len(x), len(weight), *size), x.dtype)
    if columns is None:
        columns = _unfold(x, weight.shape[2:], *settings)
    else:
        rows = x.shape[1] * prod(weight.shape[2:])
        shape("columns", columns, (len(x), rows, prod(size)), x.dtype)
    return _conv2d_backward(dy, x, weight, columns, *settings, groups)


def flip(weight: Array) -> Array:
    """``weight`` turned by 180° in its last two axes: correlation with it is true convolution.

    Layers compute cross-correlation, which does not flip; since the weights are learned, the two
    differ only in how a kernel is written down. Source: Goodfellow et al. (2016), section 9.1,
    equations 9.5 and 9.6.

    >>> import numpy as np
    >>> flip(np.array([[1.0, 2], [3, 4]]))
    array([[4., 3.],
           [2., 1.]])
    """
    array("weight", weight, "")
    if weight.ndim < 2:
        raise InvalidInput(
            "weight must have two axes to flip, but has the shape {shape}", shape=weight.shape
        )
    return weight[..., ::-1, ::-1].copy()


def _conv(
    x: Array,
    weight: Array,
    bias: Array | None,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> tuple[Array, Array]:
    """Filters as rows times windows as columns: one matrix product for each image and group.

    Shapes are written for 2-D, G = groups; a third axis only adds KD and OD.
    """
    n, (filters, _, *kernel) = len(x), weight.shape
    columns = _unfold(x, kernel, size, stride, padding, dilation)  # (N, C·KH·KW, OH·OW)
    windows = columns.reshape(n, groups, -1, prod(size))  # (N, G, C/G·KH·KW, OH·OW)
    rows = weight.reshape(groups, filters // groups, -1)  # (G, F/G, C/G·KH·KW)
    y = rows @ windows  # (N, G, F/G, OH·OW)
    if bias is not None:
        y += bias.reshape(groups, -1, 1)
    return y.reshape(n, filters, *size), columns


def _conv2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    columns: Array,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> tuple[Array, Array, Array]:
    n, filters = dy.shape[:2]
    dy = dy.reshape(n, groups, filters // groups, -1)  # (N, G, F/G, OH·OW)
    windows = columns.reshape(n, groups, -1, prod(size))  # (N, G, C/G·KH·KW, OH·OW)
    rows = weight.reshape(groups, filters // groups, -1)  # (G, F/G, C/G·KH·KW)
    dbias = dy.sum(axis=(0, 3)).reshape(filters)
    dweight = (windows @ dy.swapaxes(2, 3)).sum(axis=0).swapaxes(1, 2).reshape(weight.shape)
    dwindows = rows.swapaxes(1, 2) @ dy  # each window's share of dX, not yet added up
    dx = _fold(dwindows, x.shape[2:], weight.shape[2:], size, stride, padding, dilation)
    return dx, dweight, dbias


def _settings(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Size,
    padding: Size,
    dilation: Size,
    groups: int,
    axes: int,
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Refuse what has no output; the output's size and the settings, one number for each axis."""
    array("x", x, "(N, C, H, W)" if axes == 2 else "(N, C, D, H, W)")
    array(
        "weight", weight, "(F, C / groups, KH, KW)" if axes == 2 else "(F, C / groups, KD, KH, KW)"
    )
    same_dtype("weight", weight, x.dtype)
    filters, per_group = weight.shape[:2]
    groups_of(groups, x.shape[1], filters)
    if per_group * groups != x.shape[1]:
        raise InvalidInput(
            "each filter reads {per_group} channels and there are {groups} groups, "
            "so the input must have {expected} channels, but its shape is {shape}",
            per_group=per_group,
            groups=groups,
            expected=per_group * groups,
            shape=x.shape,
        )
    if bias is not None:
        shape("bias", bias, (filters,), x.dtype)
    steps = per_axis("stride", stride, 1, axes)
    margin = per_axis("padding", padding, 0, axes)
    gaps = per_axis("dilation", dilation, 1, axes)
    size = output_shape(x.shape[2:], weight.shape[2:], steps, margin, gaps)
    return size, steps, margin, gaps
