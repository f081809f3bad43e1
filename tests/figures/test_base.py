"""Numbers packed for Plotly, the ladder of ranges, and colours that are read on their ground."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.figures import base
from cnnlab.theme import contrast


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
def test_packed_numbers_are_read_back(dtype, shape, unpacked) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    assert np.array_equal(unpacked(base.numbers(values, dtype)), values)


def test_nan_survives_where_json_has_none(unpacked) -> None:
    assert np.array_equal(
        unpacked(base.numbers([1.0, np.nan, -np.inf])), [1, np.nan, -np.inf], equal_nan=True
    )


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_plotly_reads_the_packed_numbers() -> None:
    from plotly.graph_objects import Figure

    spec = {"type": "heatmap", "z": base.numbers(np.arange(6.0).reshape(2, 3))}
    assert Figure(data=[spec]).to_dict()["data"][0]["z"]["shape"] == "2, 3"


@given(st.floats(1e-6, 1e6), st.floats(0, 10))
def test_a_range_holds_its_value_and_is_not_much_larger(value: float, least: float) -> None:
    top = base.rounded_up(value, least)
    assert top >= max(least, value * (1 - 1e-6))
    assert top <= max(least, value * 1.34)


@given(st.lists(st.floats(0.5, 5), min_size=50, max_size=50))
def test_a_range_moves_in_few_steps(values: list[float]) -> None:
    assert len({base.rounded_up(value) for value in values}) <= 12


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0])
def test_what_is_no_size_has_the_least_range(value: float) -> None:
    assert base.rounded_up(value, 2.5) == 2.5


def test_ink_is_read_on_the_page(theme) -> None:
    made = base.layout(theme, 100, margin=(0, 0, 0, 0), axes={"xaxis": base.axis(theme, (0, 1))})
    assert contrast(made["font"]["color"], theme.background) >= 4.5
    assert contrast(made["xaxis"]["tickfont"]["color"], theme.background) >= 4.5
    assert contrast(made["hoverlabel"]["font"]["color"], made["hoverlabel"]["bgcolor"]) >= 4.5
