"""What is owed to Stripe, as a person sees it and decides about it (M13).

A person takes an effect out of the queue, puts it back, or gives it up, with a reason that stays in
the journal. What would be sent never changes: it goes under its one key or not at all.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from posd.clock import Clock
from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.effect import Cause, EffectState, Owed, QueueItem
from posd.model.facts import EffectParked
from posd.model.projection import Circumstance
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from posd.upstream.payment_records import attempt_of

OPEN: Final = (EffectState.WAITING, EffectState.PARKED)


class EffectRuling(Enum):
    """What becomes of an effect, as a person says."""

    RETRY = "retry"
    PARK = "park"
    WRITE_OFF = "write_off"


LEGAL: Final[Mapping[EffectRuling, EffectState]] = {
    EffectRuling.RETRY: EffectState.PARKED,
    EffectRuling.PARK: EffectState.WAITING,
    EffectRuling.WRITE_OFF: EffectState.PARKED,
}
"""In which state each may be said."""


class Ruled(Struct, frozen=True):
    """An effect as it stands after a ruling, and whether the call was a repetition (M14)."""

    item: QueueItem
    replayed: bool


class Rule(Struct, frozen=True):
    """The command behind `retry`, `park` and `write_off`."""

    effect: str
    ruling: EffectRuling
    reason: str
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """EffectRetried, EffectHeld or EffectWrittenOff. Raises Refused."""
        state = ledger.effect_state(self.effect)
        if state is None:
            raise no_such("effect", self.effect)
        if state is not LEGAL[self.ruling]:
            raise Refused(
                "effect_unexpected_state",
                f"'{self.effect}' is {state.value.replace('_', ' ')}: what can be said of it is"
                f" {_sayable(state)}.",
            )
        named = (self.effect,)
        match self.ruling:
            case EffectRuling.RETRY:
                fact = EffectRetried(self.effect, self.reason)
                return Decision((fact,), self.effect, requeued=named)
            case EffectRuling.PARK:
                return Decision((EffectHeld(self.effect, self.reason),), self.effect, settled=named)
            case EffectRuling.WRITE_OFF:
                given_up = EffectWrittenOff(self.effect, self.reason)
                return Decision((given_up,), self.effect, settled=named)


class Queue:
    """Look-ups of what is owed, and what a person decides about it."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def wall_ms(self) -> int:
        """The wall time that ages are told by."""
        return self._clock.wall_ms()

    def listed(
        self, state: EffectState | None, limit: int, after: str | None = None
    ) -> Sequence[QueueItem]:
        """What waits and what is parked, or one of both, oldest first, after that effect."""
        if after is not None:
            self.item(after)
        states = OPEN if state is None else (state,)
        return [self._item(owed) for owed in self._journal.outbox.listed(states, limit, after)]

    def item(self, effect: str) -> QueueItem:
        """One effect, whatever became of it. Raises Refused if there is none of that id."""
        owed = self._journal.outbox.effect(effect)
        if owed is None:
            raise no_such("effect", effect)
        return self._item(owed)

    async def rule(
        self, effect: str, ruling: EffectRuling, reason: str, *, actor: str, claim: Claim | None
    ) -> Ruled:
        """Carry out what a person said; durable when it returns. Raises Refused."""
        done = await self._journal.commit(Rule(effect, ruling, reason, actor, claim))
        return Ruled(self.item(effect), done.replayed)

    def _item(self, owed: Owed) -> QueueItem:
        attempt = self._journal.queries.attempt(attempt_of(owed.effect))
        assert attempt is not None, owed.effect
        assert attempt.approved_amount is not None, attempt
        cause = self._cause(owed) if owed.state is EffectState.PARKED else None
        return QueueItem(owed, attempt.approved_amount, attempt.currency, cause)

    def _cause(self, owed: Owed) -> Cause | None:
        """The latest reason for which it was parked: Stripe's, or a person's.

        Looked for from the newest fact back: the older ones may lie in an archive.
        """
        effect, queries = owed.effect, self._journal.queries
        about = (*queries.history(effect.payment_intent), *queries.history(effect.id))
        for entry in map(queries.entry, sorted(about, reverse=True)):
            assert entry is not None, about
            match entry.fact:
                case EffectParked(effect.id, _, status, code, message):
                    return Cause(status, code, message, entry.actor, entry.wall_ms)
                case EffectHeld(_, reason):
                    return Cause(None, "", reason, entry.actor, entry.wall_ms)
                case _:
                    pass
        return None


def _sayable(state: EffectState) -> str:
    words = [f"'{ruling.value}'" for ruling, needed in LEGAL.items() if needed is state]
    return " or ".join(words) or "nothing more"
