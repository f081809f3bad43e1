"""Loss and accuracy over the steps of a training."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.base import Figure, Say, axis, caption, faint, layout, numbers, rounded_up
from cnnlab.figures.progress import MOST_BINS, Floats, Progress, binned, epoch_means
from cnnlab.message import Message
from cnnlab.theme import Theme

Scale = Literal["linear", "log"]
_LEAST_LOSS = 2.5  # the loss axis reaches at least so far: a guess among ten costs ln 10 = 2.3
_LOG_LOSS, _LOG_ERROR = (-3.0, 1.0), (-1.0, 2.0)  # powers of ten, of the loss and of per cent
_FLOOR = 10 ** _LOG_ERROR[0]  # nothing wrong is drawn at the end of the scale
_ROOMY = 300  # pixels of height: less has fewer lines
_ABOVE, _BELOW, _BAND = 2, 36, 22  # pixels: over and under the plots, and for a title over each


def curves(
    progress: Progress, theme: Theme, say: Say = str, *, height: int = 470, scale: Scale = "linear"
) -> Figure:
    """Loss above, accuracy below, over all planned steps.

    A line of means over neighbouring batches with the band from lowest to highest; means of
    whole epochs; what validation and test gave; `key` says what the marks mean. On the "log" scale
    the error stands for accuracy.
    """
    log = scale == "log"
    halves = _halves(height)
    top = 10 ** _LOG_LOSS[1] if log else _loss_top(progress)
    traces = [
        *_training(progress, progress.losses, "", theme, say, log),
        *_training(progress, progress.accuracies, "2", theme, say, log),
        *(_kept_back(progress, split, "", theme, say, log) for split in ("validation", "test")),
        *(_kept_back(progress, split, "2", theme, say, log) for split in ("validation", "test")),
        _published(progress, theme, say, log),
        _changes(progress, top, theme, say),
    ]
    axes = {
        "xaxis": _steps_axis(progress, theme, anchor="y", matches="x2", showticklabels=False),
        "xaxis2": _steps_axis(progress, theme, anchor="y2"),
        "yaxis": axis(
            theme,
            _LOG_LOSS if log else (0, top),
            domain=halves[0],
            type="log" if log else "linear",
            **({"dtick": 1} if log else {"nticks": 5}),
        ),
        "yaxis2": axis(
            theme,
            _LOG_ERROR if log else (0, 100),
            domain=halves[1],
            anchor="x2",
            type="log" if log else "linear",
            dtick=1 if log else 25 if height > _ROOMY else 50,
            ticksuffix=" %",
        ),
    }
    lower = Message("Error") if log else Message("Accuracy")
    words = [
        caption(theme, f"<b>{say(Message('Loss'))}</b>", y=halves[0][1]),
        caption(theme, f"<b>{say(lower)}</b>", y=halves[1][1]),
        caption(theme, say(Message("Step")), x=1, y=0, xanchor="right", yshift=-36),
    ]
    made = layout(
        theme,
        height,
        margin=(52, 12, _ABOVE, _BELOW),
        axes=axes,
        annotations=words,
        shapes=_marker(progress, halves[0][1], theme),
    )
    return {"data": traces, "layout": made}


def _halves(height: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The parts of the height that loss (above) and accuracy take, with a title over each."""
    band = _BAND / (height - _ABOVE - _BELOW)
    each = (1 - 2 * band) / 2
    return (each + band, 1 - band), (0.0, each)


def _loss_top(progress: Progress) -> float:
    means = binned(progress.steps, progress.losses, progress.planned).means
    tops = [float(np.nanmax(means))] if np.isfinite(means).any() else []
    tops += [event.loss for event in progress.evaluations if np.isfinite(event.loss)]
    return rounded_up(max(tops, default=0.0), _LEAST_LOSS)


def _steps_axis(progress: Progress, theme: Theme, **more: Any) -> dict[str, Any]:
    return axis(theme, (0, progress.planned), nticks=6, tickformat=",d", **more)


def _training(
    progress: Progress, values: Floats, half: str, theme: Theme, say: Say, log: bool
) -> list[Figure]:
    """Band, line and epochs of one half of the figure."""
    bins = binned(progress.steps, values, progress.planned)
    ends, means = epoch_means(progress, values)
    there = np.concatenate([bins.steps, bins.steps[::-1]])
    edge = np.concatenate([bins.highs, bins.lows[::-1]])
    what = (
        Message("training, one batch")
        if progress.planned <= MOST_BINS
        else Message("training, batches averaged: {n}", {"n": "%{customdata[2]}"})
    )
    epochs = Message("training, mean over the epoch")
    band = {
        "mode": "lines",
        "fill": "toself",
        "fillcolor": faint(theme.accent, 0.22),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {"mode": "lines", "line": {"color": theme.accent, "width": 1.6}}
    points: Figure = {
        "mode": "markers",
        "marker": _dot("circle-open", theme.accent, 8),
        "cliponaxis": False,  # the last epoch ends at the end of the axis
    }
    return [
        _trace(half, there, _drawn(edge, half, log), band),
        _trace(half, bins.steps, _drawn(bins.means, half, log), line)
        | _hover(progress, half, what, bins.steps, bins.means, say, bins.counts),
        _trace(half, ends, _drawn(means, half, log), points)
        | _hover(progress, half, epochs, ends, means, say),
    ]


def _kept_back(
    progress: Progress, split: str, half: str, theme: Theme, say: Say, log: bool
) -> Figure:
    events = [event for event in progress.evaluations if event.split == split]
    steps = np.array([event.step for event in events], float)
    values = np.array([event.accuracy if half else event.loss for event in events], float)
    test = split == "test"
    look = {
        "mode": "markers",
        "marker": _dot("star" if test else "diamond", theme.ink, 12 if test else 8),
        "cliponaxis": False,
    }
    what = Message("test images") if test else Message("validation images")
    return _trace(half, steps, _drawn(values, half, log), look) | _hover(
        progress, half, what, steps, values, say
    )


def _published(progress: Progress, theme: Theme, say: Say, log: bool) -> Figure:
    values = np.array(progress.published, float)
    steps = np.arange(1, len(values) + 1) * float(progress.per_epoch)
    look = {
        "mode": "lines+markers",
        "line": {"color": theme.muted, "width": 1.2, "dash": "dash"},
        "marker": _dot("square-open", theme.muted, 7),
        "cliponaxis": False,
    }
    return _trace("2", steps, _drawn(values, "2", log), look) | _hover(
        progress, "2", Message("published"), steps, values, say
    )


def _changes(progress: Progress, top: float, theme: Theme, say: Say) -> Figure:
    """A mark at the top of the loss wherever the learning rate was changed by hand."""
    steps = [float(change.step) for change in progress.changes]
    template = Message(
        "after step {step}: learning rate {rate}", {"step": "%{x:,d}", "rate": "%{customdata:.3~g}"}
    )
    return _trace("", np.array(steps), np.full(len(steps), top), {"mode": "markers"}) | {
        "marker": _dot("triangle-down", theme.ink, 11),
        "cliponaxis": False,
        "customdata": [change.learning_rate for change in progress.changes],
        "hovertemplate": f"{say(template)}<extra></extra>",
    }


def _drawn(values: Floats, half: str, log: bool) -> Floats:
    """Where a value stands: accuracies in per cent, or per cent of error on the log scale."""
    if not half:
        return values
    percent = 100 * (1 - values) if log else 100 * values
    return np.maximum(percent, _FLOOR) if log else percent


def _trace(half: str, x: Floats, y: Floats, look: Figure) -> Figure:
    place = {"xaxis": f"x{half}", "yaxis": f"y{half}"}
    return {"type": "scatter", "x": numbers(x), "y": numbers(y), **place, **look}


def _hover(
    progress: Progress,
    half: str,
    what: Message,
    steps: Floats,
    values: Floats,
    say: Say,
    counts: NDArray[np.integer[Any]] | None = None,
) -> Figure:
    """Step, epoch and value in words; customdata holds value (per cent), epoch, count."""
    ones = np.ones(len(steps)) if counts is None else counts
    where = Message(
        "step {step}, epoch {epoch}", {"step": "%{x:,.0f}", "epoch": "%{customdata[1]:.2f}"}
    )
    amount = (
        Message("accuracy {value}", {"value": "%{customdata[0]:.2f} %"})
        if half
        else Message("loss {value}", {"value": "%{customdata[0]:.4~g}"})
    )
    data = np.stack([100 * values if half else values, steps / progress.per_epoch, ones], axis=1)
    lines = "<br>".join(say(words) for words in (where, what, amount))
    return {"customdata": numbers(data), "hovertemplate": f"{lines}<extra></extra>"}


def _dot(symbol: str, colour: str, size: int) -> Figure:
    return {"symbol": symbol, "color": colour, "size": size, "line": {"color": colour, "width": 1}}


def key(progress: Progress, theme: Theme) -> list[tuple[str, str, Message]]:
    """What the marks mean that are there: sign, colour, words. Of an empty figure, nothing."""
    splits = {event.split for event in progress.evaluations}
    entries = (
        (len(progress.steps), "—", theme.accent, Message("training")),
        (len(progress.steps), "○", theme.accent, Message("epoch’s mean")),
        ("validation" in splits, "◆", theme.ink, Message("validation")),
        ("test" in splits, "★", theme.ink, Message("test")),
        (len(progress.published), "□", theme.muted, Message("published")),
        (len(progress.changes), "▼", theme.ink, Message("learning rate")),
    )
    return [(sign, colour, words) for there, sign, colour, words in entries if there]


def _marker(progress: Progress, top: float, theme: Theme) -> list[Figure]:
    """The step shown by the time machine: a line through both halves."""
    if progress.marked is None:
        return []
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": progress.marked,
            "x1": progress.marked,
            "y0": 0,
            "y1": top,
            "line": {"color": colour, "width": width},
        }
        for colour, width in ((theme.halo, 5), (theme.outline, 3))
    ]
