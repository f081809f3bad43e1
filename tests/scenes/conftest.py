"""What the scene tests share."""

import json

import numpy as np
import pytest

from cnnlab.scenes.encode import decode, encode
from cnnlab.scenes.replay import finished


@pytest.fixture(scope="session")
def travel():
    """A scene as it arrives: through real JSON text, so that what is sent is what is tested."""
    return lambda scene: decode(json.loads(json.dumps(encode(scene), allow_nan=False)))


@pytest.fixture(scope="session")
def agree(travel):
    """The replay from given values alone is what is expected, also of what was sent as float32."""

    def compare(scene, expected):
        values = finished(scene)
        arrived = finished(travel(scene))
        for grid, wanted in expected.items():
            assert values[grid].shape == wanted.shape
            np.testing.assert_allclose(values[grid], wanted, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(arrived[grid], wanted, rtol=1e-4, atol=1e-4)
        for grid in scene.grids:
            assert not np.isnan(values[grid.id]).any(), f"{grid.id} has cells that nothing computes"
            if grid.values is not None:
                np.testing.assert_allclose(values[grid.id], grid.values, rtol=1e-12, atol=1e-12)

    return compare
