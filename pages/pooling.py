"""The pooling lesson: of every window its largest number, or its mean."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.pooling import closing, compare, controls, kept, moved, rule, views

OWN_RULE = ("shift", "kept")  # views of another map than the page's, with other windows


def main() -> None:
    lesson.header("pooling")
    chosen = controls.choose()
    shown = controls.setting(chosen)
    digit, seed = chosen.source.digit, chosen.source.seed
    opened = lesson.views(
        {
            "steps": (
                Message("Step by step"),
                partial(views.steps, shown, partial(controls.edit, chosen, shown)),
            ),
            "matrix": (Message("As a matrix (im2col)"), partial(views.matrix, shown)),
            "backward": (Message("Backward"), partial(views.backward, shown)),
            "equal": (Message("As a convolution"), partial(compare.convolution, shown)),
            "shift": (Message("Shift and noise"), partial(moved.view, shown, digit, seed)),
            "kept": (Message("What is kept"), partial(kept.view, shown, digit)),
            "relu": (Message("With ReLU"), partial(compare.with_relu, shown)),
        }
    )
    if opened not in OWN_RULE:
        rule.show(compare.as_convolved(shown) if opened == "equal" else shown)
    lesson.closing(
        predict=partial(closing.predict, shown),
        check=partial(closing.check, shown),
        code=partial(closing.code, shown),
    )


main()
