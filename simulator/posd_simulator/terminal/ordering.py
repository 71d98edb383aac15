"""Faults and deeds in words, as the control port and scripts order them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from posd_simulator.terminal import deeds, faults

Fields: TypeAlias = Mapping[str, Any]


def _times(fields: Fields) -> int:
    return int(fields.get("times", 1))


def _seconds(fields: Fields) -> float | None:
    for_s = fields.get("for_s")
    return None if for_s is None else float(for_s)


def _noise(fields: Fields) -> faults.Noise:
    return faults.Noise(float(fields["rate"]), float(fields["for_s"]), int(fields.get("seed", 0)))


def _hex(given: str | int) -> int:
    return given if isinstance(given, int) else int(given, 16)


FATES: dict[str, Callable[[Fields], faults.Fate]] = {
    "cut": lambda f: faults.Cut(_seconds(f)),
    "silence": lambda f: faults.Silence(float(f["for_s"])),
    "kill": lambda f: faults.Kill(int(f["pid"])),
    "noise": _noise,
    "lose_byte": lambda _: faults.Lose(),
    "repeat_byte": lambda _: faults.Repeat(),
    "corrupt_byte": lambda _: faults.Corrupt(),
    "reboot": lambda f: deeds.Reboot(float(f["for_s"])),
    "update": lambda f: deeds.Update(float(f["for_s"])),
    "status": lambda f: deeds.Need(_hex(f["status"])),
    "identity": lambda f: deeds.Identity(f["terminal_id"]),
    "clock_off": lambda f: deeds.ClockOff(float(f["by_s"])),
    "sale_by_hand": lambda f: deeds.SaleByHand(int(f["amount"])),
    "refund_by_hand": lambda f: deeds.RefundByHand(int(f["amount"])),
    "reversal_by_hand": lambda f: deeds.ReversalByHand(int(f.get("receipt", 0))),
    "closing_by_hand": lambda _: deeds.ClosingByHand(),
}
"""What can happen at a message: `message` (from 1), `moment` (`before`, `inside` with `byte`,
`after`) and `command` (control field in hex, default `0601`), see `faults.At`. From `noise` on, and
without the bytes, it happens at once where no `message` is given."""

COUNTED: dict[str, Callable[[Fields], faults.Counted]] = {
    "drop_ack": lambda f: faults.DropAck(_times(f)),
    "nak_frame": lambda f: faults.NakFrame(_times(f)),
    "bad_crc": lambda f: faults.BadCrc(_times(f)),
    "delay_answer": lambda f: faults.DelayAnswer(float(f["seconds"]), _times(f)),
    "unknown_bmp": lambda f: faults.UnknownBmp(_times(f)),
    "surcharge": lambda f: faults.Surcharge(int(f["amount"]), _times(f)),
    "partial_approval": lambda f: faults.PartialApproval(int(f["amount"]), _times(f)),
    "tip": lambda f: faults.Tip(int(f["amount"]), _times(f)),
    "sign": lambda f: faults.Sign(_times(f)),
    "offline": lambda f: faults.Offline(_times(f)),
    "fall_silent": lambda f: faults.FallSilent(float(f["for_s"]), _times(f)),
    "busy": lambda f: faults.Busy(_times(f)),
    "other_transaction": lambda f: faults.OtherTransaction(_times(f)),
}
"""What happens at the next occasion, `times` times."""


def ordered(fields: Fields) -> faults.Fault:
    """The fault that `fault` and its fields order. Raises KeyError, ValueError, TypeError."""
    name = fields["fault"]
    if name in COUNTED:
        return COUNTED[name](fields)
    fate = FATES[name](fields)
    if "message" in fields:
        return _at(fields, fate)
    match fate:
        case faults.Cut() | faults.Silence() | faults.Kill():
            raise KeyError("message")
        case faults.Lose() | faults.Repeat() | faults.Corrupt():
            raise KeyError("message")
        case _:
            return fate


def _at(fields: Fields, fate: faults.Fate) -> faults.At:
    return faults.At(
        message=int(fields["message"]),
        moment=faults.Moment(fields.get("moment", "after")),
        fate=fate,
        command=int(fields.get("command", f"{faults.AUTHORISATION:04x}"), 16),
        byte=int(fields.get("byte", 0)),
    )
