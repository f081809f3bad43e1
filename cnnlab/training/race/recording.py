"""The recorded race: made once, shipped with the project, read without PyTorch.

One compressed JSON file: how it was made in plain words and numbers, the losses and the errors as
packed bytes. `python -m cnnlab.training.race.record` makes it anew.
"""

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.race.plan import BATCH, Lane

FILE = Path(__file__).parent / "recorded.json.gz"
COMMAND = "python -m cnnlab.training.race.record"


@dataclass(frozen=True, eq=False)
class Recording:
    """Races of several seeds.

    ``losses`` float32 (seeds, lanes, steps), NaN where a network had fallen; ``wrong`` uint8 of
    the same shape: how many digits of the batch of 64 it got wrong. ``made_with``: versions.
    """

    seeds: tuple[int, ...]
    lanes: tuple[Lane, ...]
    losses: NDArray[np.float32]
    wrong: NDArray[np.uint8]
    made_with: Mapping[str, str]

    @property
    def steps(self) -> int:
        """How many batches each network learned from."""
        return int(self.losses.shape[2])

    def errors(self, lane: Lane) -> NDArray[np.float64]:
        """The share of each batch that a network got wrong, 0 to 1: (seeds, steps)."""
        at = self.lanes.index(lane)
        errors: NDArray[np.float64] = self.wrong[:, at] / BATCH
        errors[np.isnan(self.losses[:, at])] = np.nan
        return errors


@lru_cache(maxsize=1)
def recorded() -> Recording:
    """The race that comes with the project; its arrays are read-only.

    >>> recorded().seeds, recorded().steps, len(recorded().lanes)
    ((0, 1, 2, 3, 4), 300, 8)
    """
    return unpacked(FILE.read_bytes())


def packed(recording: Recording) -> bytes:
    """A recording as the bytes of a file; the same ones for the same recording."""
    content = {
        "command": COMMAND,
        "made_with": dict(recording.made_with),
        "seeds": recording.seeds,
        "lanes": [[lane.depth, lane.residual] for lane in recording.lanes],
        "steps": recording.steps,
        "losses": b64encode(recording.losses.astype("<f4").tobytes()).decode("ascii"),
        "wrong": b64encode(recording.wrong.tobytes()).decode("ascii"),
    }
    return gzip.compress(json.dumps(content).encode("ascii"), mtime=0)


def unpacked(data: bytes) -> Recording:
    """The recording that `packed` made bytes of."""
    content = json.loads(gzip.decompress(data))
    lanes = tuple(Lane(depth, residual) for depth, residual in content["lanes"])
    shape = (len(content["seeds"]), len(lanes), content["steps"])
    losses = np.frombuffer(b64decode(content["losses"]), "<f4").reshape(shape)
    wrong = np.frombuffer(b64decode(content["wrong"]), np.uint8).reshape(shape)
    return Recording(tuple(content["seeds"]), lanes, losses, wrong, content["made_with"])
