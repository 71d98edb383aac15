"""Which terminal is meant, and when it must be left alone."""

import asyncio
import os
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.certify.place import Found, Wanted, find, held, may_be_one
from posd.config import parse
from posd.daemon import JOURNAL_FILE
from posd.errors import AlreadyRunning, ConfigError, PosdError
from posd.journal.lock import StateDirectory
from posd.local_client import NoPermission
from posd_drivers.catalogue import Prints, ReaderSettings
from tests.unit.posd.journal.scenario import Facts, intent, open_journal, reader, started

FRONT = "zvt+tcp://10.0.0.7:20007"
FILE = """\
mode = "test"
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
currency = "eur"
state_dir = "{state}"
[[reader]]
name = "front"
url = "zvt+tcp://10.0.0.7:20007"
currency = "chf"
password = "314159"
receipts = "terminal"
simulated = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posd.toml"
    path.write_text(FILE.format(state=tmp_path / "state"))
    return path


def wanted(reader_: str, file: Path | None, currency: str | None = None) -> Wanted:
    return Wanted(reader_, file, currency, password=None)


@pytest.mark.parametrize("name", ["front", "tmr_posd_front", FRONT])
def test_a_reader_of_the_file_is_spoken_to_as_the_file_says(file: Path, name: str) -> None:
    found = find(wanted(name, file, "eur"), {})
    assert found.url == FRONT
    assert found.settings == ReaderSettings("chf", "314159", Prints.TERMINAL)


def test_a_password_that_is_typed_takes_the_place_of_the_files_and_of_the_credential(
    file: Path,
) -> None:
    assert find(Wanted("front", file, None, "271828"), {}).settings.password == "271828"
    file.write_text(file.read_text().replace('password = "314159"', 'password_credential = "pin"'))
    assert find(Wanted("front", file, None, "271828"), {}).settings.password == "271828"
    with pytest.raises(ConfigError, match="pin"):
        find(wanted("front", file), {})
    with pytest.raises(ConfigError, match="6 digits"):
        find(Wanted("front", file, None, "1234"), {})


def test_another_url_takes_the_stores_currency_and_its_receipts_come_to_the_till(
    file: Path,
) -> None:
    found = find(wanted("zvt+tcp://10.0.0.8", file), {})
    assert (found.settings.currency, found.settings.receipts) == ("eur", Prints.TILL)
    assert find(wanted("zvt+tcp://10.0.0.8", file, "chf"), {}).settings.currency == "chf"


@pytest.mark.parametrize(
    ("reader_", "currency", "told"),
    [
        ("back", None, r"back: no \[\[reader\]\] of that name"),
        ("ftp://x", "eur", "expected zvt"),
        ("zvt+tcp://", "eur", "host"),
        ("zvt+tcp://10.0.0.8", "EUR", "lower-case"),
    ],
)
def test_what_cannot_be_meant_is_told(
    file: Path, reader_: str, currency: str | None, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        find(wanted(reader_, file, currency), {})


def test_without_a_file_a_url_needs_its_currency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posd.certify.place.DEFAULT_PATH", tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="--currency"):
        find(wanted(FRONT, None), {})
    assert find(wanted(FRONT, None, "eur"), {}).config is None


def found_in(folder: Path, url: str = FRONT) -> Found:
    config = parse(FILE.format(state=folder), Path("posd.toml"))
    return Found(url, ReaderSettings("chf"), config)


def refused(found: Found, *, moves_money: bool = True) -> PosdError | None:
    """Why the terminal must be left alone, or None."""
    try:
        with held(found, moves_money=moves_money):
            return None
    except PosdError as error:
        return error


def test_not_while_posd_runs(tmp_path: Path) -> None:
    with StateDirectory(tmp_path):
        assert isinstance(refused(found_in(tmp_path), moves_money=False), AlreadyRunning)
    assert refused(found_in(tmp_path)) is None


def test_posd_cannot_start_meanwhile(tmp_path: Path) -> None:
    with held(found_in(tmp_path), moves_money=False), pytest.raises(AlreadyRunning):
        StateDirectory(tmp_path)


def test_not_as_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert isinstance(refused(found_in(tmp_path)), NoPermission)


def test_where_posd_never_ran_nothing_is_made(tmp_path: Path) -> None:
    assert refused(found_in(tmp_path / "state")) is None
    assert not (tmp_path / "state").exists()
    assert refused(Found(FRONT, ReaderSettings("eur"), None)) is None


def test_no_money_moves_where_a_payment_is_unproven(tmp_path: Path) -> None:
    async def unproven() -> None:
        with closing(open_journal(tmp_path)) as journal:
            await journal.commit(Facts((reader(), intent(), started())))

    asyncio.run(unproven())
    (tmp_path / "journal.sqlite").rename(tmp_path / JOURNAL_FILE)
    told = refused(found_in(tmp_path))
    assert isinstance(told, ConfigError)
    assert "is unproven" in str(told)
    assert refused(found_in(tmp_path), moves_money=False) is None
    assert refused(found_in(tmp_path, "zvt+tcp://10.0.0.8")) is None


def test_the_place_counts_and_not_how_it_is_written(tmp_path: Path) -> None:
    registered = replace(reader(), address="zvt+serial:///dev/posd/1?baud=115200")

    async def unproven() -> None:
        with closing(open_journal(tmp_path)) as journal:
            await journal.commit(Facts((registered, intent(), started())))

    asyncio.run(unproven())
    (tmp_path / "journal.sqlite").rename(tmp_path / JOURNAL_FILE)
    alias = tmp_path / "alias"
    alias.symlink_to("/dev/posd/1")
    for same in ("/dev/posd/1", "/dev/posd/1?format=8N2", alias):
        assert isinstance(refused(found_in(tmp_path, f"zvt+serial://{same}")), ConfigError)
    assert refused(found_in(tmp_path, "zvt+serial:///dev/posd/2")) is None


@pytest.mark.parametrize(
    ("url", "other", "may_be"),
    [
        ("zvt+usb://0b00:0081/A", "zvt+usb://0B00:0081/A?baud=115200", True),
        ("zvt+usb://0b00:0081/A", "zvt+usb://0b00:0081/B", False),
        ("zvt+usb://0b00:0081/A", "zvt+usb://0b00:0080/A", False),
        ("zvt+usb://0b00:0081/A", "zvt+usb://0b00:0081", True),
        ("zvt+usb://0b00:0081/A", "zvt+usb://0b00:0081/@1-2", True),
        ("zvt+usb://0b00:0081/@1-1", "zvt+usb://0b00:0081/@1-2", False),
        ("zvt+usb://0b00:0081/A", "zvt+serial:///dev/ttyACM0", True),
        ("zvt+usb://0b00:0081/A", "zvt+tcp://10.0.0.7", False),
        ("zvt+serial:///dev/ttyACM0", "zvt+tcp://10.0.0.7", False),
    ],
)
def test_what_may_be_one_terminal_on_usb_counts_as_one(url: str, other: str, may_be: bool) -> None:  # noqa: FBT001
    assert may_be_one(url, other) is may_be
    assert may_be_one(other, url) is may_be
