"""Reservations (06 22 to 06 25); bytes typed from zvt.md 14.10."""

import pytest

from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.ledger import Book, Entry
from posd_simulator.terminal.settings import StorageRule
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, REGISTER_PRINTING, Till

RESERVED = entry("preauthorisation", 231, 10000)
ENQUIRY = "06 23 03 87 FF FF"
BOOK_80_00 = "06 24 0A 87 02 31 04 00 00 00 00 80 00"


def reserving(rule: StorageRule = StorageRule.OLD, book: Book | None = None) -> Till:
    return Till(rule=rule, book=stored(RESERVED) if book is None else book).registers()


def kinds(till: Till) -> list[tuple[str, int, int]]:
    return [(it.kind, it.amount, it.original) for it in till.book.stored]


def test_a_reservation_is_told_and_prints_nothing() -> None:
    till = reserving(book=Book()).registers(REGISTER_PRINTING)
    told = till.runs("06 22 0A 04 00 00 00 01 00 00 49 09 78")
    status, completed = told[-2:]
    assert status.startswith("04 0F")
    assert "27 00 04 00 00 00 01 00 00" in status
    assert "87 00 01 88 00 00 01" in status
    assert completed == "06 0F 00"
    assert kinds(till) == [("preauthorisation", 10000, 0)]
    assert till.book.standing == (), "no money has moved"


def test_what_was_used_is_booked_and_ends_the_reservation() -> None:
    till = reserving()
    assert till.says(BOOK_80_00) == [GOOD]
    (status,) = till.fires(Timer.STEP)
    assert "27 00 04 00 00 00 00 80 00 0B 00 03 32 0C" in status, "37 is for what takes back"
    assert till.says(GOOD) == ["06 0F 00"]
    assert kinds(till)[1:] == [("booking", 8000, 331)]
    assert till.book.open_reservations == ()
    assert [it.amount for it in till.book.standing] == [8000]


def test_without_an_amount_all_of_it_is_booked() -> None:
    till = reserving()
    till.runs("06 24 03 87 02 31")
    assert kinds(till)[1:] == [("booking", 10000, 331)]


def test_a_partial_reversal_names_what_was_not_used() -> None:
    till = reserving()
    till.runs("06 23 0A 87 02 31 04 00 00 00 00 20 00")
    assert kinds(till)[1:] == [("booking", 8000, 331)]


def test_all_of_it_can_be_given_back() -> None:
    till = reserving()
    status, completed = till.runs("06 25 03 87 02 31")
    assert "37 00 03 31" in status
    assert completed == "06 0F 00"
    assert kinds(till)[1:] == [("release", 10000, 331)]
    assert till.book.open_reservations == ()
    assert till.book.standing == ()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("06 24 0A 87 02 31 04 00 00 00 01 00 01", [GOOD, "06 1E 01 B7"]),
        ("06 24 0A 87 02 31 04 00 00 00 00 00 00", [GOOD, "06 1E 01 B7"]),
        ("06 23 0A 87 02 31 04 00 00 00 01 00 00", [GOOD, "06 1E 01 B7"]),
        ("06 24 03 87 00 12", [GOOD, "06 1E 04 B8 87 02 31"]),
        ("06 24 03 87 FF FF", [GOOD, "06 1E 04 B8 87 02 31"]),
        ("06 25 03 87 00 12", [GOOD, "06 1E 04 B8 87 02 31"]),
        ("06 24 07 04 00 00 00 00 80 00", ["84 9A 00"]),
        ("06 24 06 87 02 31 49 07 56", [GOOD, "06 1E 03 6F 09 78"]),
    ],
    ids=[
        "too much",
        "nothing",
        "all unused",
        "unknown",
        "none named",
        "unknown too",
        "no receipt",
        "francs",
    ],
)
def test_what_is_refused(command: str, answer: list[str]) -> None:
    till = reserving()
    assert till.says(command) == answer
    assert till.kept == []


def test_what_is_open_is_told_by_an_abort() -> None:
    assert reserving(book=Book()).says(ENQUIRY) == [GOOD, "06 1E 04 B8 87 FF FF"]
    assert reserving().says(ENQUIRY) == [GOOD, "06 1E 04 B8 87 02 31"]


def test_more_than_one_are_listed_where_containers_are_allowed() -> None:
    book = stored(entry("preauthorisation", 123), entry("preauthorisation", 4567))
    till = reserving(book=book)
    assert till.says(ENQUIRY) == [GOOD, "06 1E 04 B8 87 01 23"]
    till.says(GOOD)
    till.registers(REGISTER_PRINTING)
    listed = "06 1E 0D B8 06 0A 23 08 08 02 01 23 08 02 45 67"
    assert till.says(ENQUIRY) == [GOOD, listed]


@pytest.mark.parametrize(
    ("rule", "entries", "still_open"),
    [(StorageRule.OLD, [Entry.REVERSED], True), (StorageRule.NEW, [Entry.STORED], False)],
)
@pytest.mark.parametrize("command", [BOOK_80_00, "06 25 03 87 02 31"])
def test_a_lost_till_leaves_it_open_or_not(
    command: str, rule: StorageRule, entries: list[Entry], *, still_open: bool
) -> None:
    till = reserving(rule)
    till.says(command)
    till.fires(Timer.STEP)
    till.lost()
    assert [line.entry for line in till.kept] == entries
    assert bool(till.book.open_reservations) == still_open
