import gzip
import hashlib
import threading
from pathlib import Path

import numpy as np
import pytest

from cnnlab.data import mnist
from cnnlab.message import InvalidInput

IMAGES, LABELS = mnist.FILES["test"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder for the digits, empty."""
    monkeypatch.setenv(mnist.FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


def copy_plain(folder: Path, name: str) -> None:
    (folder / name).write_bytes(gzip.decompress((mnist.OWN_FOLDER / f"{name}.gz").read_bytes()))


def copy_packed(folder: Path, name: str) -> None:
    (folder / f"{name}.gz").write_bytes((mnist.OWN_FOLDER / f"{name}.gz").read_bytes())


def test_the_test_split() -> None:
    test = mnist.load("test")
    assert test.images.shape == (10_000, 28, 28)
    assert test.images.dtype == test.labels.dtype == np.uint8
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]


def test_the_training_split() -> None:
    train = mnist.load("train")
    assert train.images.shape == (60_000, 28, 28)
    assert train.labels.shape == (60_000,)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    counts = np.bincount(train.images.ravel(), minlength=256) / train.images.size
    values = np.arange(256) / 255
    mean = counts @ values
    assert mean == pytest.approx(0.13066, abs=5e-6)
    assert np.sqrt(counts @ (values - mean) ** 2) == pytest.approx(0.30811, abs=5e-6)


def test_a_digit_stands_upright_with_ink_255_on_paper_0() -> None:
    seven = mnist.load("test").images[0]
    assert seven.max() >= 250
    assert seven[0].max() == seven[:, 0].max() == 0
    assert seven[8, 7:21].min() > 100  # the bar of the 7 is at the top, not at the left
    assert seven[20:26, 3:9].max() == 0


def test_everybody_gets_the_same_arrays_and_nobody_can_write() -> None:
    test = mnist.load("test")
    assert mnist.load("test") is test
    for array in (test.images, test.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_each_file_is_hashed_once_however_many_ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (IMAGES, LABELS):
        copy_packed(folder, name)
    hashed: list[int] = []
    true_sha256 = hashlib.sha256

    def counting(data: bytes) -> object:
        hashed.append(len(data))
        return true_sha256(data)

    monkeypatch.setattr(hashlib, "sha256", counting)
    visitors = [threading.Thread(target=mnist.load, args=["test"]) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert hashed == [7_840_016, 10_008]


def test_the_test_split_does_not_touch_the_training_files(folder: Path) -> None:
    for name in (IMAGES, LABELS):
        copy_packed(folder, name)
    assert len(mnist.load("test").labels) == 10_000
    with pytest.raises(InvalidInput, match="train-images-idx3-ubyte is missing"):
        mnist.load("train")


def test_another_folder_plain_or_packed(folder: Path) -> None:
    copy_plain(folder, IMAGES)
    copy_packed(folder, LABELS)
    assert mnist.load("test").labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_a_missing_file_is_a_sentence(folder: Path) -> None:
    copy_packed(folder, IMAGES)
    with pytest.raises(InvalidInput) as caught:
        mnist.load("test")
    assert caught.value.message.fields == {
        "file": LABELS,
        "folder": str(folder),
        "variable": "CNNLAB_MNIST_DIR",
    }
    copy_packed(folder, LABELS)  # and putting it there is enough: the failure is not remembered
    assert len(mnist.load("test").labels) == 10_000


def test_one_changed_bit_is_noticed(folder: Path) -> None:
    copy_plain(folder, IMAGES)
    copy_plain(folder, LABELS)
    data = bytearray((folder / IMAGES).read_bytes())
    data[4_000_000] ^= 1
    (folder / IMAGES).write_bytes(data)
    with pytest.raises(InvalidInput, match=f"{IMAGES} in .* SHA-256 differs"):
        mnist.load("test")


@pytest.mark.parametrize("spoil", ["cut", "not gzip", "garbled", "empty", "a folder"])
def test_a_broken_archive_is_a_sentence(folder: Path, spoil: str) -> None:
    copy_packed(folder, LABELS)
    path = folder / f"{IMAGES}.gz"
    if spoil == "a folder":
        path.mkdir()
    else:
        data = (mnist.OWN_FOLDER / f"{IMAGES}.gz").read_bytes()
        path.write_bytes(
            {
                "cut": data[:1000],
                "not gzip": b"<html>404</html>",
                "garbled": data[:1000] + bytes(1000) + data[2000:],
                "empty": b"",
            }[spoil]
        )
    with pytest.raises(InvalidInput, match=IMAGES) as caught:
        mnist.load("test")
    assert "replace it with the original" in str(caught.value)
