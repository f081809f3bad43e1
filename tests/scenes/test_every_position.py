"""Whatever the scene and the position, there are two lines, made from the table of words."""

import re

import numpy as np
import pytest

from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.pooling import Pool, pooling
from cnnlab.scenes.pooling_as_convolution import average_as_convolution
from cnnlab.scenes.pooling_backward import pooling_backward
from cnnlab.scenes.pooling_compare import kept, moved
from cnnlab.scenes.pooling_im2col import pooling_im2col
from cnnlab.scenes.pooling_relu import relu_order
from cnnlab.scenes.replay import counts, opening
from cnnlab.scenes.same import same
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.transposed import transposed
from cnnlab.scenes.video import convolution3d
from cnnlab.scenes.words import WORDS


def last(scene, step):
    return sum(counts(scene, step))


RNG = np.random.default_rng(4)
ONE, TWO = RNG.normal(size=(1, 4, 5)), RNG.normal(size=(2, 4, 5))
MAX = Pool("max", (2, 3), (2, 1), (1, 1), ceil_mode=True)
AVERAGE = Pool("average", (2, 3), (2, 1), (1, 1), True, count_include_pad=False)
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
    *(pooling(TWO, pool) for pool in (MAX, AVERAGE)),
    *(pooling_im2col(ONE, pool) for pool in (MAX, AVERAGE)),
    *(pooling_backward(TWO, RNG.normal(size=(2, 3, 5)), pool) for pool in (MAX, AVERAGE)),
    *(relu_order(TWO, pool) for pool in (MAX, AVERAGE)),
    average_as_convolution(ONE, AVERAGE),
    moved(TWO, -TWO, RNG.normal(size=(2, 2, 2, 2)), MAX, drag=(0, 1)),
    kept(TWO, (1, 2)),
    convolution3d(RNG.normal(size=(1, 3, 3, 4)), RNG.normal(size=(1, 1, 2, 2, 2)), np.ones(1)),
]


@pytest.mark.parametrize("scene", SCENES)
def test_every_position_has_two_lines_and_says_the_same_after_its_journey(travel, scene):
    arrived = travel(scene)
    for step in {0, opening(scene)[0], scene.steps - 1}:
        for move in range(last(scene, step) + 1):
            words, numbers = sentence(scene, step, move)
            assert words
            assert numbers
            assert "{" not in words + numbers
            assert "nan" not in numbers
            assert not re.search(r"-[\d.∞]", words + numbers)  # only true minus signs
            assert sentence(arrived, step, move)[0] == words


@pytest.mark.parametrize("scene", SCENES)
def test_all_words_come_from_the_table(scene):
    """With a table of empty templates only numbers, labels and finales are left."""
    silent = dict.fromkeys(WORDS, "")
    finales = [str(phase.finale) for phase in scene.phases if phase.finale is not None]
    labels = {str(part.label) for phase in scene.phases for part in phase.parts}
    for step in {0, opening(scene)[0], scene.steps - 1}:
        for move in range(last(scene, step) + 1):
            words, numbers = sentence(scene, step, move, silent)
            assert words in ("", *finales)
            numbers = numbers.replace("max(0, ", "")  # the formula of ReLU
            for label in sorted(labels, key=len, reverse=True):
                numbers = numbers.replace(label, "")
            assert not any(letter.isalpha() and letter != "e" for letter in numbers)
