"""A sale as the terminal plays it, over TCP; bytes typed from zvt.md 14 ([A] 2.2)."""

import pytest

from posd_simulator.terminal.cardholder import EnterPin, Insert, PressStop, Tap
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.faults import CardTold, DelayAnswer, Surcharge, UnknownBmp
from posd_simulator.terminal.ledger import Book, Entry
from posd_simulator.terminal.settings import StorageRule
from tests.unit.simulator.terminal.till import (
    GOOD,
    PAY_12_50,
    REGISTER_PRINTING,
    REGISTER_SILENT,
    REGISTERED,
    VISA,
    Till,
)

STATUS_12_50 = (
    "04 0F 59 27 00 04 00 00 00 00 12 50 0B 00 01 23 0C 12 34 56 0D 11 23 0E 30 12 17 00 00 19 60 "
    "22 F0 F8 EE EE EE EE EE EE 42 42 29 12 34 56 78 3B 30 30 30 31 32 33 00 00 49 09 78 "
    "87 00 17 88 00 00 17 8A 0A "
    "2A 31 30 30 32 30 30 33 30 30 20 20 20 20 20 20 8B F0 F5 56 49 53 41 00"
)
COMPLETED = "06 0F 00"
ABORTED_STATUS = "04 0F 07 27 6C 29 12 34 56 78"
ABORTED = "06 1E 01 6C"
OPEN_BOOK = Book(receipt=16, trace=122, turnover=16)
BOTH_RULES = pytest.mark.parametrize("rule", list(StorageRule))


def registered(register: str = REGISTER_SILENT, rule: StorageRule = StorageRule.OLD) -> Till:
    till = Till(rule=rule, book=OPEN_BOOK)
    till.says(register)
    till.says(GOOD)
    return till


def at_host(rule: StorageRule = StorageRule.OLD) -> Till:
    """Card tapped, host asked."""
    till = registered(rule=rule)
    assert till.says(PAY_12_50) == [GOOD]
    assert till.acts(Tap(VISA)) == []
    return till


def reported(rule: StorageRule = StorageRule.OLD) -> Till:
    """04 0F is out and unanswered."""
    till = at_host(rule)
    till.fires(Timer.STEP)
    return till


def test_an_approved_sale_byte_by_byte() -> None:
    till = at_host()
    (status,) = till.fires(Timer.STEP)
    assert status == STATUS_12_50
    assert till.says(GOOD) == [COMPLETED]
    assert till.says(GOOD) == []
    assert not till.pt.busy
    assert till.book.last is not None
    assert (till.book.last.receipt, till.book.last.amount) == (17, 1250)


def test_intermediate_status_comes_only_where_registration_asked_for_it() -> None:
    till = registered(REGISTER_PRINTING)
    assert till.says(PAY_12_50) == [GOOD, "04 FF 02 0A 01"]
    assert till.says(GOOD) == []
    assert till.acts(Tap(VISA)) == ["04 FF 01 04"]
    assert till.says(GOOD) == []
    (status,) = till.fires(Timer.STEP)
    assert status.startswith("04 0F")
    # The container: contactless without verification, and the application (zvt.md 13).
    assert "2F 0C 1F 10 01 00 1F 11 01 01 1F 12 01 02" in status
    assert "43 07 A0 00 00 00 03 10 10" in status


def test_receipts_go_to_the_till_as_text_blocks_before_completion() -> None:
    till = registered(REGISTER_PRINTING)
    till.says(PAY_12_50)
    till.says(GOOD)
    till.acts(Tap(VISA))
    till.says(GOOD)
    till.fires(Timer.STEP)
    (merchant,) = till.says(GOOD)
    assert merchant.startswith("06 D3")
    assert merchant.endswith("09 01 81 1F 07 01 01")
    (customer,) = till.says(GOOD)
    assert customer.endswith("09 01 81 1F 07 01 02")
    assert till.says(GOOD) == [COMPLETED]
    assert till.printed == []


def test_receipts_are_lines_where_text_blocks_were_not_listed() -> None:
    till = registered("06 00 06 00 00 00 BE 09 78")
    till.says(PAY_12_50)
    till.says(GOOD)
    till.acts(Tap(VISA))
    till.says(GOOD)
    (message,) = till.fires(Timer.STEP)
    lines = []
    while message != COMPLETED:
        (message,) = till.says(GOOD)
        lines.append(message)
    assert lines[0] == "06 D1 11 00 4D 65 72 63 68 61 6E 74 20 72 65 63 65 69 70 74"
    assert lines.count("06 D1 01 81") == 2


def test_the_terminal_prints_where_the_till_does_not() -> None:
    till = reported()
    till.says(GOOD)
    assert [receipt[0] for receipt in till.printed] == ["Merchant receipt", "Customer receipt"]
    assert all(len(line) <= 24 for receipt in till.printed for line in receipt)


@pytest.mark.parametrize(
    ("amount", "code"),
    [("00 00 00 00 12 05", "05"), ("00 00 00 00 12 55", "37"), ("00 00 00 00 12 75", "4B")],
)
def test_a_decline_is_told_and_ends_with_the_host_code(amount: str, code: str) -> None:
    till = registered()
    till.says(f"06 01 07 04 {amount}")
    till.acts(Tap(VISA))
    (status,) = till.fires(Timer.STEP)
    assert f"27 {code} 04 {amount} 0B 00 01 23" in status
    assert till.says(GOOD) == [f"06 1E 01 {code}"]
    assert till.says(GOOD) == []
    assert (till.book.last, till.book.next_receipt, till.book.next_trace) == (None, 17, 124)


def test_a_refused_card_declines_any_amount() -> None:
    till = registered()
    till.says(PAY_12_50)
    till.acts(Tap(CARDS["insufficient_funds"]))
    till.fires(Timer.STEP)
    assert till.says(GOOD) == ["06 1E 01 33"]


def test_the_host_wants_a_pin_for_amounts_that_end_in_02() -> None:
    till = registered()
    till.says("06 01 07 04 00 00 00 00 12 02")
    assert till.acts(Tap(VISA)) == []
    assert till.fires(Timer.STEP) == []
    assert till.acts(EnterPin(right=True)) == []
    (status,) = till.fires(Timer.STEP)
    assert "27 00 04 00 00 00 00 12 02" in status
    assert "19 70" in status


def test_a_wrong_pin_is_asked_for_again() -> None:
    till = registered(REGISTER_PRINTING)
    till.says(PAY_12_50)
    till.says(GOOD)
    assert till.acts(Insert(VISA)) == ["04 FF 01 01"]
    till.says(GOOD)
    assert till.acts(EnterPin(right=False)) == ["04 FF 01 15"]
    till.says(GOOD)
    assert till.acts(EnterPin(right=True)) == ["04 FF 01 04"]


def test_the_stop_key_at_the_pin_prompt() -> None:
    till = registered()
    till.says(PAY_12_50)
    till.acts(Insert(VISA))
    assert till.acts(PressStop()) == [ABORTED_STATUS]


def test_a_host_that_wants_a_pin_and_gets_none_books_nothing() -> None:
    till = registered()
    till.says("06 01 07 04 00 00 00 00 12 02")
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    assert till.says("06 B0 00") == ["84 83 00"], "the host was asked already"
    assert till.fires(Timer.STEP) == [ABORTED_STATUS]
    assert till.kept == []


def test_the_stop_key_ends_with_6c_twice() -> None:
    till = registered()
    till.says(PAY_12_50)
    assert till.acts(PressStop()) == [ABORTED_STATUS]
    assert till.says(GOOD) == [ABORTED]
    assert till.says(GOOD) == []
    assert till.kept == []


def test_nobody_comes() -> None:
    till = registered()
    till.says(PAY_12_50)
    assert till.timers[Timer.STEP] == 30.0
    assert till.fires(Timer.STEP) == [ABORTED_STATUS]
    assert till.says(GOOD) == [ABORTED]


def test_the_tills_abort_is_heard_and_the_sale_ends_in_its_own_way() -> None:
    till = registered()
    till.says(PAY_12_50)
    assert till.says("06 B0 00") == [GOOD, ABORTED_STATUS]
    assert till.says(GOOD) == [ABORTED]


def test_an_abort_that_crosses_an_intermediate_status() -> None:
    till = registered(REGISTER_PRINTING)
    assert till.says(PAY_12_50) == [GOOD, "04 FF 02 0A 01"]
    assert till.says("06 B0 00") == [GOOD]
    assert till.says(GOOD) == [ABORTED_STATUS]
    assert till.says(GOOD) == [ABORTED]


def test_an_abort_after_the_card_comes_too_late() -> None:
    till = at_host()
    assert till.says("06 B0 00") == ["84 83 00"]
    (status,) = till.fires(Timer.STEP)
    assert status.startswith("04 0F")


def test_an_abort_with_nothing_to_abort_is_heard() -> None:
    assert registered().says("06 B0 00") == [GOOD]


@BOTH_RULES
def test_a_till_that_refuses_the_status_gets_its_money_back(rule: StorageRule) -> None:
    till = reported(rule)
    assert till.says("84 66 00") == [ABORTED_STATUS]
    assert till.says(GOOD) == [ABORTED]
    assert till.book.last is None
    assert till.book.next_receipt == 17
    assert [line.reason for line in till.kept if line.entry is Entry.REVERSED] == [
        "refused_by_till"
    ]


def test_goods_that_are_not_ready_are_asked_for_again_after_two_seconds() -> None:
    till = reported()
    assert till.says("84 9C 00") == []
    assert till.timers[Timer.STEP] == 2.0
    (again,) = till.fires(Timer.STEP)
    assert again.startswith("04 0F")
    assert till.says(GOOD) == [COMPLETED]


def test_goods_that_are_never_ready_are_not_paid() -> None:
    till = registered()
    till.says("06 01 09 04 00 00 00 00 12 50 02 01")
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    till.says("84 9C 00")
    till.fires(Timer.STEP)
    assert till.says("84 9C 00") == [ABORTED_STATUS]
    assert till.book.last is None


# What is in the book when the till goes away (zvt.md 7.4): stages of `lost_at`, old rule, new rule.
@pytest.mark.parametrize(
    ("stage", "old", "new"),
    [
        ("card awaited", [], []),
        ("host asked", ["reversed"], ["stored"]),
        ("status told", ["reversed"], ["stored"]),
        ("printing", ["reversed"], ["stored"]),
        ("completion told", ["stored"], ["stored"]),
    ],
)
def test_storage_rules(stage: str, old: list[str], new: list[str]) -> None:
    assert lost_at(stage, StorageRule.OLD) == old
    assert lost_at(stage, StorageRule.NEW) == new


def lost_at(stage: str, rule: StorageRule) -> list[str]:
    till = registered("06 00 06 00 00 00 B6 09 78", rule)
    till.says(PAY_12_50)
    if stage != "card awaited":
        till.acts(Tap(VISA))
    if stage == "host asked":
        till.lost()
        till.fires(Timer.STEP)
    elif stage != "card awaited":
        till.fires(Timer.STEP)
    if stage in ("printing", "completion told"):
        (message,) = till.says(GOOD)
        while stage == "completion told" and message != COMPLETED:
            (message,) = till.says(GOOD)
    till.lost()
    assert not till.pt.busy
    return [line.entry.value for line in till.kept]


def test_a_till_that_cannot_print_is_not_charged_under_the_old_rule() -> None:
    till = registered("06 00 06 00 00 00 B6 09 78", StorageRule.OLD)
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    till.says(GOOD)
    assert till.says("84 CC 00") == [ABORTED_STATUS]
    assert till.book.last is None


def test_a_till_that_cannot_print_is_charged_under_the_new_rule() -> None:
    till = registered("06 00 06 00 00 00 B6 09 78", StorageRule.NEW)
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    till.says(GOOD)
    assert till.says("84 CC 00") == [COMPLETED]
    assert till.book.last is not None


def test_another_currency_and_no_amount_are_refused() -> None:
    till = registered()
    assert till.says("06 01 0A 04 00 00 00 00 12 50 49 07 56") == [GOOD, "06 1E 03 6F 09 78"]
    till.says(GOOD)
    assert till.says("06 01 00") == ["84 9A 00"]
    assert till.says("06 01 07 04 00 00 00 00 00 00") == [GOOD, "06 1E 01 C8"]


def test_a_delayed_answer_comes_late() -> None:
    till = registered()
    till.faults.arm(DelayAnswer(7.0))
    assert till.says(PAY_12_50) == []
    assert till.timers[Timer.STEP] == 7.0
    assert till.fires(Timer.STEP) == [GOOD]


def test_an_unknown_bitmap_ends_the_status() -> None:
    till = at_host()
    till.faults.arm(UnknownBmp())
    (status,) = till.fires(Timer.STEP)
    assert status.endswith("EE 00")


def test_a_card_is_told_whole_where_that_is_ordered() -> None:
    till = at_host()
    till.faults.arm(CardTold("4242424242424242"))
    (status,) = till.fires(Timer.STEP)
    track_2 = "23 F1 F7 42 42 42 42 42 42 42 42 D3 01 22 01 00 00 00 00 00"
    assert track_2 in status
    assert status.endswith("3C F0 F1 F9 34 32 34 32 20 34 32 34 32 20 34 32 34 32 20 34 32 34 32")


def test_a_terminal_that_takes_more_tells_and_books_what_it_took() -> None:
    till = at_host()
    till.faults.arm(Surcharge(500))
    (status,) = till.fires(Timer.STEP)
    assert "04 00 00 00 00 17 50" in status
    till.says(GOOD)
    assert till.book.last is not None
    assert till.book.last.amount == 1750


def test_registration_is_answered_with_the_terminals_identity() -> None:
    till = Till()
    assert till.says(REGISTER_SILENT) == [GOOD, REGISTERED]
