"""The questions on training: as the table has them, fair, and right in every setting."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine.initial import initial_weights
from cnnlab.engine.networks import NETWORKS
from cnnlab.lessons import translate
from cnnlab.nets.build import build
from cnnlab.training.config import Config
from cnnlab.training.recipes import RECIPES
from cnnlab.ui.training.questions import MADE, fixed, questions


def test_the_five_are_those_of_the_table() -> None:
    assert [(question.right, set(question.slips)) for question in fixed()] == [
        ("about 10 %", {"0 %", "50 %"}),
        (2.3, {0, 1}),
        (938, {937, 60_000}),
        ("the CNN loses, the dense net does as well as before", {"both lose", "neither loses"}),
        ("nothing: batches differ", {"the training is broken", "the network over-fits"}),
    ]


def test_the_first_loss_is_what_a_uniform_guess_costs() -> None:
    scores = torch.zeros(4, 10)
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor([1, 2, 3, 4]))
    assert float(loss) == pytest.approx(log(10))
    assert round(float(loss), 1) == fixed()[1].right


@pytest.mark.parametrize("slug", NETWORKS)
def test_the_counts_are_pytorchs(slug: str) -> None:
    config = Config(NETWORKS[slug])
    model = build(config.network, initial_weights(config.network, 0))
    sizes = {name: array.numel() for name, array in model.named_parameters()}
    assert MADE["changed"](config).right == sum(sizes.values())
    dense = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
    largest = max(sum(p.numel() for p in layer.parameters()) for layer in dense)
    assert MADE["heaviest"](config).right == largest
    convolutions = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    asked = MADE["learned"](config)
    if convolutions:
        assert asked.right == sum(p.numel() for p in convolutions[0].parameters())
    else:
        assert asked is None


@given(
    images=st.integers(100, 55_000), batch=st.integers(1, 1024),
    epochs=st.sampled_from([0.25, 0.5, 1.0, 3.0]),
)  # fmt: skip
def test_steps_are_counted_as_batches_are_cut(images: int, batch: int, epochs: float) -> None:
    config = Config(images=images, batch_size=batch, epochs=epochs)
    per_epoch = len(np.array_split(np.arange(images), range(batch, images, batch)))
    assert MADE["batches"](config).right == per_epoch
    assert MADE["steps"](config).right == config.steps == max(1, round(epochs * per_epoch))
    for question in questions(config):
        assert question.fair
        assert question.right not in question.slips


@pytest.mark.parametrize("slug", RECIPES)
def test_every_recipe_asks_more_than_the_five(slug: str) -> None:
    assert len(questions(RECIPES[slug].config)) > 5


def test_words_are_translated() -> None:
    for question in questions(replace(RECIPES["fast"].config, epochs=3.0)):
        for answer in (question.right, *question.slips):
            if isinstance(answer, str):
                assert any("\u4e00" <= sign <= "\u9fff" for sign in translate("zh", answer)) or (
                    answer.endswith("%")
                )
