"""The convolution lesson: one window of weights slides over the whole input."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.convolution import backward, closing, controls, rule, views


def main() -> None:
    lesson.header("convolution")
    chosen = controls.choose()
    shown = controls.setting(chosen)
    opened = lesson.views(
        {
            "steps": (
                Message("Step by step"),
                partial(views.steps, shown, partial(controls.edit, chosen, shown)),
            ),
            "matrix": (Message("As a matrix (im2col)"), partial(views.matrix, shown)),
            "backward": (Message("Backward"), partial(backward.backward, shown)),
            "dense": (Message("Why not dense"), partial(views.dense, shown)),
            "video": (Message("Video (3-D)"), partial(views.video, shown)),
        }
    )
    if opened == "video":
        views.video_rule(shown)
    else:
        rule.show(shown)
    lesson.closing(
        predict=partial(closing.predict, shown),
        check=partial(closing.check, shown),
        code=partial(closing.code, shown),
    )


main()
