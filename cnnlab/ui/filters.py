"""Which weights slide: those of an example, classical kernels, random ones, or one's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.data import table
from cnnlab.engine import KERNEL_NAMES, Array, flip, kernel
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import controls
from cnnlab.ui.choice import drawing
from cnnlab.ui.source import EXAMPLES

PRESETS: Mapping[str, Message] = {
    "example": Message("As given"),
    "identity": Message("Identity"),
    "sobel_x": Message("Sobel x"),
    "sobel_y": Message("Sobel y"),
    "laplacian": Message("Laplacian"),
    "box_blur": Message("Box blur"),
    "gaussian_blur": Message("Gaussian blur"),
    "sharpen": Message("Sharpen"),
    "emboss": Message("Emboss"),
    "ones": Message("Ones"),
    "random": Message("Random"),
    "custom": Message("Your own"),
}
_OWN = "-1 0 1 / -2 0 2 / -1 0 1"
_MOST = (4, 4, 7, 7)  # filters, planes, rows, columns: as far as the sliders go
_FIRST_BIAS = 1.0  # where no bias value is written


@dataclass(frozen=True)
class Choice:
    """What the controls of the filters say; ``kernel`` is (rows, columns)."""

    preset: str
    kernel: tuple[int, int]
    filters: int
    groups: int
    seed: int
    flip: bool
    bias: bool
    weights: str
    biases: str


def presets(source: str) -> dict[str, Message]:
    """The presets that an input offers: only an example has weights of its own."""
    own = source in EXAMPLES
    return {slug: label for slug, label in PRESETS.items() if own or slug != "example"}


def choose(preset: str, kernel_size: tuple[int, int], seed: int, **defaults: bool | int) -> Choice:
    """Draw the controls of the filters that stand under "More", and read them."""
    with drawing(preset == "custom"):
        weights = controls.text("weights", default=_OWN)
    chosen = Choice(
        preset=preset,
        kernel=kernel_size,
        seed=seed,
        weights=weights,
        filters=controls.slider("filters", default=int(defaults["filters"])),
        groups=controls.slider("groups"),
        flip=controls.toggle("flip"),
        bias=controls.toggle("bias", default=bool(defaults["bias"])),
        biases="",
    )
    with drawing(chosen.bias):
        return replace(chosen, biases=controls.text("biases"))


def choose_one(preset: str, kernel_size: tuple[int, int], seed: int) -> Choice:
    """One filter for one channel, slid as it stands, without a bias: only its weights are asked."""
    with drawing(preset == "custom"):
        text = controls.text("weights", default=_OWN)
    return Choice(preset, kernel_size, 1, 1, seed, flip=False, bias=False, weights=text, biases="")


def load(choice: Choice, source: str, channels: int) -> tuple[Array, Array | None]:
    """Weights (F, C/groups, KH, KW), flipped if asked for, and the bias (F,) or None."""
    if channels % choice.groups:
        raise InvalidInput(
            "{channels} input channels cannot be divided into {groups} groups",
            channels=channels,
            groups=choice.groups,
        )
    weight = _weights(choice, source, channels // choice.groups)
    return (flip(weight) if choice.flip else weight), _bias(choice, source)


def edited(choice: Choice, weight: Array, cell: tuple[int, ...], text: str) -> str:
    """All the weights as a text, one of them (filter, plane, row, column) as it was typed."""
    changed = weight.copy()
    changed[cell] = table.parse_number(text)
    return table.write(flip(changed) if choice.flip else changed)


def edited_biases(biases: Array, cell: tuple[int, ...], text: str) -> str:
    """All the biases as a text, one of them (its filter stands first) as it was typed."""
    changed = biases.copy()
    changed[cell[0]] = table.parse_number(text)
    return table.write(changed)


def _weights(choice: Choice, source: str, planes: int) -> Array:
    shape = (choice.filters, planes, *choice.kernel)
    if choice.preset == "example" and source in EXAMPLES:
        return _repeated(EXAMPLES[source].weight, shape)
    if choice.preset == "custom":
        return _repeated(table.parse(choice.weights), shape)
    if choice.preset == "random":
        numbers = np.random.default_rng(choice.seed + 1).integers(-2, 3, _MOST)
        return table.fit(numbers.astype(np.float32), shape)
    # One classical kernel a filter, starting at the chosen one, the same for every plane.
    first = KERNEL_NAMES.index(choice.preset)
    names = [KERNEL_NAMES[(first + i) % len(KERNEL_NAMES)] for i in range(choice.filters)]
    stack = np.stack([kernel(name, *choice.kernel) for name in names])
    return np.repeat(stack[:, None], planes, axis=1)


def _repeated(weights: Array, shape: tuple[int, ...]) -> Array:
    """Filters and planes over again as often as needed; the kernel cut or extended by zeros."""
    filters, planes, *size = shape
    rows = weights[np.arange(filters) % len(weights)]
    chosen = rows[:, np.arange(planes) % rows.shape[1]]
    return table.fit(chosen, (filters, planes, *size))


def _bias(choice: Choice, source: str) -> Array | None:
    if not choice.bias:
        return None
    if choice.biases.strip():
        given = table.parse(choice.biases).reshape(-1)
    elif source in EXAMPLES and EXAMPLES[source].bias.any():  # also beside weights of one's own
        given = EXAMPLES[source].bias
    else:
        given = np.array([_FIRST_BIAS], np.float32)
    return given[np.arange(choice.filters) % len(given)]
