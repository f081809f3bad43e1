"""The contract carries more than convolution: pooling and a residual block, against PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.message import Message
from cnnlab.scenes.hover import readers, sources
from cnnlab.scenes.replay import at, finished
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term
from cnnlab.scenes.sentence import sentence

HERE = (Axis(0, (1,)), Axis(0, (0, 1)), Axis(0, (0, 0, 1)))


def grid(identity, values, quantity="output"):
    return Grid(identity, Message(identity), values.shape, values, quantity)


def pooling(x, kernel, stride, padding, op):
    """Pooling as the lesson will have it: what is padding is simply not there."""
    pool = F.max_pool2d if op == "max" else F.avg_pool2d
    extra = {"return_indices": True} if op == "max" else {"count_include_pad": False}
    made = pool(torch.tensor(x[None]), kernel, stride, padding, **extra)
    y, winners = made if op == "max" else (made, torch.zeros_like(made, dtype=torch.int64))
    dy = np.random.default_rng(0).normal(size=y.shape[1:])
    window = [Axis(-padding, (0,) * a + (stride,), kernel) for a in (1, 2)]
    over = tuple(y.shape[1:])
    forward = Part(op, (Term("x", (HERE[0], *window)),), Message("window"), Term("y", HERE))
    phases = [Phase(Message("forward"), over, (forward,))]
    if op == "max":
        planes = np.arange(len(x))[:, None, None] * x[0].size
        remembered = tuple((winners[0].numpy() + planes).reshape(-1).tolist())
        winner = Term("dx", role="winner", at=remembered)
        back = Part("copy", (Term("dy", HERE),), Message("winner"), winner, scatter=True)
        phases.append(Phase(Message("backward"), over, (back,), look="look scatter"))
    grids = (
        grid("x", x, "input"),
        grid("y", y[0].numpy()),
        grid("dy", dy, "gradient"),
        grid("dx", np.zeros_like(x), "gradient"),
    )
    return Scene(grids, tuple(phases), lens=None), dy


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    kernel=st.integers(2, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 1),
)
def test_max_pool_with_overlapping_windows_and_its_backward(travel, seed, kernel, stride, padding):
    x = np.random.default_rng(seed).normal(size=(2, 7, 5))
    scene, dy = pooling(x, kernel, stride, padding, "max")
    leaf = torch.tensor(x[None], requires_grad=True)
    y = F.max_pool2d(leaf, kernel, stride, padding)
    y.backward(torch.tensor(dy[None]))
    values, arrived = finished(scene), finished(travel(scene))
    np.testing.assert_allclose(values["y"], y.detach()[0].numpy())
    np.testing.assert_allclose(values["dx"], leaf.grad[0].numpy(), atol=1e-12)
    np.testing.assert_allclose(arrived["dx"], leaf.grad[0].numpy(), atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), stride=st.integers(1, 3))
def test_average_pool_that_does_not_count_the_padding(seed, stride):
    x = np.random.default_rng(seed).normal(size=(2, 7, 5))
    scene, _ = pooling(x, 3, stride, 1, "mean")
    np.testing.assert_allclose(finished(scene)["y"], scene.grid("y").values)


def test_the_sentences_of_max_pooling():
    x = np.array([[[1.0, 5, 2, 0], [3, 4, -1, 0.5]]])
    scene, dy = pooling(x, 2, 2, 0, "max")
    assert [sentence(scene, 0, m) for m in range(5)] == [
        ("y, row 1, column 1 looks at 4 of the inputs.", "max(1, 5, 3, 4) = ?"),
        ("y, row 1, column 1: window, comparing 1 of 4.", "the first is 1"),
        ("y, row 1, column 1: window, comparing 2 of 4.", "best so far 1, now 5"),
        ("y, row 1, column 1: window, comparing 3 of 4.", "best so far 5, now 3"),
        ("y, row 1, column 1 is written.", "max(1, 5, 3, 4) = 5 · runner-up 4, margin 1"),
    ]
    assert sources(scene, "dx", 1) == {"dy": [0]}
    assert readers(scene, "dy", 1) == {"dx": [2]}
    np.testing.assert_array_equal(at(scene, 3, 0).values["dx"][0, 0], [0, dy[0, 0, 0], 0, 0])


def convolved(source, weight, target, channels, padding, label):
    window = [Axis(-padding, (0,) * a + (1,), 3) for a in (1, 2)]
    parts = tuple(
        Part(
            "dot",
            (
                Term(source, (Axis(c), *window)),
                Term(weight, (Axis(0, (1,)), Axis(c), Axis(count=3), Axis(count=3)), "tap"),
            ),
            Message("channel {n}", {"n": c + 1}),
            Term(target, HERE) if c == channels - 1 else None,
        )
        for c in range(channels)
    )
    return Phase(Message(label), SHAPE, parts)


def pointwise(op, terms, target, label):
    return Phase(Message(label), SHAPE, (Part(op, terms, Message(label), Term(target, HERE)),))


SHAPE = (2, 5, 3)


def normalised(source, number, target):
    channel = (Axis(0, (1,)), Axis(), Axis())
    terms = (Term(source, HERE), Term(f"scale{number}", channel), Term(f"shift{number}", channel))
    return pointwise("affine", terms, target, "normalise")


def residual_block(rng):
    """Two convolutions with the affine map of a batch norm after each, the skip, and two ReLUs."""
    given = {"x": rng.normal(size=SHAPE)}
    for n in (1, 2):
        given |= {f"w{n}": rng.normal(size=(2, 2, 3, 3))}
        given |= {f"{name}{n}": rng.normal(size=(2, 1, 1)) for name in ("scale", "shift")}
    grids = [grid(name, values) for name, values in given.items()]
    made = ("z1", "n1", "a1", "z2", "n2", "sum", "out")
    grids += [Grid(name, Message(name), SHAPE, None, "output") for name in made]
    phases = (
        convolved("x", "w1", "z1", 2, 1, "first"),
        normalised("z1", 1, "n1"),
        pointwise("relu", (Term("n1", HERE),), "a1", "relu"),
        convolved("a1", "w2", "z2", 2, 1, "second"),
        normalised("z2", 2, "n2"),
        pointwise("add", (Term("n2", HERE), Term("x", HERE)), "sum", "skip"),
        pointwise("relu", (Term("sum", HERE),), "out", "relu"),
    )
    return Scene(tuple(grids), phases, lens=None), {k: torch.tensor(v) for k, v in given.items()}


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_residual_block_of_seven_phases(travel, seed):
    scene, t = residual_block(np.random.default_rng(seed))
    z1 = F.conv2d(t["x"][None], t["w1"], padding=1)
    a1 = F.relu(z1 * t["scale1"] + t["shift1"])
    z2 = F.conv2d(a1, t["w2"], padding=1) * t["scale2"] + t["shift2"]
    out = F.relu(z2 + t["x"])[0].numpy()
    assume(np.any(out > 0))
    np.testing.assert_allclose(finished(scene)["out"], out, atol=1e-12)
    np.testing.assert_allclose(finished(travel(scene))["out"], out, atol=1e-3)


def test_a_cone_is_the_closure_of_sources():
    scene, _ = residual_block(np.random.default_rng(1))
    seen, border = set(), {("out", 0)}  # the corner unit
    while border:
        seen |= border
        border = {
            (name, cell)
            for unit in border
            for name, found in sources(scene, *unit).items()
            for cell in found
        } - seen
    cone = np.zeros(SHAPE, bool)
    cone.reshape(-1)[[cell for name, cell in seen if name == "x"]] = True
    expected = np.zeros(SHAPE, bool)
    expected[:, :3, :3] = True  # two 3×3 layers reach 2 away, and both channels
    np.testing.assert_array_equal(cone, expected)
