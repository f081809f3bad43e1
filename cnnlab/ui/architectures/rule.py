"""The rule with this setting's numbers: layers that count, parameters, work, memory."""

from cnnlab.engine.sizes import times
from cnnlab.ui import lesson
from cnnlab.ui.architectures.said import short, stored
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.language import t


def show(shown: Setting) -> None:
    """One line under the picture."""
    lesson.rule(sentence(shown))


def sentence(shown: Setting) -> str:
    """That line."""
    return lesson.prose(
        "rule",
        name=shown.name,
        input=times(shown.network.input),
        layers=layers(shown),
        parameters=f"{shown.parameters:,}",
        weighed=stored(shown.weighed),
        work=counted(shown.multiply_adds),
        kept=stored(shown.kept),
        batch=shown.batch,
    )


def layers(shown: Setting) -> str:
    """Layers with weights, and the other ways of counting: "5 (7 with pooling)"."""
    counts = shown.counts
    fields = {"n": counts.weighted, "pooled": counts.pooled, "more": counts.projections}
    if not counts.projections:
        return t("{n} ({pooled} with pooling)", **fields)
    return t("{n} ({pooled} with pooling, {more} more on shortcuts)", **fields)


def counted(number: int) -> str:
    """A count, and roughly so if it is large: "4,089,184,256 (4.09 G)"."""
    return f"{number:,}" if number < 10_000_000 else f"{number:,} ({short(number)})"
