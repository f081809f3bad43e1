"""unfold and fold against PyTorch, as adjoints of each other, and against a pencil."""

import numpy as np
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab.engine import fold, unfold


@st.composite
def geometries(draw):
    """A size and the windows that fit into it."""
    size = tuple(draw(st.permutations((2, 3, 5, 7, 11)))[:2])
    names = {"kernel_size": 1, "dilation": 1, "padding": 0, "stride": 1}
    windows = {
        name: draw(st.tuples(*[st.integers(low, low + 2)] * 2)) for name, low in names.items()
    }
    for axis in range(2):
        reach = windows["dilation"][axis] * (windows["kernel_size"][axis] - 1) + 1
        assume(reach <= size[axis] + 2 * windows["padding"][axis])
    return size, windows


@settings(deadline=None, max_examples=100)
@given(geometries(), st.sampled_from((np.float32, np.float64)), st.integers(0, 99))
def test_unfold_and_fold_are_pytorchs_and_each_others_backward(
    against_torch, geometry, dtype, seed
):
    size, windows = geometry
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, (2, 3, *size)).astype(dtype)
    against_torch(
        lambda x: unfold(x, **windows),
        lambda dy, _: (fold(dy, size, **windows),),
        lambda x: F.unfold(x, **windows),
        [x],
    )
    columns = rng.integers(-4, 5, unfold(x, **windows).shape).astype(dtype)
    against_torch(
        lambda columns: fold(columns, size, **windows),
        lambda dy, _: (unfold(dy, **windows),),
        lambda columns: F.fold(columns, size, **windows),
        [columns],
    )


def test_pencil_two_channels_one_row():
    """Two windows of 1×2 in each channel: their cells stand one under the other."""
    x = np.array([[[[1.0, 2, 3]], [[10, 20, 30]]]])
    np.testing.assert_array_equal(unfold(x, (1, 2)), [[[1, 2], [2, 3], [10, 20], [20, 30]]])


def test_pencil_the_cell_that_two_windows_read_receives_twice():
    columns = np.array([[[1.0, 2], [3, 4]]])
    np.testing.assert_array_equal(fold(columns, (1, 3), (1, 2)), [[[[1, 2 + 3, 4]]]])


def test_25_numbers_become_81():
    """Row 8 of the lesson: a 5×5 map under 3×3 windows, the centre is stored nine times."""
    columns = unfold(np.arange(25.0).reshape(1, 1, 5, 5), 3)
    assert columns.shape == (1, 9, 9)
    assert (columns == 12).sum() == 9


def test_unfold_copies_even_where_it_need_not():
    x = np.ones((1, 2, 3, 5))
    columns = unfold(x, 1)
    columns[:] = 7
    assert (x == 1).all()
