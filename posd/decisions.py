"""What a person decides where nothing else can tell (M6).

The person has the evidence and gives a reason; both are in the journal for good. An outcome is
decided once: what a terminal proves later is set beside it and never over it.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Answered, Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptFact,
    AttemptKind,
    AttemptNotCharged,
    AttemptSetAside,
    DiscrepancyClosed,
    Proof,
)
from posd.model.matching import is_other_money
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance
from posd.outcome import Conclude, Reports, approval

WITH_A_PERSON: Final = frozenset({AttemptState.PERSON, AttemptState.SET_ASIDE})
"""Nobody but a person decides these now; a proof may still come."""


class Ruling(Enum):
    """What the person found out: whether money was taken or held, or whether it was given back."""

    CHARGED = "charged"
    NOT_CHARGED = "not_charged"
    GIVEN_BACK = "given_back"
    NOT_GIVEN_BACK = "not_given_back"


_RULED: Final = {
    Ruling.CHARGED: AttemptState.APPROVED,
    Ruling.NOT_CHARGED: AttemptState.NOT_CHARGED,
    Ruling.GIVEN_BACK: AttemptState.APPROVED,
    Ruling.NOT_GIVEN_BACK: AttemptState.NOT_CHARGED,
}
_TAKES: Final = (Ruling.CHARGED, Ruling.NOT_CHARGED)
_GIVES_BACK: Final = (Ruling.GIVEN_BACK, Ruling.NOT_GIVEN_BACK)
_FITTING: Final[Mapping[AttemptKind, tuple[Ruling, Ruling]]] = {
    AttemptKind.SALE: _TAKES,
    AttemptKind.PREAUTHORISATION: _TAKES,
    AttemptKind.CAPTURE: _TAKES,
    AttemptKind.RELEASE: _GIVES_BACK,
    AttemptKind.REVERSAL: _GIVES_BACK,
    AttemptKind.REFUND: _GIVES_BACK,
}
"""What can be found out about an attempt: it was done, or not. One word cannot mean both ways."""


class Matter(Struct, frozen=True):
    """What is decided on: the attempt of this payment at this reader, by whom and why."""

    reader: str
    payment_intent: str
    reason: str
    actor: str
    claim: Claim | None

    def attempt(self, ledger: Ledger) -> Attempt:
        """The latest attempt of the payment at this reader that waits for a person, or the latest.

        A sale that its terminal contradicts waits behind a refund elsewhere. Raises Refused if the
        payment was never at this reader.
        """
        if ledger.reader(self.reader) is None:
            raise no_such("reader", self.reader)
        attempts = ledger.attempts_of(self.payment_intent)
        here = [one for one in attempts if one.reader == self.reader]
        if not here or not self.payment_intent:
            raise Refused(
                "resource_missing",
                f"Reader '{self.reader}' has no payment '{self.payment_intent}' to decide on.",
                param="payment_intent",
                status=404,
            )
        waiting = [one for one in here if one.contradicted or one.state in WITH_A_PERSON]
        return (waiting or here)[-1]


class Resolve(Struct, frozen=True):
    """The command behind `resolve`: the outcome, on a person's word.

    Where later proof contradicts a person, the same ruling once more, with a new reason, says that
    somebody has seen it and ends the alarm.
    """

    matter: Matter
    ruling: Ruling
    reports: Reports

    @property
    def actor(self) -> str:
        """Id of the manager's key."""
        return self.matter.actor

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, or None."""
        return self.matter.claim

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptApproved with what it owes, AttemptNotCharged, or DiscrepancyClosed."""
        attempt = self.matter.attempt(ledger)
        if attempt.state not in WITH_A_PERSON and not attempt.contradicted:
            _not_asked(attempt)
        _check_fits(self.ruling, attempt)
        if _RULED[self.ruling] is attempt.state:
            closed = DiscrepancyClosed(attempt.id, self.matter.reason)
            return Decision(facts=(closed,), answer=attempt.payment_intent)
        if attempt.contradicted:
            _not_asked(attempt)
        if _RULED[self.ruling] is AttemptState.APPROVED:
            _check_amount(attempt)
        decision = Conclude(self._fact(attempt), self.reports).decide(ledger, at)
        return replace(decision, answer=attempt.payment_intent)

    def _fact(self, attempt: Attempt) -> AttemptFact:
        reason = self.matter.reason
        if _RULED[self.ruling] is AttemptState.APPROVED:
            return replace(approval(attempt, Proof.PERSON, None), reason=reason)
        return AttemptNotCharged(attempt.id, Proof.PERSON, attempt.last, reason)


class SetAside(Struct, frozen=True):
    """The command behind `set_aside`: the reader is free, the payment stays unproven."""

    matter: Matter

    @property
    def actor(self) -> str:
        """Id of the till's or manager's key."""
        return self.matter.actor

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, or None."""
        return self.matter.claim

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """AttemptSetAside; or nothing, if it is set aside already."""
        attempt = self.matter.attempt(ledger)
        if attempt.state is AttemptState.SET_ASIDE:
            return Decision(facts=(), answer=attempt.payment_intent)
        if attempt.state is not AttemptState.PERSON:
            _not_asked(attempt)
        fact = AttemptSetAside(attempt.id, self.matter.reason)
        return Decision(facts=(fact,), answer=attempt.payment_intent)


class Decisions:
    """The use cases of a person who decides."""

    def __init__(self, journal: Journal, reports: Reports) -> None:
        self._journal = journal
        self._reports = reports

    async def resolve(self, matter: Matter, ruling: Ruling) -> Answered[PaymentIntent]:
        """Make the person's decision durable, and owe what it owes (M12). Raises Refused."""
        return await self._commit(Resolve(matter, ruling, self._reports))

    async def set_aside(self, matter: Matter) -> Answered[PaymentIntent]:
        """Free the reader; the payment and its order stay guarded. Raises Refused."""
        return await self._commit(SetAside(matter))

    async def _commit(self, command: Resolve | SetAside) -> Answered[PaymentIntent]:
        committed = await self._journal.commit(command)
        intent = self._journal.queries.payment_intent(committed.answer)
        assert intent is not None, committed
        return Answered(intent, committed.replayed)


def _check_fits(ruling: Ruling, attempt: Attempt) -> None:
    fitting = _FITTING[attempt.kind]
    if ruling not in fitting:
        done, not_done = (one.value for one in fitting)
        raise Refused(
            "parameter_invalid",
            f"What waits at the reader is a {attempt.kind.value}: decide '{done}' or '{not_done}'.",
            param="decision",
            payment_intent=attempt.payment_intent,
        )


def _check_amount(attempt: Attempt) -> None:
    """Refuse that it was done against the terminal's own word on how much it moved.

    What the till is told and Stripe is owed would be an amount that never moved (M10, M12).
    """
    for said in (attempt.last, attempt.reported):
        if said is not None and is_other_money(attempt, said):
            raise Refused(
                "payment_intent_unexpected_state",
                f"The terminal says that it moved {said.amount} {said.currency or ''} where "
                f"{attempt.amount} {attempt.currency} was asked for. Undo that at the terminal "
                f"and decide '{_FITTING[attempt.kind][1].value}', or set the payment aside.",
                param="decision",
                payment_intent=attempt.payment_intent,
            )


def _not_asked(attempt: Attempt) -> NoReturn:
    raise Refused(
        "payment_intent_unexpected_state",
        f"PaymentIntent '{attempt.payment_intent}' does not wait for a person: it is "
        f"{attempt.state.value.replace('_', ' ')}.",
        param="payment_intent",
        payment_intent=attempt.payment_intent,
    )
