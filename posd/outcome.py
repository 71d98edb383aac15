"""How an attempt ends, as commands: one more fact, and what an approval owes upstream (M12)."""

from typing import Final, Protocol

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.model import attempt as moves
from posd.model.attempt import Attempt, AttemptState
from posd.model.effect import Effect
from posd.model.facts import AttemptApproved, AttemptFact, AttemptKind, Proof
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance
from posd.model.restore import NOWHERE, Provenance
from posd_drivers.card_reader import Receipt, Transaction

IN_DIALOGUE: Final = frozenset({AttemptState.STARTED, AttemptState.REPORTED})
"""A terminal is busy with it, or was when posd last heard."""
PRINTING: Final = IN_DIALOGUE | {AttemptState.UNKNOWN}
"""Receipts may come, also after an answer that left the outcome unknown (M2, M10)."""
CHARGES: Final = frozenset({AttemptKind.SALE, AttemptKind.PREAUTHORISATION})
"""Kinds of attempts that take money from a card, or hold it."""
SINCE_STARTED: Final = "since_started_ms"
"""The leg that each fact of an attempt carries: from its start to this fact."""


class Reports(Protocol):
    """Says what is owed upstream for an approval; nothing where there is no upstream (M12)."""

    def reported(
        self, intent: PaymentIntent, attempt: Attempt, at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """The effects of an attempt that has just been approved, by the facts that stand there."""
        ...

    def captured(
        self, intent: PaymentIntent, sale: Attempt, at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """The effects of a sale that was held since it was approved, and is captured now."""
        ...


class NoReports:
    """A store without Stripe: nothing is owed."""

    def reported(
        self, _intent: PaymentIntent, _attempt: Attempt, _at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """Nothing."""
        return ()

    def captured(
        self, _intent: PaymentIntent, _sale: Attempt, _at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """Nothing."""
        return ()


NO_REPORTS = NoReports()


class Conclude(Struct, frozen=True):
    """One more fact of an attempt, from posd itself.

    `only_from` makes it a command that says nothing if the attempt has moved on meanwhile.
    """

    fact: AttemptFact
    reports: Reports = NO_REPORTS
    only_from: frozenset[AttemptState] = frozenset(AttemptState)
    actor: str = "attempts"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """The fact, and what an approval owes upstream."""
        attempt = ledger.attempt(self.fact.attempt)
        assert attempt is not None, self.fact
        if attempt.state not in self.only_from:
            return Decision(facts=(), answer=attempt.id)
        effects: tuple[Effect, ...] = ()
        if isinstance(self.fact, AttemptApproved) and attempt.kind is not AttemptKind.END_OF_DAY:
            intent = ledger.payment_intent(attempt.payment_intent)
            assert intent is not None, attempt
            approved = moves.apply(attempt, self.fact, at.wall_ms)
            effects = self.reports.reported(intent, approved, at.provenance)
        legs = {SINCE_STARTED: max(0, at.wall_ms - attempt.started_ms)}
        return Decision(facts=(self.fact,), answer=attempt.id, effects=effects, legs=legs)


def charge_id(attempt: str) -> str:
    """The charge an attempt becomes if it is approved: `att_posd_X` gives `ch_posd_X`."""
    return "ch_" + attempt.removeprefix("att_")


def attempt_of_charge(charge: str) -> str:
    """The id of the attempt that this charge would be of."""
    return "att_" + charge.removeprefix("ch_")


def approval(
    attempt: Attempt,
    proof: Proof,
    transaction: Transaction | None,
    receipts: tuple[Receipt, ...] = (),
) -> AttemptApproved:
    """The fact that an attempt is approved, with the amount the terminal took."""
    taken = transaction.amount if transaction is not None else None
    return AttemptApproved(
        attempt=attempt.id,
        charge=charge_id(attempt.id) if attempt.kind in CHARGES else None,
        amount=attempt.amount if taken is None else taken,
        proof=proof,
        transaction=transaction,
        receipts=receipts,
    )
