"""For all tests: what a training writes to disk goes where the test run can forget it."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def runs_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        yield
