"""What the class is asked about training: the five of every class, then those of this setting."""

from collections.abc import Callable, Mapping
from functools import cache
from math import ceil, log

from cnnlab.engine.architecture import Row, parameters, trace
from cnnlab.engine.layers import Conv, Dense
from cnnlab.engine.networks import TANHNET
from cnnlab.message import Message
from cnnlab.training.config import Config
from cnnlab.ui.ask.quiz import once, worthwhile
from cnnlab.ui.ask.words import counting
from cnnlab.ui.predict import Question

CLASSES = 10


def questions(config: Config) -> list[Question]:
    """Those of every class, then those of this setting; none is asked twice."""
    return once(fixed(), worthwhile(MADE, config).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The five with settings of their own."""
    published = Config(TANHNET, batch_size=64, images=60_000, validation=0, epochs=10.0)
    return (_before(), _first_loss(), batches(published), _shuffled(), _rises())


def batches(config: Config) -> Question:
    """How many steps one epoch has."""
    prompt = Message(
        "{images} images in batches of {batch}. How many steps does one epoch have?",
        {"images": f"{config.images:,}", "batch": config.batch_size},
    )
    slips = [
        (
            config.images // config.batch_size,
            Message("The images that are left over make one more, smaller batch."),
        ),
        (config.images, Message("Each step takes a whole batch, not one image.")),
    ]
    why = Message("Images ÷ batch size, rounded up.")
    return counting(prompt, config.steps_per_epoch, slips, why)


def steps(config: Config) -> Question:
    """How often all weights are changed in the whole training."""
    prompt = Message(
        "{images} images, batches of {batch}, {epochs} epochs. How often are the weights changed?",
        {
            "images": f"{config.images:,}",
            "batch": config.batch_size,
            "epochs": f"{config.epochs:g}",
        },
    )
    slips = [
        (config.steps_per_epoch, Message("That is one epoch.")),
        (
            ceil(config.epochs * config.images),
            Message("A batch changes the weights once, not once for each of its images."),
        ),
        (ceil(config.epochs), Message("Once for each batch, not once an epoch.")),
    ]
    why = Message("Steps of an epoch × epochs.")
    return counting(prompt, config.steps, slips, why)


def changed(config: Config) -> Question:
    """How many weights one step changes: all of them."""
    rows = [row for row in trace(config.network) if row.parameters]
    prompt = Message("{network}. How many numbers does one step change?", _named(config))
    slips = [
        (rows[-1].parameters, Message("That is the last layer; the gradient reaches all.")),
        (rows[0].parameters, Message("That is the first layer alone.")),
        (config.batch_size, Message("That is how many images vote on the change.")),
    ]
    why = Message("Every weight and every bias has its own gradient.")
    return counting(prompt, parameters(config.network), slips, why)


def learned(config: Config) -> Question | None:
    """How many numbers the first convolution learns."""
    row = next((row for row in trace(config.network) if isinstance(row.layer, Conv)), None)
    if row is None or not isinstance(row.layer, Conv):
        return None
    kernels, biases = _split(row)
    prompt = Message(
        "{network}. How many numbers does its first convolution learn?", _named(config)
    )
    _, height, width = row.output
    slips = [
        (kernels + biases * height * width, Message("A bias belongs to a filter, not to a place.")),
        (
            row.layer.filters * height * width,
            Message("That many numbers come out; the kernels are what is learned."),
        ),
        (kernels + row.layer.filters - biases, Message(_BIAS[bool(biases)])),
    ]
    why = Message("Filters × cells of a filter, and the biases where it has some.")
    return counting(prompt, row.parameters, slips, why)


def heaviest(config: Config) -> Question | None:
    """How many numbers the largest dense layer learns."""
    dense = [row for row in trace(config.network) if isinstance(row.layer, Dense)]
    if not dense:
        return None
    row = max(dense, key=lambda row: row.parameters)
    inputs, outputs = row.input[0], row.output[0]
    prompt = Message(
        "A dense layer from {inputs} numbers to {outputs}. How many does it learn?",
        {"inputs": f"{inputs:,}", "outputs": outputs},
    )
    slips = [
        (inputs * outputs, Message("Each output has a bias too.")),
        (inputs + outputs, Message("Every input is joined to every output: a product.")),
    ]
    why = Message("Inputs × outputs, and a bias for each output.")
    return counting(prompt, row.parameters, slips, why)


MADE: Mapping[str, Callable[[Config], Question | None]] = {
    "batches": batches,
    "steps": steps,
    "changed": changed,
    "learned": learned,
    "heaviest": heaviest,
}
_BIAS = {
    True: "The biases are learned too.",
    False: "This layer has no biases: the batch norm after it has its own.",
}


def _before() -> Question:
    return Question(
        Message("A network that has not been trained yet. How many digits does it get right?"),
        "about 10 %",
        {
            "0 %": Message("Even a blind guess is right now and then: once in ten."),
            "50 %": Message("That would be chance between two; there are ten digits."),
        },
        Message("Untrained, it guesses, and one guess in ten is right."),
    )


def _first_loss() -> Question:
    return Question(
        Message("Ten digits, random weights. About how large is the first cross-entropy loss?"),
        round(log(CLASSES), 1),
        {
            0: Message("0 would mean sure and right each time."),
            1: Message("1 is no limit: this is not the share of errors, but −ln of a probability."),
        },
        Message("−ln(1/10) = 2.303: each digit gets about a tenth of the probability."),
    )


def _shuffled() -> Question:
    return Question(
        Message("The pixels of all images are shuffled, each time in the same way. What happens?"),
        "the CNN loses, the dense net does as well as before",
        {
            "both lose": Message("To a dense net any order of the inputs is as good as another."),
            "neither loses": Message("A kernel looks at neighbours; shuffled, they have no edges."),
        },
        Message("A dense layer does not know which inputs are neighbours; a kernel lives on it."),
    )


def _rises() -> Question:
    return Question(
        Message("The loss of one batch is higher than that of the batch before. What is wrong?"),
        "nothing: batches differ",
        {
            "the training is broken": Message("One batch says little: look at the trend."),
            "the network over-fits": Message("That shows on images it does not train on."),
        },
        Message("Each batch has other images, some of them harder."),
    )


def _named(config: Config) -> dict[str, object]:
    return {"network": config.network.name}


def _split(row: Row) -> tuple[int, int]:
    """The weights of a convolution, and its biases."""
    assert isinstance(row.layer, Conv)
    biases = row.layer.filters if row.layer.bias else 0
    return row.parameters - biases, biases
