"""Whatever the scene and the position, there are two lines, made from the table of words."""

import numpy as np
import pytest

from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.replay import counts
from cnnlab.scenes.same import same
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.transposed import transposed
from cnnlab.scenes.video import convolution3d
from cnnlab.scenes.words import WORDS


def last(scene, step):
    return sum(counts(scene, step))


RNG = np.random.default_rng(4)
SCENES = [
    convolution(RNG.normal(size=(3, 3, 2)), RNG.normal(size=(2, 3, 2, 1)), np.ones(2), padding=1),
    convolution(RNG.normal(size=(4, 4, 5)), RNG.normal(size=(4, 1, 2, 3)), groups=4),
    im2col(RNG.normal(size=(2, 4, 3)), RNG.normal(size=(2, 2, 2, 2)), np.ones(2)),
    backward_scatter(
        RNG.normal(size=(2, 3, 4)),
        RNG.normal(size=(2, 2, 2, 2)),
        RNG.normal(size=(2, 4, 5)),
        padding=1,
    ),
    backward_gather(
        RNG.normal(size=(2, 3, 4)),
        RNG.normal(size=(2, 2, 2, 2)),
        RNG.normal(size=(2, 2, 2)),
        stride=(1, 2),
    ),
    convolution(
        RNG.normal(size=(1, 4, 3)), np.ones((1, 1, 2, 2)), padding=(1, 0, 0, 2), reads=True
    ),
    transposed(RNG.normal(size=(1, 2, 3)), RNG.normal(size=(1, 1, 3, 2)), stride=2, padding=1),
    same(RNG.normal(size=(1, 3, 4)), RNG.normal(size=(1, 1, 2, 2))),
    same(RNG.normal(size=(1, 5, 4)), RNG.normal(size=(1, 1, 4, 4)), stride=2),
    connections(RNG.normal(size=(1, 4, 3)), np.ones((1, 1, 2, 2)), "dense", RNG),
    convolution3d(RNG.normal(size=(1, 3, 3, 4)), RNG.normal(size=(1, 1, 2, 2, 2)), np.ones(1)),
]


@pytest.mark.parametrize("scene", SCENES)
def test_every_position_has_two_lines_and_says_the_same_after_its_journey(travel, scene):
    arrived = travel(scene)
    for step in {0, scene.start, scene.steps - 1}:
        for move in range(last(scene, step) + 1):
            words, numbers = sentence(scene, step, move)
            assert words
            assert numbers
            assert "{" not in words + numbers
            assert "nan" not in numbers
            assert "-" not in words + numbers  # only true minus signs
            assert sentence(arrived, step, move)[0] == words


@pytest.mark.parametrize("scene", SCENES)
def test_all_words_come_from_the_table(scene):
    """With a table of empty templates only numbers, labels and finales are left."""
    silent = dict.fromkeys(WORDS, "")
    finales = [str(phase.finale) for phase in scene.phases if phase.finale is not None]
    labels = {str(part.label) for phase in scene.phases for part in phase.parts}
    for step in {0, scene.start, scene.steps - 1}:
        for move in range(last(scene, step) + 1):
            words, numbers = sentence(scene, step, move, silent)
            assert words in ("", *finales)
            for label in sorted(labels, key=len, reverse=True):
                numbers = numbers.replace(label, "")
            assert not any(letter.isalpha() and letter != "e" for letter in numbers)
