"""Where the parameters are and where the work is."""

from cnnlab.engine.architecture import Row
from cnnlab.engine.layers import Conv, Dense
from cnnlab.figures.shares import shares
from cnnlab.ui import lesson
from cnnlab.ui.architectures.said import row_name, share
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t


def view(shown: Setting) -> None:
    """Both as aligned bars, above them in a sentence."""
    said = found(shown)
    lesson.line("shares" if said["many"] == "1" else "shares_alike", **said)
    words = t("Shares of parameters and of multiply–adds in {name}", name=shown.name)
    chart(shares(shown.network, theme(), t), "architectures-shares", words)


def found(shown: Setting) -> dict[str, str]:
    """The layer with the most parameters and its share, and what convolutions have and do.

    ``many``: how many such layers there are, all with as many parameters.
    """
    most = max(shown.rows, key=lambda row: row.parameters)
    alike = [row for row in shown.rows if row.parameters == most.parameters]
    return {
        "name": shown.name,
        "layer": row_name(most, first=most in shown.of(Dense)[:1]),
        "many": str(len(alike)),
        "parameters": share(most.parameters, shown.parameters),
        "convs": share(_sum(shown.of(Conv), "parameters"), shown.parameters),
        "dense": share(_sum(shown.of(Dense), "parameters"), shown.parameters),
        "conv_work": share(_sum(shown.of(Conv), "multiply_adds"), shown.multiply_adds),
        "dense_work": share(_sum(shown.of(Dense), "multiply_adds"), shown.multiply_adds),
    }


def _sum(rows: tuple[Row, ...], what: str) -> int:
    return sum(getattr(row, what) for row in rows)
