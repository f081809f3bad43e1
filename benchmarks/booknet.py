"""How quickly BookNet trains on the project's own engine, beside others, as a Markdown table.

    python benchmarks/booknet.py [--rounds 20] [--seeds 3]

Training steps on batches of 100 digits: gathered from all images by index, forward, backward, Adam.
The same network by

- the fused path (`cnnlab.engine.booknet`), which is what the page uses,
- the general engine (`cnnlab.engine.backprop`),
- PyTorch as it comes: one float tensor indexed per batch, default memory format, plain Adam,
- a textbook's way, written here anew from the method that such books teach: im2col tap by tap,
  pooling by im2col too, one layer object after the other, Adam array by array. Such code draws its
  weights with randn and so computes in float64; it is also run in float32.

In each round every candidate makes some steps, one after the other, so that whatever else the
machine does falls on all of them; the medians over the rounds are compared. Each thread setting
runs in a process of its own, because OpenBLAS reads its number of threads when it is loaded.

Then a short recipe is trained to the end, for some seeds: its seconds (without loading the digits,
with all that the training loop does up to the last step) and its accuracy on the test images.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

HOME = Path(__file__).parents[1]  # the repository, so that it need not be installed
THREADS = (1, 2)
BATCH, STEPS = 100, 3  # images of a step; steps that a candidate makes in a round
FUSED, GENERAL = "NumPy, fused", "NumPy, general engine"
PYTORCH, BOOK, BOOK32 = "PyTorch as it comes", "textbook", "textbook in float32"

Step: TypeAlias = Callable[[Any], object]  # from which images to take
Report: TypeAlias = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="how often each candidate runs")
    parser.add_argument("--seeds", type=int, default=3, help="how often the recipe is trained")
    parser.add_argument("--measure", type=int, metavar="THREADS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.rounds, options.seeds)))
    else:
        warn_if_busy()
        print(table({n: in_own_process(n, options.rounds, options.seeds) for n in THREADS}))


def warn_if_busy() -> None:
    """Two threads on cores that others use wait for each other: such ratios say nothing."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"others use this machine (load {load:.1f}): do not quote this", file=sys.stderr)


def in_own_process(threads: int, rounds: int, seeds: int) -> Report:
    variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(variables, str(threads)) | {"PYTHONPATH": str(HOME)}
    counts = ["--rounds", str(rounds), "--seeds", str(seeds), "--measure", str(threads)]
    command = [sys.executable, __file__, *counts]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout)


def measure(threads: int, rounds: int, seeds: int) -> Report:
    """Images per second of each candidate; seconds and accuracy of the recipe for each seed."""
    import torch

    torch.set_num_threads(threads)
    recipe = [trained(seed) for seed in range(seeds)]
    return {"images per second": interleaved(candidates(), rounds), "recipe": recipe}


def candidates() -> dict[str, Step]:
    import numpy as np

    from cnnlab.data import mnist
    from cnnlab.engine.initial import initial_weights
    from cnnlab.engine.networks import BOOKNET

    images, labels = mnist.load("train").images, mnist.load("train").labels
    weights = initial_weights(BOOKNET, 0)
    return {
        FUSED: by_learner(images, labels, fused=True),
        GENERAL: by_learner(images, labels, fused=False),
        PYTORCH: by_pytorch(images, labels, weights),
        BOOK: by_textbook(images, labels, weights, np.float64),
        BOOK32: by_textbook(images, labels, weights, np.float32),
    }


def by_learner(images: Any, labels: Any, *, fused: bool) -> Step:
    from cnnlab.data.preprocess import standardised
    from cnnlab.engine.layers import Conv
    from cnnlab.engine.networks import BOOKNET
    from cnnlab.training.config import Config
    from cnnlab.training.numpy_learner import NumpyLearner

    # (5, 5) is the same network as 5, written in a way that the fused path does not look for
    layers = BOOKNET.layers if fused else (Conv(30, (5, 5)), *BOOKNET.layers[1:])
    network = replace(BOOKNET, layers=layers)
    learner = NumpyLearner(Config(network=network, backend="numpy", optimizer="adam"))
    done = 0

    def step(chosen: Any) -> object:
        nonlocal done
        done += 1
        return learner.step(standardised(images[chosen]), labels[chosen], 0.001, done - 1)

    return step


def by_pytorch(images: Any, labels: Any, weights: Any) -> Step:
    import torch
    from torch import nn

    from cnnlab.data.preprocess import standardised

    x, y = torch.from_numpy(standardised(images)), torch.from_numpy(labels.astype("int64"))
    first, second, third = nn.Conv2d(1, 30, 5), nn.Linear(4320, 100), nn.Linear(100, 10)
    model = nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), second, nn.ReLU(), third)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    optimizer, criterion = torch.optim.Adam(model.parameters(), 0.001), nn.CrossEntropyLoss()

    def step(chosen: Any) -> object:
        indices = torch.from_numpy(chosen)
        loss = criterion(model(x[indices]), y[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def by_textbook(images: Any, labels: Any, weights: Any, dtype: Any) -> Step:
    import numpy as np

    x = (images[:, np.newaxis] / 255).astype(np.float32).astype(dtype)
    targets = np.eye(10, dtype=dtype)[labels]
    values = {name: array.T if array.ndim == 2 else array for name, array in weights.items()}
    values = {name: np.array(array, dtype, order="C") for name, array in values.items()}
    network = Textbook(values)
    moments = {name: [np.zeros_like(a), np.zeros_like(a)] for name, a in values.items()}
    done = 0

    def step(chosen: Any) -> object:
        nonlocal done
        done += 1
        loss, gradients = network.gradient(x[chosen], targets[chosen])
        rate = 0.001 * np.sqrt(1 - 0.999**done) / (1 - 0.9**done)
        for name, array in values.items():
            m, v = moments[name]
            m += 0.1 * (gradients[name] - m)
            v += 0.001 * (gradients[name] ** 2 - v)
            array -= rate * m / (np.sqrt(v) + 1e-7)
        return loss

    return step


class Textbook:
    """Layer after layer on (N, C, H, W), windows as rows; dense weights are (in, out)."""

    def __init__(self, weights: dict[str, Any]) -> None:
        self.weights = weights

    def gradient(self, x: Any, targets: Any) -> tuple[float, dict[str, Any]]:
        """The loss of x (N, 1, 28, 28) for targets (N, 10), and the gradients by name."""
        import numpy as np

        w, found = self.weights, {}
        n = len(x)
        rows = im2col(x, 5, 1)
        filters = w["0.weight"].reshape(30, -1).T
        maps = (rows @ filters + w["0.bias"]).reshape(n, 24, 24, 30).transpose(0, 3, 1, 2)
        off = maps <= 0
        maps = maps.copy()
        maps[off] = 0
        windows = im2col(maps, 2, 2).reshape(-1, 4)
        winners = windows.argmax(axis=1)
        pooled = windows.max(axis=1).reshape(n, 12, 12, 30).transpose(0, 3, 1, 2)
        flat = pooled.reshape(n, -1)
        hidden = flat @ w["4.weight"] + w["4.bias"]
        dead = hidden <= 0
        hidden[dead] = 0
        scores = hidden @ w["6.weight"] + w["6.bias"]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        guesses = powers / powers.sum(axis=1, keepdims=True)
        loss = -np.log(guesses[np.arange(n), targets.argmax(axis=1)] + 1e-7).sum() / n

        dscores = (guesses - targets) / n
        found["6.weight"], found["6.bias"] = hidden.T @ dscores, dscores.sum(axis=0)
        dhidden = dscores @ w["6.weight"].T
        dhidden[dead] = 0
        found["4.weight"], found["4.bias"] = flat.T @ dhidden, dhidden.sum(axis=0)
        dpooled = (dhidden @ w["4.weight"].T).reshape(pooled.shape).transpose(0, 2, 3, 1)
        dwindows = np.zeros((dpooled.size, 4), x.dtype)
        dwindows[np.arange(winners.size), winners] = dpooled.ravel()
        dmaps = col2im(dwindows.reshape(n * 144, -1), maps.shape, 2, 2)
        dmaps[off] = 0
        dmaps = dmaps.transpose(0, 2, 3, 1).reshape(-1, 30)
        found["0.bias"] = dmaps.sum(axis=0)
        found["0.weight"] = (rows.T @ dmaps).T.reshape(30, 1, 5, 5)
        col2im(dmaps @ filters.T, x.shape, 5, 1)  # such code finds the images' gradient as well
        return float(loss), found


def im2col(x: Any, kernel: int, stride: int) -> Any:
    """Windows as rows (N·OH·OW, C·K·K), copied tap by tap."""
    import numpy as np

    n, channels, height, width = x.shape
    oh, ow = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    columns = np.zeros((n, channels, kernel, kernel, oh, ow), x.dtype)
    for i in range(kernel):
        for j in range(kernel):
            columns[:, :, i, j] = x[
                :, :, i : i + stride * oh : stride, j : j + stride * ow : stride
            ]
    return columns.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1)


def col2im(rows: Any, shape: tuple[int, ...], kernel: int, stride: int) -> Any:
    """Rows added back to where their windows were, tap by tap."""
    import numpy as np

    n, channels, height, width = shape
    oh, ow = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    columns = rows.reshape(n, oh, ow, channels, kernel, kernel).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros(shape, rows.dtype)
    for i in range(kernel):
        for j in range(kernel):
            x[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride] += columns[
                :, :, i, j
            ]
    return x


def interleaved(steps: dict[str, Step], rounds: int) -> dict[str, float]:
    """The median images per second of each, after two steps to warm up."""
    import numpy as np

    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for again in range(-1, rounds):
        batches = [rng.integers(0, 60_000, BATCH) for _ in range(STEPS)]
        for name, step in steps.items():
            start = perf_counter()
            for chosen in batches:
                step(chosen)
            if again >= 0:
                seconds[name].append(perf_counter() - start)
    return {name: BATCH * STEPS / median(sample) for name, sample in seconds.items()}


def trained(seed: int) -> tuple[float, float]:
    """Seconds up to the last step of the recipe, and the accuracy on the test images."""
    from cnnlab.training.data import prepared
    from cnnlab.training.events import Batch, Evaluated
    from cnnlab.training.loop import train
    from cnnlab.training.recipes import RECIPES

    config = replace(RECIPES["numpy"].config, seed=seed)
    data = prepared(config)
    start, last, accuracy = perf_counter(), 0.0, 0.0
    for event in train(config, data):
        if isinstance(event, Batch):
            last = perf_counter()
        elif isinstance(event, Evaluated):
            accuracy = event.accuracy
    return last - start, accuracy


def table(reports: dict[int, Report]) -> str:
    heads = [f"{n} thread{'s' * (n > 1)}" for n in THREADS]
    lines = [
        "Training BookNet: images per second (in brackets: the fused path's speed over this one's)",
        "",
        "| | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for name in (FUSED, GENERAL, PYTORCH, BOOK, BOOK32):
        speeds = [reports[n]["images per second"] for n in THREADS]
        cells = [f"{speed[name]:,.0f} ({speed[FUSED] / speed[name]:.2f})" for speed in speeds]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "The recipe of the page, by the fused path:"]
    for n, head in zip(THREADS, heads, strict=True):
        runs = [f"{seconds:.1f} s to {right:.2%}" for seconds, right in reports[n]["recipe"]]
        lines.append(f"- {head}: " + ", ".join(runs) + " of the test images")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
