"""How posd ends, and what it leaves: exit statuses, signals in a payment, a doubt that stays."""

import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.model.attempt import AttemptState
from posd.model.facts import PersonNeeded
from posd_simulator.terminal.settings import Wire
from posd_simulator.terminal.station import UsbKind
from tests.crash.child import Nursery
from tests.crash.store import READER_PATH, Store, eventually

pytestmark = pytest.mark.timeout(180)  # a wait below that comes to nothing says more than a timeout

AMOUNT = 1000
TAP_AFTER_S = 1.5
QUIET_S = 60.0
STATUS_INFORMATION = 7
"""The message of a payment that reports its result, counted from the command."""


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    place = tmp_path / "store"
    with closing(Store(place, nursery, wire=Wire.TCP, tap_after_s=TAP_AFTER_S)) as store:
        yield store


def in_payment(store: Store, intent: str) -> None:
    """Hand the payment over; the card is asked for and not there yet."""
    store.process(intent, "till-payment").raise_for_status()


def second(store: Store, *changes: tuple[str, str]) -> Path:
    """Another configuration of the same store."""
    text = store.config.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    config = store.config.parent / "second" / "posd.toml"
    config.parent.mkdir()
    config.write_text(text)
    return config


def test_a_second_posd_leaves_the_state_directory_and_the_devices_alone(
    store: Store, nursery: Nursery
) -> None:
    store.open()
    with socket.create_server(("127.0.0.1", 0)) as device:
        device.settimeout(0)
        config = second(
            store,
            (store.device, f"127.0.0.1:{device.getsockname()[1]}"),
            (f"port = {store.port}", "port = 0"),
            ("posd.sock", "second/posd.sock"),
        )
        assert nursery.posd(config).ended() == 75
        with pytest.raises(BlockingIOError):
            device.accept()
    assert (
        f"another posd holds {store.config.parent / 'state'}"
        in config.with_name("posd.log").read_text()
    )
    store.pay(AMOUNT)


def test_a_port_in_use_is_said_and_is_not_the_end_of_the_other(
    store: Store, nursery: Nursery
) -> None:
    store.open()
    other_state = (f'"{store.config.parent}/state"', f'"{store.config.parent}/second/state"')
    config = second(store, other_state, ("posd.sock", "second/posd.sock"))
    assert nursery.posd(config).ended() == 69
    assert (
        f"127.0.0.1 port {store.port}: port {store.port} is in use"
        in config.with_name("posd.log").read_text()
    )
    store.pay(AMOUNT)


def test_a_wrong_configuration_names_file_key_found_and_expected(
    store: Store, nursery: Nursery
) -> None:
    config = second(store, ('currency = "eur"', 'currency = "euro"'))
    assert nursery.posd(config).ended() == 64
    log = config.with_name("posd.log").read_text()
    assert f"{config}: store.currency: found 'euro', expected one of " in log


def test_sigterm_lets_the_payment_at_the_reader_end(store: Store) -> None:
    posd = store.open()
    intent = store.create(AMOUNT)
    in_payment(store, intent)
    posd.send(signal.SIGTERM)
    assert store.process(store.create(AMOUNT + 100)).status_code == 400
    assert store.status(intent) != "succeeded"
    assert posd.ended() == 0
    assert [store.booked(AMOUNT), store.booked(AMOUNT + 100)] == [1, 0]
    attempt = store.attempt(intent)
    assert attempt is not None
    assert attempt.state is AttemptState.APPROVED


def test_sigint_ends_at_once_and_the_next_start_asks_the_terminal(store: Store) -> None:
    posd = store.open()
    store.pay(AMOUNT)
    intent = store.create(AMOUNT + 100)
    in_payment(store, intent)
    posd.send(signal.SIGINT)
    assert posd.ended() == 0
    attempt = store.attempt(intent)
    assert attempt is not None
    assert attempt.unproven, "it did not wait for the card"
    store.open()
    assert eventually(store.is_quiet, QUIET_S)
    paid = store.booked(AMOUNT + 100)
    assert store.status(intent) == ("succeeded" if paid else "requires_payment_method")


@pytest.mark.parametrize("wire", [Wire.SERIAL, UsbKind.CDC], ids=lambda wire: wire.value)
def test_an_adapter_that_is_unplugged_ends_no_posd(
    tmp_path: Path, nursery: Nursery, wire: Wire | UsbKind
) -> None:
    with closing(Store(tmp_path / "store", nursery, wire=wire)) as store:
        posd = store.open()
        store.unplug()
        assert eventually(lambda: not store.is_online(), QUIET_S)
        refused = store.process(store.create(AMOUNT)).json()["error"]
        assert refused["code"] == "terminal_reader_offline"
        store.plug()
        assert eventually(store.is_online, QUIET_S)
        store.pay(AMOUNT + 100)
        assert posd.running


def test_a_doubt_that_no_terminal_can_lift_goes_to_a_person_and_keeps_the_reader(
    store: Store,
) -> None:
    """The first payment of its life: ZVT has no word for "nothing stored", so no baseline (M5)."""
    store.open()
    store.kill_at(STATUS_INFORMATION, "after")
    intent = store.create(AMOUNT)
    in_payment(store, intent)
    assert store.posd is not None
    assert store.posd.ended() == -signal.SIGKILL
    store.start()
    attempt = store.attempt(intent)
    assert attempt is not None
    assert eventually(lambda: PersonNeeded in map(type, store.facts(attempt.id)), QUIET_S)
    assert store.status(intent) == "processing"
    assert store.till.get(READER_PATH).json()["action"]["status"] == "in_progress"
    refused = store.process(store.create(AMOUNT + 100))
    assert refused.json()["error"]["code"] == "terminal_reader_busy"
    assert refused.json()["error"]["payment_intent"]["id"] == intent
