"""One posd for all tests of a worker: none of them leaves anything behind."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conformance.surface.doors import Surface
from tests.crash.child import Nursery


@pytest.fixture(scope="session")
def surface(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Surface]:
    with closing(Surface(tmp_path_factory.mktemp("surface"), nursery)) as surface:
        yield surface
