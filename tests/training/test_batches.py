"""What is refused because of its batches, and what a step needs of the data."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.data import mnist
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.layers import BatchNorm, Conv, Dense, Flatten, GlobalAvgPool
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput
from cnnlab.training import draws
from cnnlab.training.config import Config, checked
from cnnlab.training.data import Batches, Part, moved, pixel_order, prepared, shuffled

SINGLE = Architecture(  # batch norm over one number for each channel
    "single", (1, 28, 28), (Conv(2, 5), GlobalAvgPool(), BatchNorm(), Flatten(), Dense(10))
)
CONFIG = Config(images=230, validation=50, batch_size=40)


@pytest.mark.parametrize("images", [201, 100])
def test_batch_norm_needs_more_than_one_number(images: int) -> None:
    batch_size = 100 if images == 201 else 1
    config = Config(network=SINGLE, images=images, batch_size=batch_size)
    with pytest.raises(InvalidInput, match="no spread"):
        checked(config)
    checked(replace(config, images=202, batch_size=100))
    spread = Architecture("spread", (1, 28, 28), (Conv(2, 5), BatchNorm(), Flatten(), Dense(10)))
    checked(replace(config, network=spread))


def test_maps_that_do_not_fit_into_memory() -> None:
    wide = Architecture("wide", (1, 28, 28), (Conv(1, 1, padding=100), GlobalAvgPool(), Flatten()))
    wide = replace(wide, layers=(*wide.layers, Dense(10)))
    checked(Config(network=wide, batch_size=512))
    huge = Architecture("huge", (1, 28, 28), (Conv(1, 1, padding=4_000), *wide.layers[1:]))
    with pytest.raises(InvalidInput, match="smaller batches"):
        checked(Config(network=huge, batch_size=64))
    for network in NETWORKS.values():
        checked(Config(network=network, batch_size=1024))


def test_every_epoch_sees_every_image_once() -> None:
    data = prepared(CONFIG)
    numbered = Part(data.train.images, np.arange(230).astype(np.uint8))
    batches = Batches(CONFIG, numbered)
    seen = [batches.at(step)[1] for step in range(12)]
    assert [len(labels) for labels in seen] == [40, 40, 40, 40, 40, 30] * 2
    first, second = np.concatenate(seen[:6]), np.concatenate(seen[6:])
    assert sorted(first) == sorted(second) == list(range(230))
    assert (first != second).any()
    assert (first != np.arange(230)).any()


def test_any_step_can_be_the_first() -> None:
    config = replace(CONFIG, shift=2, shuffled=True)
    data = prepared(config)
    in_turn = Batches(config, data.train)
    made = [in_turn.at(step) for step in range(12)]
    for step in (0, 5, 11, 7):
        images, labels = Batches(config, data.train).at(step)
        assert (images == made[step][0]).all()
        assert (labels == made[step][1]).all()


def test_data_are_cut_and_shared() -> None:
    train, test = mnist.load("train"), mnist.load("test")
    data = prepared(CONFIG)
    assert (data.train.labels == train.labels[:230]).all()
    assert (data.validation.images == train.images[-50:]).all()
    assert len(data.test.labels) == 10_000
    assert np.shares_memory(data.train.images, train.images)
    assert np.shares_memory(data.validation.labels, train.labels)
    assert np.shares_memory(data.test.images, test.images)
    assert len(prepared(replace(CONFIG, validation=0)).validation.labels) == 0


def test_one_order_of_pixels_for_all() -> None:
    config = replace(CONFIG, shuffled=True)
    plain, mixed = prepared(CONFIG), prepared(config)
    order = draws.pixel_order(config.seed)
    assert sorted(order) == list(range(784))
    for before, after in (
        (plain.train, mixed.train),
        (plain.validation, mixed.validation),
        (plain.test, mixed.test),
    ):
        for n in (0, 49):
            assert (after.images[n].ravel() == before.images[n].ravel()[order]).all()
    assert pixel_order(CONFIG) is None
    assert (draws.pixel_order(1) != order).any()


@pytest.mark.parametrize("most", [1, 3])
def test_moves(most: int) -> None:
    images = np.random.default_rng(0).integers(1, 256, (60, 28, 28)).astype(np.uint8)
    moves = draws.moves(0, 0, 60, most)
    assert set(np.unique(moves)) == set(range(-most, most + 1))
    for before, after, (down, right) in zip(images, moved(images, moves, most), moves, strict=True):
        expected = np.zeros((28, 28), np.uint8)
        for row in range(28):
            for column in range(28):
                if 0 <= row - down < 28 and 0 <= column - right < 28:
                    expected[row, column] = before[row - down, column - right]
        assert (after == expected).all()


def test_a_shuffled_digit_is_moved_before_it_is_shuffled() -> None:
    plain, config = replace(CONFIG, shift=3), replace(CONFIG, shift=3, shuffled=True)
    moved_only, labels = Batches(plain, prepared(plain).train).at(3)
    both, same_labels = Batches(config, prepared(config).train).at(3)
    assert (both == shuffled(moved_only, draws.pixel_order(0))).all()
    assert (labels == same_labels).all()


def test_moves_differ_from_epoch_to_epoch() -> None:
    first, second = (draws.moves(0, epoch, 100, 2) for epoch in (0, 1))
    assert (first != second).any()
    assert (first == draws.moves(0, 0, 100, 2)).all()


def test_dropout_keeps_its_share_and_its_mean() -> None:
    kept = draws.kept(3, 7, 0, (200, 500), 0.3)
    assert kept.dtype == np.float32
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / 0.7)}
    assert (kept == 0).mean() == pytest.approx(0.3, abs=0.01)
    for other in ((4, 7, 0), (3, 8, 0), (3, 7, 1)):
        assert (draws.kept(*other, (200, 500), 0.3) != kept).mean() > 0.3
    assert (draws.kept(0, 0, 0, (9,), 0.0) == 1).all()
