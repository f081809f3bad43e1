"""The degradation race: training error over batches, and over the depth of the network."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnlab.figures.base import Figure, Say, axis, caption, faint, layout, numbers
from cnnlab.message import Message
from cnnlab.theme import Theme
from cnnlab.training.race.plan import DEPTHS, STEPS, Lane
from cnnlab.training.race.results import Curve, Ended, medians

_MARGIN = (46, 70, 24, 38)  # left, right (for the depths at the lines' ends), top, bottom
_WIDTHS = dict(zip(DEPTHS, (1.2, 1.8, 2.5, 3.2), strict=True))  # the deeper, the thicker
_LINE = 15  # pixels from one label at the lines' ends to the next
_HIGHEST = 100  # per cent: a guess among ten digits is wrong in 90


def over_batches(
    curves: Sequence[Curve], steps: int, theme: Theme, say: Say = str, *, height: int = 380
) -> Figure:
    """A line for each network over ``steps`` planned batches, its depth at its end.

    Where there are several seeds, the line is their median, in a band from lowest to highest.
    """
    shown = [curve for curve in curves if len(curve.errors)]
    traces = [_band(curve, theme) for curve in shown]
    traces += [_line(curve, theme, say) for curve in shown]
    words = [
        caption(theme, say(Message("Training error")), x=0, xshift=-36, yshift=2),
        caption(theme, say(Message("Batch")), x=1, y=0, xanchor="right", yshift=-38),
        _key(theme, say),
        *_ends(shown, theme, height),
    ]
    axes = {
        "xaxis": axis(theme, (0, steps), nticks=7),
        "yaxis": axis(theme, (0, _HIGHEST), dtick=20, ticksuffix=" %"),
    }
    made = layout(theme, height, margin=_MARGIN, axes=axes, annotations=words)
    return {"data": traces, "layout": made}


def over_depth(ends: Sequence[Ended], theme: Theme, say: Say = str, *, height: int = 380) -> Figure:
    """A mark for each network that was trained, by its depth; a line through the medians.

    A small ring is a recorded one, a diamond one of this server; the line is that of the recorded
    ones, where there are some.
    """
    recorded = [end for end in ends if end.recorded]
    own = [end for end in ends if not end.recorded]
    traces = [
        made
        for residual in (False, True)
        for made in (
            _median_line(recorded or own, residual, theme),
            _marks(recorded, residual, theme, say),
            _marks(own, residual, theme, say),
        )
        if made
    ]
    after = Message("Training error after only {n} batches", {"n": STEPS})
    words = [
        caption(theme, say(after), x=0, xshift=-36, yshift=2),
        caption(theme, say(Message("Depth")), x=1, y=0, xanchor="right", yshift=-38),
        _marks_key(theme, say),
    ]
    axes = {
        "xaxis": axis(theme, (4, 60), tickvals=list(DEPTHS)),
        "yaxis": axis(theme, (0, _HIGHEST), dtick=20, ticksuffix=" %"),
    }
    margin = (_MARGIN[0], 12, *_MARGIN[2:])
    made = layout(theme, height, margin=margin, axes=axes, annotations=words)
    return {"data": traces, "layout": made}


def colour(lane: Lane, theme: Theme) -> str:
    """The colour of a plain or of a residual network."""
    return theme.accent if lane.residual else theme.muted


def dash(residual: bool) -> str:
    """How the line of a network is drawn: a plain one in dashes, whatever the colours are."""
    return "solid" if residual else "8px,3px"


def name(lane: Lane) -> Message:
    """A network in words."""
    if lane.residual:
        return Message("residual, {depth} layers", {"depth": lane.depth})
    return Message("plain, {depth} layers", {"depth": lane.depth})


def _line(curve: Curve, theme: Theme, say: Say) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(_batches(curve)),
        "y": numbers(100 * curve.errors),
        "line": {
            "color": colour(curve.lane, theme),
            "width": _WIDTHS[curve.lane.depth],
            "dash": dash(curve.lane.residual),
        },
        "hovertemplate": _hover(say, name(curve.lane), Message("batch {n}", {"n": "%{x:d}"})),
    }


def _band(curve: Curve, theme: Theme) -> Figure:
    there = _batches(curve)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(np.concatenate([there, there[::-1]])),
        "y": numbers(100 * np.concatenate([curve.highest, curve.lowest[::-1]])),
        "fill": "toself",
        "fillcolor": faint(colour(curve.lane, theme), 0.12),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _ends(curves: Sequence[Curve], theme: Theme, height: int) -> list[dict[str, Any]]:
    """The depths at the ends of the lines; of one kind that end together, in one label."""
    pixel = _HIGHEST / (height - _MARGIN[2] - _MARGIN[3])  # per cent
    groups = grouped(
        [(curve.lane, 100 * float(curve.errors[-1])) for curve in curves], _LINE * pixel
    )
    reached = max((len(curve.errors) for curve in curves), default=0)
    places = spread([place for _, place in groups], _LINE * pixel, (2.0, _HIGHEST - 2.0))
    return [
        {
            "text": f"{_inked(lanes[0].residual, theme)} {_depths(lanes)}",
            "x": reached,
            "xref": "x",
            "xanchor": "left",
            "xshift": 6,
            "y": place,
            "yref": "y",
            "yanchor": "middle",
            "showarrow": False,
            "font": {"color": theme.ink, "size": 12},
        }
        for (lanes, _), place in zip(groups, places, strict=True)
    ]


def grouped(ends: Sequence[tuple[Lane, float]], least: float) -> list[tuple[list[Lane], float]]:
    """Networks of one kind whose lines end less than ``least`` apart, with their mean; ascending.

    What is no number is left out.

    >>> one, two, three = Lane(8, True), Lane(20, True), Lane(8, False)
    >>> [(len(lanes), at) for lanes, at in grouped([(one, 10), (three, 11), (two, 12)], 5)]
    [(2, 11.0), (1, 11.0)]
    """
    groups: list[list[tuple[Lane, float]]] = []
    known = [end for end in ends if np.isfinite(end[1])]
    for lane, place in sorted(known, key=lambda end: (not end[0].residual, end[1])):
        last = groups[-1][-1] if groups else None
        if last and last[0].residual == lane.residual and place - last[1] < least:
            groups[-1].append((lane, place))
        else:
            groups.append([(lane, place)])
    means = [([lane for lane, _ in of], float(np.mean([at for _, at in of]))) for of in groups]
    return sorted(means, key=lambda group: group[1])


def _depths(lanes: Sequence[Lane]) -> str:
    """The depths of a label: "20", "8, 20"; three and more as "8…56"."""
    depths = sorted(lane.depth for lane in lanes)
    return f"{depths[0]}…{depths[-1]}" if len(depths) > 2 else ", ".join(map(str, depths))


def spread(wanted: Sequence[float], least: float, span: tuple[float, float]) -> list[float]:
    """Ascending places at least ``least`` apart, in the span if they fit, near those wanted.

    >>> spread([10.0, 11.0, 50.0], 5.0, (0.0, 100.0))
    [10.0, 15.0, 50.0]
    >>> spread([98.0, 99.0], 5.0, (0.0, 100.0))
    [95.0, 100.0]
    """
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + least if places else span[0]))
    for at in reversed(range(len(places))):
        above = places[at + 1] - least if at + 1 < len(places) else span[1]
        places[at] = min(places[at], above)
    return places


def _median_line(ends: Sequence[Ended], residual: bool, theme: Theme) -> Figure | None:
    found = {
        lane.depth: error for lane, error in medians(ends).items() if lane.residual == residual
    }
    depths = sorted(found)
    if not depths:
        return None
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(depths),
        "y": numbers([100 * found[depth] for depth in depths]),
        "line": {
            "color": colour(Lane(depths[0], residual), theme),
            "width": 2,
            "dash": dash(residual),
        },
        "hoverinfo": "skip",
    }


def _marks(ends: Sequence[Ended], residual: bool, theme: Theme, say: Say) -> Figure | None:
    """Rings for recorded networks, diamonds for those of this server; all of one kind."""
    found = [end for end in ends if end.lane.residual == residual]
    if not found:
        return None
    recorded, ink = found[0].recorded, colour(found[0].lane, theme)
    words = [
        "<br>".join((say(name(end.lane)), say(_whence(end)), _percent(end.error))) for end in found
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": numbers([end.lane.depth for end in found]),
        "y": numbers([100 * end.error for end in found]),
        "marker": {
            "symbol": "circle-open" if recorded else "diamond",
            "size": 7 if recorded else 11,
            "color": ink,
            "line": {"color": ink if recorded else theme.ink, "width": 1.5},
        },
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
    }


def _whence(end: Ended) -> Message:
    fields = {"seed": end.seed, "step": end.step, "number": end.number}
    if end.recorded:
        return Message("recorded, seed {seed}, {step} batches", fields)
    return Message("race {number} here, seed {seed}, {step} batches", fields)


def stroke(residual: bool) -> str:
    """A piece of such a line, for a legend."""
    return "━━" if residual else "╍╍"


def _inked(residual: bool, theme: Theme) -> str:
    ink = colour(Lane(DEPTHS[0], residual), theme)
    return f'<span style="color:{ink}">{stroke(residual)}</span>'


def _key(theme: Theme, say: Say) -> dict[str, Any]:
    """What the two colours mean; the depth stands at each line's end."""
    kinds = ((False, Message("plain")), (True, Message("residual")))
    text = "   ".join(f"{_inked(kind, theme)} {say(word)}" for kind, word in kinds)
    depth = say(Message("at the end: layers"))
    return caption(theme, f"{text}   {depth}", x=1, xanchor="right", xshift=_MARGIN[1], yshift=2)


def _marks_key(theme: Theme, say: Say) -> dict[str, Any]:
    text = f"○ {say(Message('recorded'))}   ◆ {say(Message('trained here'))}"
    return caption(theme, text, x=0, y=0, xshift=-36, yshift=-38)


def _hover(say: Say, *lines: Message) -> str:
    return "<br>".join([*map(say, lines), "%{y:.1f} %"]) + "<extra></extra>"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _batches(curve: Curve) -> Any:
    return np.arange(1, len(curve.errors) + 1)
