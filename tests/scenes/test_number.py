"""Numbers as the stage writes them: short, with a true minus, rounded as JavaScript rounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.scenes.moment import number


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (7.0, "7"),
        (-3.0, "−3"),
        (9999.0, "9999"),
        (-10_000.0, "−10,000"),
        (999_999.0, "999,999"),
        (1e6, "1.0·10⁶"),
        (-2_345_678.0, "−2.3·10⁶"),
        (2_250_000.0, "2.3·10⁶"),  # half up, as toExponential
        (0.5, "0.5"),
        (0.25, "0.25"),
        (0.0625, "0.063"),  # 0.0625 is exact: half up
        (0.1875, "0.188"),
        (1.005, "1"),  # 1.005 is stored a little lower: 1.00, trimmed
        (1.125, "1.13"),
        (-1.125, "−1.13"),
        (99.996, "100"),
        (100.25, "100.3"),
        (1234.56, "1234.6"),
        (12345.67, "12,345.7"),
        (0.0005, "0.001"),
        (0.00049, "4.9·10⁻⁴"),
        (-0.00012, "−1.2·10⁻⁴"),
        (1e-10, "1.0·10⁻¹⁰"),
        (1e-300, "1.0·10⁻³⁰⁰"),
        (0.9999, "1"),
        (float("nan"), ""),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float(np.float32(0.1)), "0.1"),
    ],
)
def test_numbers_as_the_stage_writes_them(x, text):
    assert number(x) == text


@settings(deadline=None)
@given(st.floats(-1e9, 1e9))
def test_numbers_are_short_and_close(x):
    text = number(x)
    assert len(text) <= 11
    assert read(text) == pytest.approx(x, rel=0.06, abs=0.0005)


def read(text):
    """The number that was written."""
    plain = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789", ",")
    return float(text.replace("·10", "e").translate(plain))
