"""What is held at a reader: taken by a capture, given back by a cancel (M11, M12).

A reader holds a payment as a reservation, which its terminal books or releases; or as a sale that
its terminal has booked already, which a capture takes in posd's books alone, and a cancel reverses.
How it was held says which, not what the configuration says since.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from posd import admission, capabilities, gap, reversal
from posd.attachments import Attachment
from posd.errors import Refused
from posd.failpoints import Failpoint, Reach
from posd.handover import hand_over, last_word
from posd.ids import Ids
from posd.intents import CancelPaymentIntent, found
from posd.journal.command import Answered, Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, AttemptStarted, Baseline, PaymentIntentCaptured
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.projection import Circumstance
from posd.outcome import Reports

LAST_WORD_S: Final = 60.0
"""How long a capture or cancel waits for the terminal's last word, once it took the command."""
REFUSED: Final = frozenset({AttemptState.DECLINED, AttemptState.ABORTED})
"""The terminal said no: what is held is held as before."""


class Asked(Struct, frozen=True):
    """What a till asks of a payment, and what its reader says of itself at that moment.

    Attributes:
        attempt: The id of the attempt, should a terminal be needed for it.
        baseline: None while the terminal is not there, and once posd begins nothing new.
    """

    intent: str
    attempt: str
    baseline: Baseline | None
    actor: str
    claim: Claim | None

    def begin(
        self, kind: AttemptKind, held: Attempt, amount: int, ledger: Ledger, at: Circumstance
    ) -> AttemptStarted:
        """The attempt at the reader that holds the payment. Raises Refused."""
        reader = admission.admit(held.reader, ledger, at)
        capabilities.refuse(reader, capabilities.ASKS_FOR[kind])
        baseline = admission.on_the_line(reader, self.baseline)
        if kind is AttemptKind.REVERSAL:
            _check_reversible(held, baseline, ledger)
        else:
            _check_reservation(held, baseline)
        return AttemptStarted(
            attempt=self.attempt,
            kind=kind,
            payment_intent=held.payment_intent,
            reader=reader.id,
            amount=amount,
            currency=held.currency,
            baseline=baseline,
            original=held.id,
        )


class Capture(Struct, frozen=True):
    """The command behind `POST /v1/payment_intents/{intent}/capture`.

    `amount` in minor units, or None for all that is held.
    """

    asked: Asked
    amount: int | None
    reports: Reports

    @property
    def actor(self) -> str:
        """Id of the till's key."""
        return self.asked.actor

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, or None."""
        return self.asked.claim

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptStarted; or PaymentIntentCaptured with what it owes, where the sale is booked."""
        gap.refuse(ledger)
        intent = found(ledger, self.asked.intent, "intent")
        if intent.state is not IntentState.CAPTURABLE:
            _unexpected(intent, f"cannot be captured: it {_STANDS[intent.state]}")
        held = _held(intent, ledger)
        amount = self.amount or intent.amount_capturable
        if amount > intent.amount_capturable:
            raise Refused(
                "amount_too_large",
                f"PaymentIntent '{intent.id}' holds {intent.amount_capturable} {intent.currency} "
                "and no more.",
                param="amount_to_capture",
                payment_intent=intent.id,
            )
        if held.kind is AttemptKind.SALE:
            return self._take_whole(intent, held, amount, at)
        gap.refuse_taken(intent.id, ledger)
        fact = self.asked.begin(AttemptKind.CAPTURE, held, amount, ledger, at)
        return Decision(facts=(fact,), answer=intent.id)

    def _take_whole(
        self, intent: PaymentIntent, sale: Attempt, amount: int, at: Circumstance
    ) -> Decision:
        if amount != intent.amount_capturable:
            raise Refused(
                "parameter_invalid",
                f"Reader '{sale.reader}' has sold {intent.amount_capturable} {intent.currency} "
                "already: capture it in full, and give a part back with a refund.",
                param="amount_to_capture",
                payment_intent=intent.id,
            )
        return Decision(
            facts=(PaymentIntentCaptured(intent.id),),
            answer=intent.id,
            effects=self.reports.captured(intent, sale, at.provenance),
        )


class Cancel(Struct, frozen=True):
    """The command behind `POST /v1/payment_intents/{intent}/cancel`. `reason` is Stripe's word."""

    asked: Asked
    reason: str | None

    @property
    def actor(self) -> str:
        """Id of the till's key."""
        return self.asked.actor

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, or None."""
        return self.asked.claim

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptStarted, where a reader has to give it back; else PaymentIntentCanceled."""
        gap.refuse(ledger)
        gap.refuse_taken(self.asked.intent, ledger)
        intent = found(ledger, self.asked.intent, "intent")
        if intent.state is not IntentState.CAPTURABLE:
            take_back = CancelPaymentIntent(intent.id, self.reason, self.actor, self.claim)
            return take_back.decide(ledger, at)
        held = _held(intent, ledger)
        kind = AttemptKind.REVERSAL if held.kind is AttemptKind.SALE else AttemptKind.RELEASE
        fact = self.asked.begin(kind, held, intent.amount_capturable, ledger, at)
        fact = replace(fact, cancellation_reason=self.reason)
        return Decision(facts=(fact,), answer=intent.id)


class Captures:
    """The use cases of what is held."""

    def __init__(
        self,
        journal: Journal,
        attachments: Mapping[str, Attachment],
        reports: Reports,
        *,
        ids: Ids,
        reach: Reach,
    ) -> None:
        self._journal = journal
        self._attachments = attachments
        self._reports = reports
        self._ids = ids
        self._reach = reach
        self._open = True

    def close_doors(self) -> None:
        """Begin nothing more at a reader: posd is about to stop."""
        self._open = False

    async def capture(
        self, intent: str, amount: int | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Take what is held, or `amount` of it in minor units; the rest is given back.

        Returns once that is proven; or when it cannot be proven yet, with the intent as it stands
        (M3). Raises Refused as `cancel` does, and for more than is held.
        """
        asked = self._asked(intent, actor, claim)
        return await self._carry_out(Capture(asked, amount, self._reports))

    async def cancel(
        self, intent: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Take the payment back for good: at once, or by giving back what its reader holds.

        Returns once that is proven; or when it cannot be proven yet, with the intent as it stands
        (M3). Raises Refused while a reader has it, once it is over (M9), where nothing may begin at
        its reader, and where its terminal refuses: then it is held as before.
        """
        return await self._carry_out(Cancel(self._asked(intent, actor, claim), reason))

    def _asked(self, intent: str, actor: str, claim: Claim | None) -> Asked:
        return Asked(intent, self._ids.new("att_posd"), self._baseline(intent), actor, claim)

    def _baseline(self, intent_id: str) -> Baseline | None:
        """What the reader of its latest attempt says of itself: that one holds it, if any does."""
        intent = self._journal.queries.payment_intent(intent_id)
        if intent is None or intent.attempt is None or not self._open:
            return None
        attachment = self._attachments.get(self._attempt(intent.attempt).reader)
        return attachment.baseline if attachment is not None else None

    async def _carry_out(self, command: Capture | Cancel) -> Answered[PaymentIntent]:
        self._reach(Failpoint.BEFORE_ATTEMPT_STARTED)
        committed = await self._journal.commit(command)
        started = committed.record(Attempt, command.asked.attempt)
        if started is not None:
            self._reach(Failpoint.AFTER_ATTEMPT_STARTED)
            await hand_over(self._journal, self._attachments[started.reader], started)
            await self._last_word(started)
        intent = self._journal.queries.payment_intent(committed.answer)
        assert intent is not None, committed
        return Answered(intent, committed.replayed)

    async def _last_word(self, started: Attempt) -> None:
        ended = await last_word(self._journal, started.id, LAST_WORD_S)
        if ended.state in REFUSED:
            code = "nothing more" if ended.code is None else f"result code {ended.code:02X}"
            raise Refused(
                "processing_error",
                f"The terminal refused ({code}, hexadecimal). PaymentIntent "
                f"'{ended.payment_intent}' is held as before.",
                payment_intent=ended.payment_intent,
            )

    def _attempt(self, id_: str) -> Attempt:
        attempt = self._journal.queries.attempt(id_)
        assert attempt is not None, id_
        return attempt


_STANDS: Final[Mapping[IntentState, str]] = {
    IntentState.OPEN: "is not held by any reader",
    IntentState.IN_HAND: "is at a reader",
    IntentState.UNPROVEN: "has an outcome that is not proven yet",
    IntentState.APPROVED: "is captured already",
    IntentState.CANCELED: "is canceled",
}


def _held(intent: PaymentIntent, ledger: Ledger) -> Attempt:
    """The attempt that holds the payment. Raises Refused while proof contradicts it (M6)."""
    if ledger.contradicted(intent.id):
        _unexpected(intent, "is contradicted by its terminal: a person has to say what came of it")
    held = ledger.attempt(intent.attempt or "")
    assert held is not None, intent
    return held


def _check_reversible(sale: Attempt, baseline: Baseline, ledger: Ledger) -> None:
    obstacle = reversal.obstacle(sale, baseline, ledger)
    if obstacle is not None:
        raise Refused(
            "payment_intent_unexpected_state",
            f"PaymentIntent '{sale.payment_intent}' {obstacle.value}: it can no longer be "
            "reversed. Capture it, and give the money back with a refund.",
            param="intent",
            payment_intent=sale.payment_intent,
        )


def _check_reservation(held: Attempt, baseline: Baseline) -> None:
    """A terminal finds its reservation by the receipt number that it gave it."""
    if held.baseline.terminal_id != baseline.terminal_id:
        why = reversal.Obstacle.OTHER_TERMINAL
    elif held.told is None or held.told.receipt is None:
        why = reversal.Obstacle.NO_RECEIPT_NUMBER
    else:
        return
    raise Refused(
        "payment_intent_unexpected_state",
        f"PaymentIntent '{held.payment_intent}' {why.value}: book or release the reservation at "
        "the terminal that holds it.",
        param="intent",
        payment_intent=held.payment_intent,
    )


def _unexpected(intent: PaymentIntent, why: str) -> NoReturn:
    raise Refused(
        "payment_intent_unexpected_state",
        f"PaymentIntent '{intent.id}' {why}.",
        param="intent",
        payment_intent=intent.id,
    )
