"""The lesson on ResNet: a block whose input is added back, and what that does to deep networks."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.resnet import backward, block, claims, closing, controls, flow, race
from cnnlab.ui.training import owner


def main() -> None:
    owner.remember()  # a race may be started in any view, and is stopped after a reload too
    lesson.header("resnet", action=race.ahead)
    shown = controls.choose()
    opened = lesson.views(
        {
            "block": (Message("The block"), partial(block.view, shown)),
            "backward": (Message("Backward"), partial(backward.view, shown)),
            "flow": (Message("Gradient flow"), flow.flow),
            "race": (Message("Depth race"), race.race),
            "claims": (Message("What was shown"), claims.claims),
        }
    )
    if opened == "block":
        block.rule(shown)
    lesson.closing(
        predict=partial(closing.predict, shown),
        # the claims are those of a paper: nothing runs there
        check=None if opened == "claims" else partial(closing.check, shown, opened),
        code=None if opened == "claims" else partial(closing.code, shown, opened),
    )


main()
