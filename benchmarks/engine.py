"""How long the engine takes beside PyTorch, as ratios in a Markdown table.

    python benchmarks/engine.py [--rounds 30]

A ratio of 0.5 means half of PyTorch's time. Both compute the same thing from the same arrays:
forward with bias; backward dx, dweight and dbias, the engine once with the columns that its
forward pass handed on and once without them. In each round every candidate runs once, one after
the other, so that whatever else the machine does falls on all of them; the medians over the
rounds are compared. Each thread setting runs in a process of its own, because OpenBLAS reads its
number of threads when it is loaded.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

HOME = Path(__file__).parents[1]  # the repository, so that it need not be installed
SHAPES = {  # name: (x, weight)
    "1×1×28×28, 30 of 5×5": ((1, 1, 28, 28), (30, 1, 5, 5)),
    "100×1×28×28, 30 of 5×5": ((100, 1, 28, 28), (30, 1, 5, 5)),
    "1×3×224×224, 64 of 3×3": ((1, 3, 224, 224), (64, 3, 3, 3)),
    "64×32×14×14, 64 of 3×3": ((64, 32, 14, 14), (64, 32, 3, 3)),
}
DTYPES = ("float32", "float64")
THREADS = (1, 2)
DIRECTIONS = ("forward", "backward", "backward, columns made again")
SAMPLE_SECONDS = 2e-3  # what is quicker is repeated, so that the clock's own grain does not count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="how often each candidate runs")
    parser.add_argument("--measure", type=int, metavar="THREADS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.rounds)))
    else:
        warn_if_busy()
        print(table({threads: in_own_process(threads, options.rounds) for threads in THREADS}))


def warn_if_busy() -> None:
    """Two threads on cores that others use wait for each other: such ratios say nothing."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"others use this machine (load {load:.1f}): do not quote this", file=sys.stderr)


def in_own_process(threads: int, rounds: int) -> dict[str, list[float]]:
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(variables, str(threads)) | {"PYTHONPATH": str(HOME)}
    command = [sys.executable, __file__, "--rounds", str(rounds), "--measure", str(threads)]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout)


def measure(threads: int, rounds: int) -> dict[str, list[float]]:
    """For each case [engine's seconds, PyTorch's seconds]."""
    import torch

    torch.set_num_threads(threads)
    seconds = {}
    for dtype in DTYPES:
        for name in SHAPES:
            rivals = candidates(name, dtype)
            times = interleaved(rivals, rounds)
            for direction in DIRECTIONS:
                theirs = direction.split(",")[0] + ", PyTorch"
                seconds[f"{name}|{direction}|{dtype}"] = [times[direction], times[theirs]]
    return seconds


def candidates(name: str, dtype: str) -> dict[str, Callable[[], object]]:
    import numpy as np
    import torch

    from cnnlab import engine

    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(shape).astype(dtype) for shape in SHAPES[name])
    bias = rng.standard_normal(len(weight)).astype(dtype)
    y, columns = engine.conv2d(x, weight, bias, return_columns=True)
    dy = rng.standard_normal(y.shape).astype(dtype)
    tx, tweight, tbias, tdy = map(torch.from_numpy, (x, weight, bias, dy))
    settings = ([len(weight)], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True, True, True])
    backward = torch.ops.aten.convolution_backward
    return {
        "forward": lambda: engine.conv2d(x, weight, bias),
        "forward, PyTorch": lambda: torch.nn.functional.conv2d(tx, tweight, tbias),
        "backward": lambda: engine.conv2d_backward(dy, x, weight, columns=columns),
        "backward, PyTorch": lambda: backward(tdy, tx, tweight, *settings),
        "backward, columns made again": lambda: engine.conv2d_backward(dy, x, weight),
    }


def interleaved(rivals: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of one call of each."""
    repeats = {name: 1 + int(SAMPLE_SECONDS / warm(call)) for name, call in rivals.items()}
    samples: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, call in rivals.items():
            start = perf_counter()
            for _ in range(repeats[name]):
                call()
            samples[name].append((perf_counter() - start) / repeats[name])
    return {name: median(values) for name, values in samples.items()}


def warm(call: Callable[[], object]) -> float:
    """The quickest of a few first calls, which also bring memory and code into place."""
    times = []
    for _ in range(5):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def table(seconds: dict[int, dict[str, list[float]]]) -> str:
    heads = [f"{dtype}, {t} thread{'s' * (t > 1)}" for dtype in DTYPES for t in THREADS]
    lines = [
        "Time of the engine / time of PyTorch (in brackets: milliseconds of the engine)",
        "",
        "| | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for direction in DIRECTIONS:
        for name in SHAPES:
            cells = []
            for dtype in DTYPES:
                for threads in THREADS:
                    ours, theirs = seconds[threads][f"{name}|{direction}|{dtype}"]
                    cells.append(f"{ours / theirs:.2f} ({ours * 1e3:.2g})")
            lines.append(f"| {direction}: {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
