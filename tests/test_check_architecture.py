"""The counts of an architecture beside PyTorch's agree where they should, and can disagree."""

from dataclasses import replace

import pytest
import torch

from cnnlab.check import architecture, shapes_and_parameters
from cnnlab.engine.architecture import Architecture, trace
from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.layers import AvgPool, Conv, Dense, Flatten, MaxPool, ReLU, Residual
from cnnlab.message import InvalidInput
from cnnlab.nets.build import on_meta

UNEVEN = Architecture(  # nothing that would hide an axis swapped with another
    "uneven",
    (4, 13, 17),
    (
        Conv(6, (3, 5), stride=(2, 1), padding=(0, 2), dilation=(2, 1), groups=2),
        ReLU(),
        Residual((Conv(8, 1, bias=False), ReLU()), (Conv(8, 1),)),
        MaxPool((2, 3), ceil_mode=True),
        AvgPool(2, 1, padding=1),
        *(Flatten(), Dense(5, bias=False), Dense(3)),
    ),
)


def test_every_number_is_there_and_agrees() -> None:
    counted, sizes, work = shapes_and_parameters(UNEVEN)
    assert [one.agrees for one in (counted, sizes, work)] == [True] * 3
    rows = trace(UNEVEN)
    assert counted.torch.tolist() == [row.parameters for row in rows if row.parameters]
    assert work.torch.tolist() == [row.multiply_adds for row in rows if row.multiply_adds]
    assert sizes.torch.shape == (len(rows), 3)
    assert sizes.torch[-1].tolist() == [3, 0, 0]
    assert [one.tolerance for one in (counted, sizes, work)] == [0.0] * 3


@pytest.mark.parametrize(
    ("field", "wrong"), [("parameters", 0), ("output", 1), ("multiply_adds", 2)]
)
def test_a_wrong_count_is_found_out(monkeypatch, field, wrong) -> None:
    def mistaken(network):
        first, *rest = trace(network)
        value = getattr(first, field)
        bad = (*value[:-1], value[-1] + 1) if field == "output" else value + 1
        return (replace(first, **{field: bad}), *rest)

    monkeypatch.setattr(architecture, "trace", mistaken)
    agrees = [one.agrees for one in shapes_and_parameters(UNEVEN)]
    assert agrees == [n != wrong for n in range(3)]


def test_an_input_that_does_not_fit_is_told() -> None:
    with pytest.raises(InvalidInput, match="layer 1"):
        shapes_and_parameters(Architecture("bad", (1, 3, 3), (Conv(1, 5),)))


def test_the_module_without_numbers_takes_no_memory_and_draws_nothing() -> None:
    before = torch.get_rng_state()
    model = on_meta(FAMOUS["vgg16"].network)
    assert {array.device.type for array in model.parameters()} == {"meta"}
    assert torch.equal(torch.get_rng_state(), before)
    assert model(torch.empty((2, 3, 224, 224), device="meta")).shape == (2, 1000)
    assert torch.get_default_device().type == "cpu"
