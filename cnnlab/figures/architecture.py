"""A whole network in one picture, to scale."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import Conv, Dense, Layer
from cnnlab.engine.sizes import times
from cnnlab.figures.base import SIZE, Figure, Say, axis, caption, faint, layout, numbers
from cnnlab.figures.boxes import KINDS, POOLS, Arch, Box, Drawing, drawing, label_key, place, window
from cnnlab.message import Message
from cnnlab.theme import Theme

_SLANT = (0.022, 0.10)  # the depth of the highest box: of the whole width, of its height
_ARCH = 0.12  # of the highest box
_BELOW = 72  # pixels: "256–1024" standing upright
_ROOM = 0.025  # of the width, left and right of everything
_MANY = 60  # boxes: so many are too narrow for an edge
_LEAST = 0.014  # of the highest box: what is lower is drawn as high as this
_DENSE = 0.25  # of the highest box: a row of numbers, which has no height of its own
_ALIKE = 3  # times: networks that differ more in height have no scale in common


def picture(
    network: Architecture,
    theme: Theme,
    say: Say = str,
    *,
    height: int = 320,
    beside: Architecture | None = None,
) -> Figure:
    """Every map of a network as a box, the input at the left, residual blocks as arches above.

    A box is as high as its map, to scale, and ∛channels wide; all dense layers are as high as each
    other. Sizes stand under the boxes that share them. Hover tells the layer's settings, output,
    parameters and multiply–adds. ``beside``: the network of the picture next to this one; both are
    on one scale, or say that they are not. Raises InvalidInput as `trace` does.
    """
    drawn = drawing(network)
    room = _ROOM * drawn.width
    low, top = _ends(drawn)
    scale = Message("Maps to scale in height, ∛channels wide; dense layers not")
    if beside is not None:
        other = drawing(beside)
        if max(drawn.height, other.height) <= _ALIKE * min(drawn.height, other.height):
            low, top = min(low, _ends(other)[0]), max(top, _ends(other)[1])
            scale = Message("One scale for the maps of both; dense layers not to scale")
        else:
            scale = Message("A scale of its own for these maps; dense layers not to scale")
    ticks = list(_sizes(drawn))
    axes = {
        "xaxis": axis(
            theme,
            (-room, drawn.width * (1 + _SLANT[0]) + room),
            tickvals=[middle for middle, _ in ticks],
            ticktext=[text for _, text in ticks],
            autotickangles=[0, 90],  # upright where there is no room
            showgrid=False,
            tickfont={"color": theme.ink, "size": SIZE - 1},
        ),
        "yaxis": axis(theme, (low, top), visible=False),
    }
    made = layout(
        theme,
        height,
        margin=(4, 4, 40, _BELOW),
        axes=axes,
        barmode="overlay",
        bargap=0,
        shapes=[*_depths(drawn, theme), *_arches(drawn, theme)],
        annotations=_words(drawn, scale, theme, say),
    )
    return {"data": [_fronts(drawn, theme), _hover(drawn, (low, top), say)], "layout": made}


def _fronts(drawn: Drawing, theme: Theme) -> Figure:
    """The front faces: what the picture is to scale in."""
    heights = [_height(box, drawn) for box in drawn.boxes]
    return {
        "type": "bar",
        "x": numbers([box.left + box.width / 2 for box in drawn.boxes]),
        "y": numbers(heights),
        "base": [-height / 2 for height in heights],
        "width": numbers([box.width for box in drawn.boxes]),
        "marker": {
            "color": [_colour(box, theme) for box in drawn.boxes],
            "line": {"color": theme.background, "width": 0.5 * (len(heights) < _MANY)},
        },
        "hoverinfo": "skip",
    }


def _hover(drawn: Drawing, span: tuple[float, float], say: Say) -> Figure:
    """Unseen bars from top to bottom, so that a low box is found too."""
    ends = [0.0, *((a.right + b.left) / 2 for a, b in pairwise(drawn.boxes)), drawn.width]
    return {
        "type": "bar",
        "x": numbers([(left + right) / 2 for left, right in pairwise(ends)]),
        "y": numbers([span[1] - span[0]] * len(drawn.boxes)),
        "base": span[0],
        "width": numbers([right - left for left, right in pairwise(ends)]),
        "opacity": 0,
        "customdata": list(_told(drawn, say)),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _told(drawn: Drawing, say: Say) -> Iterator[str]:
    """What the pointer tells of each box, in lines."""
    ends = {arch.last: arch for arch in drawn.arches}
    for n, box in enumerate(drawn.boxes):
        lines = [f"<b>{_name(box, say)}</b>", times(box.shape)]
        if box.row is not None:
            counts = {"parameters": f"{box.parameters:,}", "work": f"{box.multiply_adds:,}"}
            lines.append(say(Message("{parameters} parameters, {work} multiply–adds", counts)))
        lines += _then(box.then, say)
        if n in ends:
            lines.append(_around(ends[n], say))
        lines += _then(box.after, say)
        yield "<br>".join(lines)


def _then(layers: Sequence[Layer], say: Say) -> list[str]:
    names = ", ".join(say(KINDS[type(layer)]) for layer in layers)
    return [say(Message("then: {layers}", {"layers": names}))] if names else []


def _name(box: Box, say: Say) -> str:
    if box.row is None:
        return say(Message("Input"))
    layer = box.row.layer
    parts = [place(box.row.path), say(KINDS[type(layer)]), window(layer)]
    stride, padding = getattr(layer, "stride", 1), getattr(layer, "padding", 0)
    if stride not in (1, None):
        parts.append(say(Message("stride {n}", {"n": stride})))
    if padding != 0:
        parts.append(say(Message("padding {n}", {"n": padding})))
    if isinstance(layer, Conv) and layer.groups > 1:
        parts.append(say(Message("{n} groups", {"n": layer.groups})))
    return " ".join(filter(None, parts))


def _around(arch: Arch, say: Say) -> str:
    if not arch.layers:
        return say(Message("end of a block: its input is added"))
    counts = {"parameters": f"{arch.parameters:,}", "work": f"{arch.multiply_adds:,}"}
    return say(
        Message(
            "end of a block: its input is added through a 1×1 convolution ({parameters} "
            "parameters, {work} multiply–adds)",
            counts,
        )
    )


def _depths(drawn: Drawing, theme: Theme) -> Iterator[Figure]:
    """The upper and right faces, so that maps are seen to have two sides; hindmost first."""
    for box in drawn.boxes:
        height = _height(box, drawn)
        share = height / drawn.height
        across, up = _SLANT[0] * drawn.width * share, _SLANT[1] * drawn.height * share
        if len(box.shape) == 1:
            continue  # a row of numbers has no second side
        left, right, low, high = box.left, box.right, -height / 2, height / 2
        colour = _colour(box, theme)
        upper = ((left, high), (left + across, high + up), (right + across, high + up))
        side = ((right, low), (right + across, low + up), (right + across, high + up))
        yield _face((*upper, (right, high)), faint(colour, 0.45), theme)
        yield _face((*side, (right, high)), faint(colour, 0.65), theme)


def _face(corners: tuple[tuple[float, float], ...], fill: str, theme: Theme) -> Figure:
    path = "L".join(f"{x:.5g},{y:.5g}" for x, y in corners)
    line = {"color": theme.background, "width": 0.5}
    return {"type": "path", "path": f"M{path}Z", "fillcolor": fill, "line": line, "layer": "below"}


def _arches(drawn: Drawing, theme: Theme) -> Iterator[Figure]:
    """The way around each block: bare, or dashed where layers stand on it."""
    for arch in drawn.arches:
        first, last = drawn.boxes[arch.first], drawn.boxes[arch.last]
        foot = _foot(arch, drawn)
        crown = foot + 2 * _ARCH * drawn.height  # of the control point: the curve goes half as far
        start, end = first.left, last.right
        path = f"M{start:.5g},{foot:.5g}Q{(start + end) / 2:.5g},{crown:.5g} {end:.5g},{foot:.5g}"
        dash = {"dash": "3px,2px"} if arch.layers else {}
        line: dict[str, Any] = {"color": theme.ink, "width": 1.25, **dash}
        yield {"type": "path", "path": path, "line": line, "layer": "above"}


def _foot(arch: Arch, drawn: Drawing) -> float:
    """Over the highest box of its block."""
    inner = drawn.boxes[arch.first : arch.last + 1]
    return max(_height(box, drawn) for box in inner) * (0.5 + _SLANT[1])


def _sizes(drawn: Drawing) -> Iterator[tuple[float, str]]:
    """Under each run of equal sizes: the size, and from how few to how many channels there are."""
    for _, run in groupby(drawn.boxes, label_key):
        boxes = list(run)
        channels = {box.shape[0] for box in boxes}
        count = f"<b>{'–'.join(str(n) for n in sorted({min(channels), max(channels)}))}</b>"
        size = times(boxes[0].shape[1:])
        yield (boxes[0].left + boxes[-1].right) / 2, f"{size}<br>{count}" if size else count


def _words(drawn: Drawing, scale: Message, theme: Theme, say: Say) -> list[Figure]:
    kinds = [
        (theme.accent, Message("convolution")),
        (theme.muted, Message("pooling")),
        (theme.ink, Message("dense")),
    ]
    legend = "   ".join(
        f'<span style="color:{colour}">■</span> {say(name)}' for colour, name in kinds
    )
    if drawn.arches:
        legend += f"   ⌒ {say(Message('residual block'))}"
    return [
        caption(theme, legend, yshift=20),
        caption(theme, f"<i>{say(scale)}</i>", yshift=2),
    ]


def _ends(drawn: Drawing) -> tuple[float, float]:
    """Where a picture ends below and above, in cells of a map from the middle of its boxes."""
    feet = [_foot(arch, drawn) + _ARCH * drawn.height for arch in drawn.arches]
    return -0.54 * drawn.height, max(drawn.height * (0.5 + _SLANT[1]), *feet, 0.0) * 1.01


def _height(box: Box, drawn: Drawing) -> float:
    """How high a box is drawn, in cells of a map."""
    if box.height is None:
        return _DENSE * drawn.height
    return max(box.height, _LEAST * drawn.height)


def _colour(box: Box, theme: Theme) -> str:
    if box.row is None:
        return theme.hatch
    layer = box.row.layer
    if isinstance(layer, Dense):
        return theme.ink
    return theme.muted if isinstance(layer, POOLS) else theme.accent
