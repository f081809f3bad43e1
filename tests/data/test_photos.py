import numpy as np
import pytest

from cnnlab.data import photos
from cnnlab.data.photos import PHOTOS, photo
from cnnlab.message import InvalidInput

NAMES = [one.name for one in PHOTOS]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_picture_in_colour_layout(name: str) -> None:
    pixels = photo(name)
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    assert 300 <= max(pixels.shape) <= 480
    assert np.ptp(pixels) > 100


@pytest.mark.parametrize("name", NAMES)
def test_grey_ones_have_three_equal_channels(name: str) -> None:
    pixels = photo(name)
    grey = bool((pixels == pixels[:, :, :1]).all())
    assert grey == (name in {"camera", "brick"})


def test_shared_and_read_only() -> None:
    assert photo("coffee") is photo("coffee")
    with pytest.raises(ValueError, match="read-only"):
        photo("coffee")[0, 0, 0] = 1


def test_unknown_name() -> None:
    with pytest.raises(InvalidInput, match=r"called \.\./x; there are chelsea, coffee, "):
        photo("../x")


def test_files_and_licences_match_the_list() -> None:
    files = {one.file for one in PHOTOS}
    assert files == {path.name for path in photos.FOLDER.iterdir()}
    licences = photos.FOLDER.with_name("LICENSES.md").read_text("utf-8")
    for one in PHOTOS:
        line = next(line for line in licences.splitlines() if f"`{one.file}`" in line)
        author, licence = one.credit.split(", ")
        assert author in line
        assert licence in line
