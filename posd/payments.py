"""What tills do: say what is to be paid, and have a reader take it.

Legality is decided inside the writer's transaction, so that two tills that press the button at the
same moment are two commands in an order, and one of them gets the reader (M7).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from posd import admission, capabilities, gap, offline_limits, quarantine
from posd.attachments import Attachment
from posd.clock import Clock
from posd.errors import Refused
from posd.failpoints import Failpoint, Reach
from posd.guarded_days import DaysInForce
from posd.handover import hand_over, last_word
from posd.ids import Ids
from posd.intents import (
    ORDER_PART,
    Change,
    CreatePaymentIntent,
    NewPaymentIntent,
    UpdatePaymentIntent,
    check_money,
    found,
)
from posd.journal.command import Answered, Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.backlog import NO_LIMITS, OfflineLimits
from posd.model.business_day import BusinessDay, GuardedDays
from posd.model.facts import (
    AttemptKind,
    AttemptStarted,
    Baseline,
    CancelRequested,
)
from posd.model.payment_intent import MANUAL, IntentState, PaymentIntent
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.reader_facts import ManualCapture
from posd.outcome import CHARGES
from posd_drivers.ability import Operation

log = logging.getLogger(__name__)

LAST_WORD_S: Final = 10.0
"""How long a cancel waits for the terminal's last word (M9)."""

OfflineRule: TypeAlias = Callable[[str], str | None]
"""Names the configuration that forbids a sale at this reader at this moment, or None."""


class ProcessPaymentIntent(Struct, frozen=True):
    """The command behind `process_payment_intent`: AttemptStarted, if nothing stands in the way.

    `baseline` is None while the terminal is absent or still being asked about itself, and once
    posd takes no new sale. `forbidden_by` is the configuration that allows no sale without Stripe,
    while there is no line to it. `days` are those in which another payment of its order counts.
    """

    attempt: str
    reader: str
    payment_intent: str
    baseline: Baseline | None
    forbidden_by: str | None
    actor: str
    claim: Claim | None
    days: GuardedDays
    limits: OfflineLimits = NO_LIMITS

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptStarted; or nothing, if this reader already has this intent in hand (M14)."""
        reader = admission.attached(self.reader, ledger)
        taken = ledger.unended_at(self.reader)
        its_own = taken is not None and taken.payment_intent == self.payment_intent
        if taken is not None and its_own and taken.kind in CHARGES:
            return Decision(facts=(), answer=reader.id)
        gap.refuse(ledger)
        gap.refuse_taken(self.payment_intent, ledger)
        intent = found(ledger, self.payment_intent)
        _check_intent(intent, ledger)
        kind = _kind(intent, reader)
        quarantine.refuse(reader, taken.payment_intent if taken is not None else None)
        if taken is not None:
            admission.busy(taken, at)
        _check_order(intent, ledger, self.days, at)
        if self.forbidden_by is not None:
            raise Refused(
                "terminal_reader_offline",
                f"Configuration '{self.forbidden_by}' allows no payment at reader '{reader.id}' "
                "while Stripe cannot be reached (offline.enabled is false); nothing was sent.",
            )
        offline_limits.refuse(self.limits, intent, ledger, at)
        fact = AttemptStarted(
            attempt=self.attempt,
            kind=kind,
            payment_intent=intent.id,
            reader=reader.id,
            amount=intent.amount,
            currency=intent.currency,
            baseline=admission.on_the_line(reader, self.baseline),
            tips=reader.tips and kind is AttemptKind.SALE,
        )
        return Decision(facts=(fact,), answer=reader.id)


class CancelAction(Struct, frozen=True):
    """The command behind `cancel_action`: CancelRequested, for the attempt of this moment.

    Its claim is what keeps a cancel that is repeated later from the next sale (M14).
    """

    reader: str
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """CancelRequested; or nothing, if no attempt takes the reader. Answers with either."""
        admission.attached(self.reader, ledger)
        taken = ledger.unended_at(self.reader)
        if taken is None:
            return Decision(facts=(), answer=self.reader)
        if taken.state is not AttemptState.STARTED or taken.kind is AttemptKind.END_OF_DAY:
            admission.busy(taken, at)
        if taken.cancel_requested:
            return Decision(facts=(), answer=taken.id)
        return Decision(facts=(CancelRequested(taken.id),), answer=taken.id)


class Payments:
    """The use cases of a payment.

    Attributes:
        limits: How much Stripe may not have been told of, as it counts now.
    """

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        attachments: Mapping[str, Attachment],
        *,
        ids: Ids,
        clock: Clock,
        day: BusinessDay,
        order_key: str,
        offline_rule: OfflineRule,
        reach: Reach,
        limits: OfflineLimits = NO_LIMITS,
    ) -> None:
        self._journal = journal
        self._attachments = attachments
        self._ids = ids
        self._day = day
        self._days = DaysInForce(day, clock)
        self._order_key = order_key
        self._offline_rule = offline_rule
        self.limits = limits
        self._reach = reach
        self._open = True

    def close_doors(self) -> None:
        """Take no new sale from here on: posd is about to stop."""
        self._open = False

    async def create(
        self, new: NewPaymentIntent, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Make a PaymentIntent durable. Raises Refused, and then nothing was written."""
        check_money(new.amount, new.currency)
        command = CreatePaymentIntent(
            self._ids.new("pi_posd"), new, self._order_key, self._day, actor, claim
        )
        return await self._commit(command)

    async def update(
        self, intent: str, change: Change, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Change what is to be paid. Raises Refused while a reader has it, or once it is over."""
        return await self._commit(
            UpdatePaymentIntent(intent, change, self._order_key, actor, claim)
        )

    async def process(
        self, reader: str, payment_intent: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Have the reader take the payment; answers once its terminal took the command.

        Raises Refused: `terminal_reader_busy`, `terminal_reader_offline`, `intent_invalid_state`,
        `payment_intent_unexpected_state` before anything is journaled; `terminal_reader_offline`
        also when the device turned out to be gone (proven: no byte was sent), and
        `terminal_reader_timeout` when no acknowledgement came in time, the attempt going on.
        """
        attachment = self._attachments.get(reader)
        self._reach(Failpoint.BEFORE_ATTEMPT_STARTED)
        command = ProcessPaymentIntent(
            attempt=self._ids.new("att_posd"),
            reader=reader,
            payment_intent=payment_intent,
            baseline=attachment.baseline if attachment is not None and self._open else None,
            forbidden_by=self._offline_rule(reader),
            actor=actor,
            claim=claim,
            days=self._days.now(),
            limits=self.limits,
        )
        committed = await self._journal.commit(command)
        started = committed.record(Attempt, command.attempt)
        if started is not None:
            self._reach(Failpoint.AFTER_ATTEMPT_STARTED)
            assert attachment is not None, reader
            await hand_over(self._journal, attachment, started)
        record = self._journal.queries.reader(reader)
        assert record is not None, reader
        return Answered(record, committed.replayed)

    async def cancel_action(
        self, reader: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Ask the terminal to stop and wait for its last word (M9).

        Returns when the attempt is proven to have ended without a payment, or if none was running.
        Raises Refused: `terminal_reader_busy` if it was too late, `terminal_reader_timeout` if
        there is no last word, the attempt going on.
        """
        committed = await self._journal.commit(CancelAction(reader, actor, claim))
        attempt = self._journal.queries.attempt(committed.answer)
        if attempt is not None:
            attachment = self._attachments.get(reader)
            if attachment is not None:
                attachment.stop(attempt.id)
            await self._last_word(attempt.id)
        record = self._journal.queries.reader(reader)
        assert record is not None, reader
        return Answered(record, committed.replayed)

    async def _commit(
        self, command: CreatePaymentIntent | UpdatePaymentIntent
    ) -> Answered[PaymentIntent]:
        committed = await self._journal.commit(command)
        intent = committed.record(PaymentIntent, committed.answer)
        if intent is None:  # nothing changed
            intent = self._journal.queries.payment_intent(committed.answer)
        assert intent is not None, committed
        return Answered(intent, committed.replayed)

    async def _last_word(self, attempt_id: str) -> None:
        attempt = await last_word(self._journal, attempt_id, LAST_WORD_S)
        if attempt.state in (AttemptState.APPROVED, AttemptState.DECLINED):
            raise Refused(
                "terminal_reader_busy",
                "The card was presented before the terminal could stop.",
                payment_intent=attempt.payment_intent,
            )
        if attempt.unproven:
            raise Refused(
                "terminal_reader_timeout",
                "The terminal has not said that it stopped; the payment may still be taken.",
                payment_intent=attempt.payment_intent,
            )


def _check_intent(intent: PaymentIntent, ledger: Ledger) -> None:
    match intent.state:
        case IntentState.OPEN if ledger.contradicted(intent.id):
            raise Refused(
                "payment_intent_unexpected_state",
                f"The terminal contradicts what was decided on PaymentIntent '{intent.id}': "
                "a person has to say first what came of it.",
                param="payment_intent",
                payment_intent=intent.id,
            )
        case IntentState.OPEN:
            return
        case IntentState.APPROVED:
            raise Refused(
                "intent_invalid_state",
                f"PaymentIntent '{intent.id}' is paid already.",
                param="payment_intent",
                payment_intent=intent.id,
            )
        case IntentState.CAPTURABLE:
            raise Refused(
                "payment_intent_unexpected_state",
                f"PaymentIntent '{intent.id}' is held already: capture or cancel it.",
                param="payment_intent",
                payment_intent=intent.id,
            )
        case IntentState.CANCELED:
            raise Refused(
                "payment_intent_unexpected_state",
                f"PaymentIntent '{intent.id}' is canceled.",
                param="payment_intent",
                payment_intent=intent.id,
            )
        case IntentState.IN_HAND | IntentState.UNPROVEN:
            raise Refused(
                "payment_intent_unexpected_state",
                f"PaymentIntent '{intent.id}' is in hand at another reader, or its outcome is "
                "not proven yet.",
                param="payment_intent",
                payment_intent=intent.id,
            )


def _kind(intent: PaymentIntent, reader: Reader) -> AttemptKind:
    """What the reader is asked for. Raises Refused where it cannot do that, or not all of it."""
    if intent.currency != reader.currency:
        raise Refused(
            "payment_intent_incompatible_payment_method",
            f"Reader '{reader.id}' takes {reader.currency} and no other currency; "
            f"the PaymentIntent is in {intent.currency}.",
            param="payment_intent",
        )
    if intent.capture_method != MANUAL:
        return AttemptKind.SALE
    match reader.manual_capture:
        case ManualCapture.PREAUTH:
            capabilities.refuse(reader, Operation.PREAUTHORISATION)
            capabilities.refuse(reader, Operation.CAPTURE)
            return AttemptKind.PREAUTHORISATION
        case ManualCapture.SALE_THEN_REVERSE:
            capabilities.refuse(reader, Operation.REVERSAL)
            return AttemptKind.SALE
        case ManualCapture.REFUSE:
            raise Refused(
                "payment_intent_incompatible_payment_method",
                f"Reader '{reader.id}' captures at once; its configuration allows no manual "
                "capture (manual_capture).",
                param="payment_intent",
            )


def _check_order(
    intent: PaymentIntent, ledger: Ledger, days: GuardedDays, at: Circumstance
) -> None:
    if intent.order is None:
        return
    for guard in ledger.guarded_order(intent.order, days.beside(intent.business_day)):
        split = intent.order_part is not None and guard.order_part not in (None, intent.order_part)
        if guard.payment_intent != intent.id and not split:
            age_s = (at.wall_ms - guard.created_ms) // 1000
            raise Refused(
                "payment_intent_unexpected_state",
                f"Order '{intent.order}' has a payment already: '{guard.payment_intent}', "
                f"{guard.amount} {guard.currency}, {age_s} s old. For a split, name each part in "
                f"metadata[{ORDER_PART}].",
                param="payment_intent",
                payment_intent=guard.payment_intent,
            )
