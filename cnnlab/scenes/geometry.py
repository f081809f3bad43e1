"""Where the windows of a convolution lie, as axes of terms, and the grids that they need."""

from dataclasses import dataclass

from cnnlab.engine import Array, PadMode, Size, pad2d
from cnnlab.engine.checks import per_axis
from cnnlab.engine.pad import sides
from cnnlab.message import Message
from cnnlab.scenes.scene import Axis, Grid, Quantity, Term

Place = tuple[int, int]
Axes = tuple[Axis, ...]
Margins = tuple[tuple[int, int], tuple[int, int]]
"""The padding of each axis, (before, after): (top, bottom) and (left, right)."""


@dataclass(frozen=True)
class Geometry:
    """A convolution's sizes; pairs are (rows, columns), ``size`` is without the padding."""

    channels: int
    filters: int
    groups: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: Margins
    dilation: tuple[int, int]
    outputs: tuple[int, int]

    @property
    def depth(self) -> int:
        """The channels that one filter reads: those of its group."""
        return self.channels // self.groups

    @property
    def padded(self) -> tuple[int, int]:
        """The size with the padding."""
        return self.size[0] + sum(self.padding[0]), self.size[1] + sum(self.padding[1])

    @property
    def over(self) -> tuple[int, int, int, int]:
        """The loops: groups, the filters of a group, and the rows and columns of the output."""
        return (self.groups, self.filters // self.groups, *self.outputs)

    @property
    def filter(self) -> Axis:
        """In these loops, the axis that counts the filters (and with them the output maps)."""
        return Axis(0, (self.filters // self.groups, 1))

    @property
    def here(self) -> Axes:
        """In these loops, the cell of the output: map, row, column."""
        return (self.filter, Axis(0, (0, 0, 1)), Axis(0, (0, 0, 0, 1)))

    @property
    def taps(self) -> Axes:
        """Rows and columns of a whole kernel plane."""
        return (Axis(count=self.kernel[0]), Axis(count=self.kernel[1]))

    def window(self, outer: int = 2, *, padded: bool = True) -> Axes:
        """Rows and columns of the window at the output cell that loops ``outer``, outer + 1 count.

        ``padded``: on the grid that holds the padding too; else its cells there are off the grid.
        """
        return tuple(
            Axis(
                0 if padded else -self.padding[a][0],
                (0,) * (outer + a) + (self.stride[a],),
                self.kernel[a],
                self.dilation[a],
            )
            for a in (0, 1)
        )

    def unread(self, axis: int) -> tuple[int, ...]:
        """The rows (0) or columns (1) of the padded input that no window ever covers."""
        starts = range(0, self.outputs[axis] * self.stride[axis], self.stride[axis])
        reach = range(0, self.kernel[axis] * self.dilation[axis], self.dilation[axis])
        read = {start + tap for start in starts for tap in reach}
        return tuple(n for n in range(self.padded[axis]) if n not in read)


def geometry(
    x: Array, weight: Array, y: Array, stride: Size, padding: Size, dilation: Size, groups: int
) -> Geometry:
    """The sizes of a convolution that the engine accepted: x (C, H, W), weight, y (F, OH, OW).

    ``padding`` is an int, a pair, or (top, bottom, left, right), as `pad2d` takes it.
    """
    return Geometry(
        channels=x.shape[0],
        filters=weight.shape[0],
        groups=groups,
        size=(x.shape[1], x.shape[2]),
        kernel=(weight.shape[2], weight.shape[3]),
        stride=_pair("stride", stride),
        padding=margins(padding),
        dilation=_pair("dilation", dilation),
        outputs=(y.shape[1], y.shape[2]),
    )


def margins(padding: Size) -> Margins:
    """What `pad2d` adds before and after each axis.

    >>> margins(1), margins((1, 2, 0, 3))
    (((1, 1), (1, 1)), ((1, 2), (0, 3)))
    """
    top, bottom, left, right = sides(padding)
    return (top, bottom), (left, right)


def _pair(name: str, value: Size) -> tuple[int, int]:
    rows, columns = per_axis(name, value, 0)
    return rows, columns


def input_grid(
    x: Array,
    g: Geometry,
    *,
    mode: PadMode = "zeros",
    value: float = 0.0,
    place: Place = (0, 0),
    editable: bool = False,
) -> Grid:
    """The input, x (C, H, W), and around it the padding that ``mode`` puts there (see `pad2d`)."""
    (top, bottom), (left, right) = g.padding
    padded = pad2d(x[None], (top, bottom, left, right), mode, value)[0]
    size = {"height": g.size[0], "width": g.size[1], "channels": g.channels}
    note = Message("{height}×{width}×{channels}", size)
    if g.padded != g.size:
        around = {"rows": g.padded[0], "columns": g.padded[1]}
        note = Message("{height}×{width}×{channels}, with padding {rows}×{columns}", size | around)
    return Grid(
        id="input",
        label=Message("Input"),
        shape=padded.shape,
        values=padded,
        quantity="input",
        place=place,
        padding=(top, right, bottom, left),
        unread_rows=g.unread(0),
        unread_columns=g.unread(1),
        planes=channel_names(g.channels),
        editable=editable,
        note=note,
    )


def weight_grid(
    weight: Array, g: Geometry, *, place: Place | None = None, editable: bool = False
) -> Grid:
    """The filters, (F, C/groups, KH, KW); without a place they are seen through the lens."""
    return Grid(
        id="weight",
        label=Message("Weights"),
        shape=weight.shape,
        values=weight,
        quantity="weight",
        place=place,
        planes=filter_planes(g),
        editable=editable,
        note=Message(
            "{filters} of {height}×{width}×{depth}",
            {
                "filters": g.filters,
                "height": g.kernel[0],
                "width": g.kernel[1],
                "depth": g.depth,
            },
        ),
    )


def bias_grid(bias: Array, g: Geometry, *, editable: bool = False) -> Grid:
    """One number for each filter, (F, 1, 1)."""
    return Grid(
        id="bias",
        label=Message("Bias"),
        shape=(g.filters, 1, 1),
        values=bias.reshape(-1, 1, 1),
        quantity="weight",
        planes=map_names(g.filters),
        editable=editable,
    )


def output_grid(
    y: Array,
    g: Geometry,
    *,
    identity: str = "output",
    label: Message | None = None,
    quantity: Quantity = "output",
    place: Place = (2, 0),
) -> Grid:
    """What the convolution makes, or what has the shape of it; y (F, OH, OW)."""
    return Grid(
        id=identity,
        label=label or Message("Output"),
        shape=y.shape,
        values=y,
        quantity=quantity,
        place=place,
        planes=map_names(g.filters),
        note=Message(
            "{height}×{width}×{channels}",
            {"height": g.outputs[0], "width": g.outputs[1], "channels": g.filters},
        ),
    )


def channel_names(channels: int) -> tuple[Message, ...]:
    """R, G, B for three channels; one alone needs no name."""
    if channels == 1:
        return ()
    if channels == 3:
        return (Message("R"), Message("G"), Message("B"))
    return tuple(Message("channel {n}", {"n": n + 1}) for n in range(channels))


def map_names(filters: int) -> tuple[Message, ...]:
    """The names of the output maps; one alone needs no name."""
    if filters == 1:
        return ()
    return tuple(Message("map {n}", {"n": n + 1}) for n in range(filters))


def part_names(g: Geometry) -> tuple[Message, ...]:
    """The names of a filter's planes, which are the sub-steps of one output cell."""
    if g.depth == 1:
        return (Message("window"),)
    if g.groups > 1:  # which channel it is depends on the group
        return tuple(Message("plane {n}", {"n": n + 1}) for n in range(g.depth))
    return channel_names(g.channels)


def filter_planes(g: Geometry) -> tuple[Message, ...]:
    """The names of all kernel planes, filter by filter."""
    if g.filters * g.depth == 1:
        return ()
    if g.depth == 1:
        return tuple(Message("filter {n}", {"n": n + 1}) for n in range(g.filters))
    planes = range(g.filters * g.depth)
    if g.channels == g.depth == 3:
        return tuple(
            Message("filter {n}, {color}", {"n": p // 3 + 1, "color": "RGB"[p % 3]}) for p in planes
        )
    return tuple(
        Message("filter {n}, plane {plane}", {"n": p // g.depth + 1, "plane": p % g.depth + 1})
        for p in planes
    )


def cell(grid: str, *axes: Axis) -> Term:
    """A term that is looked at."""
    return Term(grid, axes)


def tap(grid: str, *axes: Axis) -> Term:
    """A term that weights what is looked at."""
    return Term(grid, axes, "tap")
