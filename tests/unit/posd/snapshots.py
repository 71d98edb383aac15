"""A store for the tests of everything that is made of the snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from posd.journal.tries import Tries
from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.backlog import NO_LIMITS, Backlog, OfflineLimits
from posd.model.business_day import BusinessDay
from posd.model.closing_time import ClosingTime
from posd.model.day_audit import DayAudit
from posd.model.facts import AttemptKind, Baseline
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.quarantine_facts import BreakCause
from posd.model.reader import Quarantine, Reader
from posd.model.restore import Restore
from posd.snapshot.book import Book
from posd.snapshot.build import AtStripe, Lately, build
from posd.snapshot.certificate_view import CertificateView
from posd.snapshot.colours import Colours
from posd.snapshot.depths import Depths
from posd.snapshot.outages import Outages
from posd.snapshot.views import Lane, MirrorView, Place, Snapshot, Upstream, UpstreamState
from posd.upstream.contact import ContactNow
from posd_drivers.card_reader import Step
from tests.unit.posd.api.upstream_fakes import MirrorFake
from tests.unit.posd.purchases import Purchases

NOW_MS = 1_785_499_320_000
"""2026-07-31 14:02:00 in Berlin."""
MINUTE_MS = 60_000
DAY = BusinessDay(ZoneInfo("Europe/Berlin"), time(4, 0))

INTENT_STATES = {
    AttemptState.STARTED: IntentState.IN_HAND,
    AttemptState.REPORTED: IntentState.UNPROVEN,
    AttemptState.UNKNOWN: IntentState.UNPROVEN,
    AttemptState.PERSON: IntentState.UNPROVEN,
    AttemptState.SET_ASIDE: IntentState.UNPROVEN,
    AttemptState.APPROVED: IntentState.APPROVED,
    AttemptState.DECLINED: IntentState.OPEN,
    AttemptState.ABORTED: IntentState.OPEN,
    AttemptState.NOT_SENT: IntentState.OPEN,
    AttemptState.NOT_CHARGED: IntentState.OPEN,
}


@dataclass
class Shop:
    """Records in memory, in the shape of the journal's queries."""

    held: list[Reader] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    intents: list[PaymentIntent] = field(default_factory=list)
    live: dict[str, Live] = field(default_factory=dict)
    upstream: Upstream = field(default_factory=lambda: Upstream(UpstreamState.OK, NOW_MS))
    fleet: MirrorFake = field(default_factory=MirrorFake)
    mirror: MirrorView | None = None
    location: str | None = None
    purchases: Purchases = field(default_factory=Purchases)
    holding: dict[str, list[Attempt]] = field(default_factory=dict)
    """By the id of what holds a payment: the ends of day since."""
    closing_time: ClosingTime | None = None
    untold: Backlog = field(default_factory=Backlog)
    refund_drafts: int = 0
    limits: OfflineLimits = NO_LIMITS
    certificate: CertificateView | None = None
    restore: Restore | None = None
    lanes: tuple[Lane, ...] = ()
    audited: DayAudit | None = None
    contact: ContactNow = field(default_factory=ContactNow)
    livemode: bool = True
    name: str = "Lyon 14"
    locale: str = "en"

    def add_reader(
        self,
        name: str,
        live: Live | None = None,
        label: str | None = None,
        location: str | None = None,
    ) -> str:
        """A reader that is held, online unless `live` says otherwise; its id."""
        reader = Reader(
            id=f"tmr_posd_{name}",
            address=f"zvt+tcp://10.0.0.{len(self.held) + 1}:20007",
            label=name if label is None else label,
            location=location,
            currency="eur",
            declared=True,
            livemode=self.livemode,
            registered_ms=NOW_MS,
            terminal_id="52500041",
        )
        self.held.append(reader)
        self.live[reader.id] = live or online()
        return reader.id

    def quarantine(self, reader: str, *, age_ms: int = MINUTE_MS) -> None:
        """posd does not touch the reader any more."""
        why = Quarantine(NOW_MS - age_ms, BreakCause.BUG, None, "AssertionError")
        self.held = [replace(one, quarantine=why) if one.id == reader else one for one in self.held]
        self.live[reader] = offline(Trouble.QUARANTINED)

    def add_payment(
        self,
        reader: str,
        state: AttemptState | None,
        amount: int = 1250,
        *,
        age_ms: int = MINUTE_MS,
        order: str | None = None,
        reason: str | None = None,
        payment_record: str | None = None,
        heard: bool = True,
    ) -> str:
        """A payment whose attempt is in `state`; None: no attempt yet. Its id."""
        number = len(self.intents) + 1
        at_ms = NOW_MS - age_ms
        if state is not None:
            self._add_attempt(number, reader, state, amount, at_ms, reason)
        intent = PaymentIntent(
            id=f"pi_posd_{number}",
            amount=amount,
            currency="eur",
            capture_method="automatic",
            created_ms=at_ms,
            livemode=self.livemode,
            owner="key_1",
            order=order,
            attempt=f"att_{number}" if state else None,
            state=INTENT_STATES[state] if state else IntentState.OPEN,
            amount_received=amount if state is AttemptState.APPROVED else 0,
            payment_record=payment_record,
            heard=heard,
        )
        self.intents.insert(0, intent)
        return intent.id

    def _add_attempt(
        self,
        number: int,
        reader: str,
        state: AttemptState,
        amount: int,
        at_ms: int,
        reason: str | None,
    ) -> None:
        attempt = Attempt(
            id=f"att_{number}",
            kind=AttemptKind.SALE,
            payment_intent=f"pi_posd_{number}",
            reader=reader,
            amount=amount,
            currency="eur",
            baseline=Baseline("52500041", asked=True),
            state=state,
            started_ms=at_ms,
            changed_ms=at_ms,
            reason=reason,
        )
        self._take(attempt)

    def add_refund(self, intent: str, reader: str, state: AttemptState, amount: int) -> None:
        """A refund of a payment of this store, whose attempt is in `state`."""
        sale = self.latest_attempt(intent)
        assert sale is not None
        given = amount if state is AttemptState.APPROVED else 0
        self.intents = [
            replace(one, amount_refunded=one.amount_refunded + given) if one.id == intent else one
            for one in self.intents
        ]
        refund = replace(
            sale,
            id=f"att_back_{len(self.attempts)}",
            kind=AttemptKind.REFUND,
            reader=reader,
            amount=amount,
            state=state,
            refund="re_1",
            original=sale.id,
        )
        self._take(refund)

    def add_closing(
        self, reader: str, state: AttemptState, *, age_ms: int = MINUTE_MS, **changes: object
    ) -> None:
        """The latest attempt to close the reader's day; `changes` are fields of it."""
        at_ms = NOW_MS - age_ms
        attempt = Attempt(
            id=f"att_day_{len(self.attempts)}",
            kind=AttemptKind.END_OF_DAY,
            payment_intent="",
            reader=reader,
            amount=0,
            currency="eur",
            baseline=Baseline("52500041", asked=True),
            state=state,
            started_ms=at_ms,
            changed_ms=at_ms,
        )
        self._take(replace(attempt, **changes))
        self.change_reader(reader, end_of_day=attempt.id)

    def change_reader(self, reader: str, **changes: object) -> None:
        """The reader with other fields."""
        self.held = [replace(one, **changes) if one.id == reader else one for one in self.held]

    def _take(self, attempt: Attempt) -> None:
        self.attempts[attempt.id] = attempt
        self.held = [
            replace(known, attempt=attempt.id) if known.id == attempt.reader else known
            for known in self.held
        ]

    def readers(self) -> list[Reader]:
        return self.held

    def attempt(self, id_: str) -> Attempt | None:
        return self.attempts.get(id_)

    def unproven_attempts(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts.values() if attempt.unproven]

    def backlog(self) -> Backlog:
        return self.untold

    def open_refund_draft_count(self) -> int:
        return self.refund_drafts

    def contradicted_attempts(self) -> list[Attempt]:
        return [one for one in self.attempts.values() if one.contradicted]

    def unheard_payment_intents(self) -> list[PaymentIntent]:
        return [one for one in self.intents if one.unheard]

    def held_attempts(self) -> list[Attempt]:
        return [self.attempts[id_] for id_ in self.holding]

    def open_restore(self) -> Restore | None:
        return self.restore

    def closings_since(self, attempt: Attempt) -> list[Attempt]:
        return self.holding[attempt.id]

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        return next((intent for intent in self.intents if intent.id == id_), None)

    def latest_attempt(self, payment_intent: str) -> Attempt | None:
        of_it = [one for one in self.attempts.values() if one.payment_intent == payment_intent]
        return of_it[-1] if of_it else None

    def tries_at(self, intents: Sequence[PaymentIntent]) -> list[Tries]:
        telling = [self.attempts.get(one.telling) if one.telling else None for one in intents]
        latest = [self.latest_attempt(one.id) for one in intents]
        return [Tries(*both) for both in zip(telling, latest, strict=True)]

    def latest_payment_intents(self, count: int) -> list[PaymentIntent]:
        return self.intents[:count]

    def hardware_orders(self, count: int) -> list[HardwareOrder]:
        return self.purchases.made[::-1][:count]

    def mirrored(self, id_: str) -> Mirrored | None:
        return self.purchases.told.get(id_)

    def received_readers(self, order: str) -> list[ReceivedReader]:
        return [one for one in self.purchases.unpacked if one.order == order]

    def latest_day_audit(self) -> DayAudit | None:
        return self.audited

    def snapshot(self, at_ms: int = NOW_MS, lately: Lately | None = None) -> Snapshot:
        """What the store is told; by default nothing is remembered."""
        stripe = AtStripe(self.upstream, self.fleet, self.mirror, self.contact)
        return build(self.place(), self, self.live, stripe, lately or nothing_lately(), at_ms)

    def place(self) -> Place:
        """What is declared of the store."""
        return Place(
            store=self.name,
            time_zone="Europe/Berlin",
            locale=self.locale,
            livemode=self.livemode,
            version="posd 0.1.0",
            lanes=self.lanes,
            location=self.location,
            closing_time=lambda _reader: self.closing_time,
            limits=self.limits,
            certificate=self.certificate,
        )


def nothing_lately() -> Lately:
    """A posd that has just been started, and remembers nothing."""
    return Lately(Book(DAY), Outages(), Depths(), Colours())


def online(step: Step | None = None) -> Live:
    return Live(online=True, last_seen_ms=NOW_MS - 1000, step=step, trouble=None)


def offline(trouble: Trouble = Trouble.ABSENT) -> Live:
    return Live(online=False, last_seen_ms=NOW_MS - 5 * MINUTE_MS, trouble=trouble)


def busy_shop(*, livemode: bool = True) -> Shop:
    """A store on an ordinary afternoon on which several things went wrong."""
    shop = Shop(livemode=livemode)
    front = shop.add_reader("front", online(Step.PRESENT_CARD), "Front counter")
    back = shop.add_reader("back", offline(), "Back counter")
    cafe = shop.add_reader("cafe", online(), "Café")
    garden = shop.add_reader("garden", online(), "Garden")
    shop.lanes = (Lane("1", front), Lane("2", back, garden), Lane("3", cafe), Lane("4", garden))
    shop.add_payment(garden, AttemptState.APPROVED, 4999, age_ms=42 * MINUTE_MS, order="B-1040")
    shop.add_payment(
        back, AttemptState.APPROVED, 1299, age_ms=31 * MINUTE_MS, order="B-1041", payment_record="x"
    )
    shop.add_payment(front, AttemptState.DECLINED, 250000, age_ms=9 * MINUTE_MS, order="B-1042")
    shop.add_payment(
        cafe,
        AttemptState.PERSON,
        780,
        age_ms=6 * MINUTE_MS,
        order="B-1043",
        reason="receipt_out_of_step",
    )
    shop.add_payment(front, AttemptState.STARTED, 2340, age_ms=14_000, order="B-1044")
    shop.upstream = Upstream(
        UpstreamState.OFFLINE,
        NOW_MS - 31 * MINUTE_MS,
        "connect timeout",
        waiting=1,
        oldest_ms=NOW_MS - 30 * MINUTE_MS,
    )
    return shop
