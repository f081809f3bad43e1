"""The history grows without changing what it has said; the pace counts time spent on steps."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.training.config import Config
from cnnlab.training.events import Batch
from cnnlab.training.history import WINDOW, History, Pace, images_after


def grown(steps: int) -> History:
    history = History()
    for step in range(1, steps + 1):
        history.append(Batch(step, 2 / step, step / (steps + 1), 0.1 * step))
    return history


@pytest.mark.parametrize("steps", [0, 1, 255, 256, 257, 1025])
def test_it_says_exactly_what_it_was_told(steps: int) -> None:
    table = grown(steps).table()
    numbers = np.arange(1, steps + 1)
    np.testing.assert_array_equal(table.steps, numbers)
    np.testing.assert_array_equal(table.losses, 2 / numbers)
    np.testing.assert_array_equal(table.accuracies, numbers / (steps + 1))
    np.testing.assert_array_equal(table.learning_rates, 0.1 * numbers)


def test_a_table_stays_as_it_was() -> None:
    history = grown(300)
    before = history.table()
    copy = before.losses.copy()
    for step in range(301, 2000):
        history.append(Batch(step, -1.0, 0.0, 0.0))
    np.testing.assert_array_equal(before.losses, copy)
    assert len(history) == 1999
    with pytest.raises(ValueError, match="read-only"):
        before.losses[0] = 1


@given(st.integers(0, 700), st.integers(-1, 800))
def test_it_can_be_cut(steps: int, until: int) -> None:
    history = grown(steps)
    shorter = history.until(until)
    assert len(shorter) == max(0, min(steps, until))
    assert len(history) == steps
    shorter.append(Batch(len(shorter) + 1, 9.0, 0.5, 0.5))
    assert shorter.table().losses[-1] == 9.0
    np.testing.assert_array_equal(
        shorter.table().losses[:-1], history.table().losses[: len(shorter) - 1]
    )


def test_readers_never_see_half_a_step() -> None:
    history, torn, done = History(), [], threading.Event()

    def read() -> None:
        while not done.is_set():
            table = history.table()
            lengths = {len(column) for column in vars(table).values()}
            if len(lengths) != 1 or not np.array_equal(table.steps, table.losses):
                torn.append(lengths)

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(1, 20_000):
        history.append(Batch(step, float(step), 0.0, 0.0))
    done.set()
    reader.join()
    assert not torn


@pytest.mark.parametrize(
    ("step", "images"), [(0, 0), (1, 100), (2, 200), (3, 250), (4, 350), (6, 500), (7, 600)]
)
def test_the_last_batch_of_an_epoch_is_smaller(step: int, images: int) -> None:
    assert images_after(Config(images=250, batch_size=100), step) == images


def test_speed_is_that_of_the_last_seconds() -> None:
    config = Config(images=60_000, validation=0, batch_size=100)  # 600 steps
    pace = Pace(config)
    assert pace.images_per_second() is None
    assert pace.seconds_left(0) is None
    for step in range(1, 101):
        pace.step(step, 1.0)
    assert pace.images_per_second() == pytest.approx(100)
    for step in range(101, 201):
        pace.step(step, 0.1)
    assert pace.images_per_second() == pytest.approx(1000)
    assert pace.seconds_left(200) == pytest.approx(40)
    assert len(pace._marks) <= WINDOW / 0.1 + 3


def test_a_run_taken_up_again_starts_its_speed_anew() -> None:
    pace = Pace(Config(images=1000, batch_size=100, epochs=2))
    pace.step(15, 0.5)
    assert pace.images_per_second() == pytest.approx(200)
    assert pace.seconds_left(15) == pytest.approx(2.5)
    pace.step(16, 0.0)
    assert pace.seconds_left(20) == 0


def test_no_time_is_no_speed() -> None:
    pace = Pace(Config())
    pace.step(1, 0.0)
    assert pace.images_per_second() is None
