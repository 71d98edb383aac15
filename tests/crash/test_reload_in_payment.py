"""SIGHUP in a payment: its reader stays as it was, and the payment comes to its end."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import READER_PATH, Store, eventually

pytestmark = pytest.mark.timeout(120)

AMOUNT = 1000
RELOADED_S = 20.0


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    place = tmp_path / "store"
    with closing(Store(place, nursery, wire=Wire.TCP, tap_after_s=1.5)) as store:
        store.open()
        yield store


def label(store: Store) -> str:
    told: str = store.till.get(READER_PATH).raise_for_status().json()["label"]
    return told


def reload(store: Store, times: int) -> None:
    """Return once the log says that it was done so often."""
    assert store.posd is not None
    store.posd.send(signal.SIGHUP)
    done = "configuration taken over"
    assert eventually(lambda: store.log().count(done) == times, RELOADED_S), store.log()


def test_a_reader_with_a_payment_in_hand_stays_as_it_was(store: Store) -> None:
    intent = store.create(AMOUNT)
    store.process(intent).raise_for_status()
    text = store.config.read_text()
    store.config.write_text(text.replace("simulated = true", 'simulated = true\nlabel = "Window"'))
    reload(store, 1)
    assert "stays as it was, reload again name=lane-1" in store.log()
    assert label(store) == "lane-1"
    assert eventually(lambda: store.status(intent) == "succeeded", RELOADED_S)
    reload(store, 2)
    assert label(store) == "Window"
    assert eventually(store.is_online, RELOADED_S)
    store.pay(AMOUNT + 100)
    assert [store.booked(AMOUNT), store.booked(AMOUNT + 100)] == [1, 1]
