"""What happens to a terminal from outside any dialogue."""

import pytest

from posd_simulator.terminal.cardholder import PressStop, Tap
from posd_simulator.terminal.deeds import (
    ClockOff,
    ClosingByHand,
    Deed,
    Identity,
    Need,
    Reboot,
    RefundByHand,
    ReversalByHand,
    SaleByHand,
    Update,
)
from posd_simulator.terminal.events import Happens, Timer
from posd_simulator.terminal.ledger import Book, Entry
from posd_simulator.terminal.settings import StorageRule
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, PAY_12_50, REGISTER_PRINTING, VISA, Till


def happens(till: Till, deed: Deed) -> None:
    assert till.feed(Happens(deed)) == b""


def kinds(till: Till) -> list[tuple[str, int, str]]:
    return [(it.kind, it.amount, it.origin) for it in till.book.stored]


@pytest.mark.parametrize(
    ("deed", "kept"),
    [
        (SaleByHand(500), ("sale", 500, 0)),
        (RefundByHand(300), ("refund", 300, 0)),
        (ReversalByHand(12), ("reversal", 1250, 112)),
        (ReversalByHand(), ("reversal", 1250, 112)),
        (ClosingByHand(), ("closing", 1250, 0)),
    ],
)
def test_hands_book_with_the_next_numbers(deed: Deed, kept: tuple[str, int, int]) -> None:
    till = Till(book=stored(entry("sale", 12)))
    happens(till, deed)
    (line,) = till.kept
    booked = line.transaction
    assert (booked.kind, booked.amount, booked.original) == kept
    assert (line.entry, booked.origin, booked.trace) == (Entry.STORED, "hand", 113)
    assert booked.receipt == (12 if booked.kind == "closing" else 13)


@pytest.mark.parametrize("deed", [ReversalByHand(99), ReversalByHand()])
def test_what_cannot_be_reversed_by_hand_either(deed: Deed) -> None:
    till = Till()
    happens(till, deed)
    assert till.kept == []


def test_a_day_with_an_open_reservation_is_not_closed_by_hand() -> None:
    till = Till(book=stored(entry("preauthorisation", 12)))
    happens(till, ClosingByHand())
    assert till.kept == []


def test_a_closing_by_hand_cures_the_need_for_one() -> None:
    till = Till()
    happens(till, Need(0xF0))
    happens(till, ClosingByHand())
    assert till.pt.machine.status == 0


def test_hands_wait_until_the_terminal_is_idle() -> None:
    till = Till().registers()
    till.says(PAY_12_50)
    happens(till, SaleByHand(500))
    assert till.kept == []
    till.acts(PressStop())
    till.says(GOOD)
    till.says(GOOD)
    assert kinds(till) == [("sale", 500, "hand")]


def test_another_terminal_on_the_line_has_another_id_and_clock() -> None:
    till = Till()
    happens(till, Identity("87654321"))
    happens(till, ClockOff(-3600.0))
    till.registers()
    (status, _) = till.runs(PAY_12_50)
    assert "29 87 65 43 21" in status
    assert "0C 11 34 56 0D 11 23" in status


def test_a_need_is_told() -> None:
    till = Till()
    happens(till, Need(0xC2))
    assert till.says("05 01 00") == [GOOD, "06 0F 01 C2"]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [(StorageRule.OLD, [Entry.REVERSED]), (StorageRule.NEW, [Entry.STORED])],
)
def test_a_reboot_takes_back_what_is_not_final(rule: StorageRule, kept: list[Entry]) -> None:
    till = Till(rule=rule).registers()
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    happens(till, Reboot(60.0))
    assert [line.entry for line in till.kept] == kept
    assert (till.pt.busy, till.timers, till.restarts_s) == (False, {}, [60.0])
    assert till.pt.machine.registration.config == 0x86


@pytest.mark.parametrize("rule", list(StorageRule))
def test_a_reboot_while_the_host_is_asked_books_nothing(rule: StorageRule) -> None:
    till = Till(rule=rule).registers()
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    happens(till, Reboot(60.0))
    assert till.kept == []
    assert till.says(PAY_12_50) == [GOOD], "it knows of no sale before"


def test_a_reboot_leaves_nothing_of_a_command_that_waits_for_a_card() -> None:
    till = Till().registers(REGISTER_PRINTING)
    till.says(PAY_12_50)
    happens(till, Reboot(5.0))
    assert till.acts(Tap(VISA)) == []
    assert till.says(GOOD) == []


def test_an_update_waits_for_the_end_of_the_command_and_cures_the_need() -> None:
    till = Till(book=Book()).registers()
    till.says(PAY_12_50)
    happens(till, Need(0xC4))
    happens(till, Update(240.0))
    assert till.restarts_s == []
    till.acts(PressStop())
    till.says(GOOD)
    till.says(GOOD)
    assert till.restarts_s == [240.0]
    assert till.shown[-1] == "Software update"
    assert till.pt.machine.status == 0
