"""Questions on famous networks that every class should meet; the engine answers each."""

from cnnlab.engine.architecture import Row, trace
from cnnlab.engine.famous import resized, variant
from cnnlab.engine.layers import Conv, Dense
from cnnlab.message import Message
from cnnlab.ui.predict import Answer, Question

_VGG = "vgg16"
_NAMES = {  # a layer of VGG-16 in words
    "first conv": Message("the first convolution"),
    "last conv": Message("the last convolution"),
    "first dense": Message("the first dense layer"),
    "last dense": Message("the last dense layer"),
}
SAME, DOUBLE, FOURFOLD = Message("the same"), Message("twice as many"), Message("4 times as many")


def parameters() -> Question:
    """Where VGG-16 has most of its parameters."""
    found = _places()
    most = max(found, key=lambda name: found[name].parameters)
    dense = found["first dense"]
    return Question(
        Message("VGG-16: which of these layers has the most parameters?"),
        _answer(most),
        {
            _answer("last conv"): Message(
                "It has the most channels, 512 in and out, but its windows are only 3×3."
            ),
            _answer("last dense"): Message(
                "A thousand outputs, but each of them reads only 4,096 numbers."
            ),
        },
        Message(
            "Each of its {outputs} outputs reads all {inputs} numbers of the last maps.",
            {"outputs": f"{dense.output[0]:,}", "inputs": f"{dense.input[0]:,}"},
        ),
    )


def work() -> Question:
    """Whether convolutions or dense layers multiply more in VGG-16."""
    rows = trace(variant(_VGG).network)
    convs, dense = (
        sum(row.multiply_adds for row in rows if isinstance(row.layer, kind))
        for kind in (Conv, Dense)
    )
    words = {True: Message("the convolutions"), False: Message("the dense layers")}
    return Question(
        Message("VGG-16: which layers do most of the multiply–adds?"),
        _text(words[convs > dense]),
        {
            _text(words[convs <= dense]): Message(
                "They hold most of the parameters, but use each only once for an image."
            )
        },
        Message(
            "A convolution uses each weight at every place of its map: {share} % of the work.",
            {"share": f"{100 * convs / (convs + dense):.0f}"},
        ),
    )


def doubled() -> Question:
    """Parameters of the convolutions when the input has twice the side."""
    network = variant("resnet18").network
    channels, side, _ = network.input
    before, after = (
        sum(row.parameters for row in trace(made) if isinstance(row.layer, Conv))
        for made in (network, resized(network, (channels, 2 * side, 2 * side)))
    )
    return Question(
        Message(
            "The input has twice the height and width. How many parameters do the convolutions "
            "have now?"
        ),
        _text({1: SAME, 2: DOUBLE, 4: FOURFOLD}[after // before]),
        {
            _text(FOURFOLD): Message(
                "That is the work: four times as many places share the same weights."
            ),
            _text(DOUBLE): Message("No weight belongs to a row or a column of the image."),
        },
        Message("A filter is k·k·C numbers, whatever the image's size: its weights are shared."),
    )


def first_map() -> Question:
    """The first map of AlexNet on an input of 224 without padding."""
    rows = trace(variant("alexnet", "paper224").network)
    return Question(
        Message(
            "AlexNet: input 224×224, windows of 11×11, stride 4, no padding. How many rows does "
            "the first map have?"
        ),
        rows[0].output[1],
        {
            55: Message("That is what the paper says; for it the input has to be 227."),
            53: Message("The first window was forgotten: + 1."),
            56: Message("That is 224 / 4: the window would have to reach beyond the edge."),
        },
        Message("(224 − 11) / 4 + 1 = 54.25, rounded down."),
    )


def _places() -> dict[str, Row]:
    rows = trace(variant(_VGG).network)
    convs, dense = ([row for row in rows if isinstance(row.layer, kind)] for kind in (Conv, Dense))
    ends = convs[0], convs[-1], dense[0], dense[-1]
    return dict(zip(_NAMES, ends, strict=True))


def _answer(name: str) -> Answer:
    return _text(_NAMES[name])


def _text(words: Message) -> Answer:
    """An answer in words, which the page translates."""
    return words.text
