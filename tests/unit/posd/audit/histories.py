"""Facts that another part of posd would have decided on, one payment or end of day at a time."""

from msgspec.structs import replace

from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptSetAside,
    AttemptStarted,
    Baseline,
    Fact,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd_drivers.card_reader import Kind, Totals, Transaction
from tests.unit.posd.stage import READER, TERMINAL_ID


def started(
    attempt: str,
    payment_intent: str,
    amount: int,
    *,
    kind: AttemptKind = AttemptKind.SALE,
    terminal_id: str = TERMINAL_ID,
    reader: str = READER,
) -> AttemptStarted:
    """An attempt that begins at the stage's reader."""
    baseline = Baseline(terminal_id, asked=True, receipt=16, trace=116)
    return AttemptStarted(attempt, kind, payment_intent, reader, amount, "eur", baseline)


def sold(
    attempt: str,
    payment_intent: str,
    amount: int,
    *,
    order: str | None = None,
    order_part: str | None = None,
    terminal_id: str = TERMINAL_ID,
    reader: str = READER,
    business_day: str = "2026-11-01",
    proof: Proof = Proof.DIALOGUE,
    capture_method: str = "automatic",
) -> tuple[Fact, ...]:
    """A payment that is paid."""
    told = Transaction(Kind.SALE, terminal_id, amount, "eur", 0, 17, 42)
    return (
        PaymentIntentCreated(
            payment_intent,
            amount,
            "eur",
            capture_method,
            order=order,
            order_part=order_part,
            business_day=business_day,
        ),
        started(attempt, payment_intent, amount, terminal_id=terminal_id, reader=reader),
        StatusReported(attempt, told, accepted=True),
        *((OutcomeUnknown(attempt, "link_lost"),) if proof is not Proof.DIALOGUE else ()),
        AttemptApproved(attempt, f"ch_{attempt.removeprefix('att_')}", amount, proof, told),
    )


def reversed_(attempt: str, payment_intent: str, amount: int, original: str) -> tuple[Fact, ...]:
    """What was held is given back, at the terminal that sold it."""
    told = Transaction(Kind.REVERSAL, TERMINAL_ID, amount, "eur", 0, 18, 43)
    begun = replace(
        started(attempt, payment_intent, amount, kind=AttemptKind.REVERSAL), original=original
    )
    return (
        begun,
        StatusReported(attempt, told, accepted=True),
        AttemptApproved(attempt, None, amount, Proof.DIALOGUE, told),
    )


def set_aside(attempt: str, payment_intent: str, amount: int = 990) -> tuple[Fact, ...]:
    """A payment of which nobody knows, at a reader that goes on."""
    return (
        PaymentIntentCreated(payment_intent, amount, "eur", business_day="2026-11-01"),
        started(attempt, payment_intent, amount),
        OutcomeUnknown(attempt, "link_lost"),
        PersonNeeded(attempt, "not_in_time"),
        AttemptSetAside(attempt, "The queue is long."),
    )


def day_closed(attempt: str, amount: int, *, terminal_id: str = TERMINAL_ID) -> tuple[Fact, ...]:
    """An end of day, with what the terminal added up."""
    told = Transaction(
        Kind.END_OF_DAY, terminal_id, amount, "eur", 0, None, None, totals=Totals(amount)
    )
    return (
        started(attempt, "", 0, kind=AttemptKind.END_OF_DAY, terminal_id=terminal_id),
        StatusReported(attempt, told, accepted=True),
        AttemptApproved(attempt, None, 0, Proof.DIALOGUE, told),
    )
