"""What happens to a terminal from outside any dialogue: hands on its keys, its plug, its maker."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SaleByHand:
    """Somebody keys in a sale of `amount` minor units; no till knows of it."""

    amount: int


@dataclass(frozen=True, slots=True)
class RefundByHand:
    """Somebody keys in a refund of `amount` minor units."""

    amount: int


@dataclass(frozen=True, slots=True)
class ReversalByHand:
    """Somebody takes back what has this receipt number; 0: the last one."""

    receipt: int = 0


@dataclass(frozen=True, slots=True)
class ClosingByHand:
    """Somebody closes the day."""


@dataclass(frozen=True, slots=True)
class Reboot:
    """The terminal forgets its dialogue, keeps its book, and is back after `for_s` seconds."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Update:
    """It installs software and answers nothing for `for_s` seconds."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Need:
    """From now on its terminal status is this one (zvt.md 12.3); 00: ready, CC: no paper."""

    status: int


@dataclass(frozen=True, slots=True)
class Identity:
    """From now on it has this terminal id, eight digits: another terminal on the same line."""

    terminal_id: str


@dataclass(frozen=True, slots=True)
class ClockOff:
    """From now on its clock is wrong by so many seconds."""

    by_s: float


ByHand: TypeAlias = SaleByHand | RefundByHand | ReversalByHand | ClosingByHand
Deed: TypeAlias = ByHand | Reboot | Update | Need | Identity | ClockOff
