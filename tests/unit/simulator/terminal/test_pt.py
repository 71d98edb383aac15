"""The session: commands besides sales, busy, TCP's rules, garbage."""

from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.session import Received, TimerFired
from posd_simulator.terminal.cardholder import Act, EnterPin, Insert, PressStop, Tap
from posd_simulator.terminal.deeds import (
    ClosingByHand,
    Deed,
    Need,
    Reboot,
    ReversalByHand,
    SaleByHand,
)
from posd_simulator.terminal.events import Acted, Happens, Timer
from posd_simulator.terminal.ledger import Book, Entry, Line, Transaction, book_of
from posd_simulator.terminal.link import LinkTimer
from posd_simulator.terminal.settings import StorageRule, Wire
from tests.unit.simulator.terminal.till import (
    GOOD,
    PAY_12_50,
    REGISTER_PRINTING,
    REGISTER_SILENT,
    REGISTERED,
    VISA,
    Till,
)

STATUS_ENQUIRY = "05 01 03 00 00 00"
REPEAT_STATUS = "06 20 05 00 00 00 03 03"
LAST = Transaction(
    kind="sale",
    terminal_id="12345678",
    amount=1250,
    currency="eur",
    receipt=12,
    trace=123,
    turnover=12,
    at="2026-05-14T14:30:12",
    result=0,
    text="",
    card="girocard_debit",
    entry_mode="chip",
    verification="online_pin",
    authorisation="123456",
)


def with_last() -> Till:
    return Till(book=Book().with_line(Line(Entry.STORED, LAST)))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("06 00 06 00 00 01 BE 09 78", "84 37 00"),
        ("06 00 06 00 00 00 BE 07 56", "84 1E 01 6F"),
        ("06 00 02 00 00", "84 9A 00"),
        ("06 00 07 00 00 00 BE 09 78 EE", "84 9A 00"),
        ("06 79 00", "84 83 00"),
        ("0F CA 00", "84 83 00"),
    ],
)
def test_what_is_refused(command: str, answer: str) -> None:
    assert Till().says(command) == [answer]


def test_a_registration_without_currency_is_taken() -> None:
    assert Till().says("06 00 04 00 00 00 86") == [GOOD, REGISTERED]


def test_status_enquiry_with_and_without_password() -> None:
    till = Till()
    assert till.says(STATUS_ENQUIRY) == [GOOD, "06 0F 01 00"]
    till.says(GOOD)
    assert till.says("05 01 00") == [GOOD, "06 0F 01 00"]
    till.says(GOOD)
    assert till.says("05 01 03 99 99 99") == ["84 37 00"]


def test_log_off_goes_back_to_the_unregistered_configuration() -> None:
    till = Till()
    till.says(REGISTER_PRINTING)
    till.says(GOOD)
    assert till.says("06 02 00") == [GOOD]
    assert till.pt.machine.registration.config == 0x86
    assert not till.pt.machine.registration.tlv_allowed


@pytest.mark.parametrize("heard", [True, False])
def test_a_reset_is_completed_and_then_carried_out_heard_or_not(*, heard: bool) -> None:
    till = Till()
    till.says(REGISTER_PRINTING)
    till.says(GOOD)
    assert till.says("06 18 00") == [GOOD, "06 0F 00"]
    assert till.restarts_s == []
    if heard:
        till.says(GOOD)
    else:
        till.lost()
    assert till.restarts_s == [30.0]
    assert till.pt.machine.registration.config == 0x86


def test_a_command_while_a_sale_runs_is_refused_but_status_is_told() -> None:
    till = Till()
    till.says(PAY_12_50)
    assert till.says(REGISTER_SILENT) == ["84 9C 00"]
    assert till.says(PAY_12_50) == ["84 9C 00"], "TCP repeats nothing: this is a second sale"
    assert till.says(STATUS_ENQUIRY) == [GOOD, "06 0F 01 9C"]
    assert till.says(STATUS_ENQUIRY) == ["84 9C 00"]
    assert till.says(GOOD) == []
    assert till.pt.busy


def test_a_message_of_the_sale_waits_for_the_answer_to_a_status_enquiry() -> None:
    till = Till()
    till.says(PAY_12_50)
    till.says(STATUS_ENQUIRY)
    assert till.acts(PressStop()) == []
    (status,) = till.says(GOOD)
    assert status.startswith("04 0F")
    assert till.says(GOOD) == ["06 1E 01 6C"]


def test_repeat_receipt_tells_the_last_stored_transaction() -> None:
    till = with_last()
    good, status = till.says(REPEAT_STATUS)
    assert good == GOOD
    assert status[9:] == (
        "27 00 04 00 00 00 00 12 50 0B 00 01 23 0C 14 30 12 0D 05 14 0E 30 12 17 00 00 19 70 "
        "22 F1 F0 EE EE EE EE EE EE EE E6 87 7F 29 12 34 56 78 3B 31 32 33 34 35 36 00 00 "
        "87 00 12 88 00 00 12 8A 05 2A 31 30 30 32 30 30 33 30 30 20 20 20 20 20 20 "
        "8B F0 F9 47 49 52 4F 43 41 52 44 00"
    )
    assert till.says(GOOD) == ["06 0F 00"]
    assert till.says(GOOD) == []


def test_repeat_receipt_prints_unless_told_not_to() -> None:
    till = with_last()
    till.says("06 00 06 00 00 00 10 09 78")
    till.says(GOOD)
    till.says("06 20 05 00 00 00 03 01")
    assert till.says(GOOD) == ["06 0F 00"]
    assert [receipt[0] for receipt in till.printed] == ["Merchant receipt", "Customer receipt"]
    till.says(GOOD)
    assert till.says("06 20 03 00 00 00") == [GOOD, "06 0F 00"]


def test_repeat_receipt_prints_at_a_till_that_prints() -> None:
    till = with_last()
    till.says(REGISTER_PRINTING)
    till.says(GOOD)
    till.says("06 20 05 00 00 00 03 01")
    (merchant,) = till.says(GOOD)
    assert merchant.startswith("06 D3")


def test_repeat_receipt_from_an_empty_ledger() -> None:
    assert Till().says(REPEAT_STATUS) == [GOOD, "06 1E 01 66"]


def test_repeat_receipt_wants_the_password_and_sound_bitmaps() -> None:
    assert with_last().says("06 20 05 11 11 11 03 03") == ["84 37 00"]
    assert with_last().says("06 20 04 00 00 00 03") == ["84 9A 00"]


def test_an_unanswered_message_hangs_up_after_t3() -> None:
    till = Till()
    till.says(REGISTER_SILENT)
    till.fires(Timer.T3)
    assert till.hung_up
    assert not till.pt.busy


def test_an_incomplete_apdu_hangs_up_however_slowly_it_drips() -> None:
    till = Till()
    till.says("06 00 06 00")
    assert till.timers.pop(LinkTimer.INCOMPLETE) == 5.0
    till.says("00")
    assert LinkTimer.INCOMPLETE not in till.timers, "set once, not put off"
    till.feed(TimerFired(LinkTimer.INCOMPLETE))
    assert till.hung_up


def test_what_is_no_apdu_hangs_up() -> None:
    till = Till()
    till.says(GOOD + " FF FF FF")
    assert till.hung_up


def test_a_new_connection_begins_with_a_new_apdu() -> None:
    till = Till()
    till.says("06 00 06 00")
    till.lost()
    again = Till()
    assert again.says(REGISTER_SILENT) == [GOOD, REGISTERED]


def test_a_sale_that_lost_its_connection_says_nothing_on_the_next() -> None:
    till = Till(rule=StorageRule.NEW)
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.lost()
    assert till.says(STATUS_ENQUIRY) == [GOOD, "06 0F 01 9C"]
    assert till.fires(Timer.STEP) == []
    till.says(GOOD)
    assert till.book.last is not None
    assert till.says(STATUS_ENQUIRY) == [GOOD, "06 0F 01 00"]


ACTS: list[Act] = [Tap(VISA), Insert(VISA), EnterPin(right=False), PressStop()]
COMMANDS = (
    PAY_12_50,
    STATUS_ENQUIRY,
    "06 B0 00",
    "06 31 0A 00 00 00 04 00 00 00 00 05 00",
    "06 22 07 04 00 00 00 00 12 50",
    "06 24 03 87 00 01",
    "06 25 03 87 00 01",
    "06 30 06 00 00 00 87 00 01",
    "06 50 03 00 00 00",
    "08 10 00",
)
OCTETS = [bytes.fromhex(it) for it in (*COMMANDS, GOOD, GOOD, GOOD, "84 9C 00", "84 66 00")]
DEEDS: list[Deed] = [SaleByHand(1250), ReversalByHand(), ClosingByHand(), Reboot(5.0), Need(0xF0)]


class EveryTimer(Enum):
    """All timers that are set run out."""

    FIRES = "fires"


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(OCTETS),
    st.sampled_from(ACTS),
    st.sampled_from(DEEDS),
    st.just(EveryTimer.FIRES),
)


@given(st.sampled_from(list(Wire)), st.sampled_from(list(StorageRule)), st.lists(PIECES))
def test_no_garbage_crashes_it_and_its_book_says_what_it_wrote(
    wire: Wire, rule: StorageRule, pieces: list[bytes | Act | Deed | EveryTimer]
) -> None:
    till = Till(wire, rule)
    for piece in pieces:
        match piece:
            case bytes():
                till.feed(Received(piece))
            case EveryTimer():
                for timer in list(till.timers):
                    if timer in till.timers:
                        till.fires_raw(timer)
            case Tap() | Insert() | EnterPin() | PressStop():
                till.feed(Acted(piece))
            case _:
                till.feed(Happens(piece))
    assert till.book == book_of(till.kept)
    assert sum(it.amount for it in till.book.standing) >= 0
    traces = [line.transaction.trace for line in till.kept if line.entry is Entry.STORED]
    assert len({*traces}) == len(traces)
