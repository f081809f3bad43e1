"""What is seen of a race, in sentences made from its own numbers."""

from collections.abc import Sequence

from cnnlab.message import Message
from cnnlab.training.race.plan import BATCH, LAST, Lane
from cnnlab.training.race.results import Ended, medians
from cnnlab.training.race.state import Race
from cnnlab.ui import language, lesson
from cnnlab.ui.language import t

WORSE = 0.05  # of the digits: less is said to be about the same
_LANES = {False: Message("**plain** {each};"), True: Message("**residual** {each}.")}


def sentences(ends: Sequence[Ended]) -> str:
    """The numbers of the shallowest and the deepest networks, and what follows from them."""
    depths = sorted({end.lane.depth for end in ends})
    numbers = [_kind(ends, residual, depths) for residual in (False, True)]
    said = [_what(ends), *numbers, *follows(ends)]
    return ("" if language.current() == "zh" else " ").join(said)


def too_early(race: Race) -> str:
    """Why there are no numbers yet, or never will be."""
    if race.active:
        return t("After {n} batches the first means are there.", n=LAST)
    step = max(track.step for track in race.tracks.values())
    return t("It ended after {step} batches, too early for a mean of {n}.", step=step, n=LAST)


def _what(ends: Sequence[Ended]) -> str:
    """What the numbers are."""
    fields = {"n": LAST, "step": min(end.step for end in ends)}
    if len({end.seed for end in ends}) > 1:
        return t(
            "Digits wrong in the last {n} of {step} batches, median (lowest–highest seed):",
            **fields,
        )
    return t("Digits wrong in the last {n} of {step} batches:", **fields)


def follows(ends: Sequence[Ended]) -> list[str]:
    """What may be said of these numbers; no more than they show."""
    if len({end.lane.depth for end in ends}) < 2:
        return []
    plain, residual = (_rise(ends, kind) for kind in (False, True))
    digits = f"{BATCH * min(end.step for end in ends):,}"
    if plain is not None and plain > WORSE:
        said = [lesson.prose("race_worse", digits=digits)]
    else:
        said = [lesson.prose("race_alike")]
    if residual is not None and residual > WORSE:
        said.append(lesson.prose("race_residual_worse"))
    return said


def _rise(ends: Sequence[Ended], residual: bool) -> float | None:
    """How much more the deepest network gets wrong than the shallowest, of one kind."""
    found = {
        lane.depth: error for lane, error in medians(ends).items() if lane.residual == residual
    }
    return found[max(found)] - found[min(found)] if len(found) > 1 else None


def _kind(ends: Sequence[Ended], residual: bool, depths: Sequence[int]) -> str:
    lanes = [Lane(depth, residual) for depth in dict.fromkeys((depths[0], depths[-1]))]
    each = [_one(ends, lane) for lane in lanes]
    return t(_LANES[residual], each=("，" if language.current() == "zh" else ", ").join(each))


def _one(ends: Sequence[Ended], lane: Lane) -> str:
    """The error of a network; of several seeds the median, and from where to where."""
    errors = sorted(end.error for end in ends if end.lane == lane)
    if not errors:
        return t("{depth} layers –", depth=lane.depth)
    fields = {"depth": lane.depth, "error": _percent(medians(ends)[lane])}
    if len(errors) == 1:
        return t("{depth} layers {error} %", **fields)
    return t(
        "{depth} layers {error} % ({least}–{most})",
        **fields,
        least=_percent(errors[0]),
        most=_percent(errors[-1]),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
