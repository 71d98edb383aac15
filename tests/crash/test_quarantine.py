"""A terminal that kills posd twice in a row is left alone; the other lane goes on (M18)."""

import json
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest

from posd.__main__ import carry_out
from posd.model.attempt import AttemptState
from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import READER, READER_PATH, READY_S, Store, eventually

AMOUNT = 1000
OTHER = "tmr_posd_lane-2"
OTHER_PATH = f"/v1/terminal/readers/{OTHER}"
QUIET_S = 60.0
STATUS_INFORMATION = 7
"""The message of a payment that reports its result, counted from the command."""
UNTOUCHED_S = 6.0
"""Longer than any pause before a device is opened again."""


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    with closing(Store(tmp_path / "store", nursery, wire=Wire.TCP)) as store:
        add_lane(store, nursery, tmp_path / "lane-2")
        yield store


def add_lane(store: Store, nursery: Nursery, folder: Path) -> None:
    """A second lane with a terminal of its own."""
    folder.mkdir()
    nursery.simulator(
        ["terminal", "--tcp", "127.0.0.1:0", "--tid", "87654321", "--tap-after", "0.05"], folder
    )
    said = folder / "posd-sim.out"
    assert eventually(lambda: said.exists() and said.read_text().endswith("\n"), READY_S)
    url = json.loads(said.read_text())["url"]
    lane = '[[lane]]\nname = "Lane 2"\nreader = "lane-2"\n'
    reader = f'[[reader]]\nname = "lane-2"\nurl = "{url}"\nsimulated = true\n'
    store.config.write_text(f"{store.config.read_text()}\n{reader}\n{lane}")


def killed_by(store: Store, amount: int) -> str:
    """A payment in the middle of which the terminal kills posd."""
    store.kill_at(STATUS_INFORMATION, "after")
    intent = store.create(amount)
    with suppress(httpx2.TransportError):
        store.process(intent)
    assert store.posd is not None
    assert store.posd.ended() == -signal.SIGKILL
    return intent


def paid_at_the_other(store: Store, amount: int) -> bool:
    """Whether the second lane takes a payment of that amount to its good end."""
    ready = eventually(lambda: store.till.get(OTHER_PATH).json()["status"] == "online", READY_S)
    intent = store.create(amount)
    asked = {"payment_intent": intent}
    store.till.post(f"{OTHER_PATH}/process_payment_intent", data=asked).raise_for_status()
    return ready and eventually(lambda: store.status(intent) == "succeeded", QUIET_S)


def accepted(store: Store) -> int:
    """The exit status of the operator's command."""
    socket = store.config.parent / "posd.sock"
    command = ["readers", "accept", READER, "--reason", "looked at it", "--socket", str(socket)]
    return carry_out(command)


@pytest.mark.timeout(300)
def test_two_kills_in_the_middle_of_a_payment_quarantine_the_reader_until_it_is_accepted(
    store: Store,
) -> None:
    store.open()
    store.pay(AMOUNT)
    killed_by(store, AMOUNT + 100)
    store.start()
    assert eventually(store.is_free, QUIET_S), "after one death it is asked, and goes on"
    lost = killed_by(store, AMOUNT + 200)

    since_ms = store.now_ms()
    store.start()
    assert paid_at_the_other(store, AMOUNT + 300)
    refused = store.process(store.create(AMOUNT + 400)).json()["error"]
    assert refused["code"] == "terminal_reader_offline"
    assert "quarantined" in refused["message"]
    assert store.till.get(READER_PATH).json()["status"] == "offline"
    assert not eventually(lambda: any(from_posd(store, since_ms)), UNTOUCHED_S)
    attempt = store.attempt(lost)
    assert attempt is not None
    assert attempt.state is AttemptState.UNKNOWN

    assert accepted(store) == 0
    assert eventually(store.is_free, QUIET_S), store.log()
    booked = store.booked(AMOUNT + 200)
    assert store.status(lost) == ("succeeded" if booked else "requires_payment_method")
    store.pay(AMOUNT + 500)
    assert accepted(store) == 1, "there is nothing to accept any more"


def from_posd(store: Store, since_ms: int) -> list[str]:
    """What the first lane's terminal heard since then."""
    return [line for line in store.messages(since_ms) if line.startswith("ECR")]
