"""How a payment stands whose money is going back, or was to: for the till that waits for it.

Whatever becomes of a refund, the payment stays paid: nothing here makes a till have a reader take
it again. What goes back is told as given only where that is proven.
"""

from collections.abc import Mapping
from typing import Final

from posd.api.standing import STEPS, TROUBLES, Next, Standing, Verdict
from posd.live import Live
from posd.model.as_asked import Mismatch
from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import PaymentIntent
from posd.outcome import IN_DIALOGUE
from posd.snapshot.payments import refund_status
from posd.texts.sayings import Saying
from posd_drivers.card_reader import Step

VERDICTS: Final[Mapping[AttemptState, Verdict]] = {
    AttemptState.STARTED: Verdict(Saying.REFUND_BEGINS, Next.WAIT),
    AttemptState.REPORTED: Verdict(Saying.REFUND_REPORTED, Next.WAIT),
    AttemptState.UNKNOWN: Verdict(Saying.REFUND_NOT_CONFIRMED, Next.WAIT),
    AttemptState.PERSON: Verdict(Saying.REFUND_NEEDS_A_PERSON, Next.CALL_A_PERSON),
    AttemptState.SET_ASIDE: Verdict(Saying.REFUND_SET_ASIDE, Next.CALL_A_PERSON),
    AttemptState.APPROVED: Verdict(Saying.REFUNDED, Next.DONE),
    AttemptState.DECLINED: Verdict(Saying.REFUND_DECLINED, Next.DONE),
    AttemptState.ABORTED: Verdict(Saying.REFUND_STOPPED, Next.DONE),
    AttemptState.NOT_SENT: Verdict(Saying.REFUND_NOT_SENT, Next.DONE),
    AttemptState.NOT_CHARGED: Verdict(Saying.REFUND_NOT_GIVEN, Next.DONE),
}
"""By the state of the attempt that carries the refund out."""
REFUND_STEPS: Final[Mapping[Step, Saying]] = {
    **STEPS,
    Step.CONNECTING: Saying.REFUND_BEGINS,
    Step.PRESENT_CARD: Saying.REFUND_PRESENT_CARD,
}
DOUBTED: Final = frozenset(
    {
        AttemptState.UNKNOWN,
        AttemptState.PERSON,
        AttemptState.SET_ASIDE,
        AttemptState.NOT_CHARGED,
    }
)
"""States in which the reason of the doubt is still worth telling."""


def refund_standing(intent: PaymentIntent, attempt: Attempt, live: Mapping[str, Live]) -> Standing:
    """How the intent stands whose latest attempt, `attempt`, is a refund.

    `live` is what is known right now of the reader it is at, by id. Once all went back, the order
    may be charged anew.
    """
    now = live[attempt.reader]
    verdict = VERDICTS[attempt.state]
    return Standing(
        payment_intent=intent.id,
        state=refund_status(intent, attempt),
        step=now.step if attempt.state in IN_DIALOGUE else None,
        sayings=_sayings(attempt, now),
        since_ms=attempt.changed_ms,
        may_charge_elsewhere=intent.given_back,
        next=verdict.next,
        reason=attempt.reason if verdict.next is Next.CALL_A_PERSON else None,
    )


def _sayings(attempt: Attempt, live: Live) -> tuple[Saying, ...]:
    saying = VERDICTS[attempt.state].saying
    if attempt.state is AttemptState.STARTED:
        if attempt.cancel_requested:
            return (Saying.REFUND_CANCELLING,)
        return (saying if live.step is None else REFUND_STEPS[live.step],)
    if attempt.state in DOUBTED and attempt.reason == Mismatch.CARD.value:
        return (Saying.REFUND_OTHER_CARD, saying)
    troubled = attempt.state in (AttemptState.UNKNOWN, AttemptState.NOT_SENT)
    if troubled and live.trouble is not None:
        return (saying, TROUBLES[live.trouble])
    return (saying,)
