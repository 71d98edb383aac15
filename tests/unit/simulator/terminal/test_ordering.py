"""Faults and deeds in words."""

from signal import Signals
from typing import Any

import pytest

from posd_simulator.terminal import deeds, faults
from posd_simulator.terminal.faults import At, Moment
from posd_simulator.terminal.ordering import COUNTED, FATES, ordered

ORDERS: list[tuple[dict[str, Any], faults.Fault]] = [
    (
        {"fault": "cut", "message": 3, "moment": "before", "for_s": 2},
        At(3, Moment.BEFORE, faults.Cut(2.0)),
    ),
    ({"fault": "cut", "message": "3"}, At(3, Moment.AFTER, faults.Cut())),
    (
        {"fault": "silence", "message": 1, "for_s": 9, "command": "0600"},
        At(1, Moment.AFTER, faults.Silence(9.0), 0x0600),
    ),
    ({"fault": "kill", "message": 4, "pid": 77}, At(4, Moment.AFTER, faults.Kill(77))),
    (
        {"fault": "kill", "message": 4, "pid": 77, "signal": "SIGTERM"},
        At(4, Moment.AFTER, faults.Kill(77, Signals.SIGTERM)),
    ),
    (
        {"fault": "lose_byte", "message": 3, "moment": "inside", "byte": 7},
        At(3, Moment.INSIDE, faults.Lose(), byte=7),
    ),
    (
        {"fault": "repeat_byte", "message": 3, "moment": "inside"},
        At(3, Moment.INSIDE, faults.Repeat()),
    ),
    (
        {"fault": "corrupt_byte", "message": 3, "moment": "inside", "byte": "1"},
        At(3, Moment.INSIDE, faults.Corrupt(), byte=1),
    ),
    (
        {"fault": "stall", "message": 3, "moment": "inside", "byte": 5, "for_s": 0.3},
        At(3, Moment.INSIDE, faults.Stall(0.3), byte=5),
    ),
    ({"fault": "noise", "rate": 0.1, "for_s": 5}, faults.Noise(0.1, 5.0)),
    ({"fault": "noise", "rate": "0.1", "for_s": "5", "seed": "3"}, faults.Noise(0.1, 5.0, 3)),
    ({"fault": "reboot", "for_s": 60}, deeds.Reboot(60.0)),
    (
        {"fault": "reboot", "for_s": 60, "message": 2},
        At(2, Moment.AFTER, deeds.Reboot(60.0)),
    ),
    ({"fault": "update", "for_s": 240}, deeds.Update(240.0)),
    ({"fault": "status", "status": "F0"}, deeds.Need(0xF0)),
    ({"fault": "status", "status": 240}, deeds.Need(0xF0)),
    ({"fault": "identity", "terminal_id": "87654321"}, deeds.Identity("87654321")),
    ({"fault": "clock_off", "by_s": -3600}, deeds.ClockOff(-3600.0)),
    ({"fault": "sale_by_hand", "amount": 500}, deeds.SaleByHand(500)),
    ({"fault": "refund_by_hand", "amount": 500}, deeds.RefundByHand(500)),
    ({"fault": "reversal_by_hand"}, deeds.ReversalByHand()),
    ({"fault": "reversal_by_hand", "receipt": 12}, deeds.ReversalByHand(12)),
    ({"fault": "closing_by_hand"}, deeds.ClosingByHand()),
    ({"fault": "drop_ack"}, faults.DropAck()),
    ({"fault": "nak_frame", "times": 2}, faults.NakFrame(2)),
    ({"fault": "bad_crc"}, faults.BadCrc()),
    ({"fault": "delay_answer", "seconds": 7}, faults.DelayAnswer(7.0)),
    ({"fault": "unknown_bmp"}, faults.UnknownBmp()),
    ({"fault": "card_told", "number": "4242424242424242"}, faults.CardTold("4242424242424242")),
    ({"fault": "unknown_status"}, faults.UnknownStatus()),
    ({"fault": "empty_abort"}, faults.EmptyAbort()),
    ({"fault": "surcharge", "amount": 500}, faults.Surcharge(500)),
    ({"fault": "partial_approval", "amount": 500}, faults.PartialApproval(500)),
    ({"fault": "tip", "amount": 100}, faults.Tip(100)),
    ({"fault": "sign"}, faults.Sign()),
    ({"fault": "offline"}, faults.Offline()),
    ({"fault": "fall_silent", "for_s": 900}, faults.FallSilent(900.0)),
    ({"fault": "busy", "times": 3}, faults.Busy(3)),
    ({"fault": "other_transaction"}, faults.OtherTransaction()),
]


@pytest.mark.parametrize(("fields", "fault"), ORDERS)
def test_what_is_ordered(fields: dict[str, Any], fault: faults.Fault) -> None:
    assert ordered(fields) == fault


def test_every_fault_can_be_ordered() -> None:
    assert {fields["fault"] for fields, _ in ORDERS} == {*FATES, *COUNTED}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"fault": "cut"},
        {"fault": "lose_byte"},
        {"fault": "flood"},
        {"fault": "cut", "message": 1, "moment": "never"},
        {"fault": "cut", "message": 1, "moment": "inside", "byte": 0},
        {"fault": "identity", "terminal_id": "1234"},
        {"fault": "identity", "terminal_id": 12345678},
        {"fault": "sale_by_hand", "amount": 0},
        {"fault": "status", "status": "1FF"},
        {"fault": "noise", "rate": 2, "for_s": 1},
        {"fault": "lose_byte", "message": 1, "moment": "before"},
    ],
)
def test_what_cannot_be_ordered(fields: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        ordered(fields)
