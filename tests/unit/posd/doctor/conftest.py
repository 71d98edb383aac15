"""What the tests of doctor and check share."""

import os
from collections.abc import Iterator

import pytest

NOBODY = 65_534


@pytest.fixture
def closed() -> Iterator[None]:
    """Whoever looks is not root: to root every folder is open."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)
