"""What stands behind the API in its tests: payments, readers and keys in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx2
from msgspec.structs import replace
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from posd.access import digest
from posd.api.app import Api
from posd.api.auth import UNIX_SOCKET
from posd.api.event_stream import EventStreams
from posd.api.services import Services
from posd.api.watch import Watch
from posd.errors import Refused, check_seen
from posd.fleet import NewReader
from posd.intents import Change, NewPaymentIntent
from posd.journal.command import Answered, Claim
from posd.live import Live
from posd.model import attempt as attempts
from posd.model import payment_intent as intents
from posd.model.access_key import AccessKey, Role
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    CancelRequested,
    PaymentIntentCanceled,
    PaymentIntentCreated,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import AcceptAs, Reader
from posd.snapshot.views import Lane, Place
from posd_drivers.card_reader import AbortCause
from tests.simulation.ids import CountingIds
from tests.unit.posd import records
from tests.unit.posd.api.audit_fakes import audits_fake
from tests.unit.posd.api.checkup_fakes import CheckupsFake, PresentingFake
from tests.unit.posd.api.closing_fakes import ClosingsFake
from tests.unit.posd.api.decision_fakes import DecisionsFake, HearingFake
from tests.unit.posd.api.discovery_fakes import DiscoveriesFake
from tests.unit.posd.api.entrance_fakes import EntranceFake
from tests.unit.posd.api.event_fakes import FeedFake
from tests.unit.posd.api.hardware_fakes import nothing_ordered
from tests.unit.posd.api.key_fakes import KeysFake
from tests.unit.posd.api.queue_fakes import QueueFake
from tests.unit.posd.api.receipt_fakes import ReprintsFake
from tests.unit.posd.api.refund_fakes import RefundsFake
from tests.unit.posd.api.restore_fakes import RestoresFake
from tests.unit.posd.api.store import Store
from tests.unit.posd.api.support_fakes import SupportFake
from tests.unit.posd.api.upstream_fakes import ConfigurationsFake, GatewayFake, TokensFake

TILL = "posd_test_" + "t" * 43
MANAGER = "posd_test_" + "m" * 43
OBSERVER = "posd_test_" + "o" * 43
KEYS = (
    AccessKey("key_till", "till 1", Role.TILL, digest(TILL)),
    AccessKey("key_manager", "office", Role.MANAGER, digest(MANAGER)),
    AccessKey("key_observer", "screen", Role.OBSERVER, digest(OBSERVER)),
)


class PaymentsFake:
    """Commits at once, unless `hold` is cleared; refuses or fails as it is told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids = CountingIds()
        self.hold = asyncio.Event()
        self.hold.set()
        self.entered = asyncio.Event()
        self.failure: Exception | None = None
        self.actors: list[str] = []
        self.changes: list[Change] = []
        self.captured: list[int | None] = []

    async def create(
        self, new: NewPaymentIntent, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        self.entered.set()
        await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        self.actors.append(actor)
        id_ = self._ids.new("pi_posd")
        replayed = self._store.first_time(claim, id_)
        if replayed is not None:
            return Answered(self._store.intents[replayed], replayed=True)
        fact = PaymentIntentCreated(
            id_,
            new.amount,
            new.currency,
            new.capture_method,
            new.description,
            new.metadata,
            order=new.metadata.get("order_id"),
            business_day="2026-11-23",
        )
        at_ms = records.CREATED_MS + 1000 * len(self._store.intents)
        intent = intents.create(fact, at_ms, livemode=False, owner=actor)
        self._store.intents[id_] = intent
        return Answered(intent, replayed=False)

    async def update(
        self, intent: str, change: Change, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        self._known(intent)
        self.changes.append(change)
        return self._record(intent, actor, claim)

    async def capture(
        self, intent: str, amount: int | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        captured = intents.capture(self._known(intent))
        self.captured.append(amount)
        self._store.intents[intent] = captured
        return self._record(intent, actor, claim)

    async def cancel(
        self, intent: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        known = self._known(intent)
        canceled = intents.cancel(known, PaymentIntentCanceled(intent, reason), records.ENDED_MS)
        self._store.intents[intent] = canceled
        return self._record(intent, actor, claim)

    def _known(self, intent: str) -> PaymentIntent:
        known = self._store.intents.get(intent)
        if known is None:
            raise Refused("resource_missing", "No such intent.", param="intent", status=404)
        return known

    def _record(self, intent: str, actor: str, claim: Claim | None) -> Answered[PaymentIntent]:
        self.actors.append(actor)
        replayed = self._store.first_time(claim, intent) is not None
        return Answered(self._store.intents[intent], replayed)

    async def process(
        self, reader: str, payment_intent: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        known = self._store.known_readers.get(reader)
        if known is None:
            raise Refused("resource_missing", "No such reader.", param="reader", status=404)
        if self.failure is not None:
            raise self.failure
        if self._store.first_time(claim, reader) is not None:
            return Answered(known, replayed=True)
        self.actors.append(actor)
        intent = self._store.intents[payment_intent]
        started = AttemptStarted(
            self._ids.new("att_posd"),
            AttemptKind.SALE,
            intent.id,
            reader,
            intent.amount,
            intent.currency,
            Baseline(None, asked=False),
        )
        attempt = attempts.start(started, records.STARTED_MS)
        self._store.follow(attempt)
        known = replace(known, attempt=attempt.id)
        self._store.known_readers[reader] = known
        return Answered(known, replayed=False)

    async def cancel_action(
        self, reader: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        known = self._store.known_readers.get(reader)
        if known is None:
            raise Refused("resource_missing", "No such reader.", param="reader", status=404)
        if self.failure is not None:
            raise self.failure
        self.actors.append(actor)
        replayed = self._store.first_time(claim, reader) is not None
        if known.attempt is not None and not replayed:
            self._store.tell(
                CancelRequested(known.attempt),
                AttemptAborted(known.attempt, 0x6C, AbortCause.TILL),
            )
        return Answered(known, replayed)


class FleetFake:
    """Readers that are always on the line."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.now = Live(online=True, last_seen_ms=records.ENDED_MS)
        self.accepted: list[tuple[str, str, AcceptAs | None, str]] = []

    async def register(
        self, new: NewReader, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        assert actor
        id_ = f"tmr_posd_{len(self._store.known_readers):08d}"
        replayed = self._store.first_time(claim, id_)
        if replayed is not None:
            return Answered(self._store.known_readers[replayed], replayed=True)
        reader = replace(
            records.reader(),
            id=id_,
            address=new.registration_code,
            label=new.label or "",
            location=new.location,
            metadata=new.metadata,
            registered_ms=records.CREATED_MS + len(self._store.known_readers),
        )
        self._store.known_readers[id_] = reader
        return Answered(reader, replayed=False)

    async def update(
        self,
        reader: str,
        label: str | None,
        metadata: Mapping[str, str] | None,
        *,
        actor: str,
        claim: Claim | None,
    ) -> Answered[Reader]:
        assert actor
        known = self._known(reader)
        changed = replace(
            known,
            label=known.label if label is None else label,
            metadata={} if metadata is None else {**known.metadata, **metadata},
        )
        self._store.known_readers[reader] = changed
        return Answered(changed, self._store.first_time(claim, reader) is not None)

    async def delete(self, reader: str, *, actor: str) -> Reader:
        assert actor
        deleted = replace(self._known(reader), deleted=True)
        self._store.known_readers[reader] = deleted
        return deleted

    async def accept(
        self,
        reader: str,
        reason: str,
        stranger: AcceptAs | None = None,
        *,
        actor: str,
        claim: Claim | None,
        seen: str | None = None,
    ) -> Answered[Reader]:
        known = self._known(reader)
        check_seen(seen, "" if known.stranger is None else known.stranger.name)
        self.accepted.append((reader, reason, stranger, actor))
        return Answered(known, self._store.first_time(claim, reader) is not None)

    def _known(self, reader: str) -> Reader:
        known = self._store.known_readers.get(reader)
        if known is None:
            raise Refused("resource_missing", "No such reader.", param="reader", status=404)
        return known

    def live(self, _reader: str) -> Live:
        return self.now


async def _no_facts() -> AsyncIterator[object]:
    """A journal in which nothing happens; what the fakes write, a test stirs."""
    await asyncio.Event().wait()
    yield None


class Bench:
    """One API with fakes behind it and, in this process, a client in front of it."""

    def __init__(
        self,
        *,
        livemode: bool = False,
        hosts: Sequence[str] = (),
        lan_hosts: Sequence[str] = (),
        pages: Sequence[BaseRoute] = (),
        locale: str = "en",
    ) -> None:
        self.store = Store()
        self.payments = PaymentsFake(self.store)
        self.refunds = RefundsFake()
        self.fleet = FleetFake(self.store)
        self.decisions = DecisionsFake(self.store)
        self.closings = ClosingsFake(self.store)
        self.hearing = HearingFake()
        self.presenting = PresentingFake(self.store)
        self.reprints = ReprintsFake()
        self.checkups = CheckupsFake()
        self.discoveries = DiscoveriesFake()
        self.tokens = TokensFake()
        self.mirror = self.store.mirror
        self.gateway = GatewayFake(self.mirror)
        self.configurations = ConfigurationsFake()
        self.audits = audits_fake()
        self.restores = RestoresFake()
        self.support = SupportFake()
        self.queue = QueueFake()
        self.entrance = EntranceFake()
        self.keys = KeysFake(KEYS)
        self.lanes = [Lane("2", "tmr_2"), Lane("3", "tmr_3", fallback="tmr_2")]
        self.is_ready = True
        self.watch = Watch(_no_facts)
        self.feed = FeedFake()
        self.streams = EventStreams(self.feed, self.watch)
        self.services = self._services(locale, livemode=livemode)
        self.api = Api(
            self.services, ids=CountingIds(), hosts=hosts, lan_hosts=lan_hosts, pages=pages
        )

    def _services(self, locale: str, *, livemode: bool) -> Services:
        return Services(
            payments=self.payments,
            captures=self.payments,
            refunds=self.refunds,
            fleet=self.fleet,
            decisions=self.decisions,
            closings=self.closings,
            hearing=self.hearing,
            presenting=self.presenting,
            reprints=self.reprints,
            checkups=self.checkups,
            restarts=self.checkups,
            discoveries=self.discoveries,
            tokens=self.tokens,
            mirror=self.mirror,
            gateway=self.gateway,
            configurations=self.configurations,
            hardware=nothing_ordered(),
            audits=lambda: self.audits,
            keys=self.keys,
            entrance=self.entrance,
            store_name=lambda: "Corner",
            queries=self.store,
            watch=self.watch,
            streams=self.streams,
            queue=self.queue,
            restores=self.restores,
            support=self.support,
            place=Place("Corner", "Europe/Berlin", locale, livemode, "0", ()),
            lanes=lambda: self.lanes,
            snapshot=_status,
            metrics=_metrics,
            ready=lambda: self.is_ready,
            livemode=livemode,
            order_key="order_id",
        )

    def client(self, key: str | None = TILL, *, at_socket: bool = False) -> httpx2.AsyncClient:
        """A client that presents `key`; `at_socket`, as the listener marks its unix socket."""
        app: ASGIApp = self.api
        if at_socket:
            app = _marked(app)
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="http://127.0.0.1:8719",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    async def reader(self) -> str:
        """The id of a reader that is known."""
        new = NewReader("zvt+tcp://127.0.0.1:20007", label="Till 1")
        answered = await self.fleet.register(new, actor="test", claim=None)
        return answered.record.id

    def approve(self, reader: str) -> None:
        """The terminal reports, and completes."""
        attempt = self.store.known_readers[reader].attempt
        assert attempt is not None
        charge = attempt.replace("att_", "ch_")
        amount = self.store.attempts[attempt].amount
        self.store.tell(
            StatusReported(attempt, records.GIROCARD, accepted=True),
            AttemptApproved(attempt, charge, amount, Proof.DIALOGUE, records.GIROCARD),
        )


def _marked(app: ASGIApp) -> ASGIApp:
    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {UNIX_SOCKET: True}}, receive, send)

    return marked


async def _status() -> dict[str, object]:
    return {"object": "posd.status", "verdict": "ready"}


async def _metrics() -> str:
    return "posd_needs_person 0.0\n"
