"""Payments on the bench, each a step further."""

import pytest

from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import GOOD, POSITIVE, begun


@pytest.fixture
def bench() -> Bench:
    """A payment that has begun."""
    return begun()


@pytest.fixture
def running(bench: Bench) -> Bench:
    """A payment that the terminal took."""
    bench.hear(GOOD)
    return bench


@pytest.fixture
def reported(running: Bench) -> Bench:
    """A payment whose positive status was accepted and acknowledged."""
    running.hear(POSITIVE)
    running.decide(accepted=True)
    assert running.take() == GOOD
    return running
