"""The controls of the training lesson: recipes put them, and they say the recipe again."""

from dataclasses import replace

import pytest

from cnnlab.engine.layer_text import write
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.training.recipes import RECIPES
from cnnlab.ui.training.controls import (
    LABELS,
    OWN,
    OWN_LAYERS,
    Chosen,
    config,
    network,
    openings,
    same_run,
)


def as_chosen(recipe: str, **changed: object) -> Chosen:
    opening = openings(RECIPES[recipe])
    settings = {key: str(opening[key]) for key in LABELS if key != "network"}
    given = {
        "recipe": recipe,
        "network": str(opening["network"]),
        "layers": OWN_LAYERS,
        "settings": settings,
        "shift": int(opening["shift"]),
        "shuffled": bool(opening["shuffled"]),
        "seed": 0,
        "digit": 0,
    }
    return Chosen(**{**given, **changed})


@pytest.mark.parametrize("slug", RECIPES)
def test_a_recipe_comes_back_from_the_controls(slug: str) -> None:
    opening = openings(RECIPES[slug])
    assert all(opening[key] in options for key, options in LABELS.items())
    assert same_run(config(as_chosen(slug)), RECIPES[slug].config)


def test_every_option_is_read_as_its_field() -> None:
    usual = as_chosen(
        "fast", settings={**as_chosen("fast").settings, "images": "1000", "validation": "0"}
    )
    for key, options in LABELS.items():
        for slug in options:
            if key == "network":
                made = config(replace(usual, network=slug))
                wanted = NETWORKS.get(slug)
                assert wanted is None or made.network is wanted
            else:
                made = config(replace(usual, settings={**usual.settings, key: slug}))
                values = {str(value) for value in vars(made).values()}
                assert slug in values, (key, slug)


def test_a_network_of_ones_own_is_read_from_its_text() -> None:
    for known in NETWORKS.values():
        own = network(as_chosen("fast", network=OWN, layers=write(known.layers)))
        assert own.layers == known.layers


@pytest.mark.parametrize("layers", ["", "conv 16", "conv 3 5", "flatten, dense 11", "relu"])
def test_what_cannot_be_trained_is_a_sentence(layers: str) -> None:
    with pytest.raises(InvalidInput):
        config(as_chosen("fast", network=OWN, layers=layers))


def test_more_images_than_there_are_is_a_sentence() -> None:
    settings = {**as_chosen("fast").settings, "images": "60000", "validation": "5000"}
    with pytest.raises(InvalidInput, match="more than the 60000"):
        config(as_chosen("fast", settings=settings))


def test_the_same_run_on_another_machine() -> None:
    assert same_run(Config(threads=1), Config(threads=8))
    assert not same_run(Config(seed=1), Config(seed=2))
