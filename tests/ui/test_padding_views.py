"""Border, same, transposed and the tables: what they say, against PyTorch, SciPy and counting."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.signal import correlate
from torch.nn import functional

from cnnlab.engine import kernel
from cnnlab.message import InvalidInput
from cnnlab.scenes.same import same_outputs
from cnnlab.ui.padding import border, layers, rule, size_table, transposed
from cnnlab.ui.padding.same import compared, sides
from cnnlab.ui.padding.setting import Setting

MODES = ("zeros", "constant", "reflect", "replicate", "circular")


def a_setting(size, kernel, stride=1, padding=0, dilation=1, mode="zeros", **more) -> Setting:
    size, kernel, stride, padding, dilation = (
        n if isinstance(n, tuple) else (n, n) for n in (size, kernel, stride, padding, dilation)
    )
    rng = np.random.default_rng(1)
    x = rng.integers(0, 10, (1, *size)).astype(np.float32)
    weight = rng.integers(-3, 4, (1, 1, *kernel)).astype(np.float32)
    return Setting("random", x, weight, stride, padding, dilation, mode, **more)


@st.composite
def any_setting(draw, largest: int = 12) -> Setting:
    size = draw(st.tuples(*[st.integers(3, largest)] * 2))
    numbers = (
        draw(st.tuples(*[st.integers(least, most)] * 2))
        for least, most in ((1, 5), (1, 4), (0, 4), (1, 3))
    )
    mode = draw(st.sampled_from(MODES))
    shown = a_setting(size, *numbers, mode, fill=float(draw(st.integers(-2, 3))))
    try:
        assert shown.y.size
    except InvalidInput:
        assume(False)
    return shown


def padded(x: torch.Tensor, shown: Setting) -> torch.Tensor:
    """What PyTorch puts around it."""
    (top, left), mode = shown.padding, shown.mode
    around = (left, left, top, top)
    if mode in ("zeros", "constant"):
        return functional.pad(x, around, value=shown.fill if mode == "constant" else 0.0)
    return functional.pad(x, around, mode)


def options(shown: Setting) -> dict:
    return {"stride": shown.stride, "dilation": shown.dilation}


def sampled(test):
    return settings(deadline=None, max_examples=60)(given(shown=any_setting())(test))


# ---- border


def numbers(text: str) -> list[float]:
    return [float(one.replace("−", "-").replace(",", "")) for one in text.split(" / ")]


def test_four_six_nine() -> None:
    flat = border.constant(a_setting(5, 3, padding=1))
    assert border.seen(flat) == ("border_seen", {"corner": "4", "edge": "6", "middle": "9"})
    assert border.other(flat) == ("border_copied", {"copied": "9"})
    unpadded = replace(flat, padding=(0, 0))
    assert border.seen(unpadded) == ("border_flat", {"middle": "9"})
    assert border.other(unpadded) == ("border_zeros", {"around": "1", "zeros": "4"})


@sampled
def test_the_border_is_said_as_pytorch_computes_it(shown: Setting) -> None:
    x, weight = torch.ones(1, 1, *shown.x.shape[1:]), torch.ones(shown.weight.shape)
    y = functional.conv2d(padded(x, shown), weight, **options(shown))[0, 0].numpy()
    section, said = border.seen(border.constant(shown))
    row, column = (n // 2 for n in y.shape)
    assert numbers(said["middle"]) == [y[row, column]]
    assert (section == "border_flat") == (len(np.unique(y)) == 1)
    if section == "border_seen":
        assert numbers(said["corner"]) == [y[0, 0]]
        assert set(numbers(said["edge"])) == {y[0, column], y[row, 0]}


@sampled
def test_what_another_padding_would_do_is_so(shown: Setting) -> None:
    section, said = border.other(border.constant(shown))
    x, weight = torch.ones(1, 1, *shown.x.shape[1:]), torch.ones(shown.weight.shape)
    if section == "border_copied":
        assert numbers(said["copied"]) == [weight.numel()]
        assert shown.mode in ("zeros", "constant")
    else:
        zeros = replace(shown, mode="zeros", padding=tuple(p or 1 for p in shown.padding))
        y = functional.conv2d(padded(x, zeros), weight, **options(shown))[0, 0]
        assert numbers(said["zeros"]) == [float(y[0, 0])]
        assert said["around"] in (str(zeros.padding[0]), "×".join(map(str, zeros.padding)))


# ---- same


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_an_even_kernel_is_where_they_part() -> None:
    shown = a_setting(5, 4)
    answers = same_outputs(shown.x, shown.weight)
    pytorch = functional.conv2d(
        torch.tensor(shown.x[None]), torch.tensor(shown.weight), padding="same"
    )[0, 0].numpy()
    scipy = correlate(shown.x[0], shown.weight[0, 0], mode="same")
    section, said = compared(answers)
    assert section == "same_differ"
    assert (int(said["n"]), int(said["cells"])) == ((pytorch != scipy).sum(), 25)
    assert numbers(said["most"]) == [abs(pytorch - scipy).max()]
    assert [sides(answer.padding) for answer in answers] == ["1 + 2", "1 + 2", "2 + 1"]


@pytest.mark.parametrize(
    ("shown", "section"),
    [
        (a_setting(5, 3), "same_agree"),
        (a_setting(5, 3, 2), "same_agree"),
        (a_setting(6, 3, 2), "same_differ"),
        (a_setting(5, 2, 2), "same_sizes"),
    ],
)
def test_where_they_agree_and_where_not(shown: Setting, section: str) -> None:
    answers = same_outputs(shown.x, shown.weight, shown.stride)
    assert compared(answers)[0] == section


def test_sizes_that_differ_are_said() -> None:
    shown = a_setting(5, 2, 2)
    _, said = compared(same_outputs(shown.x, shown.weight, shown.stride))
    assert said["sizes"] == "PyTorch 2×2, TensorFlow 3×3, SciPy 3×3"


@sampled
def test_the_padding_in_all_is_tensorflows(shown: Setting) -> None:
    tensorflow = same_outputs(shown.x, shown.weight, shown.stride, shown.dilation)[1]
    top, bottom, left, right = tensorflow.padding
    assert [rule._padded_in_all(shown, axis)[1] for axis in (0, 1)] == [top + bottom, left + right]
    assert tuple(rule._kept(shown, axis)[1] for axis in (0, 1)) == tensorflow.y.shape
    for axis in (0, 1):
        for text, number in (rule._padded_in_all(shown, axis), rule._kept(shown, axis)):
            assert evaluated(text) == number


def evaluated(text: str) -> int:
    """A formula as it stands on the page, worked out by Python."""
    text = text.replace("−", "-").replace("·", "*")
    if text.startswith("⌈"):
        return -eval(f"-({text[1:-1].split('/')[0]}) // {text[1:-1].split('/')[1]}")
    return eval(text)


# ---- transposed


def back(z: torch.Tensor, weight: torch.Tensor, shown: Setting, extra) -> torch.Tensor:
    return functional.conv_transpose2d(
        z, weight, None, shown.stride, shown.padding, extra, 1, shown.dilation
    )


@sampled
def test_the_sizes_that_lead_to_this_output_are_all_of_them(shown: Setting) -> None:
    for axis, found in enumerate(transposed.leading(shown)):
        reach = shown.dilation[axis] * (shown.weight.shape[2 + axis] - 1) + 1
        room = 2 * shown.padding[axis] - reach
        outputs = {n: (n + room) // shown.stride[axis] + 1 for n in range(-60, 120)}
        assert [n for n, o in outputs.items() if o == shown.y.shape[1 + axis]] == list(found)
        assert shown.x.shape[1 + axis] in found
        text, size = rule._stamped(shown, axis)
        assert evaluated(text) == size == found.start + shown.output_padding[axis]


@sampled
def test_it_is_the_adjoint_and_seldom_the_inverse(shown: Setting) -> None:
    extra = transposed.fitting(shown)
    x, weight = torch.tensor(shown.x[None]).double(), torch.tensor(shown.weight).double()
    y = functional.conv2d(x, weight, None, shown.stride, shown.padding, shown.dilation)
    for kind, z in (("output", y), ("one", single(y))):
        made = transposed.fed(replace(shown, output_padding=extra), kind)
        np.testing.assert_allclose(made.z, z[0], atol=1e-3)
        section, said = transposed.described(made, extra)
        there, again = (y * z).sum().item(), (x * back(z, weight, shown, extra)).sum().item()
        assert numbers(said["forward"]) == numbers(said["backward"]) == [float(f"{there:.6g}")]
        assert there == pytest.approx(again)
        off = abs(x - back(y, weight, shown, extra)).max().item()
        assert (section == "transposed_inverse") == (off == 0)
        if off:
            assert numbers(said["off"]) == [float(f"{off:.6g}")]


def single(y: torch.Tensor) -> torch.Tensor:
    z = torch.zeros_like(y)
    z[0, 0, y.shape[2] // 2, y.shape[3] // 2] = 1
    return z


def test_the_identity_is_its_own_inverse() -> None:
    shown = replace(a_setting(5, 3, padding=1), weight=kernel("identity", 3, 3)[None, None])
    assert transposed.described(transposed.fed(shown, "output"), (0, 0))[0] == "transposed_inverse"


def test_with_another_output_padding_the_sums_cannot_be_formed() -> None:
    shown = a_setting(6, 3, 2, 1)
    assert transposed.fitting(shown) == (1, 1)
    section, said = transposed.described(transposed.fed(shown, "output"), (1, 1))
    assert (section, said) == ("transposed_size", {"back": "5×5", "input": "6×6", "fits": "1"})


@sampled
def test_overlaps_far_from_the_border(shown: Setting) -> None:
    """Counted in the middle of a map large enough to have one."""
    ones, weight = torch.ones(1, 1, 24, 24), torch.ones(shown.weight.shape)
    many = back(ones, weight, replace(shown, padding=(0, 0)), (0, 0))[0, 0]
    rows, columns = many.shape
    top, left = rows // 2, columns // 2
    middle = many[top : top + shown.stride[0], left : left + shown.stride[1]]
    fits = transposed.fitting(shown)
    made = transposed.fed(replace(shown, output_padding=fits), "ones")
    section, said = transposed.described(made, fits)
    least, most = int(middle.min()), int(middle.max())
    assert int(said["most"]) == most
    assert section == ("transposed_even" if least == most else "transposed_uneven")
    assert int(said.get("least", most)) == least


@pytest.mark.parametrize(("size", "section"), [(3, "transposed_uneven"), (4, "transposed_even")])
def test_a_checkerboard_unless_the_stride_divides_the_kernel(size: int, section: str) -> None:
    made = transposed.fed(a_setting(8, size, 2), "ones")
    assert transposed.described(made, (0, 0))[0] == section
    assert made.weight.all()
    assert made.z.all()


@pytest.mark.parametrize("mode", MODES)
def test_it_pads_with_zeros_whatever_the_mode(mode: str) -> None:
    shown = a_setting(5, 3, padding=1, mode=mode, fill=7.0)
    np.testing.assert_array_equal(transposed.fed(shown, "output").z, replace(shown, mode="zeros").y)


# ---- tables


@settings(deadline=None, max_examples=15)
@given(shown=any_setting())
def test_the_size_table_is_pytorchs(shown: Setting) -> None:
    x, weight = torch.tensor(shown.x[None]), torch.tensor(shown.weight)
    for stride in size_table.STRIDES:
        for padding in size_table.PADDINGS:
            found = size_table.sizes(shown, stride, padding)
            there = replace(shown, stride=(stride,) * 2, padding=(padding,) * 2)
            try:
                y = functional.conv2d(padded(x, there), weight, **options(there))
            except RuntimeError:  # no window fits, or no such padding
                assert found == size_table.NOTHING
                continue
            bold = there.stride == shown.stride and there.padding == shown.padding
            rows, columns = y.shape[2:]
            size = str(rows) if rows == columns else f"{rows}×{columns}"
            assert found == (f"**{size}**" if bold else size)


def test_the_table_of_the_opening() -> None:
    lines = [line.strip("| ").split(" | ") for line in size_table.table(a_setting(5, 3))]
    assert lines[2] == ["1", "**3**", "5", "7", "9", "11", "13", "15"]
    assert lines[5] == ["4", "1", "2", "2", "3", "3", "4", "4"]


def test_thirteen_layers_take_28_to_2() -> None:
    bare = layers.maps(a_setting(28, 3), 13, (0, 0))
    assert [rows for rows, _ in bare] == list(range(28, 0, -2))
    assert layers.maps(a_setting(28, 3), 13, (1, 1)) == [(28, 28)] * 14


@sampled
def test_layers_one_after_the_other(shown: Setting) -> None:
    found = layers.maps(shown, 9, shown.padding)
    size = shown.x.shape[1:]
    for expected in found:
        assert tuple(size) == expected
        at = replace(shown, mode="zeros")
        try:
            x = padded(torch.zeros(1, 1, *size), at)
            size = functional.conv2d(x, torch.tensor(shown.weight), **options(at)).shape[2:]
        except RuntimeError:
            size = None
    assert size is None or len(found) == 10, "it ends early only where no window fits"


def test_maps_are_drawn_to_scale() -> None:
    html = layers.drawn([(28, 28), (14, 7), (1, 1)], 28)
    assert [f"width:{w}px;height:{h}px" in html for w, h in ((64, 64), (16, 32), (2, 2))] == [
        True
    ] * 3
    assert ">28</span>" in html
    assert ">14×7</span>" in html


@pytest.mark.parametrize(
    ("kernel", "dilation", "expected"),
    [(3, 1, (1, 1)), (1, 1, (1, 1)), (4, 2, (3, 3)), (5, 1, (2, 2))],
)
def test_padding_that_keeps_the_size(kernel, dilation, expected) -> None:
    assert layers.keeping(a_setting(28, kernel, dilation=dilation)) == expected
