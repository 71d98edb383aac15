"""The journal's query side in memory, and what the fakes of the API's tests write to it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from posd.journal.command import Claim, Event
from posd.journal.queries import (
    ANY_REFUND,
    ANY_TIME,
    CreatedFilter,
    RefundFilter,
    StoredEvent,
)
from posd.journal.tries import Tries
from posd.model import attempt as attempts
from posd.model import payment_intent as intents
from posd.model.attempt import Attempt
from posd.model.facts import AttemptFact, AttemptKind
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.restore import ImportedPayment, Restore
from tests.unit.posd import records
from tests.unit.posd.api.upstream_fakes import MirrorFake


@dataclass
class Store:
    """The journal's query side, and what the fakes write to it."""

    intents: dict[str, PaymentIntent] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    known_readers: dict[str, Reader] = field(default_factory=dict)
    claims: dict[tuple[str, str], tuple[Claim, str]] = field(default_factory=dict)
    known_refunds: dict[str, Refund] = field(default_factory=dict)
    known_events: dict[str, StoredEvent] = field(default_factory=dict)
    restore: Restore | None = None
    lost: dict[str, ImportedPayment] = field(default_factory=dict)
    commits: int = 0
    mirror: MirrorFake = field(default_factory=MirrorFake)
    after_intent: Callable[[], None] | None = None
    """What is committed between the look-up of an intent and the next, unless both are one."""

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        later, self.after_intent = self.after_intent, None
        yield
        self.after_intent = later

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        found = self.intents.get(id_)
        if self.after_intent is not None:
            self.after_intent()
        return found

    def payment_intents(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
    ) -> list[PaymentIntent]:
        newest_first = [
            one
            for one in reversed(self.intents.values())
            if created.from_ms <= one.created_ms < created.before_ms
        ]
        ids = [one.id for one in newest_first]
        if ending_before is not None:
            end = ids.index(ending_before)
            return newest_first[max(0, end - limit) : end]
        start = 0 if starting_after is None else ids.index(starting_after) + 1
        return newest_first[start : start + limit]

    def open_restore(self) -> Restore | None:
        return self.restore

    def imported_of(self, payment_intent: str) -> ImportedPayment | None:
        return self.lost.get(payment_intent)

    def payment_intents_of(
        self, order: str, business_day: str | None, limit: int, starting_after: str | None = None
    ) -> list[PaymentIntent]:
        of_order = [
            one
            for one in reversed(self.intents.values())
            if one.order == order and business_day in (None, one.business_day)
        ]
        ids = [one.id for one in of_order]
        start = 0 if starting_after is None else ids.index(starting_after) + 1
        return of_order[start : start + limit]

    def mirrored(self, id_: str) -> Mirrored | None:
        return self.mirror.known.get(id_)

    def attempt(self, id_: str) -> Attempt | None:
        return self.attempts.get(id_)

    def tries_at(self, intents: Sequence[PaymentIntent]) -> list[Tries]:
        telling = [self.attempts.get(one.telling) if one.telling else None for one in intents]
        tried = [self.attempts_of(one.id) for one in intents]
        return [
            Tries(told, of_it[-1] if of_it else None)
            for told, of_it in zip(telling, tried, strict=True)
        ]

    def attempts_of(self, payment_intent: str) -> list[Attempt]:
        return [one for one in self.attempts.values() if one.payment_intent == payment_intent]

    def closings_of(self, reader: str, count: int) -> list[Attempt]:
        newest_first = reversed(self.attempts.values())
        closings = [one for one in newest_first if one.kind is AttemptKind.END_OF_DAY]
        return [one for one in closings if one.reader == reader][:count]

    def refund(self, id_: str) -> Refund | None:
        return self.known_refunds.get(id_)

    def refunds(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
        of: RefundFilter = ANY_REFUND,
    ) -> list[Refund]:
        assert (starting_after, ending_before, created) == (None, None, ANY_TIME), "journal's tests"
        newest_first = list(reversed(self.known_refunds.values()))
        return [
            one
            for one in newest_first
            if of.payment_intent in (None, one.payment_intent) and of.charge in (None, one.charge)
        ][:limit]

    def event(self, id_: str) -> StoredEvent | None:
        return self.known_events.get(id_)

    def events(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
        kinds: Sequence[str] = (),
    ) -> list[StoredEvent]:
        assert ending_before is None, "the journal's tests page backwards"
        newest_first = [
            one
            for one in reversed(self.known_events.values())
            if created.from_ms <= one.created_ms < created.before_ms
            and any(fnmatchcase(one.event.type, kind) for kind in kinds or ("*",))
        ]
        ids = [one.event.id for one in newest_first]
        start = 0 if starting_after is None else ids.index(starting_after) + 1
        return newest_first[start : start + limit]

    def happened(self, kind: str, object_: str) -> str:
        """One more event, a second after the one before; its id."""
        id_ = f"evt_posd_{len(self.known_events):06d}"
        at_ms = records.CREATED_MS + 1000 * len(self.known_events)
        told = {
            "id": id_,
            "object": "event",
            "created": at_ms // 1000,
            "type": kind,
            "data": {"object": {"id": object_, "object": "payment_intent"}},
        }
        body = json.dumps(told).encode()
        self.known_events[id_] = StoredEvent(Event(id_, kind, object_, body), at_ms)
        return id_

    def reader(self, id_: str) -> Reader | None:
        return self.known_readers.get(id_)

    def readers(self) -> list[Reader]:
        return list(self.known_readers.values())

    def first_time(self, claim: Claim | None, answer: str) -> str | None:
        """The answer of an earlier call with this claim; or None, and the claim is made."""
        self.commits += 1
        if claim is None:
            return None
        slot = (claim.access_key, claim.key)
        if slot in self.claims:
            return self.claims[slot][1]
        self.claims[slot] = (claim, answer)
        return None

    def follow(self, attempt: Attempt) -> None:
        self.attempts[attempt.id] = attempt
        intent = intents.follow(self.intents[attempt.payment_intent], attempt)
        self.intents[intent.id] = intent

    def tell(self, *facts: AttemptFact) -> None:
        """What the terminal did meanwhile."""
        for fact in facts:
            self.follow(attempts.apply(self.attempts[fact.attempt], fact, records.ENDED_MS))
