"""The same size in three frameworks: PyTorch and SciPy asked, TensorFlow worked out by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from cnnlab.message import InvalidInput
from cnnlab.scenes.hover import partners, readers, sources, writers
from cnnlab.scenes.replay import counts
from cnnlab.scenes.same import differing, same, same_outputs
from cnnlab.scenes.sentence import sentence

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
FRAMEWORKS = ("pytorch", "tensorflow", "scipy")
# PyTorch says of even kernels that it pads a copy; that is what is looked at here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def cases(draw):
    height, width = draw(st.permutations([3, 4, 5, 6, 7]))[:2]
    kernel = draw(pairs)
    stride = draw(st.one_of(st.just((1, 1)), st.tuples(st.integers(1, 3), st.integers(1, 3))))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(size=(1, height, width)), rng.normal(size=(1, 1, *kernel)), stride, dilation


def pytorchs(x, weight, stride, dilation):
    """What is written there: "same", or by hand where it refuses that."""
    padding = "same"
    if max(stride) > 1:
        padding = [d * (k - 1) // 2 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    tensors = torch.tensor(x[None]), torch.tensor(weight)
    return F.conv2d(*tensors, None, stride, padding, dilation)[0, 0].numpy()


def scipys(x, weight, stride, dilation):
    """Gaps are zeros in the kernel, strides are taken from the whole map."""
    size = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    spread = np.zeros(size)
    spread[:: dilation[0], :: dilation[1]] = weight[0, 0]
    return correlate(x[0], spread, mode="same", method="direct")[:: stride[0], :: stride[1]]


def tensorflows(x, weight, stride, dilation):
    """Its documented rule: as many outputs as strides begin; what they need is added, halved."""
    sides = []
    for n, k, s, d in zip(x.shape[1:], weight.shape[2:], stride, dilation, strict=True):
        reach = d * (k - 1) + 1
        rest = n % s or s
        added = max(reach - rest, 0)
        sides = [added // 2, added - added // 2, *sides]
    padded = F.pad(torch.tensor(x[None]), sides)
    return F.conv2d(padded, torch.tensor(weight), None, stride, 0, dilation)[0, 0].numpy()


ORACLES = {"pytorch": pytorchs, "tensorflow": tensorflows, "scipy": scipys}


@settings(**PATIENT, max_examples=80)
@given(case=cases())
def test_the_replay_is_each_frameworks_answer(agree, case):
    x, weight, stride, dilation = case
    expected = {f"output-{name}": ORACLES[name](*case)[None] for name in FRAMEWORKS}
    scene = same(x, weight, stride=stride, dilation=dilation)
    agree(scene, expected)
    for answer in same_outputs(*case):
        np.testing.assert_array_equal(scene.grid(f"output-{answer.framework}").values[0], answer.y)
        assert answer.refused == (answer.framework == "pytorch" and max(stride) > 1)


@settings(**PATIENT, max_examples=40)
@given(case=cases())
def test_each_input_holds_its_own_padding_and_what_it_never_reads(case):
    x, weight, stride, dilation = case
    scene = same(x, weight, stride=stride, dilation=dilation)
    for answer in same_outputs(*case):
        grid = scene.grid(f"input-{answer.framework}")
        top, bottom, left, right = answer.padding
        assert grid.padding == (top, right, bottom, left)
        np.testing.assert_array_equal(grid.values[0], np.pad(x[0], ((top, bottom), (left, right))))
        leaf = torch.zeros(1, *grid.shape, dtype=torch.float64, requires_grad=True)
        ones = torch.ones(weight.shape, dtype=torch.float64)
        F.conv2d(leaf, ones, None, stride, 0, dilation).sum().backward()
        read = leaf.grad.numpy()[0, 0]
        assert grid.unread_rows == tuple(np.flatnonzero(read.sum(1) == 0))
        assert grid.unread_columns == tuple(np.flatnonzero(read.sum(0) == 0))


@settings(**PATIENT, max_examples=60)
@given(case=cases())
def test_outputs_of_one_size_are_made_together_and_others_after_them(case):
    x, weight, stride, dilation = case
    scene = same(x, weight, stride=stride, dilation=dilation)
    shapes = [scene.grid(f"output-{name}").shape[1:] for name in FRAMEWORKS]
    together = [[name for name, s in zip(FRAMEWORKS, shapes, strict=True) if s == shapes[2]]]
    if len(together[0]) < 3:
        assert stride != (1, 1)
        together.append(["pytorch"])
    made = [
        [part.writes.grid.removeprefix("output-") for part in phase.parts] for phase in scene.phases
    ]
    assert made == together
    assert [phase.over[2:] for phase in scene.phases] == [shapes[2], shapes[0]][: len(made)]
    assert scene.start == (shapes[2][0] - 1) * shapes[2][1]


@settings(**PATIENT, max_examples=20)
@given(case=cases())
def test_hovering_stays_in_one_framework(case):
    """Of the three, only the kernel is shared."""
    x, weight, stride, dilation = case
    scene = same(x, weight, stride=stride, dilation=dilation)
    for name in FRAMEWORKS:
        output = scene.grid(f"output-{name}")
        cell = output.values.size // 2
        found = sources(scene, output.id, cell)
        assert set(found) == {f"input-{name}", "weight"}
        assert found["weight"] == list(range(weight.size))
        assert len(writers(scene, output.id, cell)) == 1
        for read in found[f"input-{name}"]:
            assert cell in readers(scene, f"input-{name}", read)[output.id]
    assert set(partners(scene, "weight", 0)) == {f"input-{name}" for name in FRAMEWORKS}


def middle(n, k, stride):
    """For each framework, the padding and the middle tap of every window over 0, 1, 2 …"""
    row, pick = np.arange(float(n)).reshape(1, 1, n), np.zeros((1, 1, 1, k))
    pick[..., k // 2] = 1
    answers = same_outputs(row, pick, stride=(1, stride))
    return {a.framework: (a.padding[2:], a.y[0].tolist()) for a in answers}


def test_tensorflow_by_hand():
    """6 under 3 at stride 2: windows at 0, 2, 4 need one cell more, at the end."""
    found = middle(6, 3, 2)
    assert found["tensorflow"] == ((0, 1), [1, 3, 5])
    assert found["pytorch"] == found["scipy"] == ((1, 1), [0, 2, 4])
    assert middle(7, 3, 2)["tensorflow"] == ((1, 1), [0, 2, 4, 6])
    assert middle(5, 3, 3)["tensorflow"] == ((0, 1), [1, 4])
    assert middle(5, 1, 3)["tensorflow"] == ((0, 0), [0, 3])
    assert middle(224, 7, 2)["tensorflow"][0] == (2, 3)


def test_even_kernels_by_hand():
    """4 taps at stride 1 need 3 cells more: the second goes after, in SciPy before."""
    found = middle(5, 4, 1)
    assert found["pytorch"] == found["tensorflow"] == ((1, 2), [1, 2, 3, 4, 0])
    assert found["scipy"] == ((2, 1), [0, 1, 2, 3, 4])


def test_where_they_differ():
    """A single 1 under 2×2 ones: PyTorch's windows reach it from above, SciPy's from below."""
    x, weight = np.zeros((1, 4, 4)), np.ones((1, 1, 2, 2))
    x[0, 1, 1] = 1
    answers = same_outputs(x, weight)
    expected = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
    np.testing.assert_array_equal(differing(answers), expected)
    assert not differing(answers[:2]).any()
    assert not differing(same_outputs(x, np.ones((1, 1, 3, 3)))).any()
    assert not differing(same_outputs(np.zeros_like(x), weight)).any()


def test_what_is_said_when_they_agree():
    x, weight = np.arange(9.0).reshape(1, 3, 3), np.ones((1, 1, 1, 3))
    scene = same(x, weight)
    assert counts(scene, 0) == [3, 3, 3]
    cell = "Output, row 1, column 1"
    assert [sentence(scene, 0, m) for m in (0, 2, 3, 5, 9)] == [
        (f"{cell} is worked out by one framework after the other.", "0·1 + 0·1 + 1·1 = ?"),
        (f"{cell}: PyTorch, product 2 of 3.", "0 + 0·1 = 0"),
        (f"{cell}: PyTorch is done.", "0·1 + 0·1 + 1·1 = 1"),
        (f"{cell}: TensorFlow, product 2 of 3.", "0 + 0·1 = 0"),
        (
            f"{cell} is written: one kernel, under each framework's own padding.",
            "0·1 + 0·1 + 1·1 = 1",
        ),
    ]
    assert sentence(scene, 8, 9)[0] == "All outputs are the same."


def test_what_is_said_when_they_do_not():
    x = np.arange(1.0, 6).reshape(1, 1, 5)
    strided = same(x[..., :4], np.ones((1, 1, 1, 3)), stride=(1, 2))
    assert sentence(strided, 1, 9)[0] == "One size, but the outputs differ in 2 of 2 cells."
    pick = same(x[..., :4], np.array([[[[1.0, 1, 1]]]]) * [0, 1, 0], stride=(1, 2))
    assert sentence(pick, 0, 0)[1] == "0·0 + 1·1 + 2·0 = ?"
    other = same(x, np.ones((1, 1, 1, 4)), stride=(1, 2))
    assert [phase.steps for phase in other.phases] == [3, 2]
    assert sentence(other, 2, 8)[0] == "One size, but the outputs differ in 3 of 3 cells."
    cell = "PyTorch's output, row 1, column 1"
    assert sentence(other, 3, 0) == (
        f"{cell} looks at 4 numbers.",
        "0·1 + 1·1 + 2·1 + 3·1 = ?",
    )
    assert sentence(other, 3, 4)[0] == f"{cell} is written."
    assert sentence(other, 4, 4)[0] == "PyTorch makes another size: 1×2."


def test_how_it_is_shown():
    x, weight = np.ones((1, 5, 6)), np.ones((1, 1, 3, 4))
    scene = same(x, weight)
    assert scene.lens is None
    assert {grid.id: grid.place for grid in scene.grids} == {
        "weight": (3, 0),
        **{f"input-{name}": (n, 0) for n, name in enumerate(FRAMEWORKS)},
        **{f"output-{name}": (n, 1) for n, name in enumerate(FRAMEWORKS)},
    }

    def heading(scene, name):
        grid = scene.grid(f"input-{name}")
        return f"{grid.label} {grid.note}"

    assert [heading(scene, name) for name in FRAMEWORKS] == [
        "PyTorch ↑1 ↓1 ←1 →2",
        "TensorFlow ↑1 ↓1 ←1 →2",
        "SciPy ↑1 ↓1 ←2 →1",
    ]
    assert {str(scene.grid(f"output-{name}").label) for name in FRAMEWORKS} == {"Output"}
    assert heading(same(x, weight[..., :1, :1]), "scipy") == "SciPy no padding"
    strided = same(x, weight[..., :3], stride=2)
    assert heading(strided, "pytorch") == "PyTorch, padding=1 None"  # its name says it all
    assert heading(strided, "tensorflow") == "TensorFlow ↑1 ↓1 ←0 →1"
    wide = same(x, np.ones((1, 1, 3, 6)), stride=(2, 1))
    assert str(wide.grid("input-pytorch").label) == "PyTorch, padding=(1, 2)"
    assert same(x, weight, start=2).start == 2


def test_what_is_refused():
    x, weight = np.ones((1, 3, 3)), np.ones((1, 1, 3, 3))
    for wrong in ((np.ones((2, 3, 3)), np.ones((1, 2, 3, 3))), (x, np.ones((2, 1, 3, 3)))):
        with pytest.raises(InvalidInput, match="one channel and one filter"):
            same(*wrong)
    with pytest.raises(InvalidInput, match="stride"):
        same(x, weight, stride=0)
    with pytest.raises(InvalidInput, match="is larger than the input of 1×1"):
        same(x[:, :1, :1], weight[..., :2, :2], stride=2)  # PyTorch's column has no output
