"""How often networks with a name are wrong on ImageNet's validation images, as published."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.message import Message


@dataclass(frozen=True)
class Error:
    """Of a famous network in one ``variant``: what is wrong, in per cent.

    ``top1``: the first answer is; ``top5``: none of the first five is right. ``source``: where it
    stands.
    """

    variant: str
    top1: float
    top5: float | None
    source: Message

    @property
    def accuracy(self) -> float:
        """How often the first answer is right, in per cent."""
        return round(100 - self.top1, 3)


@dataclass(frozen=True)
class Protocol:
    """Errors measured alike: what they are called, how they were measured, and they by network."""

    name: Message
    how: Message
    errors: Mapping[str, Error]


_ALEXNET = Message("Krizhevsky et al. (2012), table 2, one network")
_VGG = Message("tested by He et al. (2016), table 3, not by its own paper")
_SHALLOW = Message(
    "He et al. (2016), table 2, with shortcuts without weights (option A); parameters and work "
    "are counted here with 1×1 convolutions on them (option B)"
)
_PROJECTED = Message("He et al. (2016), table 3, option B")
_HUB = Message("torchvision’s documentation, weights IMAGENET1K_V1")

PUBLISHED: Mapping[str, Protocol] = {
    "papers": Protocol(
        Message("The papers’ own, ten crops"),
        Message(
            "Trained as each paper says, tested on ILSVRC 2012’s 50,000 validation images; the "
            "answers for ten crops of an image are averaged (five places, each also mirrored)."
        ),
        {
            "alexnet": Error("grouped", 40.7, 18.2, _ALEXNET),
            "vgg16": Error("", 28.07, 9.33, _VGG),
            "resnet18": Error("", 27.88, None, _SHALLOW),
            "resnet34": Error("", 24.52, 7.46, _PROJECTED),
            "resnet50": Error("v1", 22.85, 6.71, _PROJECTED),
            "resnet152": Error("v1", 21.43, 5.71, _PROJECTED),
        },
    ),
    "torchvision": Protocol(
        Message("torchvision’s, one crop"),
        Message(
            "One library’s training of all of them, on ILSVRC 2012’s 50,000 "
            "validation images; one crop of 224×224 from the middle."
        ),
        {
            "alexnet": Error("torchvision", 43.478, 20.934, _HUB),
            "vgg16": Error("", 28.408, 9.618, _HUB),
            "resnet18": Error("", 30.242, 10.922, _HUB),
            "resnet34": Error("", 26.686, 8.580, _HUB),
            "resnet50": Error("v15", 23.870, 7.138, _HUB),
            "resnet152": Error("v15", 21.688, 5.954, _HUB),
        },
    ),
}
