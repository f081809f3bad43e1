"""The nudge itself: exact where theory says so, float64 throughout, and careful with its input."""

import numpy as np
import pytest

from cnnlab.engine import numerical_gradient
from cnnlab.message import InvalidInput


def test_two_sided_differences_are_exact_for_parabolas():
    """(f(x+ε) − f(x−ε)) / 2ε has no second-order error: 3·2x at x = 2, −1, 0.5."""
    gradient = numerical_gradient(lambda x: (3 * x**2).sum(), np.array([2.0, -1.0, 0.5]), eps=0.5)
    np.testing.assert_allclose(gradient, [12, -6, 3], rtol=1e-12)


def test_every_entry_is_nudged_with_the_others_in_place():
    """A product of three: each derivative is the product of the other two."""
    gradient = numerical_gradient(np.prod, np.array([2.0, 3.0, 5.0]), eps=0.5)
    np.testing.assert_allclose(gradient, [15, 10, 6], rtol=1e-12)


def test_float32_input_is_nudged_in_float64():
    seen = []

    def f(x):
        seen.append(x.dtype)
        return np.sin(x).sum()

    gradient = numerical_gradient(f, np.array([[0.5, 1.0]], np.float32))
    assert gradient.dtype == np.float64
    assert set(seen) == {np.dtype(np.float64)}
    np.testing.assert_allclose(gradient, np.cos([[0.5, 1.0]]), rtol=1e-9)


def test_the_input_is_left_alone():
    x = np.array([1.0, 2.0])
    x.setflags(write=False)
    numerical_gradient(lambda x: x.sum(), x)
    np.testing.assert_array_equal(x, [1, 2])


def test_only_some_entries_cost_only_their_calls():
    calls = []
    x = np.arange(6.0).reshape(2, 3)

    def f(x):
        calls.append(1)
        return (x**2).sum()

    gradient = numerical_gradient(f, x, entries=[(0, 1), (1, 2)])
    assert len(calls) == 4
    np.testing.assert_allclose(gradient, [[np.nan, 2, np.nan], [np.nan, np.nan, 10]], rtol=1e-9)


def test_a_step_of_nothing_is_refused():
    with pytest.raises(InvalidInput, match="eps must be positive, but is 0"):
        numerical_gradient(lambda x: x.sum(), np.ones(2), eps=0)


def test_an_entry_that_is_not_there_is_refused():
    with pytest.raises(InvalidInput, match=r"entry \(0, 5\) .* shape \(2, 3\)"):
        numerical_gradient(lambda x: x.sum(), np.ones((2, 3)), entries=[(0, 5)])
