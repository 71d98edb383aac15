"""Processes that a whole run of tests shares: the nursery of daemons, and Stripe's stand-in."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from tests.crash.child import Nursery
from tests.crash.store import Stripe
from tests.crash.torture import attaches

MATRIX: Final = "test_no_death_loses_or_doubles_a_payment"


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with closing(Nursery()) as nursery:
        yield nursery


@pytest.fixture(scope="session")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stripe]:
    with closing(Stripe(tmp_path_factory.mktemp("cloud"))) as stripe:
        yield stripe


@pytest.fixture(scope="session")
def strace() -> None:
    """For tests that need it."""
    if not attaches():
        pytest.skip("strace is not installed (make deps), or may not attach to a process here")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The matrix begins, then what may take longest: at the end every worker would wait for it.

    A worker takes two tests to begin with: the matrix has the one beside it that is over first.
    """
    if any(item.name == MATRIX for item in items):
        items.sort(key=lambda item: (item.name != MATRIX, -_timeout_s(item)))
        items.insert(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), items.pop())


def _timeout_s(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    return float(limit.args[0]) if limit is not None else 0.0
