"""Questions about one window: what it becomes, what may change in it, and who gets the gradient."""

import numpy as np

from cnnlab.engine import Array, avg_pool2d_backward, max_pool2d, max_pool2d_backward
from cnnlab.message import Message
from cnnlab.scenes.pooling import Pool
from cnnlab.ui.ask.words import signed
from cnnlab.ui.pooling.ask_words import alone, kind, number, table, telling
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.predict import Question, say

SAME = "it stays the same"
CHANGES = "it changes"
_MAX, _MEAN = Pool("max", (1, 1), (1, 1)), Pool("average", (1, 1), (1, 1))
_FIRST = np.array([[5, 2], [1, 8]], np.float32)  # the first window of the 4×4 example

_EVENLY = Message("That is the average's rule: the same for every cell.")
_NOTHING = Message("That is what the losers get.")
_EVERYTHING = Message("That is what the winner gets.")
_AS_A_MAXIMUM = Message("That is the rule of the maximum: the winner takes all.")
_TOO_MUCH = Message("If each got as much, more would come out than went in.")
_TIMES = Message("A gradient is handed on, not times the number.")


def raised() -> Question:
    """Whether a maximum changes when a loser is raised, but not above the winner."""
    changed = np.where(_FIRST == 5, np.float32(7), _FIRST)
    before, after = alone(_FIRST, _MAX), alone(changed, _MAX)
    prompt = Message(
        "Max pooling over the window `{window}`: the 5 is raised to 7. What becomes of the output?",
        {"window": table(_FIRST)},
    )
    why = Message(
        "max({window}) = {before}, and max({changed}) = {after}.",
        {"window": _list(_FIRST), "changed": _list(changed), "before": before, "after": after},
    )
    thinks = Message("So it would be with an average; a maximum hears only the winner.")
    return Question(prompt, SAME if before == after else CHANGES, {CHANGES: thinks}, why)


def loser_of_the_first() -> Question:
    """Which gradient a loser gets, in a window that every class has seen."""
    return _share(_FIRST, _MAX, 2)


def output(setting: Setting) -> Question | None:
    """What a window becomes."""
    window = telling(setting)
    if window is None:
        return None
    largest, mean = alone(window, _MAX), alone(window, _MEAN)
    prompt = Message(
        "{pooling} over the window `{window}`. Which number is written?",
        {"pooling": kind(setting.pool), "window": table(window)},
    )
    slips = [
        (number(window.sum()), Message("That is the sum, which a kernel of ones would make.")),
        (number(window.flat[0]), Message("That is the first number only.")),
    ]
    if setting.pool.kind == "max":
        slips += [
            (mean, Message("That is the mean: average pooling.")),
            (number(window.min()), Message("That is the smallest.")),
            (number(abs(window).max()), Message("That is without the sign: −9 is less than 1.")),
        ]
        why = Message(
            "max({values}) = {result}.", {"values": _list(window), "result": say(largest)}
        )
    else:
        slips += [
            (largest, Message("That is the largest: max pooling.")),
            (number(np.median(window)), Message("That is the middle one in order, the median.")),
        ]
        terms = " + ".join(signed(number(value)) for value in window.flat)
        fields = {"sum": terms, "n": window.size, "result": say(mean)}
        why = Message("({sum}) / {n} = {result}.", fields)
    return Question(prompt, alone(window, setting.pool), slips, why)


def margin(setting: Setting) -> Question | None:
    """How far the smallest number may rise before a maximum changes."""
    window = telling(setting)
    if window is None or setting.pool.kind != "max":
        return None
    largest, least = alone(window, _MAX), number(window.min())
    if (window == least).sum() > 1 or largest == least:
        return None
    second = number(np.sort(window, axis=None)[-2])
    prompt = Message(
        "Max pooling over the window `{window}`: by how much may the {least} rise before the "
        "output changes?",
        {"window": table(window), "least": say(least)},
    )
    slips = [
        (0, Message("A mean would change at once; a maximum hears only the winner.")),
        (second - least, Message("That is up to the runner-up, which does not win either.")),
        (largest - second, Message("That is the margin of the runner-up.")),
        (largest, Message("That is the winner itself; what counts is how far it is ahead.")),
    ]
    fields = {"largest": signed(largest), "least": signed(least), "margin": largest - least}
    why = Message("{largest} − {least} = {margin}; beyond that it wins.", fields)
    return Question(prompt, largest - least, slips, why)


def loser(setting: Setting) -> Question | None:
    """Which gradient the smallest number of a window gets."""
    window = telling(setting)
    if window is None or len(np.unique(window)) < window.size:
        return None
    return _share(window, setting.pool, window.min())


def winner(setting: Setting) -> Question | None:
    """Which gradient the largest number of a window gets."""
    window = telling(setting)
    if window is None or len(np.unique(window)) < window.size:
        return None
    return _share(window, setting.pool, window.max())


def _share(window: Array, pool: Pool, asked: float) -> Question:
    """What one number of a window gets of the gradient that comes to its output.

    That gradient is the number of cells, so that an even share is 1.
    """
    n, at = window.size, window == asked
    of_max, of_mean = (number(_gradient(window, one, n)[at][0]) for one in (_MAX, _MEAN))
    fields = {"pooling": kind(pool), "window": table(window), "dy": n}
    prompt = Message(
        "{pooling} over the window `{window}`; the gradient of its output is {dy}. Which gradient "
        "does the {asked} get from it?",
        {**fields, "asked": say(number(asked))},
    )
    if pool.kind == "max":
        right, slips = of_max, [(of_mean, _EVENLY), (0, _NOTHING) if of_max else (n, _EVERYTHING)]
        why = Message("A maximum hands the whole gradient to its winner, the others get 0.")
    else:
        right, slips = of_mean, [(of_max, _AS_A_MAXIMUM)]
        if of_max != n:
            slips.append((n, _TOO_MUCH))
        why = Message("Every number has the same part in a mean: {dy} / {dy}.", fields)
    times = n * number(asked)
    if times not in dict(slips):
        slips.append((times, _TIMES))
    return Question(prompt, right, slips, why)


def _gradient(window: Array, pool: Pool, dy: float) -> Array:
    """How much of ``dy`` each cell of a window gets, by the engine."""
    x, size = window[None, None], (window.shape[0], window.shape[1])
    incoming = np.full((1, 1, 1, 1), dy, window.dtype)
    if pool.kind == "average":
        return avg_pool2d_backward(incoming, size, size)[0, 0]
    _, indices = max_pool2d(x, size, return_indices=True)
    return max_pool2d_backward(incoming, indices, size)[0, 0]


def _list(window: Array) -> str:
    return ", ".join(say(number(value)) for value in window.flat)
