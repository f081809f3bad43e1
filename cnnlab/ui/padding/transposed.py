"""The view of the transposed convolution: what goes from the output's size back to the input's."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from cnnlab.engine import Array, conv2d, conv_transpose2d
from cnnlab.engine.sizes import times
from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.transposed import transposed as stamps
from cnnlab.ui import choice, controls, lesson, link
from cnnlab.ui.language import t
from cnnlab.ui.padding.controls import Chosen, on_screen
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.player import play
from cnnlab.ui.predict import say
from cnnlab.ui.setting import Pair

_FEEDS: dict[str, Message] = {
    "output": Message("The output Y"),
    "one": Message("A single 1"),
    "ones": Message("All ones, kernel of ones"),
}
_HEADS: dict[str, Message] = {  # of what is fed in, which the line calls z
    "output": Message("= the output Y"),
    "one": Message("= a single 1"),
    "ones": Message("= ones"),
}
_REFUSED = Message("Shown: with the output padding that gives the input's size back.")


@dataclass(frozen=True)
class Fed:
    """What is stamped, ``z`` (1, OH, OW), with which ``weight``, and what comes of it, ``back``.

    Padding is of zeros: no framework has a transposed convolution with another.
    """

    kind: str
    x: Array
    weight: Array
    z: Array
    back: Array
    stride: Pair
    padding: Pair
    dilation: Pair
    output_padding: Pair

    @property
    def options(self) -> dict[str, Pair]:
        """The keyword arguments of the convolution that it is the transpose of."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}


def transposed(chosen: Chosen, shown: Setting) -> None:
    """Each number that is fed in stamps the kernel; where stamps overlap, they add up."""
    fits = fitting(shown)
    with st.container(key="padding-fed", horizontal=True, vertical_alignment="center"):
        kinds = {slug: t(label) for slug, label in _FEEDS.items()}
        kind = choice.segments("fed", t("Fed with"), kinds, bare=True)
        if shown.output_padding != fits and on_screen(chosen, shown):
            st.button(
                t("Output padding {n}: the input's size", n=_pair(fits)),
                key="padding-fits",
                on_click=partial(_fit, chosen, fits),
            )
    refusal = _refusal(shown)
    if refusal is not None:
        lesson.problem(refusal, _REFUSED)
    made = fed(possible(shown), kind)
    section, values = described(made, fits)
    remark = ["transposed_zeros"] if shown.mode != "zeros" and any(shown.padding) else []
    lesson.line(section, *remark, **values)
    topic = f"{shown.name} {kind}"
    rows, columns = made.z.shape[1:]
    scene = stamps(
        made.z,
        made.weight,
        **made.options,
        output_padding=made.output_padding,
        what=_HEADS[kind],
        start=link.opening(topic, rows // 2 * columns + columns // 2, made.z.size),
    )
    play(scene, key="padding-transposed", topic=topic)


def kind_fed() -> str:
    """Which of the three is fed in: asked of a place that does not draw the choice."""
    return choice.peek("fed", choice.among(_FEEDS)) or next(iter(_FEEDS))


def fed(shown: Setting, kind: str) -> Fed:
    """What the setting's transposed convolution makes of its output, of one 1, or of ones.

    Raises InvalidInput where the output padding or the padding cannot be.
    """
    z = shown.y
    if shown.mode != "zeros" and any(shown.padding):
        options = (shown.stride, shown.padding, shown.dilation)
        z = conv2d(shown.x[None], shown.weight, None, *options)[0]
    weight = shown.weight
    if kind == "ones":
        z, weight = np.ones_like(z), np.ones_like(weight)
    elif kind == "one":
        z = np.zeros_like(z)
        z[0, z.shape[1] // 2, z.shape[2] // 2] = 1
    made = Fed(
        kind=kind,
        x=shown.x,
        weight=weight,
        z=z,
        back=z,
        stride=shown.stride,
        padding=shown.padding,
        dilation=shown.dilation,
        output_padding=shown.output_padding,
    )
    return replace(made, back=_back(made, z))


def fitting(shown: Setting) -> Pair:
    """The output padding that gives the input's size back: what the stride left over."""
    rows, columns = (
        n - sizes[0] for n, sizes in zip(shown.x.shape[1:], leading(shown), strict=True)
    )
    return rows, columns


def leading(shown: Setting) -> tuple[range, range]:
    """The input sizes, of each axis, that all lead to this output's size: one for each remainder.

    They may start below 1, where an axis is hardly there.
    """
    rows, columns = (
        range(least, least + s)
        for least, s in (
            ((n - 1) * s - 2 * p + d * (k - 1) + 1, s)
            for n, s, p, d, k in zip(
                shown.y.shape[1:],
                shown.stride,
                shown.padding,
                shown.dilation,
                shown.weight.shape[2:],
                strict=True,
            )
        )
    )
    return rows, columns


def described(made: Fed, fits: Pair) -> tuple[str, dict[str, str]]:
    """The section of the prose that fits, and its numbers."""
    if made.kind == "ones":
        return overlapping(made)
    if made.output_padding != fits:
        sizes = {"back": times(made.back.shape[1:]), "input": times(made.x.shape[1:])}
        return "transposed_size", sizes | {"fits": _pair(fits)}
    return adjoint(made)


def adjoint(made: Fed) -> tuple[str, dict[str, str]]:
    """Σ conv(x)·z = Σ x·convᵀ(z), both worked out; and how far from x convᵀ(conv(x)) is."""
    wide = replace(made, x=made.x.astype(np.float64), weight=made.weight.astype(np.float64))
    z = made.z.astype(np.float64)
    y = conv2d(wide.x[None], wide.weight, None, **made.options)[0]
    off = float(abs(wide.x - _back(wide, y)).max())
    sums = {
        "forward": say(float((y * z).sum())),
        "backward": say(float((wide.x * _back(wide, z)).sum())),
    }
    if off <= 1e-9 * float(abs(wide.x).max()):
        return "transposed_inverse", sums
    return "transposed_adjoint", sums | {"off": say(off)}


def overlapping(made: Fed) -> tuple[str, dict[str, str]]:
    """From how many stamps numbers far from the border add up: how uneven the overlaps are."""
    counts = [
        [Counter(d * tap % s for tap in range(k))[start] for start in range(s)]
        for k, s, d in zip(made.weight.shape[2:], made.stride, made.dilation, strict=True)
    ]
    least, most = (pick(counts[0]) * pick(counts[1]) for pick in (min, max))
    sizes = {"kernel": _pair(made.weight.shape[2:]), "stride": _pair(made.stride)}
    if least == most:
        return "transposed_even", sizes | {"most": str(most)}
    return "transposed_uneven", sizes | {"least": str(least), "most": str(most)}


def possible(shown: Setting) -> Setting:
    """The setting with an output padding that can be: its own, else the one that always can."""
    return shown if _refusal(shown) is None else replace(shown, output_padding=fitting(shown))


def _refusal(shown: Setting) -> InvalidInput | None:
    """Why this output padding cannot be, if so."""
    try:
        fed(shown, "output")
    except InvalidInput as error:
        return error
    return None


def _back(made: Fed, z: Array) -> Array:
    return conv_transpose2d(
        z[None],
        made.weight,
        None,
        made.stride,
        made.padding,
        made.output_padding,
        dilation=made.dilation,
    )[0]


def _fit(chosen: Chosen, fits: Pair) -> None:
    if fits[0] == fits[1] and not chosen.axes:
        controls.put(output_padding=fits[0])
    else:
        controls.put(axes=True, output_padding_h=fits[0], output_padding_w=fits[1])


def _pair(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else times(numbers)
