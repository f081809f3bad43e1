"""Make the recorded race: ``python -m cnnlab.training.race.record``. Takes some minutes.

All depths, plain and residual, five seeds, on the processor, one thread. The same versions on the
same kind of machine give the same numbers; on another one they differ in the last digits, and so,
after some hundred steps, in the second one. The file is written after every seed.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from cnnlab.training.files import replace
from cnnlab.training.race.plan import BATCH, DEPTHS, LAST, STEPS, Lane, Plan
from cnnlab.training.race.racing import RaceEvent, Stepped, race
from cnnlab.training.race.recording import FILE, Recording, packed

RECORDED_SEEDS = (0, 1, 2, 3, 4)


def record(
    file: Path = FILE,
    seeds: Iterable[int] = RECORDED_SEEDS,
    depths: tuple[int, ...] = DEPTHS,
    steps: int = STEPS,
) -> None:
    """Race, and write what came of it after every seed; one line is printed for each network."""
    done: list[Recording] = []
    for seed in seeds:
        plan = Plan(depths, seed, steps)
        done.append(recording(plan, race(plan)))
        replace(file, packed(joined(done)))
        _tell(done[-1])


def recording(plan: Plan, events: Iterable[RaceEvent]) -> Recording:
    """What a race told, as a recording of one seed."""
    lanes = plan.lanes
    losses = np.full((1, len(lanes), plan.steps), np.nan, np.float32)
    wrong = np.full(losses.shape, BATCH, np.uint8)
    for event in events:
        if isinstance(event, Stepped):
            place = 0, lanes.index(event.lane), event.step - 1
            losses[place], wrong[place] = event.loss, round(event.error * BATCH)
    return Recording((plan.seed,), lanes, losses, wrong, versions())


def joined(recordings: Iterable[Recording]) -> Recording:
    """Recordings of the same lanes as one; the versions are the last one's."""
    each = list(recordings)
    seeds = tuple(seed for one in each for seed in one.seeds)
    losses = np.concatenate([one.losses for one in each])
    wrong = np.concatenate([one.wrong for one in each])
    return Recording(seeds, each[-1].lanes, losses, wrong, each[-1].made_with)


def versions() -> dict[str, str]:
    """What a race's numbers depend on besides its plan."""
    torch = sys.modules.get("torch")
    python = ".".join(map(str, sys.version_info[:2]))
    found = {"Python": python, "NumPy": np.__version__}
    return found | ({"PyTorch": str(torch.__version__)} if torch is not None else {})


def _tell(one: Recording) -> None:
    for at, lane in enumerate(one.lanes):
        loss = one.losses[0, at, -LAST:].mean()
        error = one.errors(lane)[0, -LAST:].mean()
        print(f"seed {one.seeds[0]}  {_name(lane):12}  loss {loss:.3f}  error {100 * error:.1f} %")
    sys.stdout.flush()


def _name(lane: Lane) -> str:
    return f"{'residual' if lane.residual else 'plain'} {lane.depth}"


if __name__ == "__main__":
    record()
