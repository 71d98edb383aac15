"""The issuer behind the simulated terminal: what the amount and the card decide.

The amount endings are those of Stripe's physical test card ("Test Stripe Terminal", amounts), so
that a till tests declines the same way on any reader. The endings are response codes of ISO 8583,
which is also what ZVT's host codes carry (A, table of error codes: 01..63 are the host's).
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from posd_simulator.terminal.cards import Card

PIN_ENDINGS = frozenset({2, 3})
"""Amounts ending in 02 or 03 are declined until a PIN was entered, then approved."""

DECLINED = 5
DECLINE_ENDINGS = {
    1: "call issuer",
    DECLINED: "declined",
    55: "incorrect PIN",
    65: "withdrawal count limit exceeded",
    75: "PIN tries exceeded",
}
"""The last two digits of an amount that decline, which are also the host code, and what they say.

Every other ending approves.
"""

REFUSAL_TEXTS = DECLINE_ENDINGS | {
    41: "lost card",
    43: "stolen card",
    51: "insufficient funds",
    54: "expired card",
    96: "system malfunction",
}


class Verification(Enum):
    """How the cardholder proved to be the cardholder."""

    NONE = "none"
    ONLINE_PIN = "online_pin"


@dataclass(frozen=True, slots=True)
class HostApproved:
    """The issuer approves.

    Attributes:
        code: The authorisation code, six digits (BMP 3B).
    """

    code: str


@dataclass(frozen=True, slots=True)
class HostDeclined:
    """The issuer declines.

    Attributes:
        code: The host's response code, decimal 1..99, as ISO 8583 numbers them.
        text: The same for the cardholder.
    """

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PinNeeded:
    """The issuer wants a PIN before it decides."""


Verdict: TypeAlias = HostApproved | HostDeclined | PinNeeded


def decide(amount: int, card: Card, verification: Verification, trace: int) -> Verdict:
    """The issuer's verdict on `amount` (minor units). The authorisation code follows the trace."""
    if card.refusal is not None:
        return HostDeclined(card.refusal, REFUSAL_TEXTS[card.refusal])
    ending = amount % 100
    if ending in DECLINE_ENDINGS:
        return HostDeclined(ending, DECLINE_ENDINGS[ending])
    pin_wanted = card.wants_pin or ending in PIN_ENDINGS
    if pin_wanted and verification is Verification.NONE:
        return PinNeeded()
    return HostApproved(authorisation_code(trace))


def decide_refund(card: Card, trace: int) -> Verdict:
    """Its verdict on a refund, whose amount decides nothing; one of Stripe's test cards fails."""
    if card.refuses_refunds:
        return HostDeclined(DECLINED, DECLINE_ENDINGS[DECLINED])
    return HostApproved(authorisation_code(trace))


def authorisation_code(trace: int) -> str:
    """The issuer's code follows the trace number."""
    return f"{trace % 1_000_000:06d}"
