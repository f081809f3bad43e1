"""What the class is asked: four fixed questions, then some of this network.

Each is a prompt, the engine's answer, and the answers to which known slips lead.
"""

from collections.abc import Callable, Mapping
from functools import cache
from math import prod

from cnnlab.engine.architecture import Row
from cnnlab.engine.layers import Conv, Dense, Flatten
from cnnlab.engine.sizes import times
from cnnlab.engine.units import window
from cnnlab.message import Message
from cnnlab.ui.architectures import ask_fixed
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.ask.quiz import once, worthwhile
from cnnlab.ui.ask.words import counting
from cnnlab.ui.predict import Question

Make = Callable[[Setting], Question | None]


def questions(shown: Setting) -> list[Question]:
    """Those with settings of their own; then those of this network that ask something."""
    return once(fixed(), made(shown).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The four that every class should meet."""
    return (
        ask_fixed.parameters(),
        ask_fixed.work(),
        ask_fixed.doubled(),
        ask_fixed.first_map(),
    )


def made(shown: Setting) -> dict[str, Question]:
    """The questions of this network that have at least two wrong answers worth naming."""
    return worthwhile(MADE, shown)


def counted(shown: Setting) -> Question:
    """How many layers there are, counted as names count them."""
    counts, name = shown.counts, {"name": shown.name}
    return counting(
        Message("{name}: how many layers with weights, as its name counts?", name)
        if shown.famous.names_its_depth
        else Message("{name}: how many layers with weights?", name),
        counts.weighted,
        [
            (counts.pooled, Message("Pooling learns nothing: most texts do not count it.")),
            (
                counts.weighted + counts.projections,
                Message("Convolutions on shortcuts are not counted."),
            ),
            (len(shown.of(Conv)), Message("Dense layers have weights too.")),
            (counts.listed, Message("Most of these have no weights of their own to count.")),
        ],
        Message("Convolutions and dense layers, shortcuts left out."),
    )


def filters(shown: Setting) -> Question | None:
    """How many parameters the first convolution has."""
    first = next(iter(shown.of(Conv)), None)
    if first is None:
        return None
    layer, (channels, *_) = first.layer, first.input
    slid = window(layer)
    if slid is None or not isinstance(layer, Conv):
        return None
    taps = prod(slid.kernel)
    biases = layer.filters * layer.bias
    return counting(
        Message(
            "{name}: {filters} filters of {kernel} on {channels}, {biases}. How many "
            "parameters has this convolution?",
            {
                "name": shown.name,
                "filters": layer.filters,
                "kernel": times(slid.kernel),
                "channels": Message("1 channel")
                if channels == 1
                else Message("{n} channels", {"n": channels}),
                "biases": Message("with biases") if layer.bias else Message("without biases"),
            },
        ),
        first.parameters,
        [
            (
                first.parameters - biases if layer.bias else first.parameters + layer.filters,
                Message("One bias for each filter was forgotten.")
                if layer.bias
                else Message("There are no biases here: batch norm follows."),
            ),
            (
                layer.filters * taps + biases,
                Message("A filter has a plane of weights for each channel of its input."),
            ),
            (
                taps * channels + (1 if layer.bias else 0),
                Message("That is one filter; each filter has weights of its own."),
            ),
            (
                first.multiply_adds,
                Message("That is the work: the same weights are used at every place."),
            ),
        ],
        Message("Filters · channels · window, and the biases if there are any."),
    )


def flattened(shown: Setting) -> Question | None:
    """How many numbers enter the first dense layer."""
    rows = shown.of(Flatten)
    if not rows or len(rows[0].input) != 3:
        return None
    channels, height, width = rows[0].input
    return counting(
        Message(
            "{name}: the last maps are {shape}. How many numbers enter the first dense layer?",
            {"name": shown.name, "shape": times(rows[0].input)},
        ),
        channels * height * width,
        [
            (height * width, Message("That is one map; all channels go in.")),
            (channels * height, Message("That is one column of each map.")),
            (channels + height + width, Message("Sizes are multiplied, not added.")),
            (_dense(shown)[0].output[0], Message("That is how many come out of it.")),
        ],
        Message("All channels, rows and columns in one line: C·H·W."),
    )


def dense(shown: Setting) -> Question | None:
    """How many parameters the last dense layer has."""
    last = _dense(shown)[-1]
    if not isinstance(last.layer, Dense):
        return None
    inputs, outputs = last.input[0], last.output[0]
    return counting(
        Message(
            "{name}: the last dense layer makes {outputs} numbers from {inputs}. How many "
            "parameters has it?",
            {"name": shown.name, "outputs": f"{outputs:,}", "inputs": f"{inputs:,}"},
        ),
        last.parameters,
        [
            (inputs * outputs, Message("One bias for each output was forgotten.")),
            (inputs * (outputs + 1), Message("Biases belong to the outputs, not to the inputs.")),
            (inputs + outputs, Message("Every output reads every input: it is a product.")),
        ],
        Message("Inputs · outputs + outputs."),
    )


def batch(shown: Setting) -> Question | None:
    """Whether more images at once mean more parameters."""
    if shown.batch == 1:
        return None
    n = shown.parameters
    return Question(
        Message(
            "{name} has {n} parameters for one image. How many for a batch of {batch}?",
            {"name": shown.name, "n": f"{n:,}", "batch": shown.batch},
        ),
        THE_SAME.text,
        {
            TIMES_BATCH.text: Message("That holds for the activations and for the work."),
            FEWER.text: Message("All images go through the same weights; none are divided up."),
        },
        Message("Every image of a batch is read with the same weights."),
    )


THE_SAME = Message("as many")
TIMES_BATCH = Message("as many for each image")
FEWER = Message("fewer")
MADE: Mapping[str, Make] = {
    "counted": counted,
    "filters": filters,
    "flattened": flattened,
    "dense": dense,
    "batch": batch,
}


def _dense(shown: Setting) -> tuple[Row, ...]:
    return shown.of(Dense)
