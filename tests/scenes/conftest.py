"""What the scene tests share."""

import json

import pytest

from cnnlab.scenes.encode import decode, encode


@pytest.fixture(scope="session")
def travel():
    """A scene as it arrives: through real JSON text, so that what is sent is what is tested."""
    return lambda scene: decode(json.loads(json.dumps(encode(scene), allow_nan=False)))
