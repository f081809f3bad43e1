"""The lesson on padding and stride: where the windows lie, and what they read at the border."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.padding import (
    border,
    closing,
    controls,
    layers,
    rule,
    same,
    size_table,
    transposed,
    views,
)


def main() -> None:
    lesson.header(controls.SLUG)
    chosen = controls.choose()
    shown = controls.setting(chosen)
    opened = lesson.views(
        {
            "size": (Message("Size"), partial(views.size, chosen, shown)),
            "border": (Message("Border"), partial(border.border, chosen, shown)),
            "same": (Message("Same"), partial(same.same, shown)),
            "transposed": (
                Message("Transposed convolution"),
                partial(transposed.transposed, chosen, shown),
            ),
        }
    )
    rule.show(opened, shown)
    lesson.closing(
        {
            "sizes": (Message("Size table"), partial(size_table.show, shown)),
            "layers": (Message("Many layers"), partial(layers.show, shown)),
        },
        predict=partial(closing.predict, shown),
        check=partial(closing.check, shown, opened),
        code=partial(closing.code, shown),
    )


main()
