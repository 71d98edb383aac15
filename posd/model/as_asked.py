"""Whether what a terminal reports is what it was asked to do; if not, posd refuses it (M10, M11).

A report is compared with the request, and where the attempt builds on another one, with what the
terminal said of that. What it leaves out proves nothing against it.
"""

from enum import Enum
from typing import Final

from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind
from posd.model.money import terminal_amount
from posd_drivers.card_reader import Transaction

TAKES_BACK: Final = frozenset({AttemptKind.REVERSAL, AttemptKind.RELEASE})
"""Kinds whose report names the trace number of what it takes back."""


class Mismatch(Enum):
    """What the terminal did otherwise."""

    AMOUNT = "other_amount"
    CURRENCY = "other_currency"
    ORIGINAL = "other_original"
    CARD = "other_card"


def mismatch(attempt: Attempt, original: Attempt | None, told: Transaction) -> Mismatch | None:
    """What of `told`, reported in the dialogue of `attempt`, nobody asked for; None if nothing.

    `original` is what the attempt builds on, or None if it builds on none.
    """
    if attempt.kind is AttemptKind.END_OF_DAY:
        return None  # it asks for no amount: what the terminal adds up is its evidence
    if told.currency not in (None, attempt.currency):
        return Mismatch.CURRENCY
    if told.amount not in (None, *_amounts(attempt, told)):
        return Mismatch.AMOUNT
    said = None if original is None else original.told
    return None if said is None else _against(said, attempt.kind, told)


def _amounts(attempt: Attempt, told: Transaction) -> tuple[int, ...]:
    """What the terminal may have taken: what was asked for, with the tip it reports, if any."""
    asked = terminal_amount(attempt.amount, attempt.currency)
    tip = max(0, told.tip or 0) if attempt.tips else 0
    return (asked, asked + tip)


def _against(original: Transaction, kind: AttemptKind, told: Transaction) -> Mismatch | None:
    if kind in TAKES_BACK and _differ(original.trace, told.original_trace):
        return Mismatch.ORIGINAL
    return Mismatch.CARD if _differ(original.card.last4, told.card.last4) else None


def _differ(one: int | str | None, other: int | str | None) -> bool:
    """Whether both are told, and are not the same."""
    return None not in (one, other) and one != other
