"""What the API stands on, as far as it uses it; the composition root hands it in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from msgspec import Struct

from posd.api.audit_ports import AuditServices
from posd.api.entrance_port import EntrancePort
from posd.api.event_stream import EventStreams
from posd.api.hardware_ports import HardwareServices
from posd.api.keys_port import KeysPort
from posd.api.queue_port import QueuePort
from posd.api.restore_port import RestoresPort
from posd.api.support_port import SupportPort
from posd.api.terminal_ports import (
    CheckupsPort,
    DiscoveriesPort,
    PresentingPort,
    ReprintsPort,
    RestartsPort,
)
from posd.api.watch import Watch
from posd.closing import DayRuling
from posd.decisions import Matter, Ruling
from posd.fleet import NewReader
from posd.gap import Known
from posd.hearing import Delivery
from posd.intents import Change, NewPaymentIntent
from posd.journal.command import Answered, Claim
from posd.journal.queries import CreatedFilter, RefundFilter, StoredEvent
from posd.journal.tries import Tries
from posd.live import Live
from posd.model.attempt import Attempt
from posd.model.configuration import ReaderConfiguration
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import AcceptAs, Reader
from posd.model.refund import Refund
from posd.model.upstream_facts import MirrorKind
from posd.refund_commands import RefundWish
from posd.render import Json
from posd.snapshot.views import Lane, Place
from posd.stripe_wire.form import Node
from posd.tokens import ConnectionToken


class PaymentsPort(Protocol):
    """posd.payments.Payments, as far as the API uses it."""

    async def create(
        self, new: NewPaymentIntent, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Make a PaymentIntent durable. Raises Refused."""
        ...

    async def update(
        self, intent: str, change: Change, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Change what is to be paid. Raises Refused."""
        ...

    async def process(
        self, reader: str, payment_intent: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Have the reader take the payment. Raises Refused."""
        ...

    async def cancel_action(
        self, reader: str, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Ask the terminal to stop and wait for its last word. Raises Refused."""
        ...


class CapturesPort(Protocol):
    """posd.captures.Captures, as far as the API uses it."""

    async def capture(
        self, intent: str, amount: int | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Take what is held, or a part of it. Raises Refused."""
        ...

    async def cancel(
        self, intent: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> Answered[PaymentIntent]:
        """Take the payment back for good. Raises Refused."""
        ...


class RefundsPort(Protocol):
    """posd.refunds.Refunds, as far as the API uses it."""

    async def create(self, wish: RefundWish) -> Answered[Refund]:
        """Take a sale back where it was taken. Raises Refused."""
        ...

    async def at_reader(self, reader: str, wish: RefundWish) -> Answered[Reader]:
        """Give money back at the reader. Raises Refused."""
        ...

    async def update(
        self, refund: str, metadata: Mapping[str, str] | None, *, actor: str, claim: Claim | None
    ) -> Answered[Refund]:
        """Change what is written on a refund. Raises Refused."""
        ...


class FleetPort(Protocol):
    """posd.fleet.Fleet, as far as the API uses it."""

    async def register(
        self, new: NewReader, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Make a reader known. Raises Refused."""
        ...

    async def update(
        self,
        reader: str,
        label: str | None,
        metadata: Mapping[str, str] | None,
        *,
        actor: str,
        claim: Claim | None,
    ) -> Answered[Reader]:
        """Change what people see of a reader. Raises Refused."""
        ...

    async def delete(self, reader: str, *, actor: str) -> Reader:
        """Forget a reader. Raises Refused."""
        ...

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
        """Take back a quarantined reader, or what was found at its place. Raises Refused."""
        ...

    def live(self, reader: str) -> Live:
        """What is known of the reader right now."""
        ...


class DecisionsPort(Protocol):
    """posd.decisions.Decisions, as far as the API uses it."""

    async def resolve(self, matter: Matter, ruling: Ruling) -> Answered[PaymentIntent]:
        """Decide an outcome on a person's word. Raises Refused."""
        ...

    async def set_aside(self, matter: Matter) -> Answered[PaymentIntent]:
        """Free the reader. Raises Refused."""
        ...


class ClosingsPort(Protocol):
    """posd.closing.Closings, as far as the API uses it."""

    async def close(self, reader: str, *, actor: str, claim: Claim | None) -> Answered[Attempt]:
        """Have the reader close its day. Raises Refused."""
        ...

    async def rule(
        self,
        reader: str,
        ruling: DayRuling,
        reason: str,
        *,
        actor: str,
        claim: Claim | None,
        seen: str | None = None,
    ) -> Answered[Attempt]:
        """Decide an end of day on a person's word. Raises Refused."""
        ...


class HearingPort(Protocol):
    """posd.hearing.Hearing, as far as the API uses it."""

    async def delivered(self, delivery: Delivery) -> None:
        """The answer that tells it has been sent."""
        ...


class TokensPort(Protocol):
    """posd.tokens.Tokens, as far as the API uses it."""

    async def issue(self, location: str | None, *, actor: str) -> ConnectionToken:
        """A token that nobody else was given. Raises Refused, and what the line to Stripe does."""
        ...


class MirrorPort(Protocol):
    """posd.mirror.Mirror, as far as the API uses it."""

    def object(self, kind: MirrorKind, id_: str) -> Mirrored | None:
        """Stripe's object of that kind and id, unless it is unknown or gone."""
        ...

    def objects(self, kind: MirrorKind) -> Sequence[Mirrored]:
        """Every object of the kind that is not gone, newest first."""
        ...

    def passing(self, id_: str) -> Mapping[str, Any]:
        """What of a reader passes, as last told."""
        ...


class GatewayPort(Protocol):
    """posd.gateway.Gateway, as far as the API uses it."""

    @property
    def reaches_stripe(self) -> bool:
        """Whether this store has a Stripe account at all."""
        ...

    async def write(
        self,
        kind: MirrorKind,
        id_: str | None,
        params: Mapping[str, Node],
        *,
        actor: str,
        claim: Claim | None,
    ) -> Answered[Mirrored]:
        """Create or change an object at Stripe. Raises Refused, and what the line does."""
        ...

    async def delete(self, kind: MirrorKind, id_: str, *, actor: str) -> Mapping[str, object]:
        """Delete an object at Stripe. Raises Refused, and what the line does."""
        ...


class ConfigurationsPort(Protocol):
    """posd.configurations.Configurations, as far as the API uses it."""

    def of(self, reader: str) -> ReaderConfiguration | None:
        """What is in force at that reader; None for one nobody knows."""
        ...


class QueriesPort(Known, Protocol):
    """The journal's query-only connection, as far as the API uses it."""

    def at_one_moment(self) -> AbstractContextManager[object]:
        """While it is open, every look-up sees the records as the first one in it did."""
        ...

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        ...

    def payment_intents(
        self,
        limit: int,
        starting_after: str | None,
        ending_before: str | None,
        created: CreatedFilter,
    ) -> Sequence[PaymentIntent]:
        """A page of PaymentIntents, newest first."""
        ...

    def payment_intents_of(
        self, order: str, business_day: str | None, limit: int, starting_after: str | None = None
    ) -> Sequence[PaymentIntent]:
        """PaymentIntents of that order, newest first."""
        ...

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def tries_at(self, intents: Sequence[PaymentIntent]) -> Sequence[Tries]:
        """Of each payment what it is told by, in the order of `intents`."""
        ...

    def attempts_of(self, payment_intent: str) -> Sequence[Attempt]:
        """Every attempt of this PaymentIntent, oldest first."""
        ...

    def closings_of(self, reader: str, count: int) -> Sequence[Attempt]:
        """The latest ends of day at that reader, newest first."""
        ...

    def refund(self, id_: str) -> Refund | None:
        """The refund of that id."""
        ...

    def refunds(
        self,
        limit: int,
        starting_after: str | None,
        ending_before: str | None,
        created: CreatedFilter,
        of: RefundFilter,
    ) -> Sequence[Refund]:
        """A page of refunds, newest first."""
        ...

    def event(self, id_: str) -> StoredEvent | None:
        """The event of that id, unless it has been pruned."""
        ...

    def events(
        self,
        limit: int,
        starting_after: str | None,
        ending_before: str | None,
        created: CreatedFilter,
        kinds: Sequence[str],
    ) -> Sequence[StoredEvent]:
        """A page of events, newest first; of these types only, if any are named."""
        ...

    def reader(self, id_: str) -> Reader | None:
        """The reader of that id."""
        ...

    def readers(self) -> Sequence[Reader]:
        """All readers."""
        ...

    def mirrored(self, id_: str) -> Mirrored | None:
        """Stripe's object of that id, as posd last heard of it; it may be gone."""
        ...


class Services(Struct, frozen=True):
    """What the API stands on; made by the composition root.

    Attributes:
        audits: Makes, when first asked, what compares the books.
        queue: What is owed to Stripe.
        entrance: How a manager gets in at the page.
        store_name: What the store is called now.
        watch: Who waits for a payment to move.
        streams: Who follows the events.
        place: The store: its name, zone and locale.
        lanes: The lanes, with the readers that serve them now.
        snapshot: The snapshot behind `/posd/v1/status`.
        metrics: The text behind `/metrics`.
        ready: Whether posd takes payments: the journal is replayed and every reader is held.
        livemode: Whether real money is meant; keys of the other mode are refused.
        order_key: The key of a PaymentIntent's metadata that names its order.
    """

    payments: PaymentsPort
    captures: CapturesPort
    refunds: RefundsPort
    fleet: FleetPort
    decisions: DecisionsPort
    closings: ClosingsPort
    hearing: HearingPort
    presenting: PresentingPort
    reprints: ReprintsPort
    checkups: CheckupsPort
    restarts: RestartsPort
    discoveries: DiscoveriesPort
    tokens: TokensPort
    mirror: MirrorPort
    gateway: GatewayPort
    configurations: ConfigurationsPort
    hardware: HardwareServices
    audits: Callable[[], AuditServices]
    queue: QueuePort
    restores: RestoresPort
    support: SupportPort
    keys: KeysPort
    entrance: EntrancePort
    store_name: Callable[[], str]
    queries: QueriesPort
    watch: Watch
    streams: EventStreams
    place: Place
    lanes: Callable[[], Sequence[Lane]]
    snapshot: Callable[[], Awaitable[Json]]
    metrics: Callable[[], Awaitable[str]]
    ready: Callable[[], bool]
    livemode: bool
    order_key: str
