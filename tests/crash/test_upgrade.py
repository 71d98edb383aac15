"""posd is told to stop in the middle of a payment, and the next one goes on where it was (F26)."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.model.attempt import AttemptState
from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import AUTHORISATION, Store, eventually

FIRST = 1000
STEP = 100
QUIET_S = 60.0


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    with closing(Store(tmp_path / "store", nursery, wire=Wire.TCP)) as store:
        store.open()
        store.pay(FIRST)
        assert eventually(lambda: not store.is_busy(), QUIET_S)
        yield store


@pytest.mark.timeout(240)
def test_a_stop_at_any_message_lets_the_payment_end_and_the_next_posd_sells(store: Store) -> None:
    lines = store.messages()
    first = next(at for at, line in enumerate(lines) if line.startswith(AUTHORISATION))
    for number in range(1, len(lines) - first + 1):
        amount = FIRST + STEP * number
        by = signal.SIGUSR1 if number % 3 == 0 else signal.SIGTERM
        store.kill_at(number, "after", by)
        intent = store.create(amount)
        store.process(intent).raise_for_status()
        assert store.posd is not None
        assert store.posd.ended() == 0, (number, by, store.log())
        assert store.knows(intent) is AttemptState.APPROVED, (number, by)
        store.open()
        assert store.status(intent) == "succeeded", (number, by)
        assert store.booked(amount) == 1, (number, by)
