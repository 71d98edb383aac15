"""End of day (06 50) and totals (06 10); bytes typed from zvt.md 14.11 and 8.1."""

import pytest

from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.habits import Habits, Repeats
from posd_simulator.terminal.ledger import Book, Entry
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, REGISTER_PRINTING, Till

TOTALS = "06 10 03 00 00 00"
CLOSE = "06 50 03 00 00 00"
NOTHING = "00 00 00 00 00 00 00"
DAY = stored(entry("sale", 1, 1250), entry("sale", 2, 300), entry("refund", 3, 200))
# Receipts 1 to 3; girocard, JCB, Mastercard, Amex none; three with Visa, 13.50; Diners, rest none.
SUMS = (
    "60 F0 F5 F3 00 01 00 03 "
    f"{NOTHING} {NOTHING} {NOTHING} {NOTHING} 03 00 00 00 00 13 50 {NOTHING} {NOTHING}"
)
CLOSED = f"04 0F 4D 27 00 04 00 00 00 00 13 50 0B 00 01 04 0C 12 34 56 0D 11 23 {SUMS}"


def selling(
    rule: StorageRule = StorageRule.OLD,
    book: Book = DAY,
    habits: Habits = Habits(),  # noqa: B008 (immutable)
) -> Till:
    return Till(rule=rule, book=book, settings=Settings(habits=habits)).registers()


def test_totals_are_told_and_close_nothing() -> None:
    till = selling()
    told = f"04 0F 49 27 00 04 00 00 00 00 13 50 0C 12 34 56 0D 11 23 {SUMS}"
    assert till.says(TOTALS) == [GOOD, told]
    assert till.says(GOOD) == ["06 0F 00"]
    assert (till.kept, till.book.period) == ([], DAY.stored)


def test_what_was_taken_back_does_not_count() -> None:
    till = selling(book=stored(entry("sale", 1), entry("reversal", 2, original=101)))
    (_, told) = till.says(TOTALS)
    assert "27 00 04 00 00 00 00 00 00 0C" in told
    assert f"00 01 00 02 {NOTHING}" in told


def test_a_period_that_lost_money_has_no_sign_to_say_so() -> None:
    (_, told) = selling(book=stored(entry("refund", 1))).says(TOTALS)
    assert "27 00 04 00 00 00 00 00 00 0C" in told


def test_a_day_is_closed_and_the_next_one_begins() -> None:
    till = selling()
    assert till.says(CLOSE) == [GOOD]
    assert till.fires(Timer.STEP) == [CLOSED]
    assert till.says(GOOD) == ["06 0F 00"]
    assert [(it.amount, it.trace) for it in till.book.closings] == [(1350, 104)]
    assert till.book.period == ()
    assert (till.book.next_receipt, till.book.next_trace) == (4, 105)
    till.says(GOOD)
    assert till.runs(CLOSE)[0].startswith("04 0F 4D 27 00 04 00 00 00 00 00 00 0B 00 01 05")


def test_its_receipt_goes_to_a_till_that_prints_administration() -> None:
    till = selling().registers(REGISTER_PRINTING)
    receipt = till.runs(CLOSE)[-2]
    assert receipt.startswith("06 D3")
    assert receipt.endswith("1F 07 01 03")
    assert till.printed == []


def test_a_terminal_that_prints_it_itself() -> None:
    till = selling()
    till.runs(CLOSE)
    assert till.printed[0][0] == "End of day"


@pytest.mark.parametrize(
    ("rule", "entry_", "left"),
    [(StorageRule.OLD, Entry.REVERSED, 3), (StorageRule.NEW, Entry.STORED, 0)],
)
def test_a_lost_till_leaves_the_period_open_or_not(
    rule: StorageRule, entry_: Entry, left: int
) -> None:
    till = selling(rule)
    till.says(CLOSE)
    till.fires(Timer.STEP)
    till.lost()
    assert [line.entry for line in till.kept] == [entry_]
    assert len(till.book.period) == left


def test_a_closing_that_the_till_refuses() -> None:
    old = selling(StorageRule.OLD)
    old.says(CLOSE)
    old.fires(Timer.STEP)
    old.says("84 66 00")
    assert old.says(GOOD) == ["06 1E 01 6C"]
    assert len(old.book.period) == 3
    new = selling(StorageRule.NEW)
    new.says(CLOSE)
    new.fires(Timer.STEP)
    assert new.says("84 66 00") == ["06 0F 00"], "what was submitted cannot be taken back"
    assert new.book.period == ()


def test_it_waits_for_reservations() -> None:
    till = selling(book=stored(entry("preauthorisation", 12)))
    assert till.says(CLOSE) == [GOOD, "06 1E 04 B8 87 00 12"]
    till.says(GOOD)
    till.runs("06 25 03 87 00 12")
    assert till.runs(CLOSE)[-1] == "06 0F 00"


@pytest.mark.parametrize("command", ["06 50 03 00 00 01", "06 10 03 99 99 99"])
def test_they_want_the_password(command: str) -> None:
    assert selling().says(command) == ["84 37 00"]


def test_some_refuse_to_close_an_empty_day() -> None:
    till = selling(book=Book(), habits=Habits(refuses_empty_closing=True))
    assert till.says(CLOSE) == [GOOD, "06 1E 01 77"]


@pytest.mark.parametrize(("result", "away_s"), [(0xE0, 240.0), (0xFC, 30.0)])
def test_some_go_away_once_they_have_closed(result: int, away_s: float) -> None:
    till = selling(habits=Habits(closing_result=result))
    assert till.runs(CLOSE)[-1] == f"06 0F 02 27 {result:02X}"
    assert till.restarts_s == [away_s]


def test_a_closing_that_nobody_heard_to_its_end_still_ends_as_promised() -> None:
    till = selling(habits=Habits(closing_result=0xE0))
    till.says(CLOSE)
    till.fires(Timer.STEP)
    till.says(GOOD)
    till.lost()
    assert till.restarts_s == [240.0]


@pytest.mark.parametrize(
    ("repeats", "told"),
    [
        (Repeats.LAST, "04 0F 59 27 00 04 00 00 00 00 02 00 0B 00 01 03"),
        (Repeats.PERIOD, "06 1E 01 66"),
        (Repeats.CLOSING, "04 0F 4D 27 00 04 00 00 00 00 13 50 0B 00 01 04"),
    ],
)
def test_what_is_repeated_after_a_closing(repeats: Repeats, told: str) -> None:
    till = selling(habits=Habits(repeats=repeats))
    till.runs(CLOSE)
    good, first = till.says("06 20 05 00 00 00 03 03")
    assert good == GOOD
    assert first.startswith(told)
