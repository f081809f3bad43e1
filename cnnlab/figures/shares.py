"""Where a network's parameters are, and where its work is, layer by layer."""

from collections.abc import Sequence

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import BatchNorm, Conv
from cnnlab.engine.parts import Part, parts
from cnnlab.engine.sizes import times
from cnnlab.figures.base import (
    SIZE,
    Figure,
    Say,
    axis,
    caption,
    layout,
    numbers,
    rounded_up,
)
from cnnlab.figures.boxes import KINDS, window
from cnnlab.message import Message
from cnnlab.theme import Theme

_DOMAINS = ((0.0, 0.48), (0.52, 1.0))
_ROOM = 1.28  # of the longest bar: the rest is for its number
_ROW, _LEAST = 16, 200  # pixels for a bar, and for all of them
_LABELS = 150  # pixels


def shares(network: Architecture, theme: Theme, say: Say = str) -> Figure:
    """For each layer with weights its share of all parameters and of all multiply–adds.

    Two rows of bars on one scale, first layer on top; of a deep network a bar is all convolutions
    whose maps are of one size, see `engine.parts`. Hover tells the numbers themselves. Raises
    InvalidInput as `trace` does.
    """
    found = parts(network)
    panels = [
        ([part.parameters for part in found], "x", Message("Parameters")),
        ([part.multiply_adds for part in found], "x2", Message("Multiply–adds")),
    ]
    percents = [_percents(counts) for counts, _, _ in panels]
    top = _ROOM * rounded_up(max((value for row in percents for value in row), default=1.0), 1.0)
    traces, axes, words = [], {}, []
    for (counts, name, title), shown, domain in zip(panels, percents, _DOMAINS, strict=True):
        traces.append(_bars(found, counts, shown, name, theme, say))
        axes[f"xaxis{name[1:]}"] = axis(
            theme, (0, top), domain=domain, showticklabels=False, showgrid=False
        )
        total = f"{say(title)}<br><b>{sum(counts):,}</b>"
        words.append(caption(theme, total, x=domain[0], align="left"))
    axes["yaxis"] = axis(
        theme,
        (len(found) - 0.5, -0.5),
        tickvals=list(range(len(found))),
        ticktext=[label(part, say) for part in found],
        tickfont={"color": theme.ink, "size": SIZE - 1},
        showgrid=False,
    )
    height = 38 + 6 + max(_ROW * len(found), _LEAST)
    made = layout(
        theme, height, margin=(_LABELS, 4, 38, 6), axes=axes, bargap=0.25, annotations=words
    )
    return {"data": traces, "layout": made}


def label(part: Part, say: Say = str) -> str:
    """A layer in few words: "conv 11×11, 96", "dense 4096"; or how many there are of a size.

    >>> from cnnlab.engine.famous import FAMOUS
    >>> [label(part) for part in parts(FAMOUS["lenet5"].network)][1:3]
    ['conv 5×5, 16', 'dense 120']
    >>> label(parts(FAMOUS["resnet50"].network)[2])
    '28×28: 13 convolutions'
    """
    if part.layers > 1:
        fields = {"size": times(part.output[1:]), "n": part.layers}
        return say(Message("{size}: {n} convolutions", fields))
    if isinstance(part.row.layer, BatchNorm):
        return say(KINDS[BatchNorm])
    n = part.output[0]
    if isinstance(part.row.layer, Conv):
        kernel = window(part.row.layer)
        return say(Message("conv {kernel}, {n}", {"kernel": kernel, "n": n}))
    return say(Message("dense {n}", {"n": n}))


def _percents(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [100 * count / total if total else 0.0 for count in counts]


def _bars(
    found: Sequence[Part],
    counts: Sequence[int],
    percents: Sequence[float],
    name: str,
    theme: Theme,
    say: Say,
) -> Figure:
    colours = [theme.ink if part.dense else theme.accent for part in found]
    return {
        "type": "bar",
        "orientation": "h",
        "x": numbers(percents),
        "y": list(range(len(found))),
        "xaxis": name,
        "yaxis": "y",
        "text": [percent(value) for value in percents],
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "textfont": {"size": SIZE - 1, "color": theme.ink},
        "customdata": [
            f"<b>{label(part, say)}</b><br>{count:,} ({percent(value)})"
            for part, count, value in zip(found, counts, percents, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"color": colours},
    }


def percent(value: float) -> str:
    """A share with as many digits as it needs; what is not all is never 100 %.

    >>> percent(74.27), percent(3.416), percent(0.0013), percent(0.0), percent(99.7)
    ('74 %', '3.4 %', '< 0.1 %', '0 %', '99.7 %')
    """
    if value == 0:
        return "0 %"
    if value < 0.1:
        return "< 0.1 %"
    if 99.95 <= value < 100:
        return "> 99.9 %"
    return f"{value:.0f} %" if 9.95 <= value < 99.5 or value == 100 else f"{value:.1f} %"
