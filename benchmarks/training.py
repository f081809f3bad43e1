"""How quickly digits are learned, and what the screen costs, as figures and ratios.

    python benchmarks/training.py [lanes] [tutorial] [screen] [crowded] [published] [--seeds 3]

lanes: training time and test accuracy of the three fast recipes, medians over seeds; loading
PyTorch, building the net and evaluating are not counted, as on the page. tutorial: TanhNet's
images per second beside the loop that tutorials show (a `DataLoader` that makes a tensor of one
image after another), in turn, on the same threads. screen: one live update, built and serialised.
crowded: the speed beside a process that keeps one core busy, over that without. published: the
whole run of TanhNet beside the accuracies that were published for it. The page in a real browser
is in `benchmarks/watched.py`.
"""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from cnnlab.data import mnist
from cnnlab.training.config import Config
from cnnlab.training.data import prepared
from cnnlab.training.events import Batch, Evaluated
from cnnlab.training.loop import train
from cnnlab.training.recipes import PUBLISHED, RECIPES

THREADS = max(1, (os.cpu_count() or 1) - 1)  # as the page has it
LANES = {"faster": 0.98, "fast": 0.99, "best": 0.995}
ROUNDS = 5
SAMPLE = 60  # steps of a round


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts: dict[str, Callable[[int], None]] = {
        "lanes": lanes,
        "tutorial": tutorial,
        "screen": screen,
        "crowded": crowded,
        "published": published,
    }
    parser.add_argument("parts", nargs="*", choices=[[], *parts], help="all, unless named")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print("others use this machine: do not quote this", file=sys.stderr)
    for name in options.parts or list(parts)[:-1]:
        parts[name](options.seeds)


def lanes(seeds: int) -> None:
    print("| recipe | epochs | training | test accuracy, median (least) | images/s |")
    print("|---|---|---|---|---|")
    for slug in LANES:
        found = [learned(replace(RECIPES[slug].config, seed=s)) for s in range(seeds)]
        times, accuracies = [one[0] for one in found], [one[1][-1] for one in found]
        config = RECIPES[slug].config
        speed = config.epochs * config.images / median(times)
        print(
            f"| {slug} | {config.epochs:g} | {median(times):.1f} s "
            f"| {median(accuracies):.4f} ({min(accuracies):.4f}) | {speed:,.0f} |",
            flush=True,
        )


def learned(config: Config) -> tuple[float, list[float]]:
    """The seconds of a training's steps, and its accuracies on data that it did not see."""
    seconds, accuracies = 0.0, []
    config = replace(config, threads=THREADS)
    training = train(config, prepared(config))
    before = perf_counter()
    for event in training:
        now = perf_counter()
        if isinstance(event, Batch):
            seconds += now - before
        elif isinstance(event, Evaluated):
            accuracies.append(event.accuracy)
        before = perf_counter()
    return seconds, accuracies


def tutorial(_: int) -> None:
    config = replace(RECIPES["published"].config, threads=THREADS)
    speeds: dict[str, list[float]] = {"ours": [], "tutorial": []}
    ours, theirs = our_steps(config), tutorial_steps(config)
    for _ in range(ROUNDS):
        for name, steps in (("ours", ours), ("tutorial", theirs)):
            began = perf_counter()
            for _ in range(SAMPLE):
                next(steps)
            speeds[name].append(SAMPLE * config.batch_size / (perf_counter() - began))
    ratio = median(speeds["ours"]) / median(speeds["tutorial"])
    print(f"\nTanhNet: {median(speeds['ours']):,.0f} images/s, ", end="")
    print(f"the tutorials' loop {median(speeds['tutorial']):,.0f}: {ratio:.2f} times its speed")


def our_steps(config: Config) -> Iterator[None]:
    return (None for event in train(config, prepared(config)) if isinstance(event, Batch))


def tutorial_steps(config: Config) -> Iterator[None]:
    """The loop as tutorials have it: each image by itself becomes a tensor."""
    import torch
    from torch.nn import functional
    from torch.utils.data import DataLoader, Dataset

    from cnnlab.engine.initial import initial_weights
    from cnnlab.nets.build import build

    class Digits(Dataset):
        def __init__(self) -> None:
            self.data = mnist.load("train")

        def __len__(self) -> int:
            return len(self.data.labels)

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            image = Image.fromarray(self.data.images[index])  # as torchvision's dataset gives it
            tensor = torch.from_numpy(np.array(image))[None].float().div(255)
            return tensor.sub(0.1307).div(0.3081), int(self.data.labels[index])

    torch.set_num_threads(config.threads)
    model = build(config.network, initial_weights(config.network, 0))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    while True:
        for x, labels in DataLoader(Digits(), batch_size=config.batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), labels)
            loss.backward()
            optimizer.step()
            yield


def screen(_: int) -> None:
    """All that a live update builds, for the fast lane's network after some steps."""
    from cnnlab.figures.bars import probabilities
    from cnnlab.figures.curves import curves
    from cnnlab.figures.mosaic import MAP, mosaic
    from cnnlab.theme import LIGHT
    from cnnlab.training.history import History
    from cnnlab.ui.training import shown

    before = shown.untrained(RECIPES["fast"].config, 0)
    history = History()
    for step in range(1, before.config.steps + 1):
        history.append(Batch(step, 2.3 / step, 1 - 0.9 / step, 0.01))
    progress = shown._progress(before.config, history, (), ())
    times = []
    for digit in range(30):
        now = replace(before, progress=progress, digit=digit)
        began = perf_counter()
        kernels, maps = shown.kernels(now), shown.first_maps(now)
        figures = [
            curves(progress, LIGHT, str),
            mosaic(kernels.tiles, LIGHT, str, each=MAP),
            mosaic(maps, LIGHT, str, each=MAP),
            probabilities(now.probabilities, now.label, LIGHT, str),
        ]
        size = len(json.dumps(figures))
        times.append(1000 * (perf_counter() - began))
    print(f"\none live update: {median(times):.1f} ms to build and serialise, {size / 1000:.0f} KB")


def crowded(_: int) -> None:
    """In turn: alone, and beside a process that keeps one core busy."""
    speeds: dict[bool, list[float]] = {False: [], True: []}
    steps = our_steps(replace(RECIPES["best"].config, threads=THREADS))
    for turn in range(2 * ROUNDS):
        busy = bool(turn % 2)
        other = multiprocessing.Process(target=keep_busy, daemon=True)
        if busy:
            other.start()
        began = perf_counter()
        for _ in range(SAMPLE // 2):
            next(steps)
        speeds[busy].append(1 / (perf_counter() - began))
        if busy:
            other.terminate()
            other.join()
    share = median(speeds[True]) / median(speeds[False])
    print(f"\nwith one core kept busy: {share:.0%} of the speed without")


def keep_busy() -> None:
    while True:
        pass


def published(seeds: int) -> None:
    """Takes minutes for each seed, and says what each gave as soon as it is there."""
    config = RECIPES["published"].config
    found = []
    for seed in range(seeds):
        found.append(learned(replace(config, seed=seed))[1][1:])
        print(f"seed {seed}:", " ".join(f"{one:.4f}" for one in found[-1]), flush=True)
    print("\n| after epoch | here, median (least) | published |\n|---|---|---|")
    for epoch, (ours, theirs) in enumerate(zip(zip(*found, strict=True), PUBLISHED, strict=True)):
        print(f"| {epoch + 1} | {median(ours):.4f} ({min(ours):.4f}) | {theirs:.4f} |", flush=True)


if __name__ == "__main__":
    main()
