"""The readers that posd does not hold: there or not, and in whose hands."""

import os
import socket
from pathlib import Path

import pytest

from posd.config import parse
from posd.doctor import readers
from posd.doctor.account import Account
from posd.doctor.finding import Finding, Verdict
from posd.live import Trouble
from tests.unit.posd.doctor.store_machine import CONFIG, StoreMachine
from tests.unit.posd.snapshots import Shop, offline


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


def unheld(store: StoreMachine, url: str) -> list[Finding]:
    config = parse(CONFIG.replace("zvt+tcp://127.0.0.1:20007", url), Path("posd.toml"))
    account = Account("posd", os.geteuid(), frozenset())
    return list(readers.unheld(store.as_seen(), account, config))


def test_a_terminal_that_answers_on_the_network_is_told(store: StoreMachine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as terminal:
        port = terminal.getsockname()[1]
        (found,) = unheld(store, f"zvt+tcp://127.0.0.1:{port}")
    assert found.verdict is Verdict.OK
    assert found.told == f"front: answers at 127.0.0.1:{port}"


def test_a_terminal_that_does_not_answer_is_told_with_the_reason(store: StoreMachine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as terminal:
        port = terminal.getsockname()[1]
    (found,) = unheld(store, f"zvt+tcp://127.0.0.1:{port}")
    assert found.told == f"front: 127.0.0.1:{port}: Connection refused"
    assert found.fix == ("ping -c 3 127.0.0.1  # its power, its network cable",)


def test_a_usb_device_that_is_not_plugged_in_is_told(store: StoreMachine) -> None:
    url = "zvt+usb://fffe:fffe"
    (found,) = unheld(store, url)
    assert found.told == f"front: nothing is plugged in at {url}"
    assert found.fix == ("plug it in; what is there: posd readers discover",)


def test_a_port_that_posd_itself_has_is_not_taken(store: StoreMachine) -> None:
    tty = store.write("/dev/ttyACM0", "", 0o660)
    store.write("/proc/77/comm", "posd\n")
    folder = store.root / "proc/77/fd"
    folder.mkdir()
    (folder / "3").symlink_to(tty)
    (found,) = unheld(store, "zvt+serial:///dev/ttyACM0")
    assert (found.verdict, found.told) == (Verdict.OK, f"front: {tty} is there")


def test_a_reader_that_posd_has_quarantined_is_told_with_what_accepts_it() -> None:
    shop = Shop()
    front = shop.add_reader("front")
    shop.quarantine(front)
    shop.add_reader("back", offline(Trouble.ABSENT))
    quarantined, absent = readers.as_posd_says(shop.snapshot())
    assert quarantined.fix == (f"posd readers accept {front} --reason …",)
    assert (absent.verdict, absent.fix) == (Verdict.FIX, ())
