"""The contract carries a whole block of layers: a residual block, against PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.message import Message
from cnnlab.scenes.hover import sources
from cnnlab.scenes.replay import finished
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term

HERE = (Axis(0, (1,)), Axis(0, (0, 1)), Axis(0, (0, 0, 1)))


def grid(identity, values, quantity="output"):
    return Grid(identity, Message(identity), values.shape, values, quantity)


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
