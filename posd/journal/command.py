"""What a caller hands to the journal, and what it gets back."""

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct, field

from posd.model.attempt import Attempt
from posd.model.backlog import Backlog
from posd.model.business_day import GuardedDays
from posd.model.effect import Effect, EffectState
from posd.model.facts import Fact
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance, Record, Records
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.restore import ImportedPayment, ImportedRefund, Restore

R = TypeVar("R", bound=Record)


class Claim(Struct, frozen=True):
    """A till's idempotency key, claimed in the transaction of the first fact (M14).

    Attributes:
        access_key: Id of the posd key that presented it; the claim is scoped to it.
        route: Method and path of the call, the ids in the path included.
        key: The `Idempotency-Key` header, at most 255 characters.
        digest: SHA-256 hex of the canonical parameters.
    """

    access_key: str
    route: str
    key: str
    digest: str


class Decision(Struct, frozen=True):
    """What a command makes true: facts, what they owe upstream, and whom the claim answers with.

    Attributes:
        answer: Id of the object that a replay of the same claim answers with.
        settled: Ids of outbox effects that these facts settle: done, parked or written off.
            What the decision owes is owed since they were.
        legs: How long the legs of the work took, by name, in milliseconds.
        requeued: Ids of parked effects that wait again.
    """

    facts: tuple[Fact, ...]
    answer: str = ""
    effects: tuple[Effect, ...] = ()
    settled: tuple[str, ...] = ()
    legs: Mapping[str, int] = field(default_factory=dict)
    requeued: tuple[str, ...] = ()


class Ledger(Records, Protocol):
    """The records inside the writer's transaction, and the questions legality needs (M7)."""

    def unended_at(self, reader: str) -> Attempt | None:
        """The attempt that takes this reader, or None."""
        ...

    def refunds_of(self, payment_intent: str) -> Sequence[Refund]:
        """Every refund of this PaymentIntent, oldest first."""
        ...

    def unproven_at(self, reader: str) -> Sequence[Attempt]:
        """Attempts at this reader that are not proven, set aside ones too, oldest first."""
        ...

    def unproven_with(self, reader: Reader) -> Sequence[Attempt]:
        """Attempts of this reader's terminal that are not proven, at other readers too."""
        ...

    def reserved_with(self, reader: Reader) -> Sequence[PaymentIntent]:
        """PaymentIntents that a pre-authorisation of this reader's terminal holds, oldest first."""
        ...

    def closings_since(self, attempt: Attempt) -> Sequence[Attempt]:
        """Every end of day that was begun with the attempt's terminal after it, oldest first."""
        ...

    def attempts_of(self, payment_intent: str) -> Sequence[Attempt]:
        """Every attempt of this PaymentIntent, oldest first."""
        ...

    def unproven_of(self, payment_intent: str) -> Attempt | None:
        """The attempt of this PaymentIntent whose outcome is not proven, or None."""
        ...

    def latest_attempt(self, payment_intent: str) -> Attempt | None:
        """The latest attempt of this PaymentIntent, or None."""
        ...

    def guarded_order(self, order: str, days: GuardedDays) -> Sequence["Guard"]:
        """PaymentIntents of that order and days that may have taken money: see M6 and M7."""
        ...

    def contradicted(self, payment_intent: str) -> bool:
        """Whether proof stands against what a person decided on this PaymentIntent (M6)."""
        ...

    def reader_at(self, address: str) -> str | None:
        """Id of the reader registered at this address, or None."""
        ...

    def account(self) -> str | None:
        """Stripe's account id as far as it is known."""
        ...

    def backlog(self) -> Backlog:
        """How much Stripe has not been told, what is in hand included."""
        ...

    def effect_sent(self, effect_id: str) -> bool:
        """Whether this effect was sent at least once, as far as these facts know."""
        ...

    def effect_state(self, effect_id: str) -> EffectState | None:
        """What became of this effect so far, or None if there is none of that id."""
        ...

    def undecided_hardware_order(self) -> HardwareOrder | None:
        """The one order that may be at Stripe or not, or None."""
        ...

    def received_as(self, reader: str) -> ReceivedReader | None:
        """What is known of the parcel that this reader came out of, or None."""
        ...

    def open_restore(self) -> Restore | None:
        """The restore whose gap nobody has accepted yet, or None."""
        ...

    def has_taken(self, attempt: str) -> bool:
        """Whether the journal has this attempt as approved, and its payment not as only held."""
        ...

    def is_before_restore(self, attempt: str) -> bool:
        """Whether facts may have been lost since this attempt began."""
        ...

    def imported_payment(self, payment_record: str) -> ImportedPayment | None:
        """The imported payment that Stripe knows by that id."""
        ...

    def imported_refund(self, refund: str) -> ImportedRefund | None:
        """What went back by lost facts, by its id."""
        ...

    def refunded_in_gap(self, payment_intent: str) -> int:
        """Minor units of this payment that went back by facts that were lost."""
        ...

    def imported_of(self, payment_intent: str) -> ImportedPayment | None:
        """What the lost facts took for this PaymentIntent and has not gone back, or None."""
        ...


class Guard(Struct, frozen=True):
    """A payment that stands in the way of another of the same order."""

    payment_intent: str
    order_part: str | None
    amount: int
    currency: str
    created_ms: int


class Command(Protocol):
    """A change somebody asks for. Its legality is decided inside the writer's transaction."""

    @property
    def actor(self) -> str:
        """Id of the access key, or the name of the part of posd, that asks."""
        ...

    @property
    def claim(self) -> Claim | None:
        """The idempotency key to claim, or None."""
        ...

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """What becomes true. Raises posd.errors.Refused; then nothing is written.

        Runs on the writer's thread: it reads `ledger` and its own fields and nothing else.
        """
        ...


class Committed(Struct, frozen=True):
    """On disk.

    Attributes:
        seq: Number of the last fact that is durable with this command.
        records: The records it changed, as they stand after it.
        answer: Id of the object to answer with.
        replayed: Whether the claim had been made before; then nothing was written.
    """

    seq: int
    records: tuple[Record, ...]
    answer: str
    replayed: bool = False

    def record(self, kind: type[R], id_: str) -> R | None:
        """The record of that kind and id as it stands after the command; None if left alone."""
        for record in self.records:
            if isinstance(record, kind) and record.id == id_:
                return record
        return None


class Answered(Struct, Generic[R], frozen=True):
    """A record to answer a caller with, and whether the call was a repetition (M14)."""

    record: R
    replayed: bool


class Entry(Struct, frozen=True):
    """One row of the journal: the envelope, final from the first day, and the fact in it.

    Attributes:
        seq: 1, 2, 3 … without a gap.
        kind: Class name of the fact.
        version: Version of the fact's fields.
        object: Id of the object whose history it belongs to.
        boot: Boot epoch: how often a posd had taken this journal.
        node: Name of the machine.
        actor: Id of the access key or person, or the part of posd, behind it.
        account: Stripe's account id, or "" while none is known.
        livemode: Whether real money is meant.
        wall_ms: Wall time in milliseconds: a label, never an order.
        legs: Canonical JSON of leg times in milliseconds, `{}` if none were taken.
        body: The fact in canonical JSON.
        previous: Hash of the row before, 32 bytes.
        hash: SHA-256 over all of the above.
        fact: The decoded fact, or None if this posd cannot read its kind.
    """

    seq: int
    kind: str
    version: int
    object: str
    boot: int
    node: str
    actor: str
    account: str
    livemode: bool
    wall_ms: int
    legs: bytes
    body: bytes
    previous: bytes
    hash: bytes
    fact: Fact | None


class Event(Struct, frozen=True):
    """A Stripe-shaped event, rendered in the transaction of its fact, pruned after 30 days."""

    id: str
    type: str
    object: str
    body: bytes


class RenderEvents(Protocol):
    """Makes the Stripe-shaped events of one fact; injected, since rendering stands above."""

    def __call__(
        self, seq: int, fact: Fact, changed: Sequence[Record], ledger: Ledger, at: Circumstance, /
    ) -> Sequence[Event]:
        """The events of the fact with this sequence number, after `changed` took effect."""
        ...
