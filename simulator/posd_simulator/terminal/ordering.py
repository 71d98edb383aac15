"""Faults and deeds in words, as the control port and scripts order them."""

import re
from collections.abc import Callable, Mapping
from signal import Signals
from typing import Any, TypeAlias

from posd_simulator.terminal import deeds, faults

STATUS_MAX = 0xFF
TERMINAL_ID = re.compile(r"\d{8}")
CARD_DIGITS = range(13, 20)

Fields: TypeAlias = Mapping[str, Any]


def _times(fields: Fields) -> int:
    return int(fields.get("times", 1))


def _seconds(fields: Fields) -> float | None:
    for_s = fields.get("for_s")
    return None if for_s is None else float(for_s)


def _noise(fields: Fields) -> faults.Noise:
    rate = float(fields["rate"])
    if not 0 <= rate <= 1:
        raise ValueError(f"rate {rate} is no share")
    return faults.Noise(rate, float(fields["for_s"]), int(fields.get("seed", 0)))


def _status(fields: Fields) -> int:
    given = fields["status"]
    status = given if isinstance(given, int) else int(given, 16)
    if not 0 <= status <= STATUS_MAX:
        raise ValueError(f"terminal status {given}")
    return status


def _amount(fields: Fields) -> int:
    amount = int(fields["amount"])
    if amount < 1:
        raise ValueError(f"amount {amount}")
    return amount


def _terminal_id(fields: Fields) -> str:
    given = fields["terminal_id"]
    if not (isinstance(given, str) and TERMINAL_ID.fullmatch(given)):
        raise ValueError("a terminal id has eight digits")
    return given


def _card_number(fields: Fields) -> str:
    number = str(fields["number"])
    if not number.isdecimal() or not number.isascii() or len(number) not in CARD_DIGITS:
        raise ValueError("a card number has 13 to 19 digits")
    return number


def _signal(fields: Fields) -> Signals:
    return Signals[str(fields.get("signal", "SIGKILL"))]


FATES: dict[str, Callable[[Fields], faults.Fate]] = {
    "cut": lambda f: faults.Cut(_seconds(f)),
    "silence": lambda f: faults.Silence(float(f["for_s"])),
    "kill": lambda f: faults.Kill(int(f["pid"]), _signal(f)),
    "lose_byte": lambda _: faults.Lose(),
    "repeat_byte": lambda _: faults.Repeat(),
    "corrupt_byte": lambda _: faults.Corrupt(),
    "stall": lambda f: faults.Stall(float(f["for_s"])),
    "noise": _noise,
    "reboot": lambda f: deeds.Reboot(float(f["for_s"])),
    "update": lambda f: deeds.Update(float(f["for_s"])),
    "status": lambda f: deeds.Need(_status(f)),
    "identity": lambda f: deeds.Identity(_terminal_id(f)),
    "clock_off": lambda f: deeds.ClockOff(float(f["by_s"])),
    "sale_by_hand": lambda f: deeds.SaleByHand(_amount(f)),
    "refund_by_hand": lambda f: deeds.RefundByHand(_amount(f)),
    "reversal_by_hand": lambda f: deeds.ReversalByHand(int(f.get("receipt", 0))),
    "closing_by_hand": lambda _: deeds.ClosingByHand(),
}
"""What can happen at a message: `message` (from 1), `moment` (`before`, `inside` with `byte`,
`after`) and `command` (control field in hex, default `0601`), see `faults.At`. What is not in
`ONLY_AT_A_MESSAGE` happens at once where no `message` is given."""

COUNTED: dict[str, Callable[[Fields], faults.Counted]] = {
    "drop_ack": lambda f: faults.DropAck(_times(f)),
    "nak_frame": lambda f: faults.NakFrame(_times(f)),
    "bad_crc": lambda f: faults.BadCrc(_times(f)),
    "delay_answer": lambda f: faults.DelayAnswer(float(f["seconds"]), _times(f)),
    "unknown_bmp": lambda f: faults.UnknownBmp(_times(f)),
    "card_told": lambda f: faults.CardTold(_card_number(f), _times(f)),
    "unknown_status": lambda f: faults.UnknownStatus(_times(f)),
    "empty_abort": lambda f: faults.EmptyAbort(_times(f)),
    "surcharge": lambda f: faults.Surcharge(_amount(f), _times(f)),
    "partial_approval": lambda f: faults.PartialApproval(_amount(f), _times(f)),
    "tip": lambda f: faults.Tip(_amount(f), _times(f)),
    "sign": lambda f: faults.Sign(_times(f)),
    "offline": lambda f: faults.Offline(_times(f)),
    "fall_silent": lambda f: faults.FallSilent(float(f["for_s"]), _times(f)),
    "busy": lambda f: faults.Busy(_times(f)),
    "other_transaction": lambda f: faults.OtherTransaction(_times(f)),
}
"""What happens at the next occasion, `times` times."""


ONLY_INSIDE = frozenset({"lose_byte", "repeat_byte", "corrupt_byte", "stall"})
ONLY_AT_A_MESSAGE = ONLY_INSIDE | {"cut", "silence", "kill"}


def ordered(fields: Fields) -> faults.Fault:
    """The fault that `fault` and its fields order. Raises KeyError, ValueError, TypeError."""
    name = fields["fault"]
    if name in COUNTED:
        return COUNTED[name](fields)
    fate = FATES[name](fields)
    if "message" in fields or name in ONLY_AT_A_MESSAGE:
        return _at(fields, fate)
    assert not isinstance(fate, faults.Cut | faults.Silence | faults.Kill | faults.Spoiling)
    return fate


def _at(fields: Fields, fate: faults.Fate) -> faults.At:
    moment = faults.Moment(fields.get("moment", "after"))
    if fields["fault"] in ONLY_INSIDE and moment is not faults.Moment.INSIDE:
        raise ValueError("an octet is met inside a message")
    byte = int(fields.get("byte", 1))
    if byte < 1:
        raise ValueError("before the first octet is not inside")
    return faults.At(
        message=int(fields["message"]),
        moment=moment,
        fate=fate,
        command=int(fields.get("command", f"{faults.AUTHORISATION:04x}"), 16),
        byte=byte,
    )
