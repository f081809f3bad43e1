"""Trainings that are worth seeing, each a whole `Config` with the question that it answers.

The fast lanes were chosen on validation images; the figures said beside them are of the test set,
from `benchmarks/training.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnnlab.engine.networks import BOOKNET, DENSE, FAST, LENET5, RESNET, TANHNET
from cnnlab.message import Message
from cnnlab.training.config import Config

# Test accuracy after each epoch, as the text prints it that TanhNet comes from. It was measured
# in training mode, with the statistics of each test batch.
PUBLISHED = (0.9729, 0.9773, 0.9791, 0.9845, 0.9830, 0.9859, 0.9867, 0.9872, 0.9865, 0.9869)


@dataclass(frozen=True)
class Recipe:
    """A training by name; ``story`` says what to look for in it."""

    name: Message
    config: Config
    story: Message


_FAST = Config(FAST, beta2=0.99)
_ADAM = Config(optimizer="adam", learning_rate=0.001, schedule="constant", batch_size=100)

RECIPES: Mapping[str, Recipe] = {
    "fast": Recipe(
        Message("Fast lane: 99 %"),
        replace(_FAST, batch_size=160, epochs=0.8),
        Message(
            "Not even one look at each image. Watch the kernels: noise at first, then edges and "
            "blobs."
        ),
    ),
    "faster": Recipe(
        Message("Faster: 98 %"),
        replace(_FAST, batch_size=96, epochs=0.25),
        Message("A quarter of the images is enough for 98 %."),
    ),
    "best": Recipe(
        Message("Longer: 99.5 %"),
        replace(_FAST, epochs=5.0, shift=1, label_smoothing=0.1, weight_decay=0.02),
        Message(
            "Moved by a pixel, no image is ever quite the same twice: the gap between training and "
            "test stays small."
        ),
    ),
    "published": Recipe(
        Message("TanhNet as published"),
        replace(_ADAM, network=TANHNET, batch_size=64, epochs=10.0, images=60_000, validation=0),
        Message(
            "Compare with care: the published accuracies were measured in training mode, with the "
            "statistics of each test batch; here the running averages are used, as they should be. "
            "Its plot began at an invented 0: chance is 10 %."
        ),
    ),
    "numpy": Recipe(
        Message("BookNet in NumPy"),
        replace(
            _ADAM,
            network=BOOKNET,
            backend="numpy",
            start="small",
            learning_rate=0.005,
            schedule="triangle",
            epochs=0.8,
        ),
        Message("No PyTorch: each gradient is computed by the NumPy code that the lessons show."),
    ),
    "lenet": Recipe(
        Message("LeNet-5, as in 1998"),
        Config(
            LENET5,
            optimizer="sgd",
            learning_rate=0.05,
            schedule="cosine",
            batch_size=64,
            epochs=3.0,
        ),
        Message("Tanh and averages, as in 1998; momentum and today's start make it quick."),
    ),
    "resnet": Recipe(
        Message("A small ResNet"),
        Config(RESNET, learning_rate=0.01, batch_size=128, epochs=1.0, images=20_000),
        Message("More layers: more work for each image, so fewer images in the same time."),
    ),
    "overfit": Recipe(
        Message("Over-fitting: dense"),
        replace(_ADAM, network=DENSE, batch_size=50, epochs=30.0, images=1_000),
        Message(
            "Training accuracy reaches 100 %, validation stays far below it: the gap is what was "
            "learned by heart."
        ),
    ),
    "overfit-cnn": Recipe(
        Message("Over-fitting: CNN"),
        replace(_FAST, learning_rate=0.005, batch_size=50, epochs=30.0, images=1_000),
        Message("Fewer parameters, shared between places: the gap is smaller."),
    ),
    "shuffled": Recipe(
        Message("Shuffled pixels: dense"),
        replace(_ADAM, network=DENSE, epochs=2.0, images=20_000, shuffled=True),
        Message("One new order of the pixels, the same for all images: a dense net does not mind."),
    ),
    "shuffled-cnn": Recipe(
        Message("Shuffled pixels: CNN"),
        replace(_FAST, batch_size=100, epochs=2.0, images=20_000, shuffled=True),
        Message("Neighbours are strangers now: what a convolution relies on is gone."),
    ),
}
