"""The block that the class sets: what is scaled, what stays, and what the rule says of it."""

import numpy as np
import pytest

from cnnlab.engine.residual import backward
from cnnlab.message import InvalidInput
from cnnlab.scenes.residual import residual
from cnnlab.scenes.residual_back import SKIP
from cnnlab.ui.resnet.backward import gradient
from cnnlab.ui.resnet.block import FORMULAS, changed, formula
from cnnlab.ui.resnet.setting import setting

KINDS = ("identity", "projection", "preactivated")
SEEDS = (0, 1, 2, 17)


def test_it_opens_where_2_meets_minus_one_half() -> None:
    opened = setting("identity")
    scene = residual(opened.block, opened.x)
    sums = sum(phase.steps for phase in scene.phases[:4])
    at = divmod(scene.start - sums, 4)
    assert opened.x[0][at] == 2
    assert opened.run.maps["conv2"][0][at] == -0.5
    assert opened.run.maps["sum"][0][at] == 1.5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("kind", ["identity", "preactivated"])
def test_with_the_last_numbers_at_0_the_block_is_the_identity(kind, norm, seed) -> None:
    made = setting(kind, norm=norm, last=0, seed=seed)
    assert (made.x >= 0).all()
    np.testing.assert_array_equal(made.y, made.x)
    assert not np.array_equal(setting(kind, norm=norm, last=5, seed=seed).y, made.x)


@pytest.mark.parametrize("norm", [False, True])
def test_of_negative_cells_the_last_relu_makes_0_and_only_of_them(norm) -> None:
    made = setting("identity", "signed", norm=norm, last=0)
    assert (made.x < 0).sum() == 5
    np.testing.assert_array_equal(made.y != made.x, made.x < 0)
    before = setting("preactivated", "signed", norm=norm, last=0)
    np.testing.assert_array_equal(before.y, before.x)


def test_without_the_skip_nothing_is_left_of_x() -> None:
    assert not setting("identity", skip=False, last=0).y.any()


def test_gamma_alone_at_0_would_not_be_the_identity() -> None:
    (_, beta), scaled = (
        setting("identity", norm=True).block.norms[1],
        setting("identity", norm=True, last=0),
    )
    assert beta.any()
    assert not scaled.block.norms[1][0].any()
    assert not scaled.block.norms[1][1].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [10, 50, 300])
def test_weights_before_a_batch_norm_may_be_scaled(kind, before) -> None:
    made = setting(kind, norm=True, before=before)
    drawn = setting(kind, norm=True)
    np.testing.assert_allclose(made.block.weights[0], drawn.block.weights[0] * (before / 100))
    assert 0 < changed(made) < 0.01
    assert changed(drawn) == 0
    np.testing.assert_allclose(made.y, drawn.y, atol=0.01)


def test_without_batch_norm_they_are_not_scaled_and_what_follows_none_stays() -> None:
    plain = setting("identity", before=300)
    np.testing.assert_array_equal(plain.block.weights[0], plain.drawn.weights[0])
    # The last convolution of a pre-activated block has no batch norm after it.
    last = setting("preactivated", norm=True, before=300)
    np.testing.assert_array_equal(last.block.weights[1], last.drawn.weights[1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_scale_is_that_of_the_whole_body(kind) -> None:
    for norm in (False, True):
        once, twice = (setting(kind, norm=norm, last=last).run.maps for last in (100, 200))
        name = "norm2" if norm and kind != "preactivated" else "conv2"
        np.testing.assert_allclose(twice[name], 2 * once[name], rtol=1e-5, atol=1e-6)


def test_the_same_numbers_in_every_kind_and_with_or_without_a_relu_before() -> None:
    signed, rectified = setting("identity", "signed"), setting("identity")
    np.testing.assert_array_equal(np.maximum(signed.x, 0), rectified.x)
    np.testing.assert_array_equal(setting("projection").x, rectified.x)
    assert not np.array_equal(setting("identity", seed=1).x, rectified.x)
    for name in ("weights", "biases"):
        for one, other in zip(
            getattr(signed.block, name), getattr(rectified.block, name), strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_a_typed_cell_is_in_x() -> None:
    assert setting("identity", edits="1,2,3=-7").x[0, 1, 2] == -7
    with pytest.raises(InvalidInput):
        setting("identity", edits="1,2=-7")


def test_shapes_that_do_not_add_do_without_a_skip() -> None:
    with pytest.raises(InvalidInput, match="the body makes 2×2×2, the shortcut 1×4×4"):
        _ = setting("unprojected").y
    assert setting("unprojected").refusal is not None
    assert setting("unprojected", skip=False).refusal is None
    assert setting("projection").refusal is None
    assert setting("unprojected", skip=False).y.shape == (2, 2, 2)
    assert setting("projection").y.shape == (2, 2, 2)


@pytest.mark.parametrize("kind", [*KINDS, "unprojected"])
def test_the_formula_names_the_skip_only_where_there_is_one(kind) -> None:
    assert "x)" in formula(setting(kind, skip=False))
    assert "+" not in formula(setting(kind, skip=False))
    assert ("ReLU" in formula(setting(kind))) == (kind != "preactivated")
    assert {formula(setting(one)) for one in KINDS} == {FORMULAS[one][0] for one in KINDS}


@pytest.mark.parametrize("kind", ["one", "two"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_that_comes_in_gets_through_the_last_relu(kind, seed) -> None:
    made = setting("identity", seed=seed)
    dy = gradient(made, kind)
    assert dy.sum() == {"one": 1, "two": 2}[kind]
    assert made.y[dy > 0].min() >= np.sort(made.y, axis=None)[-2]
    grads = backward(made.block, made.run, dy)
    np.testing.assert_array_equal(grads[SKIP], dy * (made.run.maps["sum"] > 0))


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_last_scale_changes_what_it_is_said_to_and_nothing_else(kind, norm) -> None:
    one, two = setting(kind, norm=norm), setting(kind, norm=norm, last=50)
    arrays = {"W2": (one.block.weights[1], two.block.weights[1])}
    arrays["b2"] = (one.block.biases[1], two.block.biases[1])
    if norm:
        for at, name in enumerate(("γ2", "β2")):
            arrays[name] = (one.block.norms[1][at], two.block.norms[1][at])
    changed = {name for name, (a, b) in arrays.items() if not np.array_equal(a, b)}
    assert changed == set(one.scaled.split(", "))
