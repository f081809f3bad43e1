"""Make the weights that come with the project anew: ``python -m cnnlab.training.ship``.

They are the newest of the recipe's own training; on another machine the last digits may differ.
"""

from cnnlab.nets.trained import FOLDER
from cnnlab.nets.weights import pack
from cnnlab.training import config_json
from cnnlab.training.data import prepared
from cnnlab.training.events import Evaluated, Frame
from cnnlab.training.loop import train
from cnnlab.training.recipes import RECIPES

SHIPPED = ("fast",)


def ship(slug: str) -> None:
    """Train a recipe and write its last weights; says how many test digits they read."""
    config = RECIPES[slug].config
    for event in train(config, prepared(config)):
        if isinstance(event, Frame):
            data = pack(config_json.dumps(config), event.weights, step=str(event.step))
        elif isinstance(event, Evaluated):
            accuracy = event.accuracy
    (FOLDER / f"{slug}.safetensors").write_bytes(data)
    print(f"{slug}: {accuracy:.2%} of the test digits, {len(data):,} bytes")


if __name__ == "__main__":
    for slug in SHIPPED:
        ship(slug)
