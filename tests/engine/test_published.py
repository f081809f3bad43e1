"""Published errors: of networks that exist here, in the order in which they were beaten."""

import pytest

from cnnlab.engine.famous import FAMOUS
from cnnlab.engine.published import PUBLISHED


@pytest.mark.parametrize("protocol", PUBLISHED)
def test_every_error_is_of_a_variant_that_is_here(protocol) -> None:
    errors = PUBLISHED[protocol].errors
    images = [slug for slug, famous in FAMOUS.items() if famous.network.input[0] == 3]
    assert list(errors) == images
    for slug, error in errors.items():
        assert error.variant in FAMOUS[slug].variants
        assert error.top5 is None or error.top5 < error.top1 < 50
        assert error.accuracy == pytest.approx(100 - error.top1)
        assert str(error.source)


@pytest.mark.parametrize(
    ("protocol", "top1"),
    [
        ("papers", [40.7, 28.07, 27.88, 24.52, 22.85, 21.43]),
        ("torchvision", [43.478, 28.408, 30.242, 26.686, 23.87, 21.688]),
    ],
)
def test_the_errors_are_those_published(protocol, top1) -> None:
    assert [error.top1 for error in PUBLISHED[protocol].errors.values()] == top1
