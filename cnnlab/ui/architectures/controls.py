"""The controls of the lesson on architectures, and the setting that they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from cnnlab.engine.famous import FAMOUS, variant
from cnnlab.engine.layers import Dense
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui import controls, lesson
from cnnlab.ui.architectures.setting import Setting, setting
from cnnlab.ui.setting import settled

FIRST = "lenet5"
SECOND, THIRD = "alexnet", "vgg16"  # what stands beside it; the third where it is the second
BATCHES: Mapping[str, str] = {
    text: text for text in ("1", "8", "16", "32", "64", "128", "256", "512", "1024")
}


@dataclass(frozen=True)
class Chosen:
    """Everything that the controls say, before anything is computed from it."""

    network: str
    variant: str
    side: int
    channels: int
    classes: int
    batch: int


def choose() -> Chosen:
    """Draw the row of controls and what stands under "More"."""
    first, second, third, fourth, fifth, more = lesson.controls(5)
    with first:
        slug = controls.select(
            "network", {name: famous.name for name, famous in FAMOUS.items()}, default=FIRST
        )
    with second:
        names = _variants(slug)
        which = controls.select("variant", names, disabled=len(names) == 1)
    opening = openings(slug, which)
    controls.defaults("architectures", **opening)
    with third:
        side = controls.number("side", default=opening["side"], label=Message("Input size"))
    with fourth:
        classes = controls.number("classes", default=opening["classes"])
    with fifth:
        batch = int(controls.select("batch", BATCHES))
    with more:
        channels = controls.slider(
            "channels", default=opening["channels"], label=Message("Channels of the input")
        )
    return Chosen(slug, which, side, channels, classes, batch)


def of(chosen: Chosen) -> Setting:
    """The setting that the controls say; where it cannot be, a sentence and the last that could.

    A link may open with an input that does not fit: the network is then shown on its own input.
    """
    fits = partial(
        setting,
        chosen.network,
        chosen.variant,
        channels=chosen.channels,
        classes=chosen.classes,
        batch=chosen.batch,
    )
    own = times((openings(chosen.network, chosen.variant)["side"],) * 2)
    opens = Message(
        "Shown: {name} on {input}.", {"name": FAMOUS[chosen.network].name, "input": own}
    )
    return settled("architectures", partial(fits, side=chosen.side), fits, opens)


def openings(slug: str, which: str) -> dict[str, int]:
    """The input and the classes of a variant."""
    network = variant(slug, which).network
    channels, side, _ = network.input
    classes = [layer.outputs for layer in network.layers if isinstance(layer, Dense)][-1]
    return {"side": side, "classes": classes, "channels": channels}


def second(shown: Setting) -> Setting:
    """The network beside it, as it is published, with the same batch; drawn by the open view."""
    opening = THIRD if shown.slug == SECOND else SECOND
    controls.defaults("architectures-second", second=opening)
    slug, _, which = controls.select("second", others(), default=opening).partition("-")
    return setting(slug, which, batch=shown.batch)


def others() -> dict[str, str | Message]:
    """Every variant of every famous network: "alexnet" is its usual one, "alexnet-torchvision"…"""
    return {
        f"{slug}-{which}" if n else slug: famous.name
        if len(famous.variants) == 1
        else Message("{name}: {variant}", {"name": famous.name, "variant": name})
        for slug, famous in FAMOUS.items()
        for n, (which, name) in enumerate(_variants(slug).items())
    }


def _variants(slug: str) -> dict[str, str | Message]:
    """The variants of a network by name; where there is one only, it has the network's."""
    variants = FAMOUS[slug].variants
    if len(variants) == 1:
        return dict.fromkeys(variants, FAMOUS[slug].name)
    return {which: one.name for which, one in variants.items()}
