"""What Stripe's answers make true, as commands: an effect done, or parked."""

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.model.effect import Effect, EffectState
from posd.model.facts import EffectDone, EffectParked
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance
from posd.model.refund import RefundState
from posd.upstream.payment_records import REPORT_SUFFIX, PaymentRecordReports, attempt_of


class Settle(Struct, frozen=True):
    """An effect is done, and what it makes possible is owed from the same transaction on."""

    effect: Effect
    result: str | None
    reports: PaymentRecordReports
    actor: str = "sync"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """EffectDone; and what a report owes: its guarantee, and what has gone back meanwhile."""
        done = EffectDone(self.effect.id, self.effect.payment_intent, self.result)
        return Decision((done,), effects=self._next(ledger), settled=(self.effect.id,))

    def _next(self, ledger: Ledger) -> tuple[Effect, ...]:
        if self.result is None or not self.effect.id.endswith(REPORT_SUFFIX):
            return ()
        attempt = ledger.attempt(attempt_of(self.effect))
        intent = ledger.payment_intent(self.effect.payment_intent)
        assert attempt is not None, self.effect
        assert intent is not None, self.effect
        guarantee = self.reports.guaranteed(intent, attempt, self.result)
        return (guarantee, *self._given_back(ledger, intent, self.result))

    def _given_back(self, ledger: Ledger, intent: PaymentIntent, record: str) -> tuple[Effect, ...]:
        owed: list[Effect] = []
        for refund in ledger.refunds_of(intent.id):
            attempt = ledger.attempt(refund.attempt) if refund.attempt else None
            if attempt is not None and refund.state is RefundState.SUCCEEDED:
                owed += self.reports.given_back(intent, attempt, record)
        return tuple(owed)


class Park(Struct, frozen=True):
    """Stripe refused an effect for good; it waits for a person and delays no other."""

    effect: Effect
    status: int
    code: str
    message: str
    actor: str = "sync"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """EffectParked, or nothing if a person has given it up meanwhile."""
        effect = self.effect
        if ledger.effect_state(effect.id) is EffectState.WRITTEN_OFF:
            return Decision(())
        fact = EffectParked(effect.id, effect.payment_intent, self.status, self.code, self.message)
        return Decision((fact,), settled=(effect.id,))
