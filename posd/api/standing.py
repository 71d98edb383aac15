"""How one payment stands, for the till that waits for it: what is true, and what to do next.

One table over the state of the latest attempt, as in docs/money-rules.md, M4; what the link knows
right now only adds a step or a hint. Nothing here allows to charge elsewhere without proof.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import blake2s
from typing import Final, assert_never

import msgspec
from msgspec import Struct

from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.outcome import IN_DIALOGUE
from posd.snapshot.payments import payment_status
from posd.snapshot.views import PaymentStatus
from posd.texts.results import RESULTS
from posd.texts.sayings import Saying
from posd_drivers.card_reader import AbortCause, Step

VERSION_OCTETS: Final = 8


class Next(Enum):
    """What the till should do. RETRY: have a reader take the payment, again or at last."""

    WAIT = "wait"
    DONE = "done"
    RETRY = "retry"
    CALL_A_PERSON = "call_a_person"


class Standing(Struct, frozen=True):
    """How a payment stands.

    Attributes:
        step: What the terminal waits for now, or None if nothing runs or that is not known.
        sayings: What to tell the cashier, in this order.
        since_ms: Wall time of the latest durable change.
        may_charge_elsewhere: Whether it is proven that this payment has taken no money and is
            taking none.
        reason: The fixed word for why a person is needed, or None.
    """

    payment_intent: str
    state: PaymentStatus
    step: Step | None
    sayings: tuple[Saying, ...]
    since_ms: int
    may_charge_elsewhere: bool
    next: Next
    reason: str | None = None

    def version(self) -> str:
        """Changes with anything above; says nothing else."""
        return blake2s(msgspec.json.encode(self), digest_size=VERSION_OCTETS).hexdigest()


STEPS: Final[Mapping[Step, Saying]] = {
    Step.CONNECTING: Saying.CONNECTING,
    Step.PRESENT_CARD: Saying.PRESENT_CARD,
    Step.ENTER_PIN: Saying.ENTER_PIN,
    Step.WRONG_PIN: Saying.WRONG_PIN,
    Step.AUTHORISING: Saying.AUTHORISING,
    Step.REMOVE_CARD: Saying.REMOVE_CARD,
    Step.CONFIRM_AMOUNT: Saying.CONFIRM_AMOUNT,
    Step.CARD_NOT_ACCEPTED: Saying.CARD_NOT_ACCEPTED,
    Step.CARD_UNREADABLE: Saying.CARD_UNREADABLE,
    Step.REVERSING: Saying.REVERSING,
    Step.APPROVED: Saying.APPROVED_FINISHING,
    Step.DECLINED: Saying.DECLINED_FINISHING,
    Step.FOLLOW_READER: Saying.FOLLOW_READER,
    Step.WAITS_FOR_CASHIER: Saying.WAITS_FOR_CASHIER,
    Step.MAINTENANCE: Saying.MAINTENANCE,
    Step.READER_TROUBLE: Saying.READER_TROUBLE,
    Step.PLEASE_WAIT: Saying.PLEASE_WAIT,
}
TROUBLES: Final[Mapping[Trouble, Saying]] = {
    Trouble.ABSENT: Saying.READER_ABSENT,
    Trouble.CABLE: Saying.READER_CABLE,
    Trouble.POWER: Saying.READER_POWER,
    Trouble.RESTARTING: Saying.READER_RESTARTING,
    Trouble.UPDATING: Saying.READER_UPDATING,
    Trouble.BUSY_ELSEWHERE: Saying.READER_HELD_ELSEWHERE,
    Trouble.NO_PERMISSION: Saying.READER_NO_PERMISSION,
    Trouble.AMBIGUOUS: Saying.READER_AMBIGUOUS,
    Trouble.OTHER_CURRENCY: Saying.READER_OTHER_CURRENCY,
    Trouble.OTHER_TERMINAL: Saying.READER_OTHER_TERMINAL,
    Trouble.OTHER_DEVICE: Saying.READER_OTHER_DEVICE,
    Trouble.SAME_TERMINAL: Saying.READER_SAME_TERMINAL,
    Trouble.NO_ANSWER: Saying.READER_NO_ANSWER,
    Trouble.REFUSED: Saying.READER_REFUSES,
    Trouble.RESOLVING: Saying.READER_RESOLVING,
    Trouble.QUARANTINED: Saying.READER_QUARANTINED,
}


class Verdict(Struct, frozen=True):
    """One row of the table: what is said, unless more is known, and what the till does."""

    saying: Saying
    next: Next


VERDICTS: Final[Mapping[AttemptState | None, Verdict]] = {
    None: Verdict(Saying.NOT_STARTED, Next.RETRY),
    AttemptState.STARTED: Verdict(Saying.CONNECTING, Next.WAIT),
    AttemptState.REPORTED: Verdict(Saying.REPORTED, Next.WAIT),
    AttemptState.UNKNOWN: Verdict(Saying.NOT_CONFIRMED, Next.WAIT),
    AttemptState.PERSON: Verdict(Saying.NEEDS_A_PERSON, Next.CALL_A_PERSON),
    AttemptState.SET_ASIDE: Verdict(Saying.SET_ASIDE, Next.CALL_A_PERSON),
    AttemptState.APPROVED: Verdict(Saying.PAID, Next.DONE),
    AttemptState.DECLINED: Verdict(Saying.DECLINED, Next.RETRY),
    AttemptState.ABORTED: Verdict(Saying.STOPPED_BY_READER, Next.RETRY),
    AttemptState.NOT_SENT: Verdict(Saying.NOT_SENT, Next.RETRY),
    AttemptState.NOT_CHARGED: Verdict(Saying.NOT_CHARGED, Next.RETRY),
}
"""By the state of the latest attempt; None where there is none."""
NO_MONEY_TAKEN: Final = frozenset(
    {
        None,
        AttemptState.DECLINED,
        AttemptState.ABORTED,
        AttemptState.NOT_SENT,
        AttemptState.NOT_CHARGED,
    }
)
"""Where that is proven, or nothing was begun (M4)."""
HELD: Final = Verdict(Saying.HELD, Next.DONE)
"""Approved, and not captured yet: its till takes it, or gives it back, when it likes."""
CONTRADICTED: Final = Verdict(Saying.CONTRADICTED, Next.CALL_A_PERSON)
"""Proof contradicts what was decided: money may have moved twice, or not at all (M6)."""


def standing(
    intent: PaymentIntent, attempts: Sequence[Attempt], live: Mapping[str, Live]
) -> Standing:
    """How the intent stands.

    Args:
        intent: The payment.
        attempts: All its attempts, oldest first; a contradiction in any outranks the latest.
        live: What is known right now of the readers they were at, by id.
    """
    latest = next((one for one in attempts if one.id == intent.telling), None)
    now = Live(online=False) if latest is None else live[latest.reader]
    contradicted = any(attempt.contradicted for attempt in attempts)
    state = latest.state if latest else None
    verdict = CONTRADICTED if contradicted else VERDICTS[state]
    held = intent.state is IntentState.CAPTURABLE and not contradicted
    if held:
        verdict = HELD
    if intent.state is IntentState.CANCELED and not contradicted:
        return _taken_back(intent)
    return Standing(
        payment_intent=intent.id,
        state=PaymentStatus.CONTRADICTED if contradicted else payment_status(intent, latest),
        step=now.step if state in IN_DIALOGUE else None,
        sayings=(verdict.saying,)
        if contradicted or held or latest is None
        else _sayings(latest, now, verdict),
        since_ms=latest.changed_ms if latest else intent.created_ms,
        may_charge_elsewhere=state in NO_MONEY_TAKEN and not held and not contradicted,
        next=verdict.next,
        reason=why(attempts) if verdict.next is Next.CALL_A_PERSON else None,
    )


def why(attempts: Sequence[Attempt]) -> str | None:
    """The fixed word for why a person is needed: what is contradicted, else the latest doubt."""
    against = [one.discrepancy for one in attempts if one.contradicted]
    doubts = [one.reason for one in attempts if one.unproven]
    return next(iter([*against, *doubts[::-1]]), None)


def _taken_back(intent: PaymentIntent) -> Standing:
    """A till canceled it, and no reader holds any of it: none ever takes it."""
    return Standing(
        payment_intent=intent.id,
        state=PaymentStatus.CANCELLED,
        step=None,
        sayings=(Saying.CANCELLED_BY_TILL,),
        since_ms=intent.canceled_ms or intent.created_ms,
        may_charge_elsewhere=True,
        next=Next.DONE,
    )


def _sayings(attempt: Attempt, live: Live, verdict: Verdict) -> tuple[Saying, ...]:
    """What the verdict says, or better, with what the link or the terminal told of it."""
    match attempt.state:
        case AttemptState.STARTED if attempt.cancel_requested:
            return (Saying.CANCELLING,)
        case AttemptState.STARTED if live.step is not None:
            return (STEPS[live.step],)
        case AttemptState.UNKNOWN | AttemptState.NOT_SENT if live.trouble is not None:
            return (verdict.saying, TROUBLES[live.trouble])
        case AttemptState.DECLINED:
            return (_why(attempt, verdict.saying),)
        case AttemptState.ABORTED:
            return (_aborted(attempt, verdict.saying),)
        case _:
            return (verdict.saying,)


def _aborted(attempt: Attempt, otherwise: Saying) -> Saying:
    match attempt.cause:
        case AbortCause.CUSTOMER:
            return Saying.CANCELLED_BY_CUSTOMER
        case AbortCause.TILL:
            return Saying.CANCELLED_BY_TILL
        case AbortCause.DEVICE | None:
            return _why(attempt, otherwise)
        case _:
            assert_never(attempt.cause)


def _why(attempt: Attempt, otherwise: Saying) -> Saying:
    """What the terminal's result code tells a cashier, if it tells more."""
    return otherwise if attempt.code is None else RESULTS.get(attempt.code, otherwise)
