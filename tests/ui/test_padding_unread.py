"""What is never read, by its name: against PyTorch's own gradient, in any setting."""

import re

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.message import InvalidInput, Message
from cnnlab.ui.language import t
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.padding.unread import remarks

MODES = ("zeros", "constant", "reflect", "replicate", "circular")
NEVER, COPIED, PADDING = "never read", "read only where the padding copies", "of the padding"


def a_setting(size, kernel, stride=1, padding=0, dilation=1, mode="zeros") -> Setting:
    size, kernel, stride, padding, dilation = (
        n if isinstance(n, tuple) else (n, n) for n in (size, kernel, stride, padding, dilation)
    )
    x = np.arange(1, size[0] * size[1] + 1, dtype=np.float64).reshape(1, *size)
    return Setting("random", x, np.ones((1, 1, *kernel)), stride, padding, dilation, mode)


NAMED = [
    (a_setting(5, 3), []),
    (a_setting(5, 3, padding=1, mode="circular"), []),
    (a_setting(6, 3, 2), ["the last row and the last column are never read"]),
    (a_setting((6, 7), 3, 2), ["the last row is never read"]),
    (a_setting((7, 6), 3, 2), ["the last column is never read"]),
    (a_setting(8, 3, 3), ["the last 2 rows and the last 2 columns are never read"]),
    (a_setting((8, 3), 2, (3, 1)), ["rows 3 and 6 are never read"]),
    (a_setting(8, 2, 3), ["rows 3 and 6, columns 3 and 6 are never read"]),
    (a_setting((5, 8), 2, 3), ["row 3, columns 3 and 6 are never read"]),
    (a_setting(5, 2, 3), ["row 3 and column 3 are never read"]),
    (a_setting(3, 2, dilation=2), ["row 2 and column 2 are never read"]),
    (a_setting((10, 9), 1, (4, 1)), ["rows 2–4, 6–8 and 10 are never read"]),
    (a_setting(32, 1, 4), ["24 of 32 rows and 24 of 32 columns are never read"]),
    (a_setting(6, 3, 2, 1), ["of the padding, 1 row and 1 column are never read"]),
    (a_setting((3, 6), 3, 2, (0, 1)), ["of the padding, 1 column is never read"]),
    (
        a_setting((4, 3), 1, (4, 1), (3, 0)),
        ["rows 1 and 3–4 are never read", "of the padding, 4 rows are never read"],
    ),
    (
        a_setting(4, 1, 3, 1, mode="replicate"),
        [
            "rows 2 and 4, columns 2 and 4 are never read",
            "row 1 and column 1 are read only where the padding copies them",
            "of the padding, 1 row and 1 column are never read",
        ],
    ),
]


@pytest.mark.parametrize(("shown", "expected"), NAMED)
def test_lines_by_their_names(shown: Setting, expected: list[str]) -> None:
    assert [str(remark) for remark in remarks(shown)] == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (a_setting(6, 3, 2), "最后一行和最后一列从未被读取"),
        (a_setting(8, 2, 3), "第 3 和 6 行、第 3 和 6 列从未被读取"),
        (a_setting(32, 1, 4), "32 行中的 24 行和32 列中的 24 列从未被读取"),
        (a_setting((3, 6), 3, 2, (0, 1)), "填充中有 1 列从未被读取"),
    ],
)
def test_and_in_chinese(monkeypatch, shown: Setting, expected: str) -> None:
    monkeypatch.setattr("cnnlab.ui.language.current", lambda: "zh")
    assert [t(remark) for remark in remarks(shown)] == [expected]


@st.composite
def any_setting(draw) -> Setting:
    size = draw(st.tuples(*[st.integers(3, 20)] * 2))
    kernel, stride, padding, dilation = (
        draw(st.tuples(*[st.integers(least, most)] * 2))
        for least, most in ((1, 4), (1, 4), (0, 4), (1, 3))
    )
    shown = a_setting(size, kernel, stride, padding, dilation, draw(st.sampled_from(MODES)))
    try:
        assert shown.y.size
    except InvalidInput:
        assume(False)
    return shown


@settings(deadline=None, max_examples=200)
@given(shown=any_setting())
def test_what_is_named_is_what_has_no_gradient(shown: Setting) -> None:
    """Each sentence, read back, names the lines that PyTorch's own derivative leaves at 0."""
    named = {NEVER: ([], []), COPIED: ([], []), PADDING: ([], [])}
    for remark in remarks(shown):
        kind = next(kind for kind in (COPIED, PADDING, NEVER) if kind in str(remark))
        named[kind] = read_back(remark, shown.x.shape[1:])
    direct, with_copies, around = touched(shown)
    assume(with_copies[0].any())  # else no row is told from another by its gradient
    for axis in (0, 1):
        never = np.flatnonzero(~with_copies[axis])
        copied = np.flatnonzero(~direct[axis] & with_copies[axis])
        assert same_lines(named[NEVER][axis], never)
        assert same_lines(named[COPIED][axis], copied)
        assert same_lines(named[PADDING][axis], around[axis])


def touched(shown: Setting) -> tuple[list, list, list]:
    """Rows and columns read in their own place, or in any; how many of the padding are not."""
    top, left = shown.padding
    mode = "constant" if shown.mode in ("zeros", "constant") else shown.mode
    x = torch.ones(1, 1, *shown.x.shape[1:], dtype=torch.float64, requires_grad=True)
    padded = torch.nn.functional.pad(x, (left, left, top, top), mode)
    padded.retain_grad()
    options = {"stride": shown.stride, "dilation": shown.dilation}
    torch.nn.functional.conv2d(padded, torch.tensor(shown.weight), **options).sum().backward()
    everywhere = [padded.grad[0, 0].numpy().any(1 - axis) for axis in (0, 1)]
    inside = [
        lines[p : p + n]
        for lines, p, n in zip(everywhere, shown.padding, shown.x.shape[1:], strict=True)
    ]
    around = [
        int((~lines).sum() - (~mine).sum()) for lines, mine in zip(everywhere, inside, strict=True)
    ]
    return inside, [x.grad[0, 0].numpy().any(1 - axis) for axis in (0, 1)], around


def same_lines(named, lines) -> bool:
    """A list of lines from 1, or how many there are, against lines from 0 or their number."""
    if isinstance(named, int) or isinstance(lines, int):
        numbers = [n if isinstance(n, int) else len(n) for n in (named, lines)]
        return numbers[0] == numbers[1]
    return named == [int(n) + 1 for n in lines]


def read_back(remark: Message, sizes) -> tuple:
    """Which rows and which columns a sentence names: lists from 1, or numbers of them."""
    found: list = [[], []]
    for axis, word in enumerate(("row", "column")):
        other = "column" if word == "row" else "row"
        for text in re.split(
            rf"(?:,| and) (?=(?:the last )?(?:\d+ (?:of \d+ )?)?{other})", str(remark)
        ):
            if re.search(rf"\b{word}s?\b", text) is None:
                continue
            found[axis] = one_axis(text, word, sizes[axis])
    return tuple(found)


def one_axis(text: str, word: str, size: int):
    if match := re.search(rf"(\d+) of {size} {word}s", text):
        return int(match[1])
    if match := re.search(rf"the last (?:(\d+) )?{word}", text):
        return list(range(size - int(match[1] or 1) + 1, size + 1))
    if match := re.search(rf"{word}s? (\d[\d–, and]*)", text):
        runs = re.findall(r"(\d+)(?:–(\d+))?", match[1])
        return [n for a, b in runs for n in range(int(a), int(b or a) + 1)]
    return int(re.search(rf"(\d+) {word}s?\b", text)[1])
