"""A training as a program of its own that anyone can run: PyTorch, NumPy, nothing from here."""

from collections.abc import Sequence
from textwrap import dedent

from cnnlab.data.preprocess import MEAN, STD
from cnnlab.training.config import RISING, Config, checked
from cnnlab.training.events import Changed
from cnnlab.training.loop import CHUNK
from cnnlab.training.script_network import (
    classes_of,
    first_weights_of,
    model_of,
    optimizer_of,
)


def script(config: Config, changes: Sequence[Changed] = (), steps: int | None = None) -> str:
    """A Python program that makes a training again, to the last digit on the same machine.

    It is started with the folder of MNIST's four files, plain or as .gz, and holds only what this
    config needs. ``changes`` are those of the learning rate; ``steps`` were made, if it was
    stopped. It prints the mean loss of each epoch's batches and in the end the test accuracy. What
    the project's own engine trained, PyTorch makes again up to rounding, and the program says so.
    Raises InvalidInput for a config that cannot be trained.

    >>> print(script(Config()).splitlines()[0])
    \"\"\"Train the network "Fast" on MNIST, as CNN Lab did.
    """
    checked(config)
    made = config.steps if steps is None else steps
    changes = [change for change in changes if change.step < made]
    parts = [
        _head(config, made),
        _settings(config, changes, made),
        _READ,
        _standardised(),
        _shuffled(config),
        _moved(config),
        _learning_rate(config, changes),
        *classes_of(config.network),
        model_of(config.network),
        first_weights_of(config),
        optimizer_of(config, constant=not varies(config, changes)),
        _training(config, changes),
        _test(config),
    ]
    return "\n\n\n".join(dedent(part).strip() for part in parts if part) + "\n"


def varies(config: Config, changes: Sequence[Changed]) -> bool:
    """Whether the learning rate is not the same at all steps."""
    return config.schedule != "constant" or bool(changes)


def _head(config: Config, steps: int) -> str:
    remark = "Trained there by its own NumPy engine; PyTorch makes the same up to rounding.\n"
    stopped = f"It was stopped after {steps} of {config.steps} batches.\n"
    # a name may be anyone's: it must not end the text that it stands in
    name = "".join(c for c in config.network.name if c.isprintable() and c not in '"\\')
    needed = {
        "import gzip": True,
        "import sys": True,
        "from math import cos, pi": config.schedule == "cosine",
        "from pathlib import Path": True,
        "from zlib import crc32": True,
    }
    return "\n".join(
        [
            f'"""Train the network "{name}" on MNIST, as CNN Lab did.',
            "",
            (remark if config.backend == "numpy" else "")
            + (stopped if steps < config.steps else "")
            + "Start it with the folder of MNIST's four files (plain or .gz, names as published):",
            "",
            "    python train.py FOLDER",
            '"""',
            "",
            *(line for line, wanted in needed.items() if wanted),
            "",
            "import numpy as np",
            "import torch",
            "from torch import nn",
        ]
    )


def _settings(config: Config, changes: Sequence[Changed], steps: int) -> str:
    planned = f"PLANNED = {config.steps}  # steps of the learning rate's schedule"
    rates = {0: config.learning_rate, **{change.step: change.learning_rate for change in changes}}
    lines = [
        f"SEED = {config.seed}",
        f"IMAGES = {config.images}  # the first ones of MNIST's 60,000",
        f"BATCH_SIZE = {config.batch_size}",
        f"STEPS_PER_EPOCH = {config.steps_per_epoch}",
        f"STEPS = {steps}",
        planned if config.schedule != "constant" else "",
        f"SHIFT = {config.shift}  # pixels each way" if config.shift else "",
        f"LEARNING_RATES = {rates}  # from the step after so many on"
        if changes
        else f"LEARNING_RATE = {config.learning_rate}",
    ]
    machine = [
        f"torch.set_num_threads({config.threads})",
        'device = "cuda" if torch.cuda.is_available() else "cpu"',
    ]
    return "\n".join([*filter(None, lines), "", *machine])


_READ = '''
def read(name, header):
    """The bytes of one of MNIST's files, after its header."""
    path = Path(sys.argv[1]) / name
    if path.exists():
        return np.frombuffer(path.read_bytes(), np.uint8, offset=header)
    packed = path.with_name(name + ".gz").read_bytes()
    return np.frombuffer(gzip.decompress(packed), np.uint8, offset=header)


images = read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:IMAGES]
labels = read("train-labels-idx1-ubyte", 8)[:IMAGES].astype(np.int64)
test_images = read("t10k-images-idx3-ubyte", 16).reshape(-1, 28, 28)
test_labels = read("t10k-labels-idx1-ubyte", 8).astype(np.int64)
'''


def _standardised() -> str:
    return f'''
    def standardised(images):
        """From bytes (N, 28, 28) to numbers (N, 1, 28, 28) with mean 0 and variance 1."""
        x = images[:, None].astype(np.float32)
        x -= np.float32(255 * {MEAN})
        x *= np.float32(1 / (255 * {STD}))
        return torch.from_numpy(x).to(device)
    '''


def _shuffled(config: Config) -> str:
    if not config.shuffled:
        return ""
    return """
    pixels = np.random.default_rng([SEED, 0]).permutation(784)  # one new order for all images


    def shuffled(images):
        return images.reshape(-1, 784)[:, pixels].reshape(images.shape)
    """


def _moved(config: Config) -> str:
    if not config.shift:
        return ""
    return '''
    def moved(images, moves):
        """Each image moved (down, right); paper comes in from the border."""
        wide = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
        cuts = [
            image[SHIFT - down : SHIFT - down + 28, SHIFT - right : SHIFT - right + 28]
            for image, (down, right) in zip(wide, moves)
        ]
        return np.stack(cuts)
    '''


def _learning_rate(config: Config, changes: Sequence[Changed]) -> str:
    if not varies(config, changes):
        return ""
    highest = (
        "LEARNING_RATES[max(after for after in LEARNING_RATES if after <= step)]"
        if changes
        else "LEARNING_RATE"
    )
    rising = max(1, round(RISING * config.steps))
    body = {
        "constant": ["    return highest"],
        "triangle": [
            f"    if step < {rising}:  # up over the first quarter, then down to 0",
            f"        return highest * (step + 1) / {rising}",
            f"    return highest * (PLANNED - step) / (PLANNED - {rising} + 1)",
        ],
        "cosine": ["    return highest * (1 + cos(pi * (step / PLANNED))) / 2"],
        "steps": [
            "    done = step / PLANNED",
            "    return highest * (0.01 if done >= 0.75 else 0.1 if done >= 0.5 else 1.0)",
        ],
    }[config.schedule]
    return "\n".join(["def learning_rate(step):", f"    highest = {highest}", *body])


def _training(config: Config, changes: Sequence[Changed]) -> str:
    """The loop over epochs and batches, with what this config does to a batch."""
    lines = [
        "step = 0",
        "while step < STEPS:",
        "    epoch, losses = step // STEPS_PER_EPOCH, []",
        "    order = np.random.default_rng([SEED, 1, epoch]).permutation(IMAGES)",
        "    rng = np.random.default_rng([SEED, 2, epoch])" if config.shift else "",
        "    moves = rng.integers(-SHIFT, SHIFT + 1, (IMAGES, 2))" if config.shift else "",
        "    for start in range(0, IMAGES, BATCH_SIZE)[: STEPS - step]:",
        "        chosen = order[start : start + BATCH_SIZE]",
        "        batch = images[chosen]",
        "        batch = moved(batch, moves[chosen])" if config.shift else "",
        "        batch = shuffled(batch)" if config.shuffled else "",
        "        wanted = torch.from_numpy(labels[chosen]).to(device)",
        '        optimizer.param_groups[0]["lr"] = learning_rate(step)'
        if varies(config, changes)
        else "",
        "        loss = loss_of(model(standardised(batch)), wanted)",
        "        optimizer.zero_grad()",
        "        loss.backward()",
        "        optimizer.step()",
        "        losses.append(loss.item())",
        "        step += 1",
        '    print(f"epoch {epoch + 1}: loss {sum(losses) / len(losses)!r}")',
    ]
    return "\n".join(line for line in lines if line)


def _test(config: Config) -> str:
    start = "right, test_images = 0, shuffled(test_images)" if config.shuffled else "right = 0"
    return f"""
    model.eval()
    {start}
    with torch.no_grad():
        for start in range(0, len(test_images), {CHUNK}):
            logits = model(standardised(test_images[start : start + {CHUNK}])).cpu().numpy()
            right += int((logits.argmax(1) == test_labels[start : start + {CHUNK}]).sum())
    print(f"test accuracy {{right / len(test_images)!r}}")
    """
