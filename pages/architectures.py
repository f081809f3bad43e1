"""The lesson on famous architectures: where the parameters are, and where the work is."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.architectures import (
    accuracy,
    alexnet,
    closing,
    compare,
    controls,
    picture,
    rule,
    shares,
    table,
)

WITH_THE_RULE = ("picture", "shares")  # the others say their own


def main() -> None:
    lesson.header("architectures")
    chosen = controls.choose()
    shown = controls.of(chosen)
    opened = lesson.views(
        {
            "picture": (Message("To scale"), partial(picture.view, shown)),
            "shares": (Message("Parameters and work"), partial(shares.view, shown)),
            "compare": (Message("Side by side"), partial(compare.view, shown)),
            "accuracy": (Message("Accuracy"), partial(accuracy.view, shown)),
            "alexnet": (Message("224 or 227"), alexnet.view),
        }
    )
    if opened in WITH_THE_RULE:
        rule.show(shown)
    lesson.closing(
        {"table": (Message("Every layer"), partial(table.show, shown))},
        predict=partial(closing.predict, shown),
        check=partial(closing.check, shown),
        code=partial(closing.code, shown),
    )


main()
