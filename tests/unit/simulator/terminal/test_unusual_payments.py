"""Payments that do not go as asked for; bytes typed from zvt.md 8.1 and 13."""

import pytest

from posd_simulator.terminal.cardholder import Tap
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.faults import (
    Busy,
    Counted,
    EmptyAbort,
    FallSilent,
    Offline,
    OtherTransaction,
    PartialApproval,
    Sign,
    Tip,
    UnknownStatus,
)
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, PAY_12_50, REGISTER_PRINTING, VISA, Till

REPEAT_STATUS = "06 20 05 00 00 00 03 03"
TIPPING = Settings(tips=True)
CONTAINERS = "06 00 08 00 00 00 10 09 78 06 00"
"""Registration that permits containers and lets the terminal print."""


def paid(fault: Counted | None, command: str = PAY_12_50, settings: Settings = TIPPING) -> str:
    till = Till(settings=settings).registers(CONTAINERS)
    if fault is not None:
        till.faults.arm(fault)
    return till.runs(command)[-2]


def test_a_partial_approval_tells_what_was_approved() -> None:
    assert "27 00 04 00 00 00 00 10 00" in paid(PartialApproval(1000))


def test_a_tip_is_in_the_amount_and_told() -> None:
    status = paid(Tip(150))
    assert "27 00 04 00 00 00 00 14 00" in status
    assert "1F 36 06 00 00 00 00 01 50" in status


def test_a_refund_has_no_tip() -> None:
    status = paid(Tip(150), "06 31 0A 00 00 00 04 00 00 00 00 05 00")
    assert "27 00 04 00 00 00 00 05 00" in status
    assert "1F 36" not in status


def test_the_tills_own_tip_is_told_and_not_added() -> None:
    # The amount contains the tip of 2.50 already (zvt.md 6.3).
    command = "06 01 12 04 00 00 00 00 12 50 06 09 1F 36 06 00 00 00 00 02 50"
    status = paid(None, command)
    assert "27 00 04 00 00 00 00 12 50" in status
    assert "1F 36 06 00 00 00 00 02 50" in status


def test_where_tips_are_not_enabled_the_sum_is_charged_and_none_is_told() -> None:
    command = "06 01 12 04 00 00 00 00 12 50 06 09 1F 36 06 00 00 00 00 02 50"
    status = paid(Tip(150), command, Settings())
    assert "27 00 04 00 00 00 00 12 50" in status
    assert "1F 36" not in status


def test_without_the_host_it_is_approved_offline() -> None:
    status = paid(Offline())
    assert "19 40" in status
    assert "1F 11 01 00" in status


def test_a_signature_is_asked_for_on_the_receipt() -> None:
    till = Till().registers(REGISTER_PRINTING)
    till.faults.arm(Sign())
    *_, status, merchant, _customer, completed = till.runs(PAY_12_50)
    assert "1F 10 01 01" in status
    assert merchant.endswith("1F 07 01 01 1F 37 01 03")
    assert completed == "06 0F 00"


def test_messages_may_be_odd() -> None:
    till = Till().registers(REGISTER_PRINTING)
    till.faults.arm(UnknownStatus())
    assert till.says(PAY_12_50) == [GOOD, "04 FF 01 7F"]
    till.faults.arm(EmptyAbort())
    till.says("06 B0 00")
    assert till.says(GOOD) == ["04 0F 07 27 6C 29 12 34 56 78"]
    assert till.says(GOOD) == ["06 1E 00"]


@pytest.mark.parametrize("rule", list(StorageRule))
def test_it_approves_and_falls_silent(rule: StorageRule) -> None:
    till = Till(rule=rule).registers()
    till.faults.arm(FallSilent(900.0))
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    assert till.hushed_s == [900.0]
    assert bool(till.book.stored) == (rule is StorageRule.NEW)


def test_a_busy_terminal_takes_no_command_and_says_so() -> None:
    till = Till().registers()
    till.faults.arm(Busy(2))
    assert till.says(PAY_12_50) == ["84 9C 00"]
    assert till.says("05 01 00") == [GOOD, "06 0F 01 9C"]
    till.says(GOOD)
    assert till.says("05 01 00") == [GOOD, "06 0F 01 00"]


def test_an_enquiry_may_be_answered_about_another_transaction() -> None:
    till = Till(book=stored(entry("sale", 1, 100), entry("sale", 2, 200)))
    till.faults.arm(OtherTransaction())
    (status, _) = till.runs(REPEAT_STATUS)
    assert "27 00 04 00 00 00 00 01 00 0B 00 01 01" in status
    (status, _) = till.runs(REPEAT_STATUS)
    assert "27 00 04 00 00 00 00 02 00 0B 00 01 02" in status


def test_a_decline_may_give_a_receipt() -> None:
    till = Till(settings=Settings(prints_declines=True)).registers(REGISTER_PRINTING)
    *_, status, receipt, aborted = till.runs("06 01 07 04 00 00 00 00 12 05")
    assert "27 05" in status
    assert receipt.startswith("06 D3")
    assert receipt.endswith("1F 07 01 02 1F 37 01 04")
    assert aborted == "06 1E 01 05"
