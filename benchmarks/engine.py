"""How long the engine takes beside PyTorch, as ratios in a Markdown table.

    python benchmarks/engine.py [--rounds 30]

A ratio of 0.5 means half of PyTorch's time. Both compute the same thing from the same arrays.
Convolution: forward with bias; backward dx, dweight and dbias, the engine once with the columns
that its forward pass handed on and once without them. Pooling: forward and backward; the maximum
also with the indices, which PyTorch finds in any case. In each round every candidate runs once,
one after the other, so that whatever else the machine does falls on all of them; the medians over
the rounds are compared. Each thread setting runs in a process of its own, because OpenBLAS reads
its number of threads when it is loaded.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeAlias

HOME = Path(__file__).parents[1]  # the repository, so that it need not be installed
CONVOLUTIONS = {  # name: (x, weight)
    "1×1×28×28, 30 of 5×5": ((1, 1, 28, 28), (30, 1, 5, 5)),
    "100×1×28×28, 30 of 5×5": ((100, 1, 28, 28), (30, 1, 5, 5)),
    "1×3×224×224, 64 of 3×3": ((1, 3, 224, 224), (64, 3, 3, 3)),
    "64×32×14×14, 64 of 3×3": ((64, 32, 14, 14), (64, 32, 3, 3)),
}
POOLINGS = {  # name: (x, kernel size, stride, padding)
    "64×32×28×28, 2×2": ((64, 32, 28, 28), 2, 2, 0),
    "1×64×112×112, 2×2": ((1, 64, 112, 112), 2, 2, 0),
    "1×64×112×112, 3×3 by 2": ((1, 64, 112, 112), 3, 2, 1),
}
DTYPES = ("float32", "float64")
THREADS = (1, 2)
SAMPLE_SECONDS = 2e-3  # what is quicker is repeated, so that the clock's own grain does not count

Call: TypeAlias = Callable[[], object]
Seconds: TypeAlias = dict[str, dict[str, dict[str, list[float]]]]  # [what][shape][dtype]


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


def in_own_process(threads: int, rounds: int) -> Seconds:
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(variables, str(threads)) | {"PYTHONPATH": str(HOME)}
    command = [sys.executable, __file__, "--rounds", str(rounds), "--measure", str(threads)]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout)


def measure(threads: int, rounds: int) -> Seconds:
    """For each case [engine's seconds, PyTorch's seconds]."""
    import torch

    torch.set_num_threads(threads)
    seconds: Seconds = {}
    for cases, candidates in ((CONVOLUTIONS, convolution), (POOLINGS, pooling)):
        for name, case in cases.items():
            for dtype in DTYPES:
                pairs = candidates(dtype, *case)
                times = iter(
                    interleaved([call for pair in pairs.values() for call in pair], rounds)
                )
                for what in pairs:
                    of_shape = seconds.setdefault(what, {}).setdefault(name, {})
                    of_shape[dtype] = [next(times), next(times)]
    return seconds


def convolution(
    dtype: str, x_shape: Sequence[int], weight_shape: Sequence[int]
) -> dict[str, tuple[Call, Call]]:
    """What is computed: (by the engine, by PyTorch)."""
    import numpy as np
    import torch

    from cnnlab import engine

    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(shape).astype(dtype) for shape in (x_shape, weight_shape))
    bias = rng.standard_normal(len(weight)).astype(dtype)
    y, columns = engine.conv2d(x, weight, bias, return_columns=True)
    dy = rng.standard_normal(y.shape).astype(dtype)
    tx, tweight, tbias, tdy = map(torch.from_numpy, (x, weight, bias, dy))
    settings = ([len(weight)], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True, True, True])

    def backward() -> object:
        return torch.ops.aten.convolution_backward(tdy, tx, tweight, *settings)

    return {
        "forward": (
            lambda: engine.conv2d(x, weight, bias),
            lambda: torch.nn.functional.conv2d(tx, tweight, tbias),
        ),
        "backward": (lambda: engine.conv2d_backward(dy, x, weight, columns=columns), backward),
        "backward, columns made again": (lambda: engine.conv2d_backward(dy, x, weight), backward),
    }


def pooling(
    dtype: str, shape: Sequence[int], kernel: int, stride: int, padding: int
) -> dict[str, tuple[Call, Call]]:
    """What is computed: (by the engine, by PyTorch)."""
    import numpy as np
    import torch
    from torch.nn import functional

    from cnnlab import engine

    rng = np.random.default_rng(0)
    x, settings = rng.standard_normal(shape).astype(dtype), (kernel, stride, padding)
    y, indices = engine.max_pool2d(x, *settings, return_indices=True)
    dy = rng.standard_normal(y.shape).astype(dtype)
    tx, tdy, tindices = map(torch.from_numpy, (x, dy, indices))
    max_backward = torch.ops.aten.max_pool2d_with_indices_backward
    avg_backward = torch.ops.aten.avg_pool2d_backward
    pairs = [[n, n] for n in settings]
    return {
        "maximum": (
            lambda: engine.max_pool2d(x, *settings),
            lambda: functional.max_pool2d(tx, *settings),
        ),
        "maximum with indices": (
            lambda: engine.max_pool2d(x, *settings, return_indices=True),
            lambda: functional.max_pool2d(tx, *settings, return_indices=True),
        ),
        "maximum, backward": (
            lambda: engine.max_pool2d_backward(dy, indices, shape[2:]),
            lambda: max_backward(tdy, tx, *pairs, [1, 1], False, tindices),
        ),
        "average": (
            lambda: engine.avg_pool2d(x, *settings),
            lambda: functional.avg_pool2d(tx, *settings),
        ),
        "average, backward": (
            lambda: engine.avg_pool2d_backward(dy, shape[2:], *settings),
            lambda: avg_backward(tdy, tx, *pairs, False, True, None),
        ),
    }


def interleaved(calls: list[Call], rounds: int) -> list[float]:
    """The median seconds of one call of each."""
    repeats = [1 + int(SAMPLE_SECONDS / warm(call)) for call in calls]
    samples: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times, sample in zip(calls, repeats, samples, strict=True):
            start = perf_counter()
            for _ in range(times):
                call()
            sample.append((perf_counter() - start) / times)
    return [median(sample) for sample in samples]


def warm(call: Call) -> float:
    """The quickest of a few first calls, which also bring memory and code into place."""
    times = []
    for _ in range(5):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def table(seconds: dict[int, Seconds]) -> str:
    heads = [f"{dtype}, {t} thread{'s' * (t > 1)}" for dtype in DTYPES for t in THREADS]
    lines = [
        "Time of the engine / time of PyTorch (in brackets: milliseconds of the engine)",
        "",
        "| | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for what, shapes in seconds[THREADS[0]].items():
        for name in shapes:
            cells = []
            for dtype in DTYPES:
                for threads in THREADS:
                    ours, theirs = seconds[threads][what][name][dtype]
                    cells.append(f"{ours / theirs:.2f} ({ours * 1e3:.2g})")
            lines.append(f"| {what}: {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
