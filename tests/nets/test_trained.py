"""The weights that come with the project are those of a trained network."""

import sys
from subprocess import run

import pytest

from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine.forward import check_weights, forward
from cnnlab.nets.trained import FOLDER, trained
from cnnlab.nets.weights import unpack
from cnnlab.training import config_json
from cnnlab.training.recipes import RECIPES
from cnnlab.training.ship import SHIPPED


@pytest.mark.parametrize("slug", SHIPPED)
def test_they_read_the_test_digits(slug: str) -> None:
    config = RECIPES[slug].config
    check_weights(config.network, trained(slug))
    test = mnist.load("test")
    answers = forward(config.network, trained(slug), standardised(test.images)).argmax(axis=1)
    assert (answers == test.labels).mean() > 0.988


@pytest.mark.parametrize("slug", SHIPPED)
def test_the_file_says_the_recipe(slug: str) -> None:
    facts, _ = unpack((FOLDER / f"{slug}.safetensors").read_bytes())
    assert config_json.loads(facts["config"]) == RECIPES[slug].config


def test_they_are_shared_and_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        trained("fast")["0.weight"][0] = 0


def test_they_are_read_without_pytorch() -> None:
    program = "import sys; from cnnlab.nets.trained import trained; trained('fast'); " + (
        "sys.exit('torch' in sys.modules)"
    )
    assert run([sys.executable, "-c", program], check=False).returncode == 0
