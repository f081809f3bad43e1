"""Every scene, replayed, is PyTorch's answer: for drawn settings, before and after its journey."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.replay import at, counts
from cnnlab.scenes.video import convolution3d


@dataclass(frozen=True)
class Case:
    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    dy: np.ndarray
    y: np.ndarray  # PyTorch's, with bias, and its gradients
    dx: np.ndarray
    dweight: np.ndarray
    dbias: np.ndarray
    options: dict


def torch_case(x, weight, bias, options, rng):
    inputs = [torch.tensor(a, requires_grad=True) for a in (x[None], weight, bias)]
    y = F.conv2d(*inputs, **options)
    dy = rng.normal(size=y.shape[1:])
    y.backward(torch.tensor(dy[None]))
    grads = [t.grad.numpy() for t in inputs]
    return Case(x, weight, bias, dy, y.detach().numpy()[0], grads[0][0], *grads[1:], options)


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def cases(draw):
    groups, depth, each = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    height, width = draw(st.permutations([2, 3, 5, 7]))[:2]
    kernel, stride = draw(pairs), draw(pairs)
    padding = tuple(p - 1 for p in draw(pairs))
    dilation = tuple(min(d, 2) for d in draw(pairs))
    fits = [
        n + 2 * p > d * (k - 1)
        for n, p, d, k in zip((height, width), padding, dilation, kernel, strict=True)
    ]
    assume(all(fits))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.normal(size=(groups * depth, height, width))
    weight = rng.normal(size=(groups * each, depth, *kernel))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return torch_case(x, weight, rng.normal(size=groups * each), options, rng)


# A loaded machine must not fail a test.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def sampled(test):
    return settings(**PATIENT, max_examples=40)(given(case=cases())(test))


@sampled
def test_convolution_is_pytorchs(agree, case):
    agree(convolution(case.x, case.weight, case.bias, **case.options), {"output": case.y})


@sampled
def test_convolution_without_bias(agree, case):
    scene = convolution(case.x, case.weight, **case.options)
    agree(scene, {"output": case.y - case.bias[:, None, None]})


@sampled
def test_im2col_makes_the_maps_of_each_group(agree, case):
    groups = case.options["groups"]
    for group, maps in enumerate(np.split(case.y, groups)):
        scene = im2col(case.x, case.weight, case.bias, group=group, **case.options)
        columns = F.unfold(
            torch.tensor(np.split(case.x, groups)[group])[None],
            case.weight.shape[2:],
            case.options["dilation"],
            case.options["padding"],
            case.options["stride"],
        )
        agree(scene, {"output": maps, "rows": columns[0].T.numpy()})


@sampled
def test_scattering_makes_all_three_gradients(agree, case):
    scene = backward_scatter(case.x, case.weight, case.dy, **case.options)
    expected = {"dx": case.dx, "dw": case.dweight, "db": case.dbias[:, None, None]}
    agree(scene, expected)
    scene = backward_scatter(case.x, case.weight, case.dy, bias=False, **case.options)
    agree(scene, {"dx": case.dx, "dw": case.dweight})
    assert "db" not in {grid.id for grid in scene.grids}


@sampled
def test_gathering_makes_the_same_dx(agree, case):
    agree(backward_gather(case.x, case.weight, case.dy, **case.options), {"dx": case.dx})


@sampled
def test_halfway_a_scatter_holds_the_gradients_of_the_cells_handed_on(case):
    """The partial sums are the gradients of a dY whose later cells are still 0."""
    scene = backward_scatter(case.x, case.weight, case.dy, **case.options)
    step = scene.steps // 2
    inputs = [torch.tensor(a, requires_grad=True) for a in (case.x[None], case.weight)]
    dy = case.dy.copy()
    dy.reshape(-1)[step:] = 0
    F.conv2d(*inputs, **case.options).backward(torch.tensor(dy[None]))
    values = at(scene, step, 0).values
    np.testing.assert_allclose(values["dx"], inputs[0].grad.numpy()[0], atol=1e-12)
    np.testing.assert_allclose(values["dw"], inputs[1].grad.numpy(), atol=1e-12)


@sampled
def test_unread_rows_and_columns_have_no_gradient_and_all_others_have(case):
    scene = convolution(case.x, case.weight, **case.options)
    grid, (rows, columns) = scene.grid("input"), case.options["padding"]
    padded = torch.zeros(1, *grid.shape, dtype=torch.float64, requires_grad=True)
    options = case.options | {"padding": 0}
    F.conv2d(padded, torch.ones(case.weight.shape, dtype=torch.float64), **options).sum().backward()
    reads = padded.grad.numpy()[0, 0]
    assert grid.unread_rows == tuple(np.flatnonzero(reads.sum(1) == 0))
    assert grid.unread_columns == tuple(np.flatnonzero(reads.sum(0) == 0))
    assert grid.padding == (rows, columns, rows, columns)


@pytest.mark.parametrize("kind", ["dense", "local", "shared"])
@settings(**PATIENT, max_examples=15)
@given(case=cases())
def test_connections(agree, kind, case):
    options = {key: case.options[key] for key in ("stride", "padding", "dilation")}
    x, weight = case.x[:1], case.weight[:1, :1]
    scene = connections(x, weight, kind, np.random.default_rng(5), **options)
    columns = F.unfold(torch.tensor(x)[None], weight.shape[2:], **options).numpy()[0]
    own = scene.grid("weight").values
    units = columns.shape[1]
    expected = {
        "dense": lambda: own.reshape(units, -1) @ x.reshape(-1),
        "local": lambda: np.einsum("lk,kl->l", own.reshape(units, -1), columns),
        "shared": lambda: weight.reshape(-1) @ columns,
    }[kind]()
    agree(scene, {"output": expected.reshape(scene.grid("output").shape)})
    reads = {"dense": x.size, "local": columns.shape[0], "shared": columns.shape[0]}[kind]
    assert counts(scene, 0) == [reads]
    assert own.size == reads * (1 if kind == "shared" else units)


def test_a_dense_layer_reads_no_padding():
    scene = connections(
        np.ones((1, 3, 5)), np.ones((1, 1, 3, 3)), "dense", np.random.default_rng(0), padding=(1, 2)
    )
    assert scene.grid("input").unread_rows == (0, 4)
    assert scene.grid("input").unread_columns == (0, 1, 7, 8)


@settings(**PATIENT, max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    channels=st.integers(1, 2),
    filters=st.integers(1, 2),
    kernel=st.tuples(*[st.integers(1, 3)] * 3),
    stride=st.tuples(*[st.integers(1, 2)] * 3),
    padding=st.tuples(*[st.integers(0, 1)] * 3),
    dilation=st.tuples(*[st.integers(1, 2)] * 3),
    biased=st.booleans(),
)
def test_video(agree, seed, channels, filters, kernel, biased, **options):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(channels, 3, 5, 4))
    for n, p, d, k in zip(
        x.shape[1:], options["padding"], options["dilation"], kernel, strict=True
    ):
        assume(n + 2 * p > d * (k - 1))
    weight = rng.normal(size=(filters, channels, *kernel))
    bias = rng.normal(size=filters) if biased else None
    tensors = [None if a is None else torch.tensor(a) for a in (weight, bias)]
    y = F.conv3d(torch.tensor(x)[None], *tensors, **options)[0].numpy()
    scene = convolution3d(x, weight, bias, **options)
    agree(scene, {"output": y})
    assert len(scene.grid("input").planes) == channels * (3 + 2 * options["padding"][0])
    assert len(scene.phases[0].parts) == channels * kernel[0] + biased
