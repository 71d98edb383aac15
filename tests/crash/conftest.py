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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first: at the end every worker would wait for it."""
    items.sort(key=_timeout_s, reverse=True)


def _timeout_s(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    return float(limit.args[0]) if limit is not None else 0.0
