"""The rule with this setting's numbers: output size, parameters, multiply–adds."""

from cnnlab.ui import lesson
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.formula import formula
from cnnlab.ui.language import t


def show(shown: Setting) -> None:
    """One line under the stage; where the input needs a remark, it stands after it."""
    counts = shown.counts
    _, *size = shown.x.shape
    kernel = shown.weight.shape[2:]
    _, rows, columns = shown.y.shape
    parts = (tuple(size), shown.padding, shown.dilation, kernel, shown.stride)
    down = formula(*(pair[0] for pair in parts))
    across = formula(*(pair[1] for pair in parts))
    line = lesson.prose(
        "rule",
        formula=f"{down} = {rows}"
        if (down, rows) == (across, columns)
        else t(
            "{formula} = {rows} rows, {columns} columns",
            formula=down,
            rows=rows,
            columns=columns,
        ),
        shared=f"{counts.shared:,}",
        local=f"{counts.local:,}",
        dense=f"{counts.dense:,}",
        macs=f"{counts.multiply_adds:,}",
    )
    lesson.rule(line if shown.note is None else f"{line}\n\n{t(shown.note)}")
