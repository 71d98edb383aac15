"""The terminal's serial link rules; frames typed from zvt.md 2 and 14 ([T] 3)."""

import pytest

from posd_simulator.terminal.cardholder import Tap
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.faults import BadCrc, DropAck, NakFrame
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.link import LinkTimer
from posd_simulator.terminal.settings import StorageRule, Wire
from tests.unit.simulator.terminal.till import VISA, Till

ACK, NAK = "06", "15"
# zvt.md 14.1, 14.2, 14.5 and 2.3.
REGISTER = "10 02 06 00 10 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3 10 03 D7 DE"
REGISTERED = "10 02 06 0F 0A 19 00 29 12 34 56 78 49 09 78 10 03 57 EF"
GOOD = "10 02 80 00 00 10 03 F5 1F"
PAY = "10 02 06 01 0A 04 00 00 00 00 12 50 49 09 78 10 03 13 1D"
ABORT = "10 02 06 B0 00 10 03 43 F3"


def framed(apdu: str) -> str:
    """A frame made bit by bit, apart from the driver's table (zvt.md 2.2, 2.3)."""
    octets = bytes.fromhex(apdu)
    crc = 0
    for octet in octets + b"\x03":
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    doubled = octets.replace(b"\x10", b"\x10\x10")
    frame = b"\x10\x02" + doubled + b"\x10\x03" + crc.to_bytes(2, "little")
    return frame.hex(" ").upper()


def serial(rule: StorageRule = StorageRule.OLD, config: str = "10") -> Till:
    """A registered till; configuration 10: the terminal prints, no 04 FF."""
    till = Till(Wire.SERIAL, rule, Book(receipt=16, trace=122, turnover=16))
    till.raw(framed(f"06 00 06 00 00 00 {config} 09 78"))
    till.raw(ACK)
    till.raw(f"{ACK} {GOOD}")
    assert not till.pt.busy
    return till


def paying(rule: StorageRule = StorageRule.OLD) -> Till:
    """A sale waits for the card; the terminal's own paper, no 04 FF."""
    till = serial(rule)
    assert till.raw(PAY) == f"{ACK} {GOOD}"
    assert till.raw(ACK) == ""
    return till


def told(rule: StorageRule = StorageRule.OLD) -> Till:
    """04 0F has left and nothing came back."""
    till = paying(rule)
    till.acts(Tap(VISA))
    assert till.fires_raw(Timer.STEP)[:4].hex() == "1002040f"
    return till


def test_registration_on_the_line() -> None:
    till = serial()
    assert till.raw(REGISTER) == f"{ACK} {GOOD}"
    assert till.raw(ACK) == REGISTERED
    assert till.raw(f"{ACK} {GOOD}") == ACK
    assert not till.pt.busy


def test_a_broken_frame_is_refused_and_its_repeat_taken() -> None:
    till = serial()
    assert till.raw(PAY[:-2] + "00") == NAK
    assert till.raw(PAY) == f"{ACK} {GOOD}"


def test_a_gap_in_a_frame_is_refused_after_t1() -> None:
    till = serial()
    assert till.raw("10 02 06 01 0A 04") == ""
    assert till.timers[LinkTimer.T1] == 0.2
    assert till.fires_raw(LinkTimer.T1).hex() == NAK
    assert till.raw(PAY) == f"{ACK} {GOOD}"
    assert LinkTimer.T1 not in till.timers


def test_noise_and_stray_acknowledgements_change_nothing() -> None:
    till = serial()
    assert till.raw("00 FF 06 15 06 41") == ""
    assert till.raw(PAY) == f"{ACK} {GOOD}"


def test_an_unacknowledged_frame_is_sent_three_times() -> None:
    till = serial()
    till.raw(PAY)
    assert till.timers[LinkTimer.T2] == 5.0
    assert till.fires_raw(LinkTimer.T2) == bytes.fromhex(GOOD)
    assert till.raw(NAK) == GOOD
    assert till.fires_raw(LinkTimer.T2) == b""
    assert LinkTimer.T2 not in till.timers
    assert till.pt.busy


def test_a_repeated_sale_is_answered_and_not_paid_twice() -> None:
    till = serial()
    till.faults.arm(DropAck())
    assert till.raw(PAY) == GOOD
    assert till.raw(PAY) == ACK, "the answer is under way already"
    assert till.raw(ACK) == ""
    assert till.raw(PAY) == f"{ACK} {GOOD}", "the till missed the ACK, not the answer"
    assert till.raw(ACK) == ""
    till.acts(Tap(VISA))
    till.fires_raw(Timer.STEP)
    assert till.raw(f"{ACK} {GOOD}").startswith(f"{ACK} 10 02 06 0F 00")
    assert till.raw(f"{ACK} {GOOD}") == ACK
    assert len(till.book.stored) == 1
    assert not till.pt.busy


def test_the_same_sale_after_the_first_has_ended_is_a_second_one() -> None:
    till = paying()
    till.acts(Tap(VISA))
    till.fires_raw(Timer.STEP)
    till.raw(f"{ACK} {GOOD}")
    till.raw(f"{ACK} {GOOD}")
    assert till.raw(PAY) == f"{ACK} {GOOD}"
    assert till.pt.busy


def test_another_command_meanwhile_is_refused_as_busy() -> None:
    till = paying()
    assert till.raw(REGISTER) == f"{ACK} {framed('84 9C 00')}"


def test_an_answer_to_a_till_that_died_does_not_answer_its_successor() -> None:
    till = serial()
    assert till.raw(PAY) == f"{ACK} {GOOD}"
    assert till.raw(REGISTER) == f"{ACK} {framed('84 9C 00')}", "and not 80 00 once more"
    assert till.fires_raw(LinkTimer.T2) == bytes.fromhex(framed("84 9C 00"))


def test_a_repeated_answer_does_not_answer_the_next_message() -> None:
    till = serial(config="B6")
    till.raw(PAY)
    till.raw(ACK)
    till.acts(Tap(VISA))
    till.fires_raw(Timer.STEP)
    till.faults.arm(DropAck())
    first_line = till.raw(f"{ACK} {GOOD}")
    assert first_line.startswith("10 02 06 D1")
    assert till.raw(GOOD) == ACK, "the ACK got lost: this is the answer to 04 0F once more"
    assert till.raw(f"{ACK} {GOOD}").startswith(f"{ACK} 10 02 06 D1")


def test_an_answer_proves_delivery_where_the_ack_got_lost() -> None:
    till = told()
    assert till.raw(GOOD).startswith(f"{ACK} 10 02 06 0F 00")
    assert till.book.last is not None


@pytest.mark.parametrize(("rule", "booked"), [(StorageRule.OLD, 0), (StorageRule.NEW, 1)])
def test_a_sale_goes_on_though_nobody_takes_its_intermediate_status(
    rule: StorageRule, booked: int
) -> None:
    till = serial(rule, config="18")
    till.raw(PAY)
    till.raw(ACK)
    for _ in range(3):
        till.fires_raw(LinkTimer.T2)
    assert till.acts(Tap(VISA)) == [], "04 FF is a courtesy; it is not tried again"
    till.fires_raw(Timer.STEP)
    for _ in range(3):
        till.fires_raw(LinkTimer.T2)
    assert len(till.book.stored) == booked
    assert not till.pt.busy


def test_t3_begins_with_the_acknowledgement() -> None:
    till = told()
    assert Timer.T3 not in till.timers
    till.raw(ACK)
    assert till.timers[Timer.T3] == 5.0


def test_a_status_that_nobody_acknowledges_is_reversed_under_the_old_rule() -> None:
    till = told(StorageRule.OLD)
    for _ in range(3):
        till.fires_raw(LinkTimer.T2)
    assert [line.reason for line in till.kept] == ["auto_reversal"]
    assert not till.pt.busy


def test_a_status_that_nobody_acknowledges_stands_under_the_new_rule() -> None:
    till = told(StorageRule.NEW)
    for _ in range(3):
        till.fires_raw(LinkTimer.T2)
    assert till.book.last is not None
    assert not till.pt.busy


def test_a_status_that_is_acknowledged_but_never_answered_is_reversed() -> None:
    till = told(StorageRule.OLD)
    till.raw(ACK)
    till.fires_raw(Timer.T3)
    assert [line.reason for line in till.kept] == ["auto_reversal"]


def test_a_serial_line_knows_of_no_lost_connection() -> None:
    till = paying()
    till.lost()
    assert till.pt.busy
    till.acts(Tap(VISA))
    assert till.fires_raw(Timer.STEP)[:4].hex() == "1002040f"


def test_a_frame_without_an_apdu_is_acknowledged_and_refused() -> None:
    till = serial()
    # The length says five, one is there.
    assert till.raw(framed("06 01 05 00")) == f"{ACK} {framed('84 9A 00')}"


def test_good_frames_can_be_refused_on_order() -> None:
    till = serial()
    till.faults.arm(NakFrame(2))
    assert till.raw(PAY) == NAK
    assert till.raw(PAY) == NAK
    assert till.raw(PAY) == f"{ACK} {GOOD}"


def test_frames_can_leave_with_a_bad_check_sum_on_order() -> None:
    till = serial()
    till.faults.arm(BadCrc())
    assert till.raw(PAY) == f"{ACK} {GOOD[:-2]}E0"
    assert till.raw(NAK) == GOOD


def test_an_abort_on_the_line() -> None:
    till = paying()
    answer = till.raw(ABORT)
    assert answer == f"{ACK} {GOOD}"
    assert till.raw(ACK).startswith("10 02 04 0F 07 27 6C")
