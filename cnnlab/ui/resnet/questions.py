"""What the class is asked: five questions with settings of their own, then some of this block.

Each is a prompt, the engine's answer, and the answers to which known slips lead.
"""

from collections.abc import Callable, Mapping
from functools import cache

from cnnlab.message import InvalidInput, Message
from cnnlab.ui.ask.quiz import once
from cnnlab.ui.predict import Question
from cnnlab.ui.resnet import ask_block
from cnnlab.ui.resnet.setting import Setting

Make = Callable[[Setting], Question | None]

MADE: Mapping[str, Make] = {
    "cell": ask_block.cell,
    "unlike": ask_block.unlike,
    "through": ask_block.through,
    "reads": ask_block.reads,
    "learned": ask_block.learned,
}

SAME = "it stays the same"
HALVED = "it is halved"
DOUBLED = "it is doubled"
X = "x"
HALF_X = "x/2"
HIGHER = "it is higher"
LOWER = "it is lower"
EQUAL = "it is equal"
WHOLE = "all of it"
HALF = "half of it"
ONE_LANE = "only the body gets it"


def questions(setting: Setting) -> list[Question]:
    """Those with settings of their own, then those of this setting; none is asked twice."""
    return once(fixed(), made(setting).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The five that every class should meet."""
    return (_nothing_learned(), _negative(), _halved(), _deeper(), _at_the_sum())


def made(setting: Setting) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    try:
        setting.y  # noqa: B018 - it is here that lanes that do not add are found out
    except InvalidInput:
        return {}
    found = {name: make(setting) for name, make in MADE.items()}
    return {name: q for name, q in found.items() if q is not None and len(q.slips) > 1}


def _nothing_learned() -> Question:
    prompt = Message(
        "y = ReLU(F(x) + x), where F ends in a batch norm with γ = β = 0; x is 0 or more "
        "everywhere. What is y?"
    )
    return Question(
        prompt,
        X,
        {
            0: Message("F(x) is 0, but the skip connection adds x."),
            HALF_X: Message("The two lanes are added, not averaged."),
        },
        Message("F(x) = 0, so y = ReLU(0 + x) = x."),
    )


def _negative() -> Question:
    prompt = Message("The same block, γ = β = 0, but at one cell x = −2. What is y there?")
    return Question(
        prompt,
        0,
        {
            -2: Message("The sum is −2, but the last ReLU follows."),
            2: Message("ReLU takes no absolute values."),
        },
        Message("ReLU(0 + (−2)) = 0: the block is no identity here."),
    )


def _halved() -> Question:
    prompt = Message(
        "All weights of a convolution without a bias are halved; batch norm follows it. What "
        "becomes of the output of batch norm?"
    )
    return Question(
        prompt,
        SAME,
        {
            HALVED: Message("Batch norm divides by the standard deviation, which is halved too."),
            DOUBLED: Message("Mean and deviation are halved with the numbers: it cancels."),
        },
        Message("(x/2 − μ/2) / (σ/2) = (x − μ) / σ, but for the tiny ε."),
    )


def _deeper() -> Question:
    prompt = Message(
        "In He et al.’s experiment (CIFAR-10, both with batch norm) a plain network of 56 layers "
        "and one of 20 train on the same images for as long. How does the training error of the "
        "deeper one compare?"
    )
    why = Message("That is degradation: worse on the very images it learns from.")
    return Question(
        prompt,
        HIGHER,
        {
            LOWER: Message("That would be over-fitting, if the test error rose. It is not that."),
            EQUAL: Message(
                "It could copy the other one, but nothing guarantees that training does."
            ),
        },
        why,
    )


def _at_the_sum() -> Question:
    prompt = Message(
        "The gradient arrives at the sum F(x) + x. How much of it does each of the two lanes get?"
    )
    return Question(
        prompt,
        WHOLE,
        {
            HALF: Message("A sum does not split the gradient: both terms change the sum 1 : 1."),
            ONE_LANE: Message("The way around gets it too: that is its point."),
        },
        Message("∂(a + b)/∂a = ∂(a + b)/∂b = 1: a copy each."),
    )
