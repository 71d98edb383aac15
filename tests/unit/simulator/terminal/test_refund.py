"""Refund (06 31); bytes typed from zvt.md 14.9."""

import pytest

from posd_simulator.terminal.cardholder import PressStop, Tap
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.ledger import Book, Entry
from posd_simulator.terminal.settings import StorageRule
from tests.unit.simulator.terminal.till import GOOD, VISA, Till

REFUND_5_00 = "06 31 0D 00 00 00 04 00 00 00 00 05 00 49 09 78"


def registered(rule: StorageRule = StorageRule.OLD) -> Till:
    return Till(rule=rule, book=Book(receipt=16, trace=122, turnover=16)).registers()


def test_a_refund_asks_for_the_card_and_is_stored_as_one() -> None:
    till = registered()
    assert till.says(REFUND_5_00) == [GOOD]
    till.acts(Tap(VISA))
    (status,) = till.fires(Timer.STEP)
    assert status.startswith("04 0F 59 27 00 04 00 00 00 00 05 00 0B 00 01 23 0C 12 34 56 0D 11 23")
    assert till.says(GOOD) == ["06 0F 00"]
    last = till.book.last
    assert last is not None
    assert (last.kind, last.amount, last.receipt, last.original) == ("refund", 500, 17, 0)
    assert till.printed[0][-1] == "Refund approved"


def test_its_amount_decides_nothing_at_the_host_but_its_card_may() -> None:
    till = registered()
    assert till.runs("06 31 0A 00 00 00 04 00 00 00 00 12 05")[-1] == "06 0F 00"
    till.says(REFUND_5_00)
    till.acts(Tap(CARDS["refund_fails"]))
    (status,) = till.fires(Timer.STEP)
    assert "27 05 04 00 00 00 00 05 00" in status
    assert till.says(GOOD) == ["06 1E 01 05"]
    assert till.book.declined[0].kind == "refund"


def test_a_refund_that_is_stopped_books_nothing() -> None:
    till = registered()
    till.says(REFUND_5_00)
    assert till.acts(PressStop()) == ["04 0F 07 27 6C 29 12 34 56 78"]
    assert till.says(GOOD) == ["06 1E 01 6C"]
    assert till.kept == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("06 31 0D 00 00 01 04 00 00 00 00 05 00 49 09 78", ["84 37 00"]),
        ("06 31 03 00 00 00", ["84 9A 00"]),
        ("06 31 0D 00 00 00 04 00 00 00 00 05 00 49 07 56", [GOOD, "06 1E 03 6F 09 78"]),
        ("06 31 0A 00 00 00 04 00 00 00 00 00 00", [GOOD, "06 1E 01 C8"]),
    ],
)
def test_what_is_refused(command: str, answer: list[str]) -> None:
    assert registered().says(command) == answer


@pytest.mark.parametrize(
    ("rule", "kept"),
    [(StorageRule.OLD, [Entry.REVERSED]), (StorageRule.NEW, [Entry.STORED])],
)
def test_the_storage_rule_decides_when_the_till_is_gone(
    rule: StorageRule, kept: list[Entry]
) -> None:
    till = registered(rule)
    till.says(REFUND_5_00)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    till.lost()
    assert [line.entry for line in till.kept] == kept


@pytest.mark.parametrize("rule", list(StorageRule))
def test_a_till_that_refuses_it_takes_it_back(rule: StorageRule) -> None:
    till = registered(rule)
    till.says(REFUND_5_00)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    assert till.says("84 66 00") == ["04 0F 07 27 6C 29 12 34 56 78"]
    assert till.book.last is None
