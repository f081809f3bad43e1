"""Transposed convolution, stamp by stamp, against PyTorch and against a pencil."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnlab.message import InvalidInput, Message
from cnnlab.scenes.hover import readers, sources, writers
from cnnlab.scenes.replay import at, cells, counts
from cnnlab.scenes.sentence import sentence
from cnnlab.scenes.transposed import transposed

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@st.composite
def cases(draw):
    """An input, a kernel and settings that leave an output; rectangles throughout."""
    height, width = draw(st.permutations([1, 2, 3, 4]))[:2]
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    extra = tuple(
        draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    options = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation}
    axes = zip((height, width), kernel, *options.values(), strict=True)
    assume(all((n - 1) * s - 2 * p + d * (k - 1) + e >= 0 for n, k, s, p, e, d in axes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(size=(1, height, width)), rng.normal(size=(1, 1, *kernel)), options


def torchs(x, weight, options):
    return F.conv_transpose2d(torch.tensor(x[None]), torch.tensor(weight), **options)[0].numpy()


@settings(**PATIENT, max_examples=60)
@given(case=cases())
def test_the_replay_is_pytorchs(agree, case):
    x, weight, options = case
    overlaps = torchs(np.ones_like(x), np.ones_like(weight), options)
    scene = transposed(x, weight, **options)
    agree(scene, {"output": torchs(x, weight, options), "overlaps": overlaps})
    assert scene.steps == x.size


@settings(**PATIENT, max_examples=30)
@given(case=cases())
def test_halfway_it_is_the_answer_to_the_cells_stamped_so_far(case):
    x, weight, options = case
    scene = transposed(x, weight, **options)
    step = scene.steps // 2
    stamped = x.copy()
    stamped.reshape(-1)[step:] = 0
    np.testing.assert_allclose(
        at(scene, step, 0).values["output"], torchs(stamped, weight, options), atol=1e-12
    )


@settings(**PATIENT, max_examples=30)
@given(case=cases())
def test_hovering_an_output_finds_what_was_stamped_there(case):
    """Its sources are the inputs and weights with a gradient; their number is its overlaps."""
    x, weight, options = case
    scene = transposed(x, weight, **options)
    overlaps = scene.grid("overlaps").values.reshape(-1)
    for cell in range(0, overlaps.size, 3):
        tensors = [torch.tensor(a, requires_grad=True) for a in (x[None], weight)]
        F.conv_transpose2d(*tensors, **options).reshape(-1)[cell].backward()
        found = sources(scene, "output", cell)
        for name, tensor in zip(("input", "weight"), tensors, strict=True):
            assert found.get(name, []) == np.flatnonzero(tensor.grad.numpy()).tolist()
        assert len(found.get("input", [])) == len(writers(scene, "output", cell)) == overlaps[cell]


@settings(**PATIENT, max_examples=40)
@given(case=cases())
def test_stamps_reach_over_the_edge_as_far_as_the_overhang(case):
    """Every place of every stamp is on the output or on its overhang, and they fill both ends."""
    x, weight, options = case
    scene = transposed(x, weight, **options)
    phase, grid = scene.phases[0], scene.grid("output")
    top, right, bottom, left = grid.overhang
    rows, columns = phase.parts[0].writes.axes[1:]
    for axis, before, after, size in (
        (rows, top, bottom, grid.shape[1]),
        (columns, left, right, grid.shape[2]),
    ):
        ends = (scene.grid("input").shape[1] - 1, scene.grid("input").shape[2] - 1)
        furthest = axis.base + sum(
            c * n for c, n in zip(axis.coefficients, (0, 0, *ends), strict=False)
        )
        assert axis.base == -before
        assert max(0, furthest + axis.step * (axis.count - 1) - (size - 1)) == after
    lost = sum(n is None for s in range(scene.steps) for n in written(scene, s))
    assert lost == x.size * weight.size - scene.grid("overlaps").values.sum()


def written(scene, step):
    return cells(scene, scene.phases[0], scene.phases[0].parts[0].writes, step)


def test_a_stamp_by_hand():
    """Padding 1 cuts a ring off: of each 3×3 stamp only 2×2 lands on the 3×3 output."""
    x = np.array([[[1.0, 2], [3, 4]]])
    kernel = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    scene = transposed(x, kernel, stride=2, padding=1)
    assert counts(scene, 0) == [4]
    assert at(scene, 0, 4).values["output"].tolist() == [[[5, 6, 0], [8, 9, 0], [0, 0, 0]]]
    last = at(scene, 3, 4).values["output"].tolist()
    assert last == [[[5, 14, 10], [14, 36, 24], [15, 34, 20]]]
    larger = transposed(x, kernel, stride=2, padding=1, output_padding=1)
    assert larger.grid("output").shape == (1, 4, 4)
    assert larger.grid("output").values[0, 3].tolist() == [24, 55, 32, 36]
    assert larger.grid("output").overhang == (1, 0, 0, 1)


def test_three_taps_at_stride_2_make_a_checkerboard_and_four_do_not():
    x = np.ones((1, 5, 5))
    uneven = transposed(x, np.ones((1, 1, 3, 3)), stride=2, padding=1).grid("overlaps")
    assert uneven.values[0, 0].tolist() == [1, 2, 1, 2, 1, 2, 1, 2, 1]
    assert uneven.values[0, 1].tolist() == [2, 4, 2, 4, 2, 4, 2, 4, 2]
    even = transposed(x, np.ones((1, 1, 4, 4)), stride=2, padding=1).grid("overlaps")
    assert np.all(even.values[0, 1:-1, 1:-1] == 4)
    assert (str(uneven.note), uneven.quantity) == ("1 to 4", "count")
    gaps = transposed(x, np.ones((1, 1, 2, 2)), stride=3).grid("overlaps")
    assert str(gaps.note) == "0 to 1"
    assert str(transposed(x, np.ones((1, 1, 1, 1))).grid("overlaps").note) == "all 1"


def test_what_is_said():
    x = np.array([[[1.0, -2], [3, 4]]])
    scene = transposed(x, np.array([[[[5.0, 6]]]]))
    assert [sentence(scene, 1, m) for m in (0, 1, 2)] == [
        (
            "Input, row 1, column 2 stamps the kernel, times its own number, into the output.",
            "−2·(5, 6) → Output",
        ),
        (
            "Input, row 1, column 2: stamp, number 1 of 2.",
            "6 + (−2)·5 = −4 → Output, row 1, column 2",
        ),
        (
            "Input, row 1, column 2 has stamped the kernel; where stamps overlap, they add up.",
            "−2·(5, 6) → Output",
        ),
    ]
    said = sentence(scene, 3, 2)[0]
    assert said == "The whole output: 6 numbers; products in each: 1 to 2."
    once = transposed(x, np.ones((1, 1, 2, 2)), stride=2)
    assert sentence(once, 3, 4)[0] == "The whole output: 16 numbers; products in each: 1."


def test_a_stamp_may_fall_off_as_a_whole():
    scene = transposed(np.array([[[3.0, 5, 7]]]), np.ones((1, 1, 1, 1)), padding=(0, 1))
    assert [counts(scene, step) for step in range(3)] == [[0], [1], [0]]
    assert sentence(scene, 0, 0)[1] == "0 numbers → Output"
    assert sentence(scene, 1, 0)[1] == "5·(1) → Output"
    assert at(scene, 2, 0).values["output"].tolist() == [[[5]]]


def test_how_it_is_shown():
    x, weight = np.ones((1, 3, 4)), np.ones((1, 1, 3, 2))
    scene = transposed(x, weight, stride=2)
    assert {grid.id: grid.place for grid in scene.grids} == {
        "input": (0, 0),
        "weight": None,
        "output": (2, 0),
        "overlaps": (0, 1),
    }
    assert scene.start == 6  # row 2 of 3, column 3 of 4
    assert transposed(x, weight, start=0).start == 0
    assert str(scene.grid("input").label) == "Input"
    fed = transposed(x, weight, what=Message("= Y")).grid("input")
    assert (str(fed.label), str(fed.note)) == ("z", "= Y 3×4×1")
    assert scene.grid("input").quantity == "input"
    assert str(scene.grid("input").note) == "3×4×1"
    assert str(scene.grid("output").note) == "7×8×1"
    assert readers(scene, "overlaps", 0) == {}


def test_what_is_refused():
    x, weight = np.ones((1, 3, 3)), np.ones((1, 1, 3, 3))
    with pytest.raises(InvalidInput, match="one channel and one filter"):
        transposed(np.ones((2, 3, 3)), np.ones((2, 1, 3, 3)))
    with pytest.raises(InvalidInput, match="one channel and one filter"):
        transposed(x, np.ones((1, 2, 3, 3)))
    with pytest.raises(InvalidInput, match="output padding 1 must be smaller"):
        transposed(x, weight, output_padding=1)
    with pytest.raises(InvalidInput, match="takes off all"):
        transposed(x, weight, padding=3)
