"""Processes that a whole run of tests shares: the nursery of daemons, and Stripe's stand-in."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.crash.child import Nursery
from tests.crash.store import Stripe


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with closing(Nursery()) as nursery:
        yield nursery


@pytest.fixture(scope="session")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stripe]:
    with closing(Stripe(tmp_path_factory.mktemp("cloud"))) as stripe:
        yield stripe
