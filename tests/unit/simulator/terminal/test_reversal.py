"""Reversal (06 30); bytes typed from zvt.md 14.9 and 8.1 (37 is the original's trace number)."""

import pytest

from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.habits import Habits
from posd_simulator.terminal.ledger import Book, Entry, Line
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, Till

REVERSE_12 = "06 30 06 00 00 00 87 00 12"
SALE = entry("sale", 12)


def sold(rule: StorageRule = StorageRule.OLD, book: Book | None = None) -> Till:
    return Till(rule=rule, book=stored(SALE) if book is None else book).registers()


def test_a_sale_is_taken_back_without_a_card() -> None:
    till = sold()
    assert till.says(REVERSE_12) == [GOOD]
    (status,) = till.fires(Timer.STEP)
    assert status == (
        "04 0F 5D 27 00 04 00 00 00 00 12 50 0B 00 01 13 37 00 01 12 0C 12 34 56 0D 11 23 "
        "0E 30 12 17 00 00 19 60 22 F0 F8 EE EE EE EE EE EE 42 42 29 12 34 56 78 "
        "3B 30 30 30 31 31 33 00 00 49 09 78 87 00 13 88 00 00 13 8A 0A "
        "2A 31 30 30 32 30 30 33 30 30 20 20 20 20 20 20 8B F0 F5 56 49 53 41 00"
    )
    assert till.says(GOOD) == ["06 0F 00"]
    last = till.book.last
    assert last is not None
    assert (last.kind, last.original, last.origin) == ("reversal", 112, "till")
    assert till.book.standing == ()


@pytest.mark.parametrize(
    ("book", "command", "code"),
    [
        (stored(SALE), "06 30 06 00 00 00 87 00 13", "B5"),
        (stored(SALE, entry("reversal", 13, original=112)), REVERSE_12, "B4"),
        (stored(SALE, entry("closing", 12)), REVERSE_12, "B5"),
        (stored(SALE), "06 30 0D 00 00 00 87 00 12 04 00 00 00 00 12 00", "B5"),
        (stored(entry("preauthorisation", 12)), REVERSE_12, "B5"),
    ],
    ids=["unknown receipt", "reversed already", "closed since", "another amount", "reserved only"],
)
def test_what_cannot_be_taken_back(book: Book, command: str, code: str) -> None:
    till = sold(book=book)
    assert till.says(command) == [GOOD, f"06 1E 01 {code}"]
    assert till.kept == []


def test_the_right_amount_may_be_named() -> None:
    till = sold()
    assert till.runs("06 30 0D 00 00 00 87 00 12 04 00 00 00 00 12 50")[-1] == "06 0F 00"


@pytest.mark.parametrize("command", ["06 30 03 00 00 00", "06 30 06 00 00 00 87 FF FF"])
def test_it_needs_a_receipt_number(command: str) -> None:
    assert sold().says(command) == ["84 9A 00"]


@pytest.mark.parametrize(
    ("rule", "kept", "stands"),
    [(StorageRule.OLD, [Entry.REVERSED], True), (StorageRule.NEW, [Entry.STORED], False)],
)
def test_a_lost_till_leaves_the_sale_or_not(
    rule: StorageRule, kept: list[Entry], *, stands: bool
) -> None:
    till = sold(rule)
    till.says(REVERSE_12)
    till.fires(Timer.STEP)
    till.lost()
    assert [line.entry for line in till.kept] == kept
    assert till.book.standing == ((SALE,) if stands else ())


@pytest.mark.parametrize("rule", list(StorageRule))
def test_a_reversal_that_the_till_refuses_leaves_the_sale(rule: StorageRule) -> None:
    till = sold(rule)
    till.says(REVERSE_12)
    till.fires(Timer.STEP)
    till.says("84 66 00")
    assert till.says(GOOD) == ["06 1E 01 6C"]
    till.says(GOOD)
    assert till.book.standing == (SALE,)
    assert till.runs(REVERSE_12)[-1] == "06 0F 00"


def test_some_take_back_the_last_one_only() -> None:
    habits = Habits(reverses_last_only=True)
    book = stored(SALE, entry("sale", 13))
    till = Till(book=book, settings=Settings(habits=habits)).registers()
    assert till.says(REVERSE_12) == [GOOD, "06 1E 01 B5"]
    till.says(GOOD)
    assert till.runs("06 30 06 00 00 00 87 00 13")[-1] == "06 0F 00"


def test_the_latest_of_two_with_the_same_number_is_meant() -> None:
    book = stored(entry("sale", 12, amount=100))
    wrapped = book.with_line(Line(Entry.STORED, entry("sale", 12, amount=200)))
    till = sold(book=wrapped)
    (status, _) = till.runs(REVERSE_12)
    assert "04 00 00 00 00 02 00" in status
