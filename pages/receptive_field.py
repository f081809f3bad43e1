"""The lesson on the receptive field: how much of the image one unit sees."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.receptive import closing, compare, controls, photograph, rule, table, three, views

WITHOUT_A_RULE = ("three", "compare")  # these say their own


def main() -> None:
    lesson.header("receptive-field")
    chosen = controls.choose()
    shown = controls.setting(chosen)
    large = photograph.on_photograph(shown)
    opened = lesson.views(
        {
            "side": (Message("From the side"), partial(views.side, shown)),
            "plane": (Message("From above"), partial(views.plane, shown)),
            "photo": (Message("On a photograph"), partial(photograph.view, shown, large)),
            "three": (Message("Three fields"), partial(three.view, shown, chosen.measure)),
            "compare": (Message("Two small or one large"), compare.view),
        }
    )
    if opened not in WITHOUT_A_RULE:
        rule.show(large if opened == "photo" else shown)
    lesson.closing(
        {
            "stack": (Message("Edit the stack"), partial(closing.stack, chosen, shown)),
            "table": (Message("Every layer"), partial(table.show, shown)),
        },
        predict=partial(closing.predict, shown),
        check=partial(closing.check, shown),
        code=partial(closing.code, shown),
    )


main()
