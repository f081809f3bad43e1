"""What the class is asked: four questions with settings of their own, then some of this setting.

Each is a prompt, the engine's answer, and the answers to which known slips lead. Which of them
still ask something, `Question` says.
"""

from collections.abc import Callable, Mapping
from functools import cache
from math import prod

from cnnlab.engine.layers import Residual
from cnnlab.engine.receptive_field import Extent, extent
from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.ui.ask.quiz import once, worthwhile
from cnnlab.ui.ask.words import counting
from cnnlab.ui.predict import Question
from cnnlab.ui.receptive import ask_fixed
from cnnlab.ui.receptive.setting import Setting

Make = Callable[[Setting], Question | None]


def questions(setting: Setting) -> list[Question]:
    """Those with settings of their own; then those of this setting that ask something."""
    return once(fixed(), made(setting).values())


@cache
def fixed() -> tuple[Question, ...]:
    """The four that every class should meet."""
    return (
        ask_fixed.two_windows(),
        ask_fixed.with_a_pool(),
        ask_fixed.dilated(),
        ask_fixed.corner(),
    )


def made(setting: Setting) -> dict[str, Question]:
    """The questions of this setting that have at least two wrong answers worth naming."""
    return worthwhile(MADE, setting)


def size(setting: Setting) -> Question | None:
    """How many rows the layer's field has."""
    kernels = _kernels(setting)
    if setting.field.whole or kernels is None:
        return None
    return counting(
        Message("{stack}, layer {layer}. How many rows does a unit's field have?", _words(setting)),
        setting.field.size[0],
        [
            (sum(kernels), ask_fixed.ADDED),
            (prod(kernels), ask_fixed.MULTIPLIED),
            (1 + sum(k - 1 for k in kernels), ask_fixed.NO_JUMP),
            (kernels[-1], ask_fixed.LAST_ONLY),
        ],
        Message("Each layer adds (window − 1) · jump of the layer before."),
    )


def jump(setting: Setting) -> Question | None:
    """How far the fields of two neighbouring units are apart."""
    if setting.field.jump is None or _kernels(setting) is None:
        return None
    here = setting.field.jump[0]
    before = setting.before.jump[0] if setting.before and setting.before.jump else 1
    return counting(
        Message(
            "{stack}, layer {layer}. The unit below this one: by how many rows of the image does "
            "its field lie lower?",
            _words(setting),
        ),
        here,
        [
            (here // before, Message("That is this layer's own stride; all before it count too.")),
            (before, Message("That is the jump of the layer before: its neighbours are nearer.")),
            (setting.field.size[0], Message("That is the whole field: fields overlap.")),
            (setting.field.kernel[0], Message("That is how wide its window is, not its step.")),
        ],
        Message("The jump is the product of all strides up to here."),
    )


def inside(setting: Setting) -> Question | None:
    """How many cells of this unit's extent are image; asked where some are not."""
    if setting.field.whole:
        return None
    reach = extent(setting.field, setting.unit)
    spans = setting.inside
    area = prod(last - first + 1 for first, last in reach)
    row, column = setting.unit
    return (
        counting(
            Message(
                "{stack}, layer {layer}, the unit in row {row} and column {column}: its field is "
                "{field}. How many of these cells lie on the image?",
                {**_words(setting), "row": row + 1, "column": column + 1, "field": _size(reach)},
            ),
            prod(spans),
            [
                (area, Message("Part of the field lies outside the image.")),
                (max(spans), Message("That is along one axis only.")),
                (area - prod(spans), Message("That is the part outside the image.")),
            ],
            Message(
                "{rows} rows times {columns} columns.", {"rows": spans[0], "columns": spans[1]}
            ),
        )
        if prod(spans) < area
        else None
    )


MADE: Mapping[str, Make] = {"size": size, "jump": jump, "inside": inside}


def _words(setting: Setting) -> dict[str, object]:
    """How a question names what it asks about; one's own layers are those on the screen."""
    return {"stack": setting.name, "layer": setting.layer}


def _kernels(setting: Setting) -> list[int] | None:
    """How many rows each layer's window reaches over, up to this one; None after a block."""
    if any(isinstance(layer, Residual) for layer in setting.network.layers[: setting.layer]):
        return None
    upto = [field for field in setting.fields if field.path <= setting.path]
    return [field.kernel[0] for field in upto if field.kernel[0] > 1] or None


def _size(reach: Extent) -> str:
    return times([last - first + 1 for first, last in reach])
