"""posd behind the sockets that systemd holds: a restart refuses nobody, and no payment notices."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd_simulator.terminal.settings import Wire
from tests.crash.activated import Activated, call
from tests.crash.store import Store

pytestmark = pytest.mark.timeout(120)

AMOUNT = 1000
TAP_AFTER_S = 1.0
PAUSE_S = 0.3
"""How long no posd runs, at least: a caller of that time waits at the door."""


@pytest.fixture
def activated() -> Iterator[Activated]:
    with closing(Activated()) as activated:
        yield activated


@pytest.fixture
def store(tmp_path: Path, activated: Activated) -> Iterator[Store]:
    place = tmp_path / "store"
    with closing(Store(place, activated, wire=Wire.TCP, tap_after_s=TAP_AFTER_S)) as store:
        yield store


class Callers:
    """One at each door, who calls again and again and notes how he was answered."""

    def __init__(self, activated: Activated) -> None:
        self.told: list[bytes | OSError] = []
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_calling, args=(door,)) for door in activated.doors
        ]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _keep_calling(self, door: tuple[str, int] | str) -> None:
        while not self._enough.is_set():
            try:
                self.told.append(call(door))
            except OSError as error:
                self.told.append(error)


def test_a_restart_in_a_payment_refuses_nobody_and_loses_nothing(
    store: Store, activated: Activated
) -> None:
    activated.hold(store.port, store.config.with_name("posd.sock"))
    store.open()
    intent = store.create(AMOUNT)
    with Callers(activated) as callers:
        store.process(intent).raise_for_status()
        store.stop()
        time.sleep(PAUSE_S)
        store.open()
    assert set(callers.told) == {b"HTTP/1.1 200 OK\r\n"}
    assert store.status(intent) == "succeeded"
    assert store.booked(AMOUNT) == 1


def test_another_address_than_systemds_is_refused_and_both_are_named(
    store: Store, activated: Activated
) -> None:
    elsewhere = store.config.with_name("other.sock")
    activated.hold(store.port, elsewhere)
    assert activated.posd(store.config).ended() == 64
    assert (
        f"{store.config.with_name('posd.sock')}, but systemd listens on {elsewhere}" in store.log()
    )
    assert not (store.config.parent / "state").exists(), "it held no state and touched no device"
