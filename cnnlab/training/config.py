"""Everything that decides how a training goes: one frozen record, checked once.

The same record gives the same events, bit for bit: every random draw comes from its seed.
"""

from dataclasses import dataclass
from math import ceil, cos, inf, pi, prod
from typing import Literal, get_args

from cnnlab.engine.architecture import Architecture, output_shape_of, parameters, trace
from cnnlab.engine.layers import BatchNorm, Dropout
from cnnlab.engine.networks import FAST
from cnnlab.message import InvalidInput, Message

Backend = Literal["torch", "numpy"]
Start = Literal["uniform", "small"]
Optimizer = Literal["sgd", "adam", "adamw"]
Schedule = Literal["constant", "triangle", "cosine", "steps"]
CHOICES = {
    "backend": get_args(Backend),
    "start": get_args(Start),
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
}
RANGES: dict[str, tuple[float, float]] = {  # both ends allowed
    "learning_rate": (1e-6, 10.0),
    "momentum": (0.0, 0.999),
    "beta1": (0.0, 0.999),
    "beta2": (0.0, 0.9999),
    "weight_decay": (0.0, 1.0),
    "label_smoothing": (0.0, 0.9),
    "batch_size": (1, 1024),
    "epochs": (0.01, 50.0),
    "images": (100, 60_000),
    "validation": (0, 10_000),
    "shift": (0, 3),
    "seed": (0, 9999),
    "threads": (1, 64),
}
WHOLE = ("batch_size", "images", "validation", "shift", "seed", "threads")
ALL_IMAGES = 60_000  # the training images of MNIST
MOST_PARAMETERS = 2_000_000
MOST_MULTIPLY_ADDS = 200_000_000  # for one image: more is no net for a laptop
MOST_BYTES = 2_000_000_000  # of all maps of a batch, which are kept for the way back
FRAME_BYTES = 64_000_000  # of a run's frames together
FEWEST_FRAMES, MOST_FRAMES = 8, 160
RISING = 0.25  # the part of a triangle over which the rate rises


@dataclass(frozen=True)
class Config:
    """What is trained, on what, and how.

    ``network`` takes (1, 28, 28) and gives 10 scores. ``start`` draws the first weights: "uniform"
    is PyTorch's own, U(−1/√fan_in, 1/√fan_in) for weights and biases; "small" is 0.01·N(0, 1) with
    biases 0. ``learning_rate`` is the highest of the ``schedule``. ``momentum`` is that of SGD,
    ``beta1`` and ``beta2`` those of Adam and AdamW; ``weight_decay`` is added to the gradient, but
    with AdamW taken off the weights (Loshchilov & Hutter, 2019).

    ``images`` are the first of MNIST's 60,000 training images, ``validation`` its last; where it is
    0, the test images take its place after every epoch. ``shuffled`` gives the pixels of all images
    one fixed new order; ``shift`` moves each training image by up to so many pixels each way, anew
    in every epoch. ``epochs`` need not be whole.
    """

    network: Architecture = FAST
    backend: Backend = "torch"
    start: Start = "uniform"
    optimizer: Optimizer = "adamw"
    learning_rate: float = 0.02
    schedule: Schedule = "triangle"
    momentum: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    batch_size: int = 256
    epochs: float = 1.0
    images: int = 55_000
    validation: int = 5_000
    shuffled: bool = False
    shift: int = 0
    seed: int = 0
    threads: int = 1

    @property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has, the last one perhaps smaller.

        >>> Config(images=60_000, validation=0, batch_size=64).steps_per_epoch
        938
        """
        return ceil(self.images / self.batch_size)

    @property
    def steps(self) -> int:
        """How many batches the whole training has."""
        return max(1, round(self.epochs * self.steps_per_epoch))

    def learning_rate_at(self, step: int, highest: float | None = None) -> float:
        """The learning rate of a step, from 0; ``highest`` in place of the config's own.

        "triangle" rises evenly over the first quarter of the steps and falls evenly to 0;
        "cosine" falls along half a cosine (Loshchilov & Hutter, "SGDR", 2017); "steps" is a tenth
        of it from the middle on, and a hundredth from three quarters on.

        >>> rates = [Config(images=800, batch_size=100).learning_rate_at(step) for step in range(8)]
        >>> [round(rate, 4) for rate in rates]
        [0.01, 0.02, 0.0171, 0.0143, 0.0114, 0.0086, 0.0057, 0.0029]
        """
        top = self.learning_rate if highest is None else highest
        done = step / self.steps
        if self.schedule == "triangle":
            rising = max(1, round(RISING * self.steps))
            if step < rising:
                return top * (step + 1) / rising
            return top * (self.steps - step) / (self.steps - rising + 1)
        if self.schedule == "cosine":
            return top * (1 + cos(pi * done)) / 2
        if self.schedule == "steps":
            return top * (0.01 if done >= 0.75 else 0.1 if done >= 0.5 else 1.0)
        return top


def checked(config: Config) -> Config:
    """The config itself, if it can be trained; else InvalidInput that names what cannot be.

    >>> checked(Config(batch_size=0))
    Traceback (most recent call last):
    cnnlab.message.InvalidInput: batch_size is from 1 to 1024, but is 0
    """
    for name, choices in CHOICES.items():
        if getattr(config, name) not in choices:
            raise InvalidInput(
                "{name} is one of {choices}, but is {value}",
                name=name,
                choices=", ".join(choices),
                value=str(getattr(config, name)),
            )
    for name, (least, most) in RANGES.items():
        _in_range(name, getattr(config, name), least, most)
    if config.images + config.validation > ALL_IMAGES:
        raise InvalidInput(
            "{images} images to train on and {validation} kept back are more than the {all} there "
            "are: take fewer",
            images=config.images,
            validation=config.validation,
            all=ALL_IMAGES,
        )
    _check_network(config.network)
    _check_backend(config)
    _check_batches(config)
    return config


def evaluation_steps(config: Config) -> list[int]:
    """The steps after which a part of the data kept back is looked at: 0, and every epoch's end.

    >>> evaluation_steps(Config(images=800, batch_size=100, epochs=2.5))
    [0, 8, 16, 20]
    """
    ends = range(0, config.steps + 1, config.steps_per_epoch)
    return sorted({*ends, config.steps})


def frame_steps(config: Config) -> list[int]:
    """The steps after which the weights are kept for the time machine: 0, the last, some between.

    More at first, when most changes: the square of an even division. As many as fit into
    `FRAME_BYTES`, at most `MOST_FRAMES`.

    >>> frame_steps(Config(images=800, batch_size=100))
    [0, 1, 2, 3, 4, 5, 6, 7, 8]
    """
    fitting = FRAME_BYTES // (4 * parameters(config.network))
    count = min(max(fitting, FEWEST_FRAMES), MOST_FRAMES)
    return sorted({round(config.steps * (i / (count - 1)) ** 2) for i in range(count)} | {0, 1})


def _in_range(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < inf:
        raise InvalidInput("{name} must be a number, but is {value}", name=name, value=str(value))
    if name in WHOLE and value != int(value):
        raise InvalidInput("{name} must be a whole number, but is {value}", name=name, value=value)
    if not least <= value <= most:
        raise InvalidInput(
            "{name} is from {least} to {most}, but is {value}",
            name=name,
            least=least,
            most=most,
            value=value,
        )


def _check_network(network: Architecture) -> None:
    if network.input != (1, 28, 28):
        raise InvalidInput(
            "the network must take digits (1, 28, 28), but takes {shape}", shape=network.input
        )
    made = output_shape_of(network)  # raises where a layer does not fit
    if made != (10,):
        raise InvalidInput(
            "the network must end in 10 scores, one for each digit, but ends in {shape}: "
            "end it with flatten, dense 10",
            shape=made,
        )
    rows = trace(network)
    for what, count, most in (
        (Message("parameters"), parameters(network), MOST_PARAMETERS),
        (Message("multiply–adds"), sum(row.multiply_adds for row in rows), MOST_MULTIPLY_ADDS),
    ):
        if count > most:
            raise InvalidInput(
                "the network has {count} {what}; up to {most} can be trained here",
                count=f"{count:,}",
                what=what,
                most=f"{most:,}",
            )
    if not parameters(network):
        raise InvalidInput("the network has nothing to learn: give it a conv or a dense layer")


def _check_backend(config: Config) -> None:
    dropped = any(
        isinstance(row.layer, Dropout) for row in trace(config.network)
    )  # all, nested too
    if config.backend == "numpy" and dropped:
        raise InvalidInput(
            "the NumPy engine trains without dropout: take it out, or train with PyTorch"
        )


def _check_batches(config: Config) -> None:
    rows = trace(config.network)
    needed = 4 * config.batch_size * sum(prod(row.output) for row in rows)
    if needed > MOST_BYTES:
        raise InvalidInput(
            "the maps of a batch of {batch_size} images would take {size} GB; up to {most} GB can "
            "be kept here: take smaller batches, or fewer filters",
            batch_size=config.batch_size,
            size=round(needed / 1e9, 1),
            most=MOST_BYTES // 1_000_000_000,
        )
    alone = 1 in (config.batch_size, config.images % config.batch_size)
    if alone and any(isinstance(r.layer, BatchNorm) and prod(r.input[1:]) == 1 for r in rows):
        raise InvalidInput(
            "a batch has a single image, and batch norm gets a single number for each channel of "
            "it, which has no spread: choose another batch size"
        )
