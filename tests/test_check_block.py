"""The checks of a residual block and of gradient flow: they agree, and see what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnlab.check import block_gradients, block_maps, gradient_flow
from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine import residual
from cnnlab.message import InvalidInput
from cnnlab.ui.resnet.setting import Setting, setting

KINDS = ("identity", "projection", "preactivated")


@st.composite
def any_setting(draw) -> Setting:
    """Whatever the controls may say."""
    return setting(
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(["rectified", "signed"])),
        norm=draw(st.booleans()),
        skip=draw(st.booleans()),
        last=draw(st.integers(0, 40)) * 5,
        before=draw(st.integers(1, 30)) * 10,
        seed=draw(st.integers(0, 9999)),
        edits=draw(st.sampled_from(["", "0,0,0=0.1", "0,1,2=-7;0,3,3=1000"])),
    )


@given(any_setting())
@settings(deadline=None, max_examples=40)
def test_every_map_and_gradient_agrees_in_every_setting(asked: Setting) -> None:
    dy = np.random.default_rng(0).standard_normal(asked.y.shape)
    for check in (*block_maps(asked.block, asked.x), *block_gradients(asked.block, asked.x, dy)):
        assert check.agrees, check.name


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_compared(kind, norm) -> None:
    asked = setting(kind, norm=norm)
    made = residual.run(asked.block, asked.x)
    maps = {check.name: check for check in block_maps(asked.block, asked.x)}
    assert list(maps) == list(made.maps)
    for name, array in made.maps.items():
        assert maps[name].engine == pytest.approx(array, abs=1e-5)
    dy = np.ones_like(asked.y)
    gradients = {check.name for check in block_gradients(asked.block, asked.x, dy)}
    lanes = {"x by the body", "x by the shortcut"}
    assert gradients == set(residual.backward(asked.block, made, dy)) - lanes


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_other_side_is_what_a_module_of_pytorch_makes(kind, norm) -> None:
    """An ordinary residual block, written without the list of steps."""
    asked = setting(kind, "signed", norm=norm, seed=3)
    block, f = asked.block, len(asked.block.weights[0])
    convs = [nn.Conv2d(1, f, 3, block.stride, 1), nn.Conv2d(f, f, 3, padding=1)]
    channels = (1, f) if block.preactivated else (f, f)
    norms = [nn.BatchNorm2d(n) if norm else nn.Identity() for n in channels]
    with torch.no_grad():
        for n in (0, 1):
            convs[n].weight.copy_(torch.tensor(block.weights[n]))
            convs[n].bias.copy_(torch.tensor(block.biases[n]))
            if norm:
                norms[n].weight.copy_(torch.tensor(block.norms[n][0]))
                norms[n].bias.copy_(torch.tensor(block.norms[n][1]))
    x = torch.tensor(asked.x[None], requires_grad=True)
    if block.preactivated:
        z = convs[1](torch.relu(norms[1](convs[0](torch.relu(norms[0](x))))))
        y = z + x
    else:
        z = norms[1](convs[1](torch.relu(norms[0](convs[0](x)))))
        way = x
        if kind == "projection":
            way = nn.functional.conv2d(x, torch.tensor(block.projection), stride=2)
        y = torch.relu(z + way)
    dy = torch.arange(1.0, y.numel() + 1).reshape(y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    theirs = {c.name: c.torch for c in block_maps(block, asked.x)}
    assert theirs["y"] == pytest.approx(y.detach()[0].numpy(), abs=1e-4)
    theirs = {c.name: c.torch for c in block_gradients(block, asked.x, dy[0].numpy())}
    assert theirs["x"] == pytest.approx(dx[0].numpy(), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda grads: grads | {"shortcut": grads["shortcut"] / 2},  # split, not copied
        lambda grads: grads | {"x": grads["x by the body"]},  # one lane forgotten
        lambda grads: grads | {"weight1": grads["weight1"][..., ::-1]},
    ],
)
def test_a_wrong_gradient_is_seen(wrong, monkeypatch) -> None:
    asked = setting("identity")
    right = residual.backward
    monkeypatch.setattr("cnnlab.check.block.backward", lambda *given: wrong(right(*given)))
    dy = np.ones_like(asked.y)
    assert not all(check.agrees for check in block_gradients(asked.block, asked.x, dy))


def test_a_wrong_map_is_seen(monkeypatch) -> None:
    asked = setting("identity", norm=True)
    right = residual.run

    def without(block, x):
        return right(replace(block, skip=False), x)

    monkeypatch.setattr(
        "cnnlab.check.block.run",
        lambda block, x: residual.Run({**right(block, x).maps, "y": without(block, x).y}, ()),
    )
    checks = {check.name: check.agrees for check in block_maps(asked.block, asked.x)}
    assert not checks.pop("y")
    assert all(checks.values())


def test_shapes_that_do_not_add_are_refused() -> None:
    asked = setting("unprojected")
    with pytest.raises(InvalidInput):
        block_maps(asked.block, asked.x)


@pytest.mark.parametrize("normalised", [True, False])
def test_gradient_flow_agrees_and_a_wrong_one_is_seen(normalised, monkeypatch) -> None:
    digits = mnist.load("train")
    x, labels = standardised(digits.images[:6]), digits.labels[:6]
    checks = gradient_flow(12, normalised, 1, x, labels, "he")
    assert [(check.name, check.engine.shape) for check in checks] == [
        ("plain", (12,)),
        ("residual", (12,)),
    ]
    assert all(check.agrees for check in checks)
    assert all(check.torch.min() > 0 for check in checks)
    monkeypatch.setattr(
        "cnnlab.engine.backprop._relu_backward", lambda dy, x: dy * (x > 0.1).astype(dy.dtype)
    )
    assert not all(check.agrees for check in gradient_flow(12, normalised, 1, x, labels, "he"))
